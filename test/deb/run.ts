/**
 * npm run test:deb: builds the package twice, has lintian judge it, and installs, upgrades, downgrades, removes and purges
 * it on a Debian with its own systemd, under a client that posts. Needs root, and programs of `.ci/packages`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { nodeFolder, RUNTIMES } from '../../scripts/deb/drivers.js';
import { toolIsHere } from '../support/tools.js';
import type { Parcels } from './parcels.js';
import { debianSystem, nodePackage } from './system.js';

const root = new URL('../..', import.meta.url).pathname;
const TSX = join(root, 'node_modules/tsx/dist/cli.mjs');
const startedMs = performance.now();
const say = (text: string) => process.stdout.write(`${text}\n`);
const seconds = () => `${((performance.now() - startedMs) / 1000).toFixed(0)} s`;

const TOOLS = [
  ['debootstrap', 'debootstrap'],
  ['lintian', 'lintian'],
  ['unshare', 'util-linux'],
  ['ip', 'iproute2', '-V'],
] as const;

function build(out: string, revisions: readonly string[]): string[] {
  const args = ['scripts/package-deb.ts', '--out', out, '--revision', revisions.join()];
  return execFileSync(process.execPath, [TSX, ...args], { cwd: root, encoding: 'utf8' })
    .trim()
    .split('\n');
}

const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Packages of the Nodes that a driver is carried for, the least and the last. */
function nodes(out: string): Pick<Parcels, 'node20' | 'node24'> {
  const packageOf = (major: number): string => {
    const version = RUNTIMES.find((runtime) => runtime.major === major)?.compiledBy ?? '';
    const isHere = process.versions.node.startsWith(`${String(major)}.`);
    return isHere
      ? nodePackage(process.execPath, process.versions.node, out)
      : nodePackage(join(nodeFolder(version), 'bin/node'), version, out);
  };
  return { node20: packageOf(20), node24: packageOf(24) };
}

function fault(what: string, isRight: boolean): number {
  say(`${what}: ${isRight ? 'yes' : 'NO'} (${seconds()})`);
  return isRight ? 0 : 1;
}

function main(work: string): number {
  const [earlier = '', present = ''] = build(join(work, 'one'), ['1~earlier', '1']);
  const [again = ''] = build(join(work, 'two'), ['1']);
  const lintian = spawnSync(
    'lintian',
    ['--allow-root', '--tag-display-limit', '0', '--fail-on', 'error,warning', present],
    { encoding: 'utf8' },
  );
  say(lintian.stdout + lintian.stderr);
  const parcels: Parcels = { present, earlier, ...nodes(work) };
  const scenes = [process.execPath, TSX, 'test/deb/play.ts', debianSystem(), JSON.stringify(parcels)];
  const alone = ['--net', '--mount', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...scenes];
  return (
    fault(`two builds of ${basename(present)} are the same bytes`, digest(present) === digest(again)) +
    fault('lintian finds neither error nor warning', lintian.status === 0) +
    fault('scenes', spawnSync('unshare', alone, { cwd: root, stdio: 'inherit' }).status === 0)
  );
}

const lacking = TOOLS.filter(([tool, from, asks]) => !toolIsHere(tool, from, asks));
if (process.getuid?.() !== 0 || lacking.length > 0) {
  say('NOT DONE: npm run test:deb needs root and the programs above');
  process.exitCode = process.env['CI'] === 'true' ? 1 : 0;
} else {
  const work = mkdtempSync(join(tmpdir(), 'ocm-deb-test-'));
  try {
    process.exitCode = main(work) === 0 ? 0 : 1;
  } finally {
    rmSync(work, { recursive: true });
  }
}
