/** The history of campaign groups in memory: the ports that the contract of `CampaignTables` asks for. */
import type { Statement } from '../../src/domain/notification.js';
import { beginsSession } from '../../src/domain/transition.js';
import { inOrder } from '../../src/apply/tie-break.js';
import type {
  Chunk,
  ChunkRows,
  JournalRows,
  ListRows,
  NumberedList,
  PlacedKey,
  QuarterRows,
  StandingKey,
  StandingRows,
  StatementRow,
  StatementRows,
} from '../../src/apply/evidence-rows.js';
import type {
  CampaignTables,
  DatedStep,
  GroupRow,
  GroupRows,
  HeadParts,
  HeadRows,
  KeptNumber,
  LastStep,
  NumberRows,
  RepeatRows,
  StepRows,
  StoredStep,
  TieBreak,
} from '../../src/apply/tables.js';
import type { ListQuarterHour, QuarterHour } from '../../src/evidence/quarter-hours.js';
import type { ListSample, TaggedSample } from '../../src/evidence/sample.js';
import { ascending, GroupedRows, MemoryRows, type UndoLog } from './memory-rows.js';

type Keyed<T> = T & { readonly groupNo: number };
type PlacedStep = DatedStep & { readonly tie: TieBreak };
type Repeat = Keyed<{ readonly fromMs: number; readonly toMs: number }>;
type Said = ListSample & { readonly atMs: number; readonly receivedMs: number };

/** Removes rows of a group, at most so many, but those in the journal; the group with the last one. */
export function removeOfGroup(rows: CampaignRows, groupNo: number, limit: number) {
  const ofGroup = (row: { readonly groupNo: number }) => row.groupNo === groupNo;
  const steps = rows.steps.of(groupNo).map((step) => {
    return {
      of: 'step',
      transitions: step.transition === null ? 0 : 1,
      remove: () => {
        rows.steps.remove(groupNo, step);
      },
    };
  });
  const chunks = rows.chunks.where(ofGroup).map(({ chunkNo, count }) => {
    return { of: 'chunk', notifications: count, remove: () => rows.chunks.remove(chunkNo) };
  });
  const listNos = rows.lists.where(ofGroup).map(({ listNo }) => listNo);
  const quarters = rows.quarters.where(ofGroup).map(({ quarter }) => `${String(groupNo)};${String(quarter.startMs)}`);
  const listQuarters = rows.listQuarters
    .where(({ listNo }) => listNos.includes(listNo))
    .map(({ listNo, startMs }) => `${String(listNo)};${String(startMs)}`);
  const others = [
    ...rows.repeats.where(ofGroup).map(
      ({ fromMs }) =>
        () =>
          rows.repeats.remove(`${String(groupNo)};${String(fromMs)}`),
    ),
    ...rows.standing.where(ofGroup).map((key) => () => rows.standing.remove(standingName(groupNo, key))),
    ...quarters.map((key) => () => rows.quarters.remove(key)),
    ...listQuarters.map((key) => () => rows.listQuarters.remove(key)),
    ...listNos.map((listNo) => () => rows.lists.remove(listNo)),
    ...rows.statements.where(ofGroup).map(
      ({ no }) =>
        () =>
          rows.statements.remove(no),
    ),
    () => rows.groups.remove(groupNo),
  ].map((remove) => ({ remove }));
  const removed: { transitions?: number; notifications?: number; remove: () => unknown }[] = [
    ...steps,
    ...chunks,
    ...others,
  ].slice(0, limit);
  for (const { remove } of removed) remove();
  const sum = (of: 'transitions' | 'notifications') => removed.reduce((total, row) => total + (row[of] ?? 0), 0);
  return { rows: removed.length, counts: { transitions: sum('transitions'), notifications: sum('notifications') } };
}

/** Rows that count how often one that was there was changed or removed. */
class ChangedRows<K, V> extends MemoryRows<K, V> {
  changes = 0;

  override put(key: K, row: V): void {
    if (this.get(key) !== undefined) this.changes++;
    super.put(key, row);
  }

