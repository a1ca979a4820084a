/** Retention and holds where no service runs, and what retention would remove beside one that does. */
import type { SqliteConfig } from '../../config/config.js';
import type { Hold, MadeHold, NewHold, RetentionReport } from '../../domain/retention.js';
import { holdRow } from '../../reports/retention-view.js';
import { openBesideWriter } from '../../sqlite/database.js';
import { previewLeftovers } from '../../sqlite/leftover-preview.js';
import { previewRetention } from '../../sqlite/retention-preview.js';
import { atRest } from '../at-rest.js';
import { mustExist, startWriter } from './commands.js';
import type { WriterSettings } from './writer-thread-data.js';

/** Throws OCM_UNAVAILABLE when there is no database yet. */
export function wouldGo({ sqlitePath, retention }: Pick<SqliteConfig, 'sqlitePath' | 'retention'>, nowMs: number) {
  mustExist({ sqlitePath });
  const db = openBesideWriter(sqlitePath);
  try {
    const { retentionMs } = retention;
    return {
      classes: previewRetention(db, retentionMs, nowMs),
      leftovers: previewLeftovers(db, retentionMs, nowMs),
    };
  } finally {
    db.close();
  }
}

/** Throws OCM_LOCKED when a service runs: then it is the one to ask. So do the others. */
export function retainAtRest(config: WriterSettings, nowMs: number): Promise<RetentionReport> {
  return withWriter(config, async (client) => {
    const report = await client.retain();
    await client.audit(atRest('retention', { ...report.removed }, nowMs));
    return report;
  });
}

export function holdsAtRest(config: WriterSettings): Promise<readonly Hold[]> {
  return withWriter(config, (client) => client.holds());
}

export function holdAtRest(config: WriterSettings, asked: NewHold, nowMs: number): Promise<MadeHold> {
  return withWriter(config, async (client) => {
    const hold = await client.hold(asked);
    await client.audit(atRest('hold', holdRow(hold), nowMs));
    return hold;
  });
}

/** False: there is no hold of that id. */
export function releaseAtRest(config: WriterSettings, id: string, nowMs: number): Promise<boolean> {
  return withWriter(config, async (client) => {
    const isReleased = await client.release(id);
    if (isReleased) await client.audit(atRest('hold.release', { id }, nowMs));
    return isReleased;
  });
}

type Client = Awaited<ReturnType<typeof startWriter>>['client'];

async function withWriter<T>(config: WriterSettings, work: (client: Client) => Promise<T>): Promise<T> {
  mustExist(config);
  const { client, close } = await startWriter(config);
  try {
    return await work(client);
  } finally {
    await close();
  }
}
