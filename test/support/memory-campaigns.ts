/** The history of campaign groups in memory: the ports that the contract of `CampaignTables` asks for. */
import { MAX_WAITING_GROUPS } from '../../src/domain/campaign-group.js';
import type { CallingListFigures, Statement } from '../../src/domain/notification.js';
import { beginsSession } from '../../src/domain/transition.js';
import { inOrder } from '../../src/apply/tie-break.js';
import type {
  CampaignTables,
  DatedStep,
  EvidenceRows,
  GroupRow,
  GroupRows,
  HeadParts,
  HeadRows,
  ListName,
  ListRows,
  RepeatRows,
  Sample,
  ShownGroups,
  StatementRow,
  StatementRows,
  StepRows,
  StoredStep,
  TieBreak,
} from '../../src/apply/tables.js';
import { ascending, GroupedRows, MemoryRows, type UndoLog } from './memory-rows.js';

type Keyed<T> = T & { readonly groupNo: number };
type TaggedSample = Sample & { readonly tag: number };
type PlacedStep = DatedStep & { readonly tie: TieBreak };
type Repeat = Keyed<{ readonly fromMs: number; readonly toMs: number }>;
type Figures = CallingListFigures & { readonly setNo: number };

/** The rows themselves: what a removal, and a look from outside, go through. */
export class CampaignRows {
  readonly groups;
  readonly statements;
  readonly evidence;
  readonly sets;
  readonly figures;
  readonly lists;
  readonly steps;
  readonly repeats;

  constructor(log: UndoLog) {
    this.groups = new MemoryRows<number, GroupRow & { readonly isHidden: boolean }>(log);
    this.statements = new MemoryRows<number, Keyed<StatementRow>>(log);
    this.evidence = new GroupedRows<TaggedSample>(
      log,
      (a, b) => a.atMs - b.atMs || a.statementNo - b.statementNo || a.tag - b.tag,
    );
    this.sets = new MemoryRows<number, Keyed<{ readonly setNo: number; readonly contentDigest: string }>>(log);
    this.figures = new MemoryRows<string, Figures>(log);
    this.lists = new MemoryRows<number, Keyed<ListName & { readonly listNo: number }>>(log);
    this.steps = new GroupedRows<PlacedStep>(log, (a, b) => a.atMs - b.atMs || inOrder(a.tie, b.tie));
    this.repeats = new MemoryRows<string, Repeat>(log);
  }
}

export function memoryCampaigns(rows: CampaignRows, nextNo: () => number): CampaignTables {
  return {
    groups: groupRows(rows, nextNo),
    heads: headRows(rows),
    statements: statementRows(rows, nextNo),
    evidence: evidenceRows(rows),
    lists: listRows(rows, nextNo),
    steps: stepRows(rows),
    repeats: repeatRows(rows),
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
      groups.put(groupNo, { ...group, groupNo, marks: NO_MARKS, isHidden: false });
      return groupNo;
    },
    hear: (groupNo, heardMs) => {
      change(groupNo, { heardMs });
    },
    keepMarks: (groupNo, marks) => {
      change(groupNo, { marks });
    },
  };
}

function groupOf({ groupNo, id, source, dbid, heardMs, marks }: GroupRow): GroupRow {
  return { groupNo, id, source, dbid, heardMs, marks };
}

