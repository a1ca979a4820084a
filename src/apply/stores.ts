import type { CallbackStore } from './callbacks.js';
import type { CampaignStore } from './campaigns.js';
import type { QuarantineStore } from './quarantine.js';
import type { MissingKeyRows } from './tables.js';

/** What a batch writes to: the logic of each kind of row, over the tables of one store. */
export interface Stores {
  readonly campaigns: CampaignStore;
  readonly callbacks: CallbackStore;
  readonly missingKeys: MissingKeyRows;
  readonly quarantine: QuarantineStore;
}

/** Drops what is in memory for the sake of a transaction that is undone: it is loaded again when needed. */
export function dropMemory({ campaigns, callbacks }: Stores): void {
  campaigns.dropMemory();
  callbacks.dropMemory();
}
