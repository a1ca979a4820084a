/** Builds the Dockerfile as it stands, twice: in the working tree's files, and in a copy that nothing but git's files made alike. */
import { chmodSync, cpSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Buildah } from './buildah.js';
import { command } from './command.js';

/** The files that git has or would have, copied to `folder` as a checkout under `umask` writes them. */
export async function checkOut(root: string, folder: string, umask: number): Promise<string> {
  const listed = await command('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const path of listed.split('\0').filter((one) => one !== '')) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path), { verbatimSymlinks: true });
  }
  applyUmask(folder, umask);
  return folder;
}

function applyUmask(path: string, umask: number): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  const isProgram = stat.isDirectory() || (stat.mode & 0o100) !== 0;
  chmodSync(path, (isProgram ? 0o777 : 0o666) & ~umask);
  if (stat.isDirectory()) for (const name of readdirSync(path)) applyUmask(join(path, name), umask);
}

/** The commit that the working tree is at. */
export async function revisionOf(root: string): Promise<string> {
  return (await command('git', ['rev-parse', 'HEAD'], { cwd: root })).trim();
}

export interface TwoBuilds {
  readonly root: string;
  readonly folder: string;
  readonly cache: string;
  /** The commit, for the label. */
  readonly revision: string;
  /** How often: once or twice. */
  readonly times: 1 | 2;
  readonly say: (text: string) => void;
}

/** Folders and umasks that two people might have. */
const PLACES = [
  { name: 'first', umask: 0o022 },
  { name: 'second/by-somebody-else', umask: 0o077 },
] as const;

/** Resolves with the tags. Side by side: half of a build waits for packages. */
export async function buildTwice(
  buildah: Buildah,
  { root, folder, cache, revision, times, say }: TwoBuilds,
): Promise<string[]> {
  const atSeconds = Number(await command('git', ['log', '-1', '--format=%ct'], { cwd: root }));
  const builds = PLACES.slice(0, times).map(async ({ name, umask }, at) => {
    const context = await checkOut(root, join(folder, name), umask);
    const tag = `localhost/ocs-campaign-monitor:test-${String(process.pid)}-${String(at)}`;
    const onStep = (step: string) => {
      say(`build ${String(at + 1)}: ${step}`);
    };
    const npmCache = join(cache, `npm-${String(at)}`);
    await buildah.build({ context, tag, atSeconds, revision, npmCache, onStep });
    return tag;
  });
  return Promise.all(builds);
}