  override remove(key: K): boolean {
    this.changes++;
    return super.remove(key);
  }
}

/** The rows themselves: what a removal, and a look from outside, go through. */
export class CampaignRows {
  readonly groups;
  readonly statements;
  readonly journal;
  readonly chunks;
  readonly damagedChunks;
  readonly quarters;
  readonly listQuarters;
  readonly standing;
  readonly lists;
  readonly steps;
  readonly repeats;
  readonly numbers;

  constructor(log: UndoLog) {
    this.groups = new MemoryRows<number, GroupRow & { readonly isHidden: boolean }>(log);
    this.statements = new MemoryRows<number, Keyed<StatementRow>>(log);
    this.journal = new MemoryRows<number, Keyed<{ readonly entryNo: number; readonly sample: TaggedSample }>>(log);
    this.chunks = new ChangedRows<number, Chunk>(log);
    this.damagedChunks = new MemoryRows<number, Chunk>(log);
    this.quarters = new MemoryRows<string, Keyed<{ readonly quarter: QuarterHour }>>(log);
    this.listQuarters = new MemoryRows<string, ListQuarterHour>(log);
    this.standing = new MemoryRows<string, Keyed<PlacedKey>>(log);
    this.lists = new MemoryRows<number, Keyed<NumberedList & { readonly said: Said | null }>>(log);
    this.steps = new GroupedRows<PlacedStep>(log, (a, b) => a.atMs - b.atMs || inOrder(a.tie, b.tie));
    this.repeats = new MemoryRows<string, Repeat>(log);
    this.numbers = new MemoryRows<KeptNumber, number>(log);
  }
}

export function memoryCampaigns(rows: CampaignRows, nextNo: () => number): CampaignTables {
  return {
    groups: groupRows(rows, nextNo),
    heads: headRows(rows),
    statements: statementRows(rows, nextNo),
    journal: journalRows(rows),
    chunks: chunkRows(rows),
    quarters: quarterRows(rows),
    standing: standingRows(rows),
    lists: listRows(rows, nextNo),
    steps: stepRows(rows),
    repeats: repeatRows(rows),
    numbers: numberRows(rows),
  };
}

const NO_MARKS = { saidMs: null, actorSaidMs: null, otherSaidMs: null };

function groupRows({ groups }: CampaignRows, nextNo: () => number): GroupRows {
  const shown = (row: (GroupRow & { isHidden: boolean }) | undefined): GroupRow | null => {
    if (row === undefined || row.isHidden) return null;
    return groupOf(row);
  };
  const change = (groupNo: number, parts: Partial<GroupRow>) => {
    const group = groups.get(groupNo);
    if (group) groups.put(groupNo, { ...group, ...parts });
  };
  return {
    find: (source, dbid) =>
      shown(groups.where((group) => !group.isHidden && group.source === source && group.dbid === dbid)[0]),
    byNo: (groupNo) => shown(groups.get(groupNo)),
    insert: (group) => {
      const groupNo = nextNo();
      groups.put(groupNo, { ...group, groupNo, marks: NO_MARKS, heardLimit: null, isHidden: false });
      return groupNo;
    },
    hear: (groupNo, heardMs) => {
      change(groupNo, { heardMs });
    },
    keepMarks: (groupNo, marks) => {
      change(groupNo, { marks });
    },
    limitHeard: (groupNo, heardLimit) => {
      change(groupNo, { heardLimit });
    },
  };
}

function groupOf({ groupNo, id, source, dbid, heardMs, marks, heardLimit }: GroupRow): GroupRow {
  return { groupNo, id, source, dbid, heardMs, marks, heardLimit };
}

