/**
 * What Prometheus makes of the times since when counters count, by the rule of created-timestamp-zero-ingestion: a 0 is put
 * there if that is before the scrape and after the last sample of the series.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommitReport } from '../../../src/domain/store.js';
import { AbandonmentBoard } from '../../../src/live/abandonment-board.js';
import { Roster } from '../../../src/live/roster.js';
import { DomainMetrics } from '../../../src/prometheus/domain-metrics.js';
import { EventCounters } from '../../../src/prometheus/event-counters.js';
import { END_OF_OPENMETRICS } from '../../../src/prometheus/exposition.js';
import { PieceMemory } from '../../../src/prometheus/page-text.js';
import { told } from '../../support/metrics-pages.js';
import { parseOpenMetrics } from '../../support/openmetrics.js';
import { aSnapshot, NOW } from '../../support/snapshots.js';

const SECOND_MS = 1000;
const SERIES = 'ocs_campaign_group_transitions';

/** A process that counts what one group does. */
function process(nowMs: () => number) {
  const roster = new Roster({
    ...{ maxGroups: 10, maxSources: 10, upSinceMs: NOW },
    rhythmOf: () => ({ intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 }),
  });
  // Of a running group a load is nothing that may come next: its series is born with the first.
  roster.load([aSnapshot()]);
  const memory = new PieceMemory();
  const groups = new DomainMetrics({
    ...{ roster, memory, abandonment: new AbandonmentBoard(), onListsLeftOut: () => undefined },
    ...{ unloadedRetentionMs: 1e12, maxListsPerGroup: 50 },
  });
  const events = new EventCounters({ roster, groups, memory, nowMs });
  const transition = { action: 'load', actor: 'client', inferred: false };
  return {
    act: () => {
      events.count({ made: [{ groupNo: 1, transition }], withdrawn: [] } as unknown as CommitReport);
    },
    /** The value of the series, if it is there, and its begin, if that is said. */
    scrape: async () => {
      const page = (await told(events.render(nowMs(), 'openmetrics'))) + END_OF_OPENMETRICS;
      const samples = parseOpenMetrics(page).find(({ name }) => name === SERIES)?.samples ?? [];
      const valueOf = (name: string) =>
        samples.find((sample) => sample.name === name && sample.labels['action'] === 'load')?.value;
      return { value: valueOf(`${SERIES}_total`), created: valueOf(`${SERIES}_created`) };
    },
  };
}

/** Adds up what increase() sees of the samples that are stored. */
class Stored {
  increase = 0;
  #last: { readonly atMs: number; readonly value: number } | null = null;
  readonly #readsCreated: boolean;

  constructor(readsCreated: boolean) {
    this.#readsCreated = readsCreated;
  }

  take(atMs: number, { value, created }: { value: number | undefined; created: number | undefined }): void {
    if (value === undefined) return;
    const createdMs = this.#readsCreated && created !== undefined ? Math.round(created * SECOND_MS) : Infinity;
    if (createdMs < atMs && createdMs > (this.#last?.atMs ?? -Infinity)) this.#store(createdMs, 0);
    this.#store(atMs, value);
  }

  #store(atMs: number, value: number): void {
    const before = this.#last?.value;
    if (before !== undefined) this.increase += value < before ? value : value - before;
    this.#last = { atMs, value };
  }
}

type Step = 'event' | 'scrape' | 'restart';

/** What happened and was scraped before the process ended, and what Prometheus saw of it. */
async function live(steps: readonly Step[], readsCreated: boolean) {
  let nowMs = NOW;
  const stored = new Stored(readsCreated);
  let running = process(() => nowMs);
  let [happened, unseen] = [0, 0];
  for (const step of steps) {
    nowMs += SECOND_MS;
    if (step === 'event') {
      running.act();
      unseen++;
    } else if (step === 'scrape') {
      stored.take(nowMs, await running.scrape());
      happened += unseen;
      unseen = 0;
    } else {
      running = process(() => nowMs);
      unseen = 0;
    }
  }
  return { happened, seen: stored.increase };
}

describe('events of a series that was not there before', () => {
  const steps: readonly Step[] = ['event', 'scrape', 'restart', 'event', 'scrape'];

  it('are an increase where Prometheus reads since when counters count: the first of all, and after a restart', async () => {
    expect(await live(steps, true)).toEqual({ happened: 2, seen: 2 });
  });

  it('are lost where it does not', async () => {
    expect(await live(steps, false)).toEqual({ happened: 2, seen: 0 });
  });

  it('are seen once, however scrapes and restarts fall between them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Step>('event', 'event', 'scrape', 'scrape', 'restart'), { maxLength: 40 }),
        async (random) => {
          const { happened, seen } = await live(random, true);
          expect(seen).toBe(happened);
        },
      ),
      { numRuns: 200 },
    );
  });
});
