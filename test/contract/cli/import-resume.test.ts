/** An import that ends early says where to go on, and what is imported from there is the rest: nothing is left out. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type ImportKind, type ImportSummary, type Place, runImport } from '../../../src/cli/import-run.js';
import { notificationLines } from '../../../src/cli/import-notifications.js';
import type { ImportTarget } from '../../../src/cli/import-target.js';
import { tserverLogs } from '../../../src/cli/import-tserver-log.js';
import { MonitorError } from '../../../src/domain/errors.js';
import type { ImportItem } from '../../../src/domain/import.js';
import { TserverLog } from '../../../src/simulator/callbacks/tserver-log.js';
import { removeFolder } from '../../support/folders.js';
import { aPost, dateTime } from '../../support/posts.js';

const folder = mkdtempSync(join(tmpdir(), 'ocm-resume-'));
afterAll(() => {
  removeFolder(folder);
});

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(Buffer.from(text, 'latin1')) : Buffer.from(text, 'latin1'));
  return file;
}

function logOf(seed: number): string {
  const habit = { style: 'tserver', stamps: 'short', indentation: 'tabs' } as const;
  const startMs = Date.UTC(2026, 9, seed);
  const log = new TserverLog({ seed, startMs, callbacks: 250, habit, damaged: 0.05, sentToIcon: 0.5 });
  return [...log.text(() => undefined)].join('');
}

const bodies = (from: number) =>
  Array.from({ length: 450 }, (_, n) => `${JSON.stringify(aPost({ GSW_DATE_TIME: dateTime((from + n) * 1000) }))}\n`);

const BODY_LIMIT = 1_048_576;
const KINDS: Readonly<Record<string, { readonly files: readonly string[]; readonly kind: () => ImportKind }>> = {
  'tserver-log': {
    files: [written('a.log', logOf(1)), written('b.log.gz', logOf(2)), written('c.log', logOf(3))],
    kind: () => tserverLogs({ source: 'default', dn: null, icon: null, bodyLimitBytes: BODY_LIMIT }),
  },
  notifications: {
    files: [written('a.ndjson', bodies(0).join('')), written('b.ndjson', bodies(1000).join('\n'))],
    kind: () => ({
      maxLineBytes: BODY_LIMIT,
      resumes: true,
      readerOf: () => notificationLines({ source: null, bodyLimitBytes: BODY_LIMIT }),
    }),
  },
};

/** Takes everything, and does something with each batch before it has. */
class Target implements ImportTarget {
  readonly items: ImportItem[] = [];
  readonly #before: (batch: number) => void;
  #batches = 0;

  constructor(before: (batch: number) => void) {
    this.#before = before;
  }

  async take(items: readonly ImportItem[]) {
    await new Promise((resolve) => setImmediate(resolve));
    this.#before(++this.#batches);
    this.items.push(...items);
    return items.map(() => [{ outcome: 'transition', why: null } as const]);
  }

  end = () => Promise.resolve();
  close = () => Promise.resolve();
}

function importing(kind: string, target: Target, { resume = null as Place | null, signal = NEVER } = {}) {
  const { files = [], kind: made } = KINDS[kind] ?? {};
  const io = { out: () => undefined, err: () => undefined, isTerminal: false, signal } as never;
  if (made === undefined) throw new Error(`there is no ${kind}`);
  return runImport(target, { ...made(), files, resume, io });
}

const NEVER = new AbortController().signal;
const bytesOf = (items: readonly ImportItem[]) => items.map(({ bytes }) => bytes);
const distinct = (texts: readonly string[]) => [...new Set(texts)];

async function allOf(kind: string): Promise<readonly string[]> {
  const target = new Target(() => undefined);
  await importing(kind, target);
  return distinct(bytesOf(target.items));
}

describe.each(Object.keys(KINDS))('an import of %s', (kind) => {
  it('goes on where it was interrupted, again and again, and passes over what is imported', async () => {
    const all = await allOf(kind);
    expect(all.length).toBeGreaterThan(800);
    const told: string[] = [];
    let resume: Place | null = null;
    let runs = 0;
    for (let isDone = false; !isDone; runs++) {
      const stop = new AbortController();
      const target = new Target(() => {
        stop.abort();
      });
      const { interruptedAt }: ImportSummary = await importing(kind, target, { resume, signal: stop.signal });
      told.push(...bytesOf(target.items));
      isDone = interruptedAt === null;
      resume = interruptedAt;
    }
    expect(runs).toBeGreaterThan(2);
    expect(distinct(told)).toEqual(all);
    // Of each run at most one is told again.
    expect(told.length - all.length).toBeLessThan(runs);
  });

  it.each([2, 3, 4])('says with its fault where to go on, when batch %i fails', async (failing) => {
    const target = new Target((batch) => {
      if (batch === failing) throw new MonitorError('OCM_UNAVAILABLE', 'a fault of the test');
    });
    const failed = await importing(kind, target).then(String, (error: unknown) => error as Error);
    const [, file = '', line = ''] =
      /^a fault of the test; go on with --resume (.+):(\d+)$/.exec((failed as Error).message) ?? [];
    const rest = new Target(() => undefined);
    await importing(kind, rest, { resume: { file, line: Number(line) } });
    expect(distinct(bytesOf([...target.items, ...rest.items]))).toEqual(await allOf(kind));
  });

  it('says where the rest begins in lines of the file, so that what is damaged there is named as before', async () => {
    const target = new Target(() => undefined);
    const whole = await importing(kind, target);
    const { files = [] } = KINDS[kind] ?? {};
    const [, file = ''] = files;
    const { damaged } = await importing(kind, new Target(() => undefined), { resume: { file, line: 2 } });
    expect(damaged).toEqual(whole.damaged.filter((one) => one.file !== files[0]));
  });
});
