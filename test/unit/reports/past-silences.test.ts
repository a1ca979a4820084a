import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gap, Silence } from '../../../src/domain/silence.js';
import type { Listened } from '../../../src/domain/store.js';
import { type Moments, PastSilences, type SilenceRows } from '../../../src/reports/past-silences.js';

const SECOND_MS = 1000;
const RULE = { silenceAfterMs: 30 * SECOND_MS, intervalMs: 10 * SECOND_MS, isFixed: true };

function momentsOf(seconds: readonly number[]): Moments {
  const times = [...new Set(seconds)].map((second) => second * SECOND_MS).sort((a, b) => a - b);
  return {
    within: ({ fromMs, toMs }, limit) =>
      times
        .filter((ms) => ms >= fromMs && ms < toMs)
        .reverse()
        .slice(0, limit),
    since: (ms, limit) => times.filter((one) => one >= ms).slice(0, limit),
  };
}

interface Parts {
  readonly repeated?: readonly number[];
  readonly copies?: readonly Gap[];
  readonly downs?: readonly Gap[];
  readonly firstRunMs?: number | null;
  /** Of the time before, samples have gone. */
  readonly samplesSince?: number | null;
  /** From this second on it does not run. */
  readonly stopped?: number;
}

/** A group that runs, and was heard as it says. */
function rowsOf(told: readonly number[], parts: Parts = {}): SilenceRows {
  const { repeated = [], copies = [], downs = [], firstRunMs = null, samplesSince = null, stopped = Infinity } = parts;
  const all = [...told, ...repeated];
  const earliestMs = told.length === 0 ? null : told.reduce((a, b) => Math.min(a, b)) * SECOND_MS;
  return {
    told: momentsOf(told),
    repeated: momentsOf(repeated),
    samplesSinceMs: samplesSince === null ? null : samplesSince * SECOND_MS,
    newestMs: () => (all.length === 0 ? null : all.reduce((a, b) => Math.max(a, b)) * SECOND_MS),
    stateAt: (ms) => (ms < stopped * SECOND_MS ? 'running' : 'active'),
    copies: ({ fromMs, toMs }) => copies.filter((one) => one.fromMs < toMs && one.toMs > fromMs),
    firstToldMs: () => earliestMs,
    firstReceivedMs: () => earliestMs,
    firstRunMs: () => firstRunMs,
    downs: () => downs,
  };
}

const listened = (nowSecond: number, parts: Partial<Listened> = {}): Listened => ({
  rule: RULE,
  maintenance: [],
  isRunning: true,
  heardMs: nowSecond * SECOND_MS,
  silentSinceMs: null,
  nowMs: nowSecond * SECOND_MS,
  ...parts,
});

const EVER = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const shape = ({ fromMs, toMs, isAtLeast }: Silence) =>
  `${String(fromMs / SECOND_MS)} to ${toMs === null ? 'now' : String(toMs / SECOND_MS)}${isAtLeast ? ' at least' : ''}`;

function pagesOf(rows: SilenceRows, known: Listened, limit: number): string[][] {
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page = new PastSilences(rows).page(EVER, { limit, cursor }, known);
    pages.push(page.items.map(shape));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return pages;
}

const every = (step: number, from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, n) => from + n * step);
const told = [...every(10, 0, 100), ...every(10, 500, 600)];

describe('past silences', () => {
  it('last from when the first post was due that did not come, until one came', () => {
    expect(pagesOf(rowsOf(told), listened(600), 10)).toEqual([['110 to 500']]);
  });

  it('are none where the group did not run, and where nothing is expected of it', () => {
    expect(pagesOf(rowsOf(told, { stopped: 100 }), listened(600), 10)).toEqual([[]]);
    expect(pagesOf(rowsOf(told), listened(600, { rule: null }), 10)).toEqual([[]]);
  });

  it('end with whatever shows life: a repeated date-time when it came, a copy while it came', () => {
    expect(pagesOf(rowsOf(told, { repeated: [300] }), listened(600), 10)).toEqual([['310 to 500', '110 to 300']]);
    const copies = [{ fromMs: 200 * SECOND_MS, toMs: 300 * SECOND_MS }];
    expect(pagesOf(rowsOf(told, { copies }), listened(600), 10)).toEqual([['310 to 500', '110 to 200']]);
  });

  it('are at least so long where nobody listened for a part of them', () => {
    const downs = [{ fromMs: 200 * SECOND_MS, toMs: 300 * SECOND_MS }];
    const rows = rowsOf(told, { downs, firstRunMs: 0 });
    expect(pagesOf(rows, listened(600), 10)).toEqual([['310 to 500 at least', '110 to 200 at least']]);
  });

  it('of now are as the roster has them', () => {
    const known = listened(900, { heardMs: 600 * SECOND_MS, silentSinceMs: 610 * SECOND_MS });
    expect(pagesOf(rowsOf(told), known, 10)).toEqual([['610 to now at least', '110 to 500']]);
  });

  it('are not made of samples that have gone', () => {
    const early = [...every(10, 0, 100), 400, ...told.map((second) => second + 1000)];
    const rows = rowsOf(early, { samplesSince: 500 });
    expect(pagesOf(rows, listened(1600), 10)).toEqual([['1110 to 1500']]);
    expect(pagesOf(rowsOf(early), listened(1600), 10)).toEqual([['1110 to 1500', '410 to 1000', '110 to 400']]);
    const { knownFromMs, firstMs } = new PastSilences(rows).page(EVER, { limit: 1, cursor: null }, listened(1600));
    expect([knownFromMs, firstMs]).toEqual([500 * SECOND_MS, 0]);
  });

  it('are the same in pages of any size', () => {
    const seconds = fc.uniqueArray(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(seconds, fc.integer({ min: 1, max: 4 }), (some, limit) => {
        const rows = rowsOf(some);
        const known = listened(2000);
        const pages = pagesOf(rows, known, limit);
        expect(pages.flat()).toEqual(pagesOf(rows, known, 1000).flat());
        for (const page of pages.slice(0, -1)) expect(page.length).toBe(limit);
      }),
    );
  });
});

describe('silences among more signs of life than are read at once', () => {
  const busy = [...every(1, 0, 70_000), ...every(1, 70_100, 130_000), ...every(1, 130_100, 200_000)];
  const rows = rowsOf(busy);
  const known = listened(200_000);

  it('come in pages that end early, and none is lost', () => {
    const pages = pagesOf(rows, known, 100);
    expect(pages.flat()).toEqual(['130010 to 130100', '70010 to 70100']);
    expect(pages.length).toBe(4);
  });

  it('are summed for times within what is read, and not told of earlier ones', () => {
    const second = (from: number, to: number) => ({ fromMs: from * SECOND_MS, toMs: to * SECOND_MS });
    const times = [second(130_000, 130_050), second(100_000, 200_000)];
    expect(new PastSilences(rows).silentMs(times, known)).toEqual([40 * SECOND_MS, 90 * SECOND_MS]);
    const many = rowsOf(every(1, 0, 260_000));
    expect(new PastSilences(many).silentMs([second(0, 10), second(255_000, 256_000)], listened(260_000))).toEqual([
      null,
      0,
    ]);
  });
});
