/** What the service says of itself and of its sources. */
import { Router } from 'express';
import type { Clock } from '../domain/clock.js';
import type { ReportReader } from '../domain/store.js';
import type { Reception } from '../ingest/reception.js';
import type { Roster } from '../ingest/roster.js';
import type { PersonalData } from '../reports/callback-rows.js';
import { isoTime } from '../reports/rows.js';
import { SOURCE_COLUMNS, sourceRows } from '../reports/source-rows.js';
import type { Access } from './access.js';
import { sendPage } from './reading.js';

/** How far back gaps between runs are told, and how many of them. */
const UNOBSERVED_MS = 7 * 86_400_000;
const MAX_UNOBSERVED = 100;

export interface AboutService {
  readonly roster: Roster;
  readonly reader: ReportReader;
  readonly reception: Reception;
  readonly clock: Clock;
  readonly version: string;
  readonly basePath: string;
  readonly pii: PersonalData;
  readonly storeSizes: () => { readonly main: number; readonly wal: number };
  readonly access: Access;
}

export function aboutServiceRoutes(options: AboutService): Router {
  const { roster, reader, reception, clock, version, basePath, pii } = options;
  const startedMs = clock.nowMs();
  const router = Router();
  router.get('/sources', (request, response) => {
    const items = sourceRows(roster, reception.quarantine, clock.nowMs());
    sendPage(request, response, { items, nextCursor: null }, SOURCE_COLUMNS);
  });
  router.get('/service', async (_request, response) => {
    const gaps = await reader.unobserved(clock.nowMs() - UNOBSERVED_MS, MAX_UNOBSERVED);
    const { main, wal } = options.storeSizes();
    response.json({
      version,
      started_at: isoTime(startedMs),
      node_version: process.version,
      base_path: basePath,
      unobserved: gaps.map(({ fromMs, toMs }) => ({ from: isoTime(fromMs), to: isoTime(toMs) })),
      store: { main_bytes: main, wal_bytes: wal },
      received: { last_at: isoTime(reception.lastMs), total: reception.total },
      pii,
      anonymous: options.access.doors.readers.isEmpty,
    });
  });
  return router;
}