function headRows(rows: CampaignRows): HeadRows {
  const shown = () => rows.groups.where(({ isHidden }) => !isHidden).sort(ascending(({ groupNo }) => groupNo));
  const parts = (group: GroupRow): HeadParts => {
    return { group: groupOf(group), parts: null };
  };
  return {
    parts: (groupNos) =>
      shown()
        .filter(({ groupNo }) => groupNos?.includes(groupNo) ?? true)
        .map(parts),
    marks: () => {
      const markOf = (group: GroupRow) =>
        JSON.stringify([group, rows.evidence.of(group.groupNo), rows.steps.of(group.groupNo)]);
      return new Map(shown().map((group) => [group.groupNo, markOf(group)]));
    },
    shown: (maxGroups): ShownGroups => {
      const groups = shown();
      if (groups.length <= maxGroups) return { groupNos: null, leftOut: 0 };
      const isLoaded = ({ groupNo }: GroupRow) =>
        (rows.steps.of(groupNo).at(-1)?.bearing.state ?? 'not_loaded') !== 'not_loaded';
      const heardMs = ({ groupNo, heardMs: ownMs }: GroupRow) =>
        Math.max(ownMs, rows.evidence.of(groupNo).at(-1)?.receivedMs ?? 0);
      const loaded = groups.filter(isLoaded);
      const unloaded = groups.filter((group) => !isLoaded(group)).sort((a, b) => heardMs(b) - heardMs(a));
      const kept = [
        ...loaded.slice(0, maxGroups + MAX_WAITING_GROUPS),
        ...unloaded.slice(0, Math.max(0, maxGroups - loaded.length)),
      ];
      return {
        groupNos: kept.map(({ groupNo }) => groupNo).sort((a, b) => a - b),
        leftOut: Math.max(0, loaded.length - maxGroups - MAX_WAITING_GROUPS),
      };
    },
  };
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

function evidenceRows({ evidence }: CampaignRows): EvidenceRows {
  const find = (groupNo: number, atMs: number, statementNo: number, tag: number) =>
    evidence.of(groupNo).find((row) => row.atMs === atMs && row.statementNo === statementNo && row.tag === tag);
  const at = (groupNo: number, atMs: number) => evidence.of(groupNo).filter((sample) => sample.atMs === atMs);
  const plain = (sample: TaggedSample | undefined): Sample | null => {
    if (sample === undefined) return null;
    const { atMs, statementNo, receivedMs, statistics, listSetNo } = sample;
    return { atMs, statementNo, receivedMs, statistics, listSetNo };
  };
  return {
    insert: (groupNo, tag, sample) => {
      if (find(groupNo, sample.atMs, sample.statementNo, tag)) throw new Error('this evidence is there');
      evidence.put(groupNo, { ...sample, tag });
    },
    sample: (groupNo, atMs, statementNo, tag) => plain(find(groupNo, atMs, statementNo, tag)),
    newestRepeat: (groupNo, atMs) =>
      plain(
        at(groupNo, atMs)
          .filter(({ tag }) => tag !== 0)
          .sort((a, b) => b.receivedMs - a.receivedMs)[0],
      ),
    newestAtMs: (groupNo) => evidence.of(groupNo).at(-1)?.atMs ?? null,
    lastAtMsBefore: (groupNo, atMs) => evidence.of(groupNo).findLast((one) => one.atMs < atMs)?.atMs ?? null,
    timesFrom: (groupNo, fromMs, limit) => {
      const times = evidence.of(groupNo).flatMap(({ atMs }) => (atMs >= fromMs ? [atMs] : []));
      return [...new Set(times)].slice(0, limit);
    },
    statementNosAt: (groupNo, atMs) => [...new Set(at(groupNo, atMs).map(({ statementNo }) => statementNo))],
    secondsLeft: (groupNo, fromMs, toMs) => {
      const said = evidence
        .of(groupNo)
        .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
        .filter(({ statistics }) => statistics.timeToCompleteSeconds !== null)
        .sort((a, b) => b.atMs - a.atMs || b.receivedMs - a.receivedMs);
      return said[0]?.statistics.timeToCompleteSeconds ?? null;
    },
  };
}

function listRows({ sets, figures, lists }: CampaignRows, nextNo: () => number): ListRows {
  const isList = (list: ListName, other: ListName) => list.name === other.name && list.dbid === other.dbid;
  return {
    findSet: (groupNo, contentDigest) =>
      sets.where((set) => set.groupNo === groupNo && set.contentDigest === contentDigest)[0]?.setNo ?? null,
    insertSet: (groupNo, contentDigest) => {
      const setNo = nextNo();
      sets.put(setNo, { setNo, groupNo, contentDigest });
      return setNo;
    },
    insertFigures: (setNo, listNo, { hitRatio, timeToCompleteSeconds }) => {
      const list = lists.get(listNo);
      if (list === undefined) throw new Error(`no list ${String(listNo)}`);
      const { name, dbid } = list;
      figures.put(`${String(setNo)};${String(listNo)}`, { setNo, name, dbid, hitRatio, timeToCompleteSeconds });
    },
    figures: (setNo) =>
      figures
        .where((row) => row.setNo === setNo)
        .sort((a, b) => (a.name === b.name ? compare(a.dbid ?? '', b.dbid ?? '') : compare(a.name, b.name)))
        .map(({ name, dbid, hitRatio, timeToCompleteSeconds }) => ({ name, dbid, hitRatio, timeToCompleteSeconds })),
    findList: (groupNo, list) => lists.where((row) => row.groupNo === groupNo && isList(row, list))[0]?.listNo ?? null,
    insertList: (groupNo, { name, dbid }) => {
      const listNo = nextNo();
      lists.put(listNo, { listNo, groupNo, name, dbid });
      return listNo;
    },
    names: (groupNo) =>
      lists
        .where((row) => row.groupNo === groupNo)
        .sort(ascending(({ listNo }) => listNo))
        .map(({ name, dbid }) => ({ name, dbid })),
  };
}

function stepRows({ steps }: CampaignRows): StepRows {
  const plain = (step: PlacedStep | undefined): StoredStep | null => {
    if (step === undefined) return null;
    const { fromState, bearing, transition } = step;
    return { fromState, bearing, transition };
  };
  const isEntered = ({ fromState, bearing, transition }: StoredStep) =>
    fromState !== bearing.state || (transition !== null && beginsSession(transition));
  return {
    at: (groupNo, atMs, tie) =>
      plain(steps.of(groupNo).find((step) => step.atMs === atMs && inOrder(step.tie, tie) === 0)),
    lastBefore: (groupNo, atMs, tie) =>
      plain(
        steps.of(groupNo).findLast((step) => step.atMs < atMs || (step.atMs === atMs && inOrder(step.tie, tie) < 0)),
      ),
    last: (groupNo) => plain(steps.of(groupNo).at(-1)),
    stateSince: (groupNo) => {
      const step = steps.of(groupNo).findLast(isEntered);
      return step === undefined ? null : { atMs: step.atMs, isKnown: step.fromState !== null };
    },
    newestFirst: (groupNo, limit) =>
      [...steps.of(groupNo)]
        .reverse()
        .slice(0, limit)
        .map(({ atMs, fromState, bearing, transition }) => ({ atMs, fromState, bearing, transition })),
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

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
