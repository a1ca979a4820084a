/** The sources of campaign groups, each as a whole. */
import type { QuarantineCount } from '../domain/quarantine.js';
import type { Roster } from '../live/roster.js';
import type { SOURCE_SCHEMA } from './row-schemas.js';
import { type Columns, isoTime } from './rows.js';

export interface SourceRow {
  readonly source: string;
  readonly lastHeardMs: number | null;
  readonly intervalMs: number | null;
  readonly intervalOrigin: 'configured' | 'learned' | 'assumed' | 'none';
  /** The usual gap between periodic posts as received. */
  readonly intervalSeenMs: number | null;
  readonly deliveryRatio: number | null;
  readonly silent: boolean;
  /** When the last of its groups fell silent. */
  readonly silentSinceMs: number | null;
  readonly groups: number;
  readonly running: number;
  readonly quarantined: number;
  readonly sendsStatistics: boolean;
  /** When the maintenance that goes on ends; null: none does. */
  readonly maintenanceUntilMs: number | null;
}

export interface Received {
  readonly quarantine: readonly QuarantineCount[];
  /** When each source of callbacks was last heard. */
  readonly callbacksHeard: ReadonlyMap<string, number>;
}

/** Every source that has a group, callbacks or a body in quarantine, by name. */
export function sourceRows(roster: Roster, { quarantine, callbacksHeard }: Received, nowMs: number): SourceRow[] {
  const tallies = new Map<string, Tally>();
  const tally = (source: string) => {
    const known = tallies.get(source) ?? {
      groups: 0,
      running: 0,
      quarantined: 0,
      lastHeardMs: null,
      silentSinceMs: null,
    };
    tallies.set(source, known);
    return known;
  };
  for (const entry of roster.entries()) {
    const of = tally(entry.snapshot.source);
    of.groups++;
    if (entry.snapshot.state === 'running') of.running++;
    of.lastHeardMs = Math.max(of.lastHeardMs ?? 0, entry.figures.lastHeardMs);
    const sinceMs = roster.silentSinceMs(entry, nowMs);
    if (sinceMs !== null) of.silentSinceMs = Math.max(of.silentSinceMs ?? 0, sinceMs);
  }
  for (const [source, heardMs] of callbacksHeard) {
    const of = tally(source);
    of.lastHeardMs = Math.max(of.lastHeardMs ?? 0, heardMs);
  }
  for (const { source, rows } of quarantine) tally(source).quarantined += rows;
  const silentSources = roster.silentSources(nowMs);
  return [...tallies]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([source, of]) => {
      const rhythm = of.groups > 0 ? roster.rhythm(source) : null;
      const silent = silentSources.has(source);
      const quietUntilMs = roster.quietUntilMs(source, nowMs);
      return {
        source,
        ...of,
        silent,
        silentSinceMs: silent ? of.silentSinceMs : null,
        intervalMs: rhythm?.intervalMs ?? null,
        intervalOrigin: rhythm?.origin ?? 'none',
        intervalSeenMs: rhythm?.seenMs ?? null,
        deliveryRatio: rhythm?.deliveryRatio(nowMs) ?? null,
        sendsStatistics: roster.sendsStatistics(source),
        maintenanceUntilMs: quietUntilMs !== null && quietUntilMs > nowMs ? quietUntilMs : null,
      };
    });
}

interface Tally {
  groups: number;
  running: number;
  quarantined: number;
  lastHeardMs: number | null;
  silentSinceMs: number | null;
}

export const SOURCE_COLUMNS: Columns<SourceRow, keyof typeof SOURCE_SCHEMA> = {
  source: (row) => row.source,
  last_heard_at: (row) => isoTime(row.lastHeardMs),
  interval_seconds: (row) => (row.intervalMs === null ? null : row.intervalMs / 1000),
  interval_origin: (row) => row.intervalOrigin,
  interval_seen_seconds: (row) => (row.intervalSeenMs === null ? null : row.intervalSeenMs / 1000),
  delivery_ratio: (row) => row.deliveryRatio,
  silent: (row) => row.silent,
  silent_since: (row) => isoTime(row.silentSinceMs),
  campaign_groups: (row) => row.groups,
  running: (row) => row.running,
  quarantined: (row) => row.quarantined,
  sends_statistics: (row) => row.sendsStatistics,
  maintenance: (row) => row.maintenanceUntilMs !== null,
  maintenance_until: (row) => isoTime(row.maintenanceUntilMs),
};
