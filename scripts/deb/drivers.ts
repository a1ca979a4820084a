/**
 * The SQLite driver for every Node that a package runs on. It is bound to the ABI of one; `bindings`, by which it is loaded,
 * looks for the ABI at hand in `lib/binding`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Runtime {
  readonly major: number;
  /** The least that will do, where it is not the first of its major. */
  readonly from?: string;
  readonly abi: number;
  /** The Node that the driver is compiled by and against. */
  readonly compiledBy: string;
}

/** Of Node 24 before 24.19: with the headers of later ones a statement that is dropped ends the process (src/sqlite/retain.ts). */
export const RUNTIMES: readonly Runtime[] = [
  { major: 20, from: '20.19', abi: 115, compiledBy: '20.20.2' },
  { major: 22, abi: 127, compiledBy: '22.22.3' },
  { major: 24, abi: 137, compiledBy: '24.18.1' },
];

/** Where the driver for a Node lies in the package of better-sqlite3. */
export const driverPath = ({ abi }: Runtime) =>
  `lib/binding/node-v${abi}-${process.platform}-${process.arch}/better_sqlite3.node`;

/** What has been compiled or fetched once, outside the repository. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: named = '' } = process.env;
  const folder = join(named === '' ? join(homedir(), '.cache') : named, 'ocs-campaign-monitor');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A stripped driver's path. That of the Node at hand is the project's own; another one is compiled unless that was done. */
export function driverFor(root: string, runtime: Runtime): string {
  const source = join(root, 'node_modules/better-sqlite3');
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string };
  const cached = join(cacheFolder(), `better-sqlite3-${version}-node-${runtime.compiledBy}-${process.arch}.node`);
  if (Number(process.versions.modules) === runtime.abi) return join(source, 'build/Release/better_sqlite3.node');
  if (!existsSync(cached)) compile(source, runtime, cached);
  return cached;
}

function compile(source: string, runtime: Runtime, to: string): void {
  const node = nodeFolder(runtime.compiledBy);
  const work = mkdtempSync(join(tmpdir(), 'ocm-driver-'));
  try {
    const folder = join(work, 'better-sqlite3');
    cpSync(source, folder, { recursive: true, filter: (path) => path !== join(source, 'build') });
    // npm has the tool that compiles; with this Node before all others it compiles for it.
    execFileSync('npm', ['run', '--silent', 'build-release', `--nodedir=${node}`], {
      cwd: folder,
      env: { ...process.env, PATH: `${join(node, 'bin')}:${process.env['PATH'] ?? ''}` },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const built = join(folder, 'build/Release/better_sqlite3.node');
    // Another build may be at it: whoever is last replaces the whole file.
    cpSync(built, `${to}.${process.pid}`);
    renameSync(`${to}.${process.pid}`, to);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** A Node of this version with its headers, as npm carries it. */
export function nodeFolder(version: string): string {
  const name = `node-linux-${process.arch}`;
  const home = join(cacheFolder(), `${name}-${version}`);
  const folder = join(home, 'node_modules', name);
  if (existsSync(join(folder, 'bin/node'))) return folder;
  const args = ['install', '--prefix', home, '--no-audit', '--no-save', '--loglevel=error', `${name}@${version}`];
  execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return folder;
}
