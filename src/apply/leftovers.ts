/**
 * What retention leaves behind that no class is of, and nothing needs any more: statements that no evidence names, groups of
 * which nothing is left, the service's own runs of long ago, counts of missing keys.
 */
import { readBlock } from '../evidence/block.js';
import type { Leftover } from '../domain/retention.js';
import { GroupWalk } from './group-walk.js';
import { Pace, type Work } from './pace.js';
import type { Held } from './retention-rows.js';
import type { Stores } from './stores.js';
import type { Tables } from './tables.js';

/** Statements of a group among which nobody looks for some that nothing names: to read its evidence for them costs more. */
export const FEW_STATEMENTS = 200;
/** How often the evidence of groups with more is read for it. */
const SWEEPS_EVERY_MS = 86_400_000;
/** Statements that are looked up at once. */
const STATEMENTS_AT_ONCE = 100;
const DAY_CHARACTERS = 'YYYY-MM-DD'.length;

type Needed = Pick<Tables, 'retention' | 'chunks' | 'numbers' | 'removals' | 'standing'>;

export interface LeftoverOptions {
  /** As of the slice under way. */
  readonly held: () => Held;
  readonly elapsedMs: () => number;
  readonly removed: Record<Leftover, number>;
}

/** A store may run work again that looked at what was not loaded: what it has come to is noted when nothing can throw any more. */
export class Leftovers {
  readonly #tables: Needed;
  readonly #stores: Stores;
  readonly #options: LeftoverOptions;

  constructor(tables: Needed, stores: Stores, options: LeftoverOptions) {
    this.#tables = tables;
    this.#stores = stores;
    this.#options = options;
  }

  /**
   * Once a day, of groups that have many, unless they are held. None while chunks stand aside: nobody knows what they name, and
   * salvage may read them yet.
   */
  statements(nowMs: number): Work {
    const { numbers, retention, chunks } = this.#tables;
    const sweptMs = numbers.kept('swept_ms') ?? -Infinity;
    // A clock that was set back does not put it off.
    if (Math.abs(nowMs - sweptMs) < SWEEPS_EVERY_MS || chunks.damaged() > 0) return () => false;
    const walk = new GroupWalk(retention);
    let sweep: StatementSweep | null = null;
    let sweptNo = 0;
    const pass = (groupNo: number) => {
      if (groupNo === sweptNo || this.#options.held().groupNos.has(groupNo)) return true;
      if (!retention.hasStatements(groupNo, FEW_STATEMENTS)) return true;
      sweep = new StatementSweep(groupNo, this.#tables, this.#stores, this.#options.removed);
      sweptNo = groupNo;
      return false;
    };
    return () => {
      if (sweep !== null) {
        if (!sweep.more()) sweep = null;
        return true;
      }
      const isMore = walk.some(pass);
      if (!isMore) numbers.keep('swept_ms', nowMs);
      return isMore;
    };
  }

  /** Hides them: they go as those do that are to be forgotten, and no other group gets their numbers. */
  groups(): Work {
    const { retention } = this.#tables;
    const { evidence, campaigns } = this.#stores;
    const walk = new GroupWalk(retention);
    const pass = (groupNo: number) => {
      if (this.#options.held().groupNos.has(groupNo) || !retention.isEmpty(groupNo)) return true;
      if (evidence.journal().newestOf(groupNo) > 0 || campaigns.heads.gone([groupNo]).length > 0) return true;
      this.#hide(groupNo);
      return false;
    };
    return () => walk.some(pass);
  }

  #hide(groupNo: number): void {
    this.#tables.removals.hide([groupNo]);
    this.#stores.campaigns.heads.drop(new Set([groupNo]));
    this.#options.removed.groups++;
  }

  /** `beforeMs`: what the service observed since is shown beside something that is kept. */
  runs(beforeMs: number): Work {
    return this.#removing('runs', (limit) => {
      const { groupNos, sources } = this.#options.held();
      return groupNos.size + sources.length > 0 ? 0 : this.#tables.retention.removeRuns(beforeMs, limit);
    });
  }

  missingKeys(beforeMs: number): Work {
    if (beforeMs === -Infinity) return () => false;
    const beforeDay = new Date(beforeMs).toISOString().slice(0, DAY_CHARACTERS);
    return this.#removing('missing_keys', (limit) =>
      this.#tables.retention.removeMissingKeys(beforeDay, this.#options.held().sources, limit),
    );
  }

  #removing(name: Leftover, remove: (limit: number) => number): Work {
    const pace = new Pace(this.#options.elapsedMs);
    return (leftMs) => {
      const limit = pace.rowsWithin(leftMs);
      const gone = pace.measure(limit, remove);
      this.#options.removed[name] += gone;
      return gone >= limit;
    };
  }
}

/** Reads all evidence of a group, an hour at a time, and then removes the statements that it did not name. */
class StatementSweep {
  readonly #groupNo: number;
  readonly #tables: Needed;
  readonly #stores: Stores;
  readonly #removed: Record<Leftover, number>;
  readonly #named = new Set<number>();
  /** What is written behind it is read again before anything goes: posts come in between. */
  readonly #lastChunkNo: number;
  #hour = Number.MIN_SAFE_INTEGER;
  #isRead = false;
  #contentDigest = '';

  constructor(groupNo: number, tables: Needed, stores: Stores, removed: Record<Leftover, number>) {
    this.#groupNo = groupNo;
    this.#tables = tables;
    this.#stores = stores;
    this.#removed = removed;
    this.#lastChunkNo = tables.chunks.lastNo();
  }

  /** Does a part; false: that was the last. */
  more(): boolean {
    return this.#isRead ? this.#remove() : this.#read();
  }

  #read(): boolean {
    const { chunks } = this.#tables;
    const hour = chunks.hourAfter(this.#groupNo, this.#hour);
    if (hour === null) {
      this.#isRead = true;
      return true;
    }
    const isNamed = chunks.blocks(this.#groupNo, hour).every(({ block }) => namedIn(block, this.#named));
    this.#hour = hour;
    return isNamed;
  }

  #remove(): boolean {
    const { retention } = this.#tables;
    const since = new Set<number>();
    const blocks = retention.blocksSince(this.#groupNo, this.#lastChunkNo);
    if (!blocks.every(({ block }) => namedIn(block, since))) return false;
    const journal = this.#stores.evidence.journal();
    for (const entryNo of journal.entriesOf(this.#groupNo)) since.add(journal.statementNo(entryNo));
    const some = retention.statementsAfter(this.#groupNo, this.#contentDigest, STATEMENTS_AT_ONCE);
    const gone = some.filter(
      ({ no }) => !this.#named.has(no) && !since.has(no) && retention.removeStatement(no),
    ).length;
    // A post that says the same again is given another number.
    if (gone > 0) this.#stores.campaigns.dropStatements();
    this.#removed.statements += gone;
    this.#contentDigest = some.at(-1)?.contentDigest ?? '';
    return some.length === STATEMENTS_AT_ONCE;
  }
}

/** Adds what a block names; false: it is none. Then nobody knows what it names, and all statements of its group stay. */
function namedIn(block: Uint8Array, named: Set<number>): boolean {
  try {
    for (const { statementNo } of readBlock(block)) named.add(statementNo);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
