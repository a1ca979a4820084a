/** The history of campaign groups over the rows of any store, as a writer has it. */
import { CampaignStore, type CampaignStoreOptions } from '../../src/apply/campaigns.js';
import { Compaction } from '../../src/apply/compaction.js';
import { Evidence } from '../../src/apply/evidence.js';
import type { CampaignTables } from '../../src/apply/tables.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { campaignTables } from '../../src/sqlite/campaign-tables.js';
import { convert } from '../../src/sqlite/convert.js';
import type { Connection } from '../../src/sqlite/database.js';
import { migrate } from '../../src/sqlite/migrate.js';
import { digest } from './notifications.js';

/** Nothing but what is stored is known to it. */
export function openHistory(tables: CampaignTables, options: Partial<CampaignStoreOptions> = {}) {
  const evidence = new Evidence(tables);
  const all = { enumerations: ENUMERATIONS, digest, maxHeads: 100, ...options };
  return {
    tables,
    evidence,
    compaction: new Compaction(tables, evidence),
    campaigns: new CampaignStore(tables, evidence, all),
  };
}

export function openCampaigns(db: Connection, options: Partial<CampaignStoreOptions> = {}): CampaignStore {
  return openHistory(campaignTables(db), options).campaigns;
}

/** Compacts all there is, as a writer of its own. */
export function compactAll(db: Connection, nowMs: number): void {
  const { compaction } = openHistory(campaignTables(db));
  db.transaction(() => {
    compaction.all(nowMs);
  })();
}

/** An empty database as the service has it. */
export function prepareDatabase(db: Connection): void {
  migrate(db);
  convert(db, { nowMs: 0, elapsedMs: () => 0, onProgress: () => undefined });
}
