import { describe, expect, it } from 'vitest';
import type { Callback } from '../../../src/domain/callback.js';
import type { Page } from '../../../src/domain/store.js';
import type { CallbackFilter } from '../../../src/reports/callback-reader.js';
import { CallbackReports } from '../../../src/reports/callback-reports.js';
import type { Before, CallbackRowReader, HeldFinished } from '../../../src/reports/callback-row-reader.js';
import { aCallback, anOpenCallback } from '../../support/callbacks.js';
import { T0 } from '../../support/notifications.js';

const HOUR_MS = 3_600_000;
const MOMENT = { nowMs: T0 + HOUR_MS, ttlMs: 24 * HOUR_MS };
const ANY = { source: null, tenantDbids: null, queue: null, channel: null };
const NO_FILTER: CallbackFilter = {
  ...ANY,
  state: null,
  interaction: null,
  orsSession: null,
  phoneHash: null,
  open: null,
  due: null,
};
const RANGE = { fromMs: T0, toMs: T0 + 24 * HOUR_MS };
const BY_SOURCE = { by: ['source'] as const, timeZone: 'UTC', tollPerMinute: null, tenants: new Map<number, string>() };

/** Callbacks in memory, in the order of a store, and how much of them was read at once. */
class Rows implements CallbackRowReader {
  readonly slices: number[] = [];
  readonly #held: readonly HeldFinished[];

  constructor(callbacks: readonly Callback[]) {
    this.#held = callbacks.map((callback, no) => ({ no, callback: { ...callback, hasStart: true } }));
  }

  heard({ filter }: Parameters<CallbackRowReader['heard']>[0], before: Before, limit: number) {
    return this.#newest(
      ({ callback }) => filter.open === null || callback.isFinal !== filter.open,
      ({ callback }) => callback.firstReceivedMs,
      before,
      limit,
    );
  }

  finished(_filter: unknown, { fromMs, toMs }: typeof RANGE, before: Before, limit: number) {
    return this.#newest(
      ({ callback: { endedMs } }) => endedMs !== null && endedMs >= fromMs && endedMs < toMs,
      ({ callback }) => callback.endedMs ?? 0,
      before,
      limit,
    );
  }

  #newest(
    isMeant: (held: HeldFinished) => boolean,
    msOf: (held: HeldFinished) => number,
    before: Before,
    limit: number,
  ): HeldFinished[] {
    const found = this.#held
      .filter((held) => isMeant(held) && (msOf(held) - before.ms || held.no - before.no) < 0)
      .sort((a, b) => msOf(b) - msOf(a) || b.no - a.no)
      .slice(0, limit);
    this.slices.push(found.length);
    return found;
  }

  legacyEvents() {
    return [];
  }

  ofService(serviceId: string) {
    return this.#held.filter(({ callback }) => callback.serviceId === serviceId);
  }

  events(no: number) {
    const digests = ['an earlier one', this.#held[no]?.callback.finalDigest ?? ''];
    const record = this.#held[no]?.callback.record ?? aCallback().record;
    return digests.map((digest, at) => ({
      sequence: at + 1,
      receivedMs: T0,
      isFinal: true,
      isLate: false,
      digest,
      record,
      received: {},
    }));
  }

  attachments() {
    return [];
  }

  interactions() {
    return [];
  }

  notifications() {
    return [];
  }

  refusingSources() {
    return ['default'];
  }

  reportedKeys() {
    return new Map();
  }

  acceptedOrOpen(_range: unknown, limit: number) {
    return this.#held.map(({ callback }) => callback).slice(0, limit);
  }

  missingKeys() {
    return [];
  }

  changed(sinceMs: number, limit: number) {
    return this.#held
      .map(({ callback }) => callback)
      .filter(({ lastEventMs }) => (lastEventMs ?? 0) >= sinceMs)
      .slice(0, limit);
  }
}

async function everything<T>(ask: (cursor: string | null) => Promise<Page<T>> | Page<T>): Promise<T[][]> {
  const pages: T[][] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await ask(cursor);
    pages.push([...page.items]);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return pages;
}

const idOf = ({ serviceId }: Callback) => serviceId;
/** Every third one is due: it is to be dialled once more. */
const open = (n: number) =>
  anOpenCallback({
    record: { nextRedialMs: n % 3 === 0 ? T0 + 2 * HOUR_MS : null },
    serviceId: `s${String(n)}`,
    firstReceivedMs: T0 + (n >> 1),
  });

