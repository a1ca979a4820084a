/** Pages of metrics as a service has them to whom something of everything has happened. */
import { idleOptions } from '../../scripts/metric-families.js';
import type { GroupSnapshot } from '../../src/domain/campaign-group.js';
import type { CommitReport, Delivery } from '../../src/domain/store.js';
import { AbandonmentBoard } from '../../src/live/abandonment-board.js';
import { CallbackBoard } from '../../src/live/callback-board.js';
import { Roster } from '../../src/live/roster.js';
import { MetricsPages, type MetricsSettings } from '../../src/service/metrics-pages.js';
import { aCallback } from './callbacks.js';
import { aSnapshot, NOW } from './snapshots.js';

const SETTINGS: MetricsSettings = {
  maxSources: 10,
  metricsDomain: 'inline',
  unloadedRetentionMs: 900_000,
  maxListsPerGroup: 50,
  tenants: new Map(),
};

export interface EventfulOptions {
  readonly nowMs?: () => number;
  readonly processMetrics?: boolean;
  readonly settings?: Partial<MetricsSettings>;
}

/** With one group of each name. Nothing was counted yet. */
export function eventfulPages(names: readonly string[], options: EventfulOptions = {}) {
  const nowMs = options.nowMs ?? (() => NOW);
  const roster = new Roster({
    ...{ maxGroups: 100, maxSources: 10, upSinceMs: NOW - 3_600_000 },
    rhythmOf: () => ({ intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 }),
  });
  roster.load(names.map((name, at) => groupOf(name, at)));
  const callbacks = new CallbackBoard({ maxOpen: 1000, ttlMs: 86_400_000 });
  const pages = new MetricsPages(
    { ...SETTINGS, ...options.settings },
    {
      ...idleOptions(roster),
      ...{ nowMs, callbacks, abandonment: new AbandonmentBoard() },
      version: '1.2.3',
      processMetrics: options.processMetrics ?? false,
    },
  );
  return { roster, pages };
}

function groupOf(name: string, at: number): GroupSnapshot {
  const { attributes } = aSnapshot();
  return aSnapshot({
    groupNo: at,
    attributes: { ...attributes, name, tenant: name, queue: name },
    callingLists: [{ name, dbid: null, hitRatio: 1e-7, timeToCompleteSeconds: 1e21 }],
  });
}

/** One of everything that is counted; `name`: of a queue and a source. */
export function happen(pages: MetricsPages, name: string): void {
  const callback = aCallback({
    source: 'default',
    record: { tenantDbid: 1, vq: name, offerSeconds: 7, dial1Result: 'x' },
  });
  const transition = { action: 'start', actor: 'client', inferred: false };
  const report = {
    ...{ no: 1, commitSeconds: 0.004, quarantineDropped: 0, removed: null, quarantine: null, snapshots: [], heard: [] },
    receipts: [{ kind: 'notification', outcome: 'transition', id: 'x', warnings: [] }],
    made: [{ groupNo: 0, transition }],
    withdrawn: [{ groupNo: 0 }],
    callbacks: [{ callback, event: { outcome: 'recorded', isFinal: true }, finished: true }],
  };
  const delivery = { source: 'eu-1', endpoint: 'campaign-group-state' };
  pages.count(report as unknown as CommitReport, [delivery as unknown as Delivery]);
  pages.own.acknowledge(0.002);
  pages.own.reject('default', 'schema', true);
}

/** What stands on a page. */
export async function told(
  page: Promise<{ pieces: readonly (string | Uint8Array)[]; release(): void }>,
): Promise<string> {
  const rendered = await page;
  const text = Buffer.concat(rendered.pieces.map((piece) => Buffer.from(piece))).toString();
  rendered.release();
  return text;
}