function headRows(rows: CampaignRows): HeadRows {
  const shown = () => rows.groups.where(({ isHidden }) => !isHidden).sort(ascending(({ groupNo }) => groupNo));
  const stepOf = (groupNo: number): LastStep | null => {
    const step = rows.steps.of(groupNo).at(-1);
    return step === undefined ? null : { ...step, contentDigest: step.tie.contentDigest, entersState: isEntered(step) };
  };
  const parts = (group: GroupRow): HeadParts => ({ group: groupOf(group), step: stepOf(group.groupNo) });
  return {
    parts: (groupNos) =>
      shown()
        .filter(({ groupNo }) => groupNos?.includes(groupNo) ?? true)
        .map(parts),
    marks: () => {
      const markOf = (group: GroupRow) => JSON.stringify([group, rows.steps.of(group.groupNo)]);
      return new Map(shown().map((group) => [group.groupNo, markOf(group)]));
    },
    count: () => shown().length,
    standings: () =>
      shown().map(({ groupNo, heardMs }) => {
        const isLoaded = (rows.steps.of(groupNo).at(-1)?.bearing.state ?? 'not_loaded') !== 'not_loaded';
        return { groupNo, isLoaded, heardMs };
      }),
  };
}

function isEntered({ fromState, bearing, transition }: StoredStep): boolean {
  return fromState !== bearing.state || (transition !== null && beginsSession(transition));
}

function statementRows({ statements }: CampaignRows, nextNo: () => number): StatementRows {
  return {
    find: (groupNo, contentDigest) =>
      statements.where((row) => row.groupNo === groupNo && row.contentDigest === contentDigest)[0]?.no ?? null,
    byNo: (no) => {
      const row = statements.get(no);
      if (row === undefined) throw new Error(`no statement ${String(no)}`);
      return { no, contentDigest: row.contentDigest, statement: row.statement };
    },
    insert: (groupNo: number, contentDigest: string, statement: Statement) => {
      const no = nextNo();
      statements.put(no, { no, groupNo, contentDigest, statement });
      return no;
    },
  };
}

const NOTHING: TaggedSample = {
  ...{ atMs: 0, receivedMs: 0, statementNo: 0, tag: 0, lists: [] },
  statistics: { busyRatio: null, hitRatio: null, overdialRatio: null, timeToCompleteSeconds: null },
};

function journalRows({ journal }: CampaignRows): JournalRows {
  const inOrder = () => journal.all().sort(ascending(({ entryNo }) => entryNo));
  return {
    bounds: () => {
      const rows = inOrder();
      const [first, last] = [rows[0], rows.at(-1)];
      return first && last ? { firstNo: first.entryNo, lastNo: last.entryNo } : null;
    },
    keysFrom: (fromNo) =>
      inOrder()
        .filter(({ entryNo }) => entryNo >= fromNo)
        .map(({ entryNo, groupNo, sample: { atMs, statementNo, tag } }) => {
          return { entryNo, groupNo, atMs, statementNo, tag };
        }),
    insert: (entryNo, groupNo, sample) => {
      if (journal.get(entryNo)) throw new Error(`entry ${String(entryNo)} is there`);
      journal.put(entryNo, { entryNo, groupNo, sample });
    },
    samples: (entryNos) =>
      entryNos.flatMap((entryNo) => {
        const row = journal.get(entryNo);
        return row === undefined ? [] : [row.sample];
      }),
    blank: (entryNos) => {
      for (const entryNo of entryNos) {
        const row = journal.get(entryNo);
        if (row) journal.put(entryNo, { entryNo, groupNo: 0, sample: NOTHING });
      }
    },
    removeUpTo: (upToNo) => {
      for (const { entryNo } of journal.where((row) => row.entryNo <= upToNo)) journal.remove(entryNo);
    },
  };
}

