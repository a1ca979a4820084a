/** A small Debian with systemd, made once and kept outside the repository, and packages that stand for a site's Node. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../scripts/deb/drivers.js';

/** The Debian that the image is based on, too. */
const SUITE = 'bookworm';
/** What Node's own package depends on, and what the tests look with. */
const BRINGS = ['systemd', 'libstdc++6', 'procps'];

/** There is no screen for which somebody would log in, and the kernel and its disks are those of others. */
const MASKED = [
  ...['getty.target', 'apt-daily.timer', 'apt-daily-upgrade.timer', 'e2scrub_all.timer', 'fstrim.timer'],
  ...['systemd-sysctl.service', 'systemd-modules-load.service', 'e2scrub_reap.service'],
];

/** The folder of the system. Nothing may change in it: machines put a layer above. */
export function debianSystem(): string {
  const system = join(cacheFolder(), `debian-${SUITE}`);
  if (existsSync(system)) return system;
  const making = `${system}.${String(process.pid)}`;
  const mirror = /^URIs: (\S+)/m.exec(readIfThere('/etc/apt/sources.list.d/debian.sources'))?.[1];
  const args = [
    '--variant=minbase',
    `--include=${BRINGS.join(',')}`,
    SUITE,
    making,
    ...(mirror === undefined ? [] : [mirror]),
  ];
  execFileSync('debootstrap', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  // What was fetched is installed by now.
  rmSync(join(making, 'var/cache/apt/archives'), { recursive: true });
  execFileSync('systemctl', [`--root=${making}`, '--quiet', 'mask', ...MASKED], { stdio: 'ignore' });
  renameSync(making, system);
  return system;
}

const readIfThere = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/**
 * A package `nodejs` as sites get it from elsewhere, as far as dpkg and the service can tell: its name, its version, and
 * the program. Bookworm's own is Node 18.
 */
export function nodePackage(program: string, version: string, out: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-nodejs-'));
  try {
    for (const part of ['DEBIAN', 'usr/bin']) mkdirSync(join(folder, part), { recursive: true });
    cpSync(program, join(folder, 'usr/bin/node'), { dereference: true });
    chmodSync(join(folder, 'usr/bin/node'), 0o755);
    const control = `Package: nodejs
Version: ${version}-1test
Architecture: amd64
Maintainer: Test <test@example.com>
Depends: libstdc++6
Description: stands for the package of Node that a site has
`;
    writeFileSync(join(folder, 'DEBIAN/control'), control);
    const file = join(out, `nodejs_${version}.deb`);
    execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', folder, file], { stdio: 'ignore' });
    return file;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
