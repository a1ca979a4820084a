/** Random posts of some days around a change of clocks, in batches between which evidence is compacted; and charts of them. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { CampaignStore } from '../../src/apply/campaigns.js';
import { Compaction } from '../../src/apply/compaction.js';
import { Evidence } from '../../src/apply/evidence.js';
import type { CampaignTables } from '../../src/apply/tables.js';
import type { Notification } from '../../src/domain/notification.js';
import type { Page, PageRequest, Resolution, StatisticsRow, TimeRange } from '../../src/domain/store.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { aNotification, digest } from './notifications.js';

export const DBIDS = ['101', '102'];
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
/** Clocks are changed in Europe on 2026-10-25 at 01:00 UTC, on Lord Howe on 2026-10-03 and in Newfoundland on 2026-11-01. */
const STARTS_MS = ['2026-10-24T12:00:00Z', '2026-10-03T06:00:00Z', '2026-11-01T00:00:00Z'].map((text) =>
  Date.parse(text),
);
const LONGEST_MS = 3 * DAY_MS;

/** Decimals as senders write them, now and then one that has more places than most. */
const figure = fc.oneof(
  fc.constant(null),
  fc.integer({ min: 0, max: 10_000 }).map((number) => number / 10_000),
  fc.constant(1 / 3),
);
const statistics = fc.record({
  busyRatio: figure,
  hitRatio: figure,
  overdialRatio: figure,
  timeToCompleteSeconds: figure,
});
/** Close to the begin and the end of quarters, somewhere, or all at the same time, as of a clock that stands still. */
const offsetMs = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: -2, max: 2 })).map(([n, by]) => n * QUARTER_MS + by),
  fc.integer({ min: 0, max: LONGEST_MS }),
  fc.constantFrom(5000, 5000 + QUARTER_MS),
);
const post = fc.record({
  dbid: fc.constantFrom(...DBIDS),
  offsetMs,
  lagMs: fc.integer({ min: 0, max: 3000 }),
  statistics,
});

export type CompactionKind = 'none' | 'one group' | 'all';

/** Posts that come together, and what is compacted behind them. */
export interface ChartBatch {
  readonly notifications: readonly Notification[];
  readonly compaction: CompactionKind;
}

export const chartBatches: fc.Arbitrary<readonly ChartBatch[]> = fc
  .record({
    startMs: fc.constantFrom(...STARTS_MS),
    batches: fc.array(
      fc.record({
        posts: fc.array(post, { minLength: 1, maxLength: 8 }),
        compaction: fc.constantFrom<CompactionKind>('none', 'one group', 'all'),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ startMs, batches }) =>
    batches.map(({ posts, compaction }) => {
      const notifications = posts.map(({ dbid, statistics, ...post }) => {
        const atMs = startMs + QUARTER_MS + post.offsetMs;
        return aNotification({ dbid, atMs, receivedAtMs: atMs + post.lagMs, statistics });
      });
      return { notifications, compaction };
    }),
  );

export interface ChartQuestion {
  readonly range: TimeRange;
  readonly step: Resolution;
  readonly limit: number;
}

const edgeMs = fc.oneof(
  fc.integer({ min: 0, max: 16 }).map((n) => n * QUARTER_MS),
  fc.integer({ min: 0, max: LONGEST_MS }),
  fc.constantFrom(0, LONGEST_MS + DAY_MS),
);

export const chartQuestion: fc.Arbitrary<ChartQuestion> = fc
  .record({
    startMs: fc.constantFrom(...STARTS_MS),
    edges: fc.tuple(edgeMs, edgeMs),
    ms: fc.constantFrom(...[1, 2, 3, 4, 24, 96, 7 * 96].map((quarters) => quarters * QUARTER_MS)),
    timeZone: fc.constantFrom(
      ...['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'],
    ),
    limit: fc.constantFrom(1, 2, 5, 1000),
  })
  .map(({ startMs, edges: [one, other], ms, timeZone, limit }) => {
    const range = { fromMs: startMs + Math.min(one, other), toMs: startMs + Math.max(one, other) + 1 };
    return { range, step: { ms, timeZone }, limit };
  });

/** Older than what is kept of the journal. */
const LATER_MS = 2_000_000;

/** A store's own logic over its tables; `transact` commits. */
export function chartStore(tables: CampaignTables, transact: (work: () => void) => void) {
  const evidence = new Evidence(tables);
  const compaction = new Compaction(tables, evidence);
  const campaigns = new CampaignStore(tables, evidence, { enumerations: ENUMERATIONS, digest, maxHeads: 3 });
  let nowMs = 0;
  return {
    evidence,
    deliver: ({ notifications, compaction: kind }: ChartBatch) => {
      transact(() => {
        for (const notification of notifications) campaigns.apply(notification);
        compaction.isDue(nowMs);
        nowMs += LATER_MS;
        // No time is left after the first group: what it was compacted of stays in the journal.
        if (kind === 'one group' && compaction.isDue(nowMs))
          compaction.slice(nowMs, { elapsedMs: () => 0, sliceMs: 0 });
        if (kind === 'all') compaction.all(nowMs);
      });
    },
  };
}

/** All pages, each but the last one full, and the last one not empty. */
export function allPages(ask: (page: PageRequest) => Page<StatisticsRow>, limit: number): readonly StatisticsRow[] {
  const items: StatisticsRow[] = [];
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const page = ask({ limit, cursor });
    if (page.nextCursor !== null) expect(page.items).toHaveLength(limit);
    else if (!isFirst) expect(page.items).not.toHaveLength(0);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

/** Equal but for the last bits of what was added up in another order. */
export function expectSameSteps(found: readonly StatisticsRow[], expected: readonly StatisticsRow[]): void {
  const rounded = (rows: readonly StatisticsRow[]) =>
    JSON.stringify(rows, (name, value: unknown) => (name === 'mean' ? Number(value).toFixed(9) : value));
  expect(JSON.parse(rounded(found))).toEqual(JSON.parse(rounded(expected)));
}
