/** Stores for the contract suite: each is opened empty, and asked in the same words. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Evidence } from '../../src/apply/evidence.js';
import { commitBatch } from '../../src/apply/commit.js';
import { Removal } from '../../src/apply/removal.js';
import { importBatch } from '../../src/apply/import.js';
import { Replay } from '../../src/apply/replay.js';
import type { Stores } from '../../src/apply/stores.js';
import type { Tables } from '../../src/apply/tables.js';
import type { Transactions } from '../../src/apply/transactions.js';
import { snapshotOf } from '../../src/apply/group-head.js';
import type { GroupSnapshot } from '../../src/domain/campaign-group.js';
import type { ImportBatch, ImportedBatch, ImportItem } from '../../src/domain/import.js';
import type {
  CommitReport,
  Delivery,
  ForgetRequest,
  ForgetSlice,
  ReplayRequest,
  ReplaySlice,
} from '../../src/domain/store.js';
import type { ListSample } from '../../src/evidence/sample.js';
import type { CallbackJudge } from '../../src/ingest/judge-callback.js';
import { type Judge, makeJudge } from '../../src/ingest/judge.js';
import { decodeTextIn } from '../../src/ingest/decode-text.js';
import { compileNotificationSchema } from '../../src/node/schemas.js';
import { numberHasher } from '../../src/node/digest.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { openForWriting } from '../../src/sqlite/database.js';
import { HeldStore } from '../../src/sqlite/held-store.js';
import { migrate } from '../../src/sqlite/migrate.js';
import { ListReader } from '../../src/sqlite/readers/list-reader.js';
import { SqliteTransactions } from '../../src/sqlite/transactions.js';
import type { BlockingWires } from './blocking-wire.js';
import { judgeCallback } from './callback-writer.js';
import { removeFolder } from './folders.js';
import { MemoryTransactions, storesOver, type StoreSettings } from './memory-store.js';
import { MemoryHold, memoryTables } from './memory-tables.js';
import { digest, T0 } from './notifications.js';
import { type LaneParts, openBlockingLane } from './postgres-store.js';

/** What a store is made of, until it is opened again. */
interface Opened {
  readonly tables: Tables;
  readonly stores: Stores;
  readonly transactions: Transactions;
  readonly newestFigures: (groupNo: number) => readonly KeptFigures[];
  readonly close: () => void;
  /** Left out: a reader looks at the tables. */
  readonly readEvidence?: () => Evidence;
}

/** What is kept of a calling list that compacted evidence names. */
export interface KeptFigures extends ListSample {
  readonly atMs: number;
}

const notifications = compileNotificationSchema();
const judge: Judge = makeJudge({
  decodeTextOf: () => decodeTextIn('utf-8'),
  validate: notifications.validate,
  enumerations: ENUMERATIONS,
  maxClockAheadMs: 3_600_000,
});

/** As a receiver judges. */
export const judges = { judge, judgeCallback };

const SETTINGS: StoreSettings = { maxHeads: 100, quarantineLimitBytes: 1_000_000, nowMs: () => T0 + 60_000 };

export class TestStore {
  readonly #open: () => Opened;
  #opened: Opened;
  /** Judges may be replaced: a changed schema is another judge. */
  judges: { judge: Judge; judgeCallback: CallbackJudge } = judges;

  constructor(open: () => Opened) {
    this.#open = open;
    this.#opened = open();
  }

  get tables(): Tables {
    return this.#opened.tables;
  }

  get stores(): Stores {
    return this.#opened.stores;
  }

  get transactions(): Transactions {
    return this.#opened.transactions;
  }

  commit(...deliveries: Delivery[]): CommitReport {
    const nowMs = SETTINGS.nowMs();
    return commitBatch(deliveries, { judges: this.judges, nowMs, transactions: this.transactions });
  }

  import(items: readonly ImportItem[], batch: Partial<ImportBatch> = {}, nowMs = SETTINGS.nowMs()): ImportedBatch {
    const asked = { items, dryRun: false, raisesHorizon: false, ...batch };
    return importBatch(asked, { judges: this.judges, nowMs, transactions: this.transactions });
  }

  replay(request: Partial<ReplayRequest> = {}): ReplaySlice[] {
    const options = { ...this.judges, schemaVersionOf: () => 'schema 2', clock: { nowMs: SETTINGS.nowMs } };
    const replay = new Replay(this.stores.quarantine, this.transactions, options);
    return [...replay.run({ ids: [], source: null, reason: null, dryRun: false, ...request })];
  }

