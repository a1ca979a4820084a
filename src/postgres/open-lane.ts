/** A lane with all that it runs: the logic of `apply/` over tables over a working set. */
import { CallbackStore } from '../apply/callbacks.js';
import { CampaignStore } from '../apply/campaigns.js';
import { Compaction } from '../apply/compaction.js';
import { Evidence } from '../apply/evidence.js';
import { QuarantineStore } from '../apply/quarantine.js';
import type { Stores } from '../apply/stores.js';
import type { Digest } from '../domain/identity.js';
import type { Endpoint } from '../domain/quarantine.js';
import type { Enumerations } from '../domain/vocabulary.js';
import type { Dialect } from './dialect.js';
import { mustBeKey } from './key-mark.js';
import { KeptHeads } from './kept-heads.js';
import { Lane } from './lane.js';
import { LaneTransactions } from './lane-transactions.js';
import { LoadedJournal } from './loaded-journal.js';
import { type PostgresTables, tablesOver } from './tables.js';
import { WorkingSet } from './working-set.js';

export interface LaneOptions {
  /** Never used before: what it has committed is told by it. */
  readonly id: string;
  readonly enumerations: Enumerations;
  readonly digest: Digest;
  readonly hashNumber: (number: string) => string;
  /** Of the key of these hashes, see `key-mark.ts`; null: nobody changes it. */
  readonly numberMark: number | null;
  readonly maxHeads: number;
  readonly quarantineLimitBytes: number;
  readonly schemaVersionOf: (endpoint: Endpoint) => string;
  readonly nowMs: () => number;
  /** Rows around a place that are loaded together. */
  readonly rowsAtOnce: number;
  /** Of the engine; left out: PostgreSQL's. */
  readonly dialect?: Dialect;
}

export interface OpenLane {
  readonly lane: Lane;
  readonly set: WorkingSet;
  readonly tables: PostgresTables;
  readonly stores: Stores;
  readonly transactions: LaneTransactions;
}

export function openLane(options: LaneOptions): OpenLane {
  const { id, enumerations, digest, hashNumber, numberMark, maxHeads, quarantineLimitBytes } = options;
  const { schemaVersionOf, nowMs } = options;
  const set = new WorkingSet(digest, options.rowsAtOnce, options.dialect?.perSource);
  const heads = new KeptHeads(set, maxHeads);
  const tables = tablesOver(set);
  const evidence = new Evidence(tables, new LoadedJournal(set));
  const stores: Stores = {
    evidence,
    compaction: new Compaction(tables, evidence),
    campaigns: new CampaignStore(tables, evidence, { enumerations, digest, maxHeads, kept: heads }),
    callbacks: new CallbackStore(tables, {
      digest,
      hashNumber: (number) => {
        if (numberMark !== null) mustBeKey(set, numberMark);
        return hashNumber(number);
      },
    }),
    legacyEvents: tables.legacyEvents,
    missingKeys: tables.missingKeys,
    quarantine: new QuarantineStore(tables.quarantine, quarantineLimitBytes, digest),
  };
  const commitNo = (): number => lane.commits + 1;
  const transactions: LaneTransactions = new LaneTransactions(set, tables, stores, {
    schemaVersionOf,
    nowMs,
    commitNo,
  });
  const lane: Lane = new Lane({ id, set, tables, stores, transactions, heads, nowMs });
  return { lane, set, tables, stores, transactions };
}
