/** Makes the heads of groups of what is stored: many at once where they are as usual, else row by row. */
import type { GroupHead, Newest } from './group-head.js';
import { LastSaid } from './last-said.js';
import type { ListSets } from './list-sets.js';
import { runEndIn } from './run-ends.js';
import type { Statements } from './statements.js';
import type { CampaignTables, GroupRow, HeadParts, Sample } from './tables.js';

/**
 * @bound statements of one millisecond of which the latest received is looked for
 * @beyond that of the others is taken for older
 */
const COMPARED = 100;

export class HeadLoader {
  readonly #tables: CampaignTables;
  readonly #statements: Statements;
  readonly #lists: ListSets;

  constructor(tables: CampaignTables, statements: Statements, lists: ListSets) {
    this.#tables = tables;
    this.#statements = statements;
    this.#lists = lists;
  }

  /** Of these groups, or of all. */
  *loadMany(groupNos: readonly number[] | null): Generator<GroupHead> {
    for (const { group, parts } of this.#tables.heads.parts(groupNos)) {
      yield parts === null ? this.load(group) : this.#assemble(group, parts);
    }
  }

  load(group: GroupRow): GroupHead {
    const { groupNo, id, source, dbid, marks } = group;
    const newest = this.newest(groupNo);
    const said =
      newest === null
        ? new LastSaid()
        : LastSaid.load(newest.atMs, marks, (atMs) => this.#statements.at(groupNo, atMs));
    const heardMs = Math.max(group.heardMs, newest?.sampleReceivedMs ?? 0);
    const ended = newest && runEndIn(this.#tables, groupNo, newest, said);
    return { groupNo, id, source, dbid, newest, said, ended, heardMs };
  }

  /** Null for a group without evidence. */
  newest(groupNo: number): Newest | null {
    const { evidence, steps } = this.#tables;
    const atMs = evidence.newestAtMs(groupNo);
    if (atMs === null) return null;
    const statement = this.#statements.at(groupNo, atMs).at(-1);
    const step = steps.last(groupNo);
    const since = steps.stateSince(groupNo);
    const sample = this.#newestSample(groupNo, atMs);
    if (!statement || !step || !sample) return null;
    return {
      atMs,
      bearing: step.bearing,
      stateSinceMs: since?.atMs ?? atMs,
      isStateSinceKnown: since?.isKnown ?? false,
      statement,
      statistics: sample.statistics,
      sampleReceivedMs: sample.receivedMs,
      listSetNo: sample.listSetNo,
      callingLists: this.#lists.listsOf(groupNo, sample.listSetNo),
    };
  }

  #assemble(
    group: GroupRow,
    { sample, statement: row, step, said: saidRow }: NonNullable<HeadParts['parts']>,
  ): GroupHead {
    const { groupNo, id, source, dbid } = group;
    const { atMs, statistics, receivedMs: sampleReceivedMs, listSetNo } = sample;
    const statement = this.#statements.ofRow(row);
    const since = step.entersState
      ? { atMs: step.atMs, isKnown: step.fromState !== null }
      : this.#tables.steps.stateSince(groupNo);
    const newest: Newest = {
      atMs,
      bearing: step.bearing,
      stateSinceMs: since?.atMs ?? atMs,
      isStateSinceKnown: since?.isKnown ?? false,
      statement,
      statistics,
      sampleReceivedMs,
      listSetNo,
      callingLists: this.#lists.listsOf(groupNo, listSetNo),
    };
    const before = saidRow === null ? [] : [this.#statements.ofRow(saidRow)];
    const said = LastSaid.load(atMs, group.marks, (saidMs) => (saidMs === atMs ? [statement] : before));
    const ended = runEndIn(this.#tables, groupNo, newest, said);
    return { groupNo, id, source, dbid, newest, said, ended, heardMs: Math.max(group.heardMs, sampleReceivedMs) };
  }

  /** The sample whose figures are current at the newest date-time: the one received last. */
  #newestSample(groupNo: number, atMs: number): Sample | null {
    const { evidence } = this.#tables;
    // Asked one by one: between two statements lies every repeat of the first, a week of them where a clock stands still.
    const statements = this.#statements.at(groupNo, atMs).slice(0, COMPARED);
    let newest: Sample | null = null;
    for (const { no } of statements) newest = later(newest, evidence.sample(groupNo, atMs, no, 0));
    return later(newest, evidence.newestRepeat(groupNo, atMs));
  }
}

/** Of two received at once the other. */
function later(sample: Sample | null, other: Sample | null): Sample | null {
  if (sample === null || other === null) return sample ?? other;
  return sample.receivedMs > other.receivedMs ? sample : other;
}
