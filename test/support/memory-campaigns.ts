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
import { ascending, MemoryRows, type UndoLog } from './memory-rows.js';

type Keyed<T> = T & { readonly groupNo: number };
type TaggedSample = Keyed<Sample> & { readonly tag: number };
type KeyedStep = Keyed<DatedStep> & { readonly tie: TieBreak };
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
    this.evidence = new MemoryRows<string, TaggedSample>(log);
    this.sets = new MemoryRows<number, Keyed<{ readonly setNo: number; readonly contentDigest: string }>>(log);
    this.figures = new MemoryRows<string, Figures>(log);
    this.lists = new MemoryRows<number, Keyed<ListName & { readonly listNo: number }>>(log);
    this.steps = new MemoryRows<string, KeyedStep>(log);
    this.repeats = new MemoryRows<string, Repeat>(log);
  }

  stepsOf(groupNo: number): KeyedStep[] {
    return this.steps
      .where((step) => step.groupNo === groupNo)
      .sort((a, b) => a.atMs - b.atMs || inOrder(a.tie, b.tie));
  }

  samplesOf(groupNo: number): TaggedSample[] {
    return this.evidence.where((sample) => sample.groupNo === groupNo).sort(ascending(({ atMs }) => atMs));
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
    const { isHidden: _, ...group } = row;
    return group;
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

function headRows(rows: CampaignRows): HeadRows {
  const shown = () => rows.groups.where(({ isHidden }) => !isHidden).sort(ascending(({ groupNo }) => groupNo));
  const parts = (group: GroupRow): HeadParts => {
    const { groupNo, id, source, dbid, heardMs, marks } = group;
    return { group: { groupNo, id, source, dbid, heardMs, marks }, parts: null };
  };
  return {
    parts: (groupNos) =>
      shown()
        .filter(({ groupNo }) => groupNos?.includes(groupNo) ?? true)
        .map(parts),
    marks: () => {
      const markOf = (group: GroupRow) =>
        JSON.stringify([group, rows.samplesOf(group.groupNo), rows.stepsOf(group.groupNo)]);
      return new Map(shown().map((group) => [group.groupNo, markOf(group)]));
    },
    shown: (maxGroups): ShownGroups => {
      const groups = shown();
      if (groups.length <= maxGroups) return { groupNos: null, leftOut: 0 };
      const isLoaded = ({ groupNo }: GroupRow) =>
        (rows.stepsOf(groupNo).at(-1)?.bearing.state ?? 'not_loaded') !== 'not_loaded';
      const heardMs = ({ groupNo, heardMs: ownMs }: GroupRow) =>
        Math.max(ownMs, rows.samplesOf(groupNo).at(-1)?.receivedMs ?? 0);
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

function evidenceRows(rows: CampaignRows): EvidenceRows {
  const { evidence } = rows;
  const at = (groupNo: number, atMs: number) => rows.samplesOf(groupNo).filter((sample) => sample.atMs === atMs);
  const plain = (sample: TaggedSample | undefined): Sample | null => {
    if (sample === undefined) return null;
    const { groupNo: _, tag: __, ...rest } = sample;
    return rest;
  };
  const times = (groupNo: number) => [...new Set(rows.samplesOf(groupNo).map(({ atMs }) => atMs))];
  return {
    insert: (groupNo, tag, sample) => {
      const key = [groupNo, sample.atMs, sample.statementNo, tag].join(';');
      if (evidence.get(key)) throw new Error(`evidence ${key} is there`);
      evidence.put(key, { ...sample, groupNo, tag });
    },
    sample: (groupNo, atMs, statementNo, tag) => plain(evidence.get([groupNo, atMs, statementNo, tag].join(';'))),
    newestRepeat: (groupNo, atMs) =>
      plain(
        at(groupNo, atMs)
          .filter(({ tag }) => tag !== 0)
          .sort((a, b) => b.receivedMs - a.receivedMs)[0],
      ),
    newestAtMs: (groupNo) => times(groupNo).at(-1) ?? null,
    lastAtMsBefore: (groupNo, atMs) => times(groupNo).findLast((one) => one < atMs) ?? null,
    timesFrom: (groupNo, fromMs, limit) =>
      times(groupNo)
        .filter((one) => one >= fromMs)
        .slice(0, limit),
    statementNosAt: (groupNo, atMs) => [...new Set(at(groupNo, atMs).map(({ statementNo }) => statementNo))],
    secondsLeft: (groupNo, fromMs, toMs) => {
      const said = rows
        .samplesOf(groupNo)
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

function stepRows(rows: CampaignRows): StepRows {
  const keyOf = (groupNo: number, atMs: number, { rank, contentDigest }: TieBreak) =>
    [groupNo, atMs, rank, contentDigest].join(';');
  const plain = (step: KeyedStep | undefined): StoredStep | null => {
    if (step === undefined) return null;
    const { fromState, bearing, transition } = step;
    return { fromState, bearing, transition };
  };
  return {
    at: (groupNo, atMs, tie) => plain(rows.steps.get(keyOf(groupNo, atMs, tie))),
    lastBefore: (groupNo, atMs, tie) =>
      plain(
        rows
          .stepsOf(groupNo)
          .findLast((step) => step.atMs < atMs || (step.atMs === atMs && inOrder(step.tie, tie) < 0)),
      ),
    last: (groupNo) => plain(rows.stepsOf(groupNo).at(-1)),
    stateSince: (groupNo) => {
      const step = rows
        .stepsOf(groupNo)
        .findLast(
          ({ fromState, bearing, transition }) =>
            fromState !== bearing.state || (transition !== null && beginsSession(transition)),
        );
      return step === undefined ? null : { atMs: step.atMs, isKnown: step.fromState !== null };
    },
    newestFirst: (groupNo, limit) =>
      rows
        .stepsOf(groupNo)
        .reverse()
        .slice(0, limit)
        .map(({ atMs, fromState, bearing, transition }) => ({ atMs, fromState, bearing, transition })),
    put: (groupNo, atMs, { rank, contentDigest }, step) => {
      rows.steps.put(keyOf(groupNo, atMs, { rank, contentDigest }), {
        ...step,
        groupNo,
        atMs,
        tie: { rank, contentDigest },
      });
    },
    remove: (groupNo, atMs, tie) => {
      rows.steps.remove(keyOf(groupNo, atMs, tie));
    },
    removeAll: (groupNo) => {
      for (const { atMs, tie } of rows.stepsOf(groupNo)) rows.steps.remove(keyOf(groupNo, atMs, tie));
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