  #removal(): Removal {
    const clock = { nowMs: SETTINGS.nowMs };
    return new Removal(this.tables, this.stores, this.transactions, { clock, elapsedMs: () => performance.now() });
  }

  /** Removes all of it, or the first `slices` of it. */
  forget(request: Partial<ForgetRequest>, slices = Infinity): ForgetSlice[] {
    const removal = this.#removal();
    const done: ForgetSlice[] = [];
    if (slices === 0) return done;
    for (const slice of removal.run({ group: null, source: null, dryRun: false, ...request })) {
      done.push(slice);
      if (done.length >= slices) break;
    }
    return done;
  }

  finishForgetting(): ForgetSlice[] {
    return [...this.#removal().finish()];
  }

  /** Work on the rows themselves, committed. */
  within<T>(work: (tables: Tables) => T): T {
    let value: T | undefined;
    this.transactions.run(() => {
      value = work(this.tables);
    });
    return value as T;
  }

  /** Evidence as somebody sees it who only reads. */
  readEvidence(): Evidence {
    return this.#opened.readEvidence?.() ?? new Evidence(this.tables);
  }

  /** What compacted evidence said last of the lists of a group, by their numbers. */
  newestFigures(groupNo: number): readonly KeptFigures[] {
    return this.#opened.newestFigures(groupNo);
  }

  /** The groups as they stand, from the rows. */
  snapshots(): GroupSnapshot[] {
    return [...this.stores.campaigns.heads.load()].map(snapshotOf).filter((snapshot) => snapshot !== null);
  }

  /** As a restart does: what is only in memory is gone. `between`: what somebody else does meanwhile. */
  reopen(between: () => void = () => undefined): void {
    this.#opened.close();
    between();
    this.#opened = this.#open();
  }

  close(): void {
    this.#opened.close();
  }
}

/** `change` puts something else in the place of a port, to see whether that is noticed. */
export function memoryStore(
  settings: Partial<StoreSettings> = {},
  change: (tables: Tables) => Tables = (tables) => tables,
): TestStore {
  const hold = new MemoryHold();
  const all = { ...SETTINGS, ...settings };
  return new TestStore(() => {
    const tables = change(memoryTables(hold));
    const stores = storesOver(tables, all);
    return {
      tables,
      stores,
      transactions: new MemoryTransactions(hold, tables, stores, all.nowMs),
      newestFigures: (groupNo) =>
        hold.campaigns.lists
          .where((list) => list.groupNo === groupNo)
          .flatMap(({ said }) => said ?? [])
          .map(({ listNo, hitRatio, timeToCompleteSeconds, atMs }) => {
            return { listNo, hitRatio, timeToCompleteSeconds, atMs };
          })
          .sort((a, b) => a.listNo - b.listNo),
      close: () => undefined,
    };
  });
}

/** The file of a new database with the newest schema. */
let newest: Buffer | null = null;

function newestSchema(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-schema-'));
  const db = openForWriting(join(folder, 'new.db'));
  migrate(db);
  db.close();
  const bytes = readFileSync(join(folder, 'new.db'));
  removeFolder(folder);
  return bytes;
}

/** One that is new is not migrated each time, which takes three quarters of the 48 ms in which it is opened. */
export function sqliteStore(path: string, settings: Partial<StoreSettings> = {}): TestStore {
  if (!existsSync(path)) writeFileSync(path, (newest ??= newestSchema()));
  const { nowMs, ...rest } = { ...SETTINGS, ...settings };
  const clock = { nowMs };
  return new TestStore(() => {
    const held = new HeldStore({
      path,
      ...rest,
      enumerations: ENUMERATIONS,
      digest,
      numberKey: 'test-key',
      keys: { random: () => 'random-key', hasher: numberHasher },
      lockWaitMs: 0,
      keepsLedger: false,
      clock,
    });
    const { db, tables, stores } = held.store;
    return {
      tables,
      stores,
      transactions: new SqliteTransactions(held, { schemaVersionOf: () => 'schema 1', clock }),
      newestFigures: (groupNo) =>
        new ListReader(db, stores.evidence)
          .newestOf(groupNo)
          .map(({ no, hitRatio, timeToCompleteSeconds, atMs }) => {
            const { listNo = 0 } = tables.lists.lists(groupNo)[no] ?? {};
            return { listNo, hitRatio, timeToCompleteSeconds, atMs };
          })
          .sort((a, b) => a.listNo - b.listNo),
      close: () => {
        held.release();
      },
    };
  });
}

/** `wires`: of a server that is there; `rowsAtOnce`: how many rows around a place a batch loads together. */
export function postgresStore(wires: BlockingWires, database: string, parts: LaneParts): TestStore {
  return new TestStore(() => {
    const wire = wires.open(database);
    const { listFigures, ...lane } = openBlockingLane(wire, SETTINGS, parts);
    return {
      ...lane,
      readEvidence: () => lane.stores.evidence,
      newestFigures: (groupNo) => [...listFigures(groupNo)].sort((a, b) => a.listNo - b.listNo),
      close: () => {
        wire.close();
      },
    };
  });
}
