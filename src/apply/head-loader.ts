/** Makes the heads of groups of what is stored: many at once, or one. */
import { NO_STATISTICS } from '../domain/campaign-group.js';
import { listsContent } from '../domain/identity.js';
import type { Sample } from '../evidence/sample.js';
import type { CallingLists } from './calling-lists.js';
import type { Evidence } from './evidence.js';
import type { GroupHead, Newest } from './group-head.js';
import { LastSaid } from './last-said.js';
import { runEndIn } from './run-ends.js';
import type { Statements } from './statements.js';
import type { CampaignTables, GroupRow, HeardLimit, LastStep, SaidMarks, StateSince } from './tables.js';

/**
 * @bound statements of one millisecond of which the latest received is looked for
 * @beyond that of the others is taken for older
 */
const COMPARED = 100;

interface Parts {
  readonly evidence: Evidence;
  readonly statements: Statements;
  readonly lists: CallingLists;
}

export class HeadLoader {
  readonly #tables: Pick<CampaignTables, 'heads' | 'steps'>;
  readonly #parts: Parts;

  constructor(tables: Pick<CampaignTables, 'heads' | 'steps'>, parts: Parts) {
    this.#tables = tables;
    this.#parts = parts;
  }

  /** Of these groups, or of all. */
  *loadMany(groupNos: readonly number[] | null): Generator<GroupHead> {
    for (const { group, step } of this.#tables.heads.parts(groupNos)) yield this.#load(group, step);
  }

  load(group: GroupRow): GroupHead {
    return this.#load(group, this.#lastStep(group.groupNo));
  }

  /** Of a group whose newest date-time is known. */
  newest(groupNo: number, atMs: number): Newest | null {
    return this.#newest(groupNo, atMs, this.#lastStep(groupNo));
  }

  #load(group: GroupRow, step: LastStep | null): GroupHead {
    const { groupNo, id, source, dbid, marks } = group;
    const { evidence } = this.#parts;
    const newest = this.#newest(groupNo, evidence.newestAtMs(groupNo), step);
    const said = newest === null ? new LastSaid() : this.#said(groupNo, newest, marks);
    const heardMs = Math.max(group.heardMs, newest === null ? 0 : heardBy(newest, group.heardLimit));
    const ended = newest && runEndIn({ steps: this.#tables.steps, evidence }, groupNo, newest, said);
    return { groupNo, id, source, dbid, newest, said, ended, heardMs };
  }

  /** Null for a group without evidence. */
  #newest(groupNo: number, atMs: number | null, step: LastStep | null): Newest | null {
    if (step === null) return null;
    const evident = atMs === null ? null : this.#evident(groupNo, atMs, step);
    if (evident !== null && evident.atMs >= step.atMs) return evident;
    return this.#unreadable(groupNo, step) ?? evident;
  }

  /** What the last step says of which no sample can be read: a group stays shown, and in its state, though its chunk is damaged. */
  #unreadable(groupNo: number, step: LastStep): Newest | null {
    const { atMs, contentDigest, bearing } = step;
    const statement = this.#parts.statements.ofContent(groupNo, contentDigest);
    if (statement === null) return null;
    const since = this.#stateSince(groupNo, step);
    return {
      ...{ atMs, bearing, statement, statistics: NO_STATISTICS, callingLists: [], listsText: listsContent([]) },
      stateSinceMs: since?.atMs ?? atMs,
      isStateSinceKnown: since?.isKnown ?? false,
      // When it was received nobody knows any more.
      sampleReceivedMs: atMs,
    };
  }

  #said(groupNo: number, newest: Newest, marks: SaidMarks): LastSaid {
    const { statements } = this.#parts;
    return LastSaid.load(newest.atMs, marks, (atMs) => {
      const said = statements.at(groupNo, atMs);
      return said.length === 0 && atMs === newest.atMs ? [newest.statement] : said;
    });
  }

  #evident(groupNo: number, atMs: number, step: LastStep): Newest | null {
    const { statements, lists } = this.#parts;
    const statement = statements.at(groupNo, atMs).at(-1);
    const sample = this.#newestSample(groupNo, atMs);
    if (!statement || !sample) return null;
    const since = this.#stateSince(groupNo, step);
    const callingLists = lists.named(groupNo, sample.lists);
    return {
      atMs,
      bearing: step.bearing,
      stateSinceMs: since?.atMs ?? atMs,
      isStateSinceKnown: since?.isKnown ?? false,
      statement,
      statistics: sample.statistics,
      sampleReceivedMs: sample.receivedMs,
      listsText: listsContent(callingLists),
      callingLists,
    };
  }

  #lastStep(groupNo: number): LastStep | null {
    const step = this.#tables.steps.last(groupNo);
    return step && { ...step, entersState: false };
  }

  #stateSince(groupNo: number, { entersState, atMs, fromState }: LastStep): StateSince | null {
    return entersState ? { atMs, isKnown: fromState !== null } : this.#tables.steps.stateSince(groupNo);
  }

  /** The sample whose figures are current at the newest date-time: the one received last. */
  #newestSample(groupNo: number, atMs: number): Sample | null {
    const { evidence, statements } = this.#parts;
    // Asked one by one: between two statements lies every repeat of the first, a week of them where a clock stands still.
    let newest: Sample | null = null;
    for (const { no } of statements.at(groupNo, atMs).slice(0, COMPARED))
      newest = later(newest, evidence.sample(groupNo, atMs, no, 0));
    return later(newest, evidence.newestRepeat(groupNo, atMs));
  }
}

function heardBy({ atMs, sampleReceivedMs }: Newest, limit: HeardLimit | null): number {
  return limit === null || atMs > limit.atMs ? sampleReceivedMs : Math.min(sampleReceivedMs, limit.limitMs);
}

/** Of two received at once the other. */
function later(sample: Sample | null, other: Sample | null): Sample | null {
  if (sample === null || other === null) return sample ?? other;
  return sample.receivedMs > other.receivedMs ? sample : other;
}