function chunkRows({ chunks, damagedChunks, numbers }: CampaignRows): ChunkRows {
  const of = (groupNo: number, hour: number) =>
    chunks.where((chunk) => chunk.groupNo === groupNo && chunk.hour === hour).sort(ascending(({ chunkNo }) => chunkNo));
  const hours = (groupNo: number) => chunks.where((chunk) => chunk.groupNo === groupNo).map(({ hour }) => hour);
  const extreme = (numbers: readonly number[], of: (...numbers: number[]) => number) =>
    numbers.length === 0 ? null : of(...numbers);
  return {
    lastNo: () => {
      const given = [...chunks.all(), ...damagedChunks.all()].map(({ chunkNo }) => chunkNo);
      return Math.max(0, ...given, numbers.get('thinned') ?? 0, numbers.get('history_chunk') ?? 0);
    },
    changes: () => chunks.changes,
    insert: (chunk) => {
      if (chunks.get(chunk.chunkNo)) throw new Error(`chunk ${String(chunk.chunkNo)} is there`);
      chunks.put(chunk.chunkNo, chunk);
    },
    blocks: (groupNo, hour) => of(groupNo, hour).map(({ chunkNo, block }) => ({ chunkNo, block })),
    setAside: (chunkNo) => {
      const chunk = chunks.get(chunkNo);
      if (chunk === undefined) return;
      damagedChunks.put(chunkNo, chunk);
      chunks.remove(chunkNo);
    },
    damaged: () => damagedChunks.all().length,
    hourBefore: (groupNo, hour) =>
      extreme(
        hours(groupNo).filter((other) => other < hour),
        Math.max,
      ),
    hourAfter: (groupNo, hour) =>
      extreme(
        hours(groupNo).filter((other) => other > hour),
        Math.min,
      ),
    newestMs: (groupNo, hour) =>
      extreme(
        of(groupNo, hour).map(({ newestMs }) => newestMs),
        Math.max,
      ),
    settledNo: (groupNo, hour) => Math.max(0, ...of(groupNo, hour).map(({ journalNo }) => journalNo)),
    writtenSince: (sinceNo) =>
      chunks
        .where(({ journalNo }) => journalNo >= sinceNo)
        .sort(ascending(({ chunkNo }) => -chunkNo))
        .map(({ groupNo, journalNo }) => ({ groupNo, journalNo })),
    after: (chunkNo) =>
      chunks.where((chunk) => chunk.chunkNo > chunkNo).sort(ascending((one) => one.chunkNo))[0] ?? null,
    replace: (chunk) => {
      const before = chunks.get(chunk.chunkNo);
      if (before) chunks.put(chunk.chunkNo, { ...before, ...chunk });
    },
    remove: ({ chunkNo }) => {
      chunks.remove(chunkNo);
    },
  };
}

function quarterRows({ quarters, listQuarters }: CampaignRows): QuarterRows {
  return {
    quarter: (groupNo, startMs) => quarters.get(`${String(groupNo)};${String(startMs)}`)?.quarter ?? null,
    putQuarter: (groupNo, quarter) => {
      quarters.put(`${String(groupNo)};${String(quarter.startMs)}`, { groupNo, quarter });
    },
    listQuarter: (listNo, startMs) => listQuarters.get(`${String(listNo)};${String(startMs)}`) ?? null,
    putListQuarter: (quarter) => {
      listQuarters.put(`${String(quarter.listNo)};${String(quarter.startMs)}`, quarter);
    },
  };
}

function standingName(groupNo: number, { atMs, statementNo, tag }: StandingKey): string {
  return [groupNo, atMs, statementNo, tag].map(String).join(';');
}

function standingRows({ standing }: CampaignRows): StandingRows {
  return {
    insert: (groupNo, key, receivedMs) => {
      standing.put(standingName(groupNo, key), { ...key, groupNo, receivedMs });
    },
    receivedMs: (groupNo, key) => standing.get(standingName(groupNo, key))?.receivedMs ?? null,
    newest: (groupNo, atMs) => {
      const last = standing
        .where((row) => row.groupNo === groupNo && row.atMs === atMs)
        .sort((a, b) => a.receivedMs - b.receivedMs || a.statementNo - b.statementNo || a.tag - b.tag)
        .at(-1);
      return last ? { atMs, statementNo: last.statementNo, tag: last.tag, receivedMs: last.receivedMs } : null;
    },
    remove: (groupNo, key) => {
      standing.remove(standingName(groupNo, key));
    },
  };
}

