/** The logic of each kind of row, as a batch writes to it. The rows themselves, and their ports: `tables.ts`. */
import type { CallbackStore } from './callbacks.js';
import type { CampaignStore } from './campaigns.js';
import type { Compaction } from './compaction.js';
import type { Evidence } from './evidence.js';
import type { QuarantineStore } from './quarantine.js';
import type { LegacyRows, MissingKeyRows } from './callback-rows.js';

/** Over the tables of one store. */
export interface Stores {
  readonly evidence: Evidence;
  readonly compaction: Compaction;
  readonly campaigns: CampaignStore;
  readonly callbacks: CallbackStore;
  readonly legacyEvents: LegacyRows;
  readonly missingKeys: MissingKeyRows;
  readonly quarantine: QuarantineStore;
}

/** Drops what is in memory for the sake of a transaction that is undone: it is loaded again when needed. */
export function dropMemory({ compaction, campaigns, callbacks }: Stores): void {
  compaction.dropMemory();
  campaigns.dropMemory();
  callbacks.dropMemory();
}