describe('callbacks that are due', () => {
  const callbacks = Array.from({ length: 9000 }, (_, n) => open(n));
  const filter = { ...NO_FILTER, due: 'any' as const };

  it('are found among all, in pages that are full but for the last', async () => {
    const reports = new CallbackReports(new Rows(callbacks));
    const pages = await everything((cursor) => reports.callbacks(filter, MOMENT, null, { limit: 1001, cursor }));
    const expected = Array.from({ length: 3000 }, (_, n) => `s${String(8997 - 3 * n)}`);
    expect(pages.flat().map(idOf)).toEqual(expected);
    expect(pages.map(({ length }) => length)).toEqual([1001, 1001, 998]);
  });

  it('are looked for in slices, no further than the page needs', async () => {
    const rows = new Rows(callbacks);
    await new CallbackReports(rows).callbacks(filter, MOMENT, null, { limit: 10, cursor: null });
    expect(rows.slices).toEqual([2000]);
  });

  it('are none of the final ones', async () => {
    const rows = new Rows(callbacks);
    const page = await new CallbackReports(rows).callbacks({ ...filter, open: false }, MOMENT, null, {
      limit: 10,
      cursor: null,
    });
    expect([page, rows.slices]).toEqual([{ items: [], nextCursor: null }, []]);
  });
});

describe('lists of callbacks', () => {
  const callbacks = Array.from({ length: 25 }, (_, n) =>
    aCallback({ serviceId: `s${String(n)}`, firstReceivedMs: T0 + (n >> 2), endedMs: T0 + 1000 - (n >> 2) }),
  );
  const ids = Array.from({ length: 25 }, (_, n) => `s${String(n)}`);

  it('come newest first, whole, also where several are of one moment', async () => {
    const reports = new CallbackReports(new Rows(callbacks));
    const heard = await everything((cursor) => reports.callbacks(NO_FILTER, MOMENT, null, { limit: 3, cursor }));
    expect(heard.flat().map(idOf)).toEqual([...ids].reverse());
    const finished = await everything((cursor) => reports.finished(ANY, RANGE, { limit: 3, cursor }));
    expect(finished.flat().map(idOf).sort()).toEqual([...ids].sort());
    expect(finished.flat().map(({ endedMs }) => endedMs)).toEqual(
      callbacks.map(({ endedMs }) => endedMs).sort((a, b) => Number(b) - Number(a)),
    );
  });

  it('of what changed are refused where there is more than fits', () => {
    const reports = new CallbackReports(new Rows(callbacks));
    expect(reports.changed(T0, 25)?.length).toBe(25);
    expect(reports.changed(T0, 24)).toBeNull();
  });
});

describe('the story of a callback', () => {
  it('is of the one heard of first, names the other sources, and says which event counts', () => {
    const one = aCallback({ serviceId: 'twice', finalDigest: 'the last one' });
    const reports = new CallbackReports(new Rows([one, { ...one, source: 'eu-1' }]));
    const story = reports.callback('twice', null);
    expect(story?.callback).toEqual(one);
    expect([story?.hasStart, story?.otherSources]).toEqual([true, ['eu-1']]);
    expect(story?.events.map(({ sequence, counts }) => [sequence, counts])).toEqual([
      [1, false],
      [2, true],
    ]);
    expect(story?.events[0]).not.toHaveProperty('digest');
    expect(reports.callback('never', null)).toBeNull();
  });
});

describe('a summary', () => {
  const callbacks = Array.from({ length: 6000 }, (_, n) =>
    aCallback({ serviceId: `s${String(n)}`, source: `eu-${String(n % 3)}`, endedMs: T0 + n }),
  );

  it('counts all, reading in slices, each from where the last one ended', async () => {
    const rows = new Rows(callbacks);
    const { page } = await new CallbackReports(rows).summary(BY_SOURCE, ANY, RANGE, { limit: 10, cursor: null });
    expect(page.items.map((row) => [row['source'], row['offered']])).toEqual([
      ['eu-0', 2000],
      ['eu-1', 2000],
      ['eu-2', 2000],
    ]);
    expect(rows.slices).toEqual([2000, 2000, 2000, 0]);
  });

  it('comes in pages of rows', async () => {
    const reports = new CallbackReports(new Rows(callbacks));
    const pages = await everything(
      async (cursor) => (await reports.summary(BY_SOURCE, ANY, RANGE, { limit: 2, cursor })).page,
    );
    expect(pages.map((rows) => rows.map((row) => row['source']))).toEqual([['eu-0', 'eu-1'], ['eu-2']]);
  });

  it('lets others have their turn after each slice', async () => {
    const rows = new Rows(callbacks);
    const turns: number[] = [];
    let isOver = false;
    const others = () => {
      if (isOver) return;
      turns.push(rows.slices.length);
      setImmediate(others);
    };
    setImmediate(others);
    await new CallbackReports(rows).summary(BY_SOURCE, ANY, RANGE, { limit: 10, cursor: null });
    isOver = true;
    expect(turns).toEqual(expect.arrayContaining([1, 2, 3]));
  });
});

describe('a capacity report', () => {
  it('of a million callbacks is refused', () => {
    const endless = new Rows([]);
    endless.acceptedOrOpen = (_range, limit) =>
      Array<HeldFinished['callback']>(limit).fill({ ...aCallback(), hasStart: true });
    const request = { ...RANGE, ...MOMENT, slots: [], timeZone: 'UTC' };
    expect(() => new CallbackReports(endless).capacity(request)).toThrow('a range of 1000000 callbacks at most');
  });
});
