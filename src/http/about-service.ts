/** What the service says of itself and of its sources. */
import { Router } from 'express';
import type { Clock } from '../domain/clock.js';
import type { Limits } from '../domain/limits.js';
import type { ReportReader } from '../domain/store.js';
import { diskOutlook, type StoreGrowth } from '../domain/store-growth.js';
import type { Received } from '../live/received.js';
import type { Roster } from '../live/roster.js';
import type { PersonalData } from '../reports/callback-rows.js';
import { retentionRow } from '../reports/retention-view.js';
import { isoTime } from '../reports/rows.js';
import { SOURCE_COLUMNS, sourceRows } from '../reports/source-rows.js';
import type { Access } from './access.js';
import { staleMark } from './campaign-groups.js';
import { refusedPostsRow } from './setting-up.js';
import { sendList } from './list-answer.js';
import type { StoreFiles } from './ports.js';
import type { RecentArrivals } from './recent-arrivals.js';

/** How far back gaps between runs are told, and how many of them. */
const UNOBSERVED_MS = 7 * 86_400_000;
/**
 * @bound down times listed by `/api/v1/service`
 * @beyond the oldest are left out
 * @seen the answer
 */
const MAX_UNOBSERVED = 100;

export interface AboutService {
  readonly roster: Roster;
  readonly reader: ReportReader;
  readonly received: Received;
  readonly clock: Clock;
  readonly version: string;
  readonly basePath: string;
  readonly pii: PersonalData;
  readonly storeFiles: StoreFiles;
  readonly growth: StoreGrowth;
  readonly limits: Limits;
  readonly instanceName: string;
  readonly access: Access;
  readonly arrivals: RecentArrivals;
}

export function aboutServiceRoutes(options: AboutService): Router {
  const { roster, reader, received, clock, version, basePath, pii } = options;
  const router = Router();
  router.get('/sources', async (request, response) => {
    const items = sourceRows(roster, received, clock.nowMs());
    const ask = () => ({ items, nextCursor: null });
    await sendList(request, response, { ask, columns: () => SOURCE_COLUMNS, more: () => staleMark(roster) });
  });
  router.get('/service', async (_request, response) => {
    // What is known without the database is told all the same.
    const gaps = roster.isStale ? [] : await reader.unobserved(clock.nowMs() - UNOBSERVED_MS, MAX_UNOBSERVED);
    response.json({
      ...staleMark(roster),
      version,
      instance_name: options.instanceName === '' ? null : options.instanceName,
      started_at: isoTime(roster.upSinceMs),
      node_version: process.version,
      base_path: basePath,
      unobserved: gaps.map(({ fromMs, toMs }) => ({ from: isoTime(fromMs), to: isoTime(toMs) })),
      store: storeRow(options),
      limits: limitsRow(options.limits),
      refused: refusedPostsRow(options.arrivals.refusedPosts(), basePath, pii),
      received: { last_at: isoTime(received.lastMs), total: received.total },
      pii,
      anonymous: options.access.doors.readers.isEmpty,
    });
  });
  return router;
}

function storeRow({ storeFiles, growth, limits }: AboutService) {
  const { main, wal } = storeFiles.sizes();
  const free = storeFiles.freeBytes();
  const historyMs = storeFiles.retention.settings.retentionMs.history;
  const { bytesPerDay, measuredSeconds } = growth.measured();
  const { fullInSeconds, isNearlyFull } = diskOutlook(free, bytesPerDay, limits);
  return {
    spool: spoolRow(storeFiles),
    main_bytes: main,
    wal_bytes: wal,
    free_bytes: free,
    growth_bytes_per_day: bytesPerDay,
    growth_measured_seconds: measuredSeconds,
    full_in_seconds: fullInSeconds,
    nearly_full: isNearlyFull,
    retention_seconds: historyMs === 0 ? null : historyMs / 1000,
    retention: retentionRow(storeFiles.retention.settings, storeFiles.retention.report),
    damaged_chunks: storeFiles.upkeep.damagedChunks,
    failing: storeFiles.upkeep.failing,
  };
}

/** Null: a store that has none. */
function spoolRow({ spool: { status } }: StoreFiles) {
  if (status === null) return null;
  const { away, items, bytes, limitBytes, oldestMs } = status;
  return {
    away_since: isoTime(away?.sinceMs ?? null),
    why: away?.why ?? null,
    items,
    bytes,
    limit_bytes: limitBytes,
    oldest_at: isoTime(oldestMs),
  };
}

function limitsRow(limits: Limits) {
  return {
    overdial_ratio: limits.overdialRatio,
    overdial_for_seconds: limits.overdialForSeconds,
    overdial_resolve_seconds: limits.overdialResolveSeconds,
    unload_stuck_seconds: limits.unloadStuckSeconds,
    delivery_ratio: limits.deliveryRatio,
    disk_free_bytes: limits.diskFreeBytes,
    disk_full_within_seconds: limits.diskFullWithinSeconds,
    wal_bytes: limits.walBytes,
  };
}
