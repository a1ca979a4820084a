/** npm run test:image: builds the image without an engine, looks into it, and runs it as its user on a root that nobody may write. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Network } from '../faults/database/network.js';
import { removeFolder } from '../support/folders.js';
import { isAlive } from '../support/supervised.js';
import { toolIsHere } from '../support/tools.js';
import { Buildah } from './buildah.js';
import { CONTENTS } from './contents.js';
import { type Image, unpackImage } from './image.js';
import type { Proof } from './proof.js';
import { Running, RUNNING } from './running.js';
import { provideStandIn } from './stand-in.js';
import { buildTwice, revisionOf } from './two-builds.js';

const HELP = `npm run test:image -- [options]

Needs root, and the Debian packages buildah, debootstrap, runc and iproute2.

  --once    builds once: not shown is that two builds are equal
  --help

The first run makes a stand-in for the public image of Node. It is kept, with what npm downloads, in
$XDG_CACHE_HOME/ocs-campaign-monitor/image (or ~/.cache/…); remove that folder to have it made anew.
`;
const { values } = parseArgs({
  options: { once: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ocs-campaign-monitor/image');
const startedMs = performance.now();
const seconds = () => `${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s`;
const say = (text: string) => process.stderr.write(`${seconds()}  ${text}\n`);

/** The image that the Dockerfile builds on. */
function baseOf(): { tag: string; nodeVersion: string; suite: string } {
  const from = /^FROM (node:([\d.]+)-(\w+)-slim) AS build$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  const [, name = '', nodeVersion = '', suite = ''] = from ?? [];
  if (name === '') throw new Error('the Dockerfile does not build on node:VERSION-SUITE-slim');
  return { tag: `docker.io/library/${name}`, nodeVersion, suite };
}

/** The cache is one run's at a time: of one that is killed, nothing keeps the next from taking it. */
function takeCache(undo: (() => unknown)[]): void {
  mkdirSync(cache, { recursive: true });
  const mine = join(cache, 'taken-by');
  const other = existsSync(mine) ? Number(readFileSync(mine, 'utf8')) : 0;
  if (other > 0 && isAlive(other)) throw new Error(`process ${String(other)} uses ${cache}: wait until it has ended`);
  writeFileSync(mine, String(process.pid));
  undo.push(() => {
    rmSync(mine);
  });
}

/** How many did not hold. */
async function proveAll<Subject>(proofs: readonly Proof<Subject>[], subject: Subject): Promise<number> {
  let failed = 0;
  for (const proof of proofs) {
    try {
      const measured = await proof.prove(subject);
      say(`ok      ${proof.name}${measured === undefined ? '' : `: ${measured}`}`);
    } catch (error) {
      failed++;
      say(`FAILED  ${proof.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failed;
}

async function buildAndUnpack(
  folder: string,
  revision: string,
  undo: (() => unknown)[],
): Promise<readonly [Image, Image | null]> {
  const buildah = new Buildah(cache);
  const base = baseOf();
  const wasMade = await provideStandIn(buildah, { ...base, folder, say });
  await buildah.keepOnly(base.tag);
  say(`the stand-in for the base is ${wasMade ? 'made' : 'there from a run before'}`);
  const tags = await buildTwice(buildah, { root, folder, cache, revision, times: values.once ? 1 : 2, say });
  undo.push(() => Promise.all(tags.map((tag) => buildah.remove(tag))));
  const images = [];
  for (const [at, tag] of tags.entries())
    images.push(await unpackImage(buildah, tag, join(folder, `image-${String(at)}`)));
  const [first, second = null] = images;
  if (first === undefined) throw new Error('nothing was built');
  return [first, second];
}

async function run(folder: string, undo: (() => unknown)[]): Promise<number> {
  const revision = await revisionOf(root);
  const [image, again] = await buildAndUnpack(folder, revision, undo);
  say(`built${again === null ? '' : ', twice'}`);
  let failed = await proveAll(CONTENTS, { image, again, root, revision });
  const network = new Network(process.pid);
  undo.push(() => {
    network.remove();
  });
  const running = new Running(image, network.addHost(), folder);
  undo.push(() => running.close());
  failed += await proveAll(RUNNING, running);
  return failed;
}

function toolsAreHere(): boolean {
  const tools = ['buildah', 'debootstrap', 'runc'].map((name) => toolIsHere(name, name));
  return toolIsHere('ip', 'iproute2', '-V') && tools.every(Boolean);
}

if (values.help) process.stdout.write(HELP);
else if (!toolsAreHere()) process.exitCode = 1;
else {
  const undo: (() => unknown)[] = [];
  takeCache(undo);
  const folder = mkdtempSync(join(tmpdir(), 'ocm-image-'));
  try {
    const failed = await run(folder, undo);
    process.stdout.write(failed === 0 ? `passed, ${seconds().trim()}\n` : `${String(failed)} of the proofs FAILED\n`);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    for (const one of undo.reverse()) await one();
    removeFolder(folder);
  }
}