function listRows({ lists }: CampaignRows, nextNo: () => number): ListRows {
  return {
    insert: (groupNo, { name, dbid }) => {
      const listNo = nextNo();
      lists.put(listNo, { listNo, groupNo, name, dbid, said: null });
      return listNo;
    },
    lists: (groupNo) =>
      lists
        .where((row) => row.groupNo === groupNo)
        .sort(ascending(({ listNo }) => listNo))
        .map(({ listNo, name, dbid }) => ({ listNo, name, dbid })),
    keepNewest: (list, { atMs, receivedMs }) => {
      const row = lists.get(list.listNo);
      if (row === undefined) return;
      const { said } = row;
      if (said !== null && (said.atMs - atMs || said.receivedMs - receivedMs) > 0) return;
      lists.put(list.listNo, { ...row, said: { ...list, atMs, receivedMs } });
    },
  };
}

function stepRows({ steps }: CampaignRows): StepRows {
  const plain = (step: PlacedStep | undefined): StoredStep | null => {
    if (step === undefined) return null;
    const { fromState, bearing, transition } = step;
    return { fromState, bearing, transition };
  };
  return {
    at: (groupNo, atMs, tie) =>
      plain(steps.of(groupNo).find((step) => step.atMs === atMs && inOrder(step.tie, tie) === 0)),
    lastBefore: (groupNo, atMs, tie) =>
      plain(
        steps.of(groupNo).findLast((step) => step.atMs < atMs || (step.atMs === atMs && inOrder(step.tie, tie) < 0)),
      ),
    last: (groupNo) => {
      const step = steps.of(groupNo).at(-1);
      if (step === undefined) return null;
      const { atMs, fromState, bearing, transition, tie } = step;
      return { atMs, fromState, bearing, transition, contentDigest: tie.contentDigest };
    },
    stateSince: (groupNo) => {
      const step = steps.of(groupNo).findLast(isEntered);
      return step === undefined ? null : { atMs: step.atMs, isKnown: step.fromState !== null };
    },
    newestFirst: (groupNo, limit) =>
      [...steps.of(groupNo)]
        .reverse()
        .slice(0, limit)
        .map(({ atMs, fromState, bearing, transition }) => ({ atMs, fromState, bearing, transition })),
    firstAfter: (groupNo, afterMs) => {
      const step = steps.of(groupNo).find(({ atMs }) => atMs > afterMs);
      if (step === undefined) return null;
      const { atMs, fromState, bearing, transition } = step;
      return { atMs, fromState, bearing, transition };
    },
    put: (groupNo, atMs, { rank, contentDigest }, step) => {
      steps.put(groupNo, { ...step, atMs, tie: { rank, contentDigest } });
    },
    remove: (groupNo, atMs, tie) => {
      steps.remove(groupNo, { atMs, tie } as PlacedStep);
    },
    removeAll: (groupNo) => {
      steps.removeAll(groupNo);
    },
  };
}

function repeatRows({ repeats }: CampaignRows): RepeatRows {
  const put = (repeat: Repeat) => {
    repeats.put(`${String(repeat.groupNo)};${String(repeat.fromMs)}`, repeat);
  };
  return {
    lastBy: (groupNo, atMs) => {
      const begun = repeats
        .where((repeat) => repeat.groupNo === groupNo && repeat.fromMs <= atMs)
        .sort(ascending(({ fromMs }) => fromMs))
        .at(-1);
      return begun === undefined ? null : { fromMs: begun.fromMs, toMs: begun.toMs };
    },
    begin: (groupNo, fromMs) => {
      put({ groupNo, fromMs, toMs: fromMs });
    },
    extend: (groupNo, fromMs, toMs) => {
      put({ groupNo, fromMs, toMs });
    },
  };
}

function numberRows({ numbers }: CampaignRows): NumberRows {
  return {
    kept: (name) => numbers.get(name) ?? null,
    keep: (name, value) => {
      if (value === null) numbers.remove(name);
      else numbers.put(name, value);
    },
  };
}
