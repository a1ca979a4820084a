/**
 * Applies notifications to the evidence of their groups and keeps the derived steps in line with it.
 * Everything runs inside the transaction of a batch, on the writer's thread.
 */
import type { GroupSnapshot, LabelledList, RecordedTransition } from '../domain/campaign-group.js';
import { sameBearing } from '../domain/history.js';
import { campaignGroupId, type Digest, listsContent, notificationId } from '../domain/identity.js';
import type { Notification } from '../domain/notification.js';
import type { Outcome } from '../domain/store.js';
import { isSameEnd } from '../domain/run-end.js';
import { type Bearing, isReload } from '../domain/transition.js';
import type { Enumerations } from '../domain/vocabulary.js';
import { type Changes, Chronicle } from './chronicle.js';
import type { Connection } from '../sqlite/database.js';
import { EvidenceTables, type Sample, sampleOf } from '../sqlite/evidence-tables.js';
import { FORGOTTEN } from '../sqlite/forget.js';
import { type GroupHead, type Newest, type SaidMarks, snapshotOf, type StoredStatement } from './group-head.js';
import { HeadMarks } from '../sqlite/head-marks.js';
import { type GroupRow, type HeadParts, headParts } from '../sqlite/head-rows.js';
import { LastSaid } from './last-said.js';
import { RunEnds } from './run-ends.js';
import { RepeatTable } from '../sqlite/repeat-table.js';
import { type ShownGroups, shownGroups } from '../sqlite/shown-groups.js';
import { bearingOf, entersState, sinceOf, StepTable } from '../sqlite/step-table.js';

export interface CampaignStoreOptions {
  readonly enumerations: Enumerations;
  readonly digest: Digest;
  /** Heads kept in memory; beyond it the one loaded first makes room, and is loaded again when needed. */
  readonly maxHeads: number;
}

/** What applying one notification changed. */
export interface Applied {
  readonly outcome: Outcome;
  readonly id: string;
  readonly head: GroupHead;
  /** Whether more than figures and times changed: the words of the group, or its lists. */
  readonly changed: boolean;
  readonly made: readonly RecordedTransition[];
  readonly withdrawn: readonly RecordedTransition[];
}

/** Heads as they were read before, and the marks by which a later look knows whether they are still right. */
export interface KnownHeads {
  /** Of every group. */
  readonly marks: ReadonlyMap<number, string>;
  /** Of those that are shown. */
  readonly heads: ReadonlyMap<number, GroupHead>;
  /** Loaded groups that are not. */
  readonly leftOut: number;
}

/** A notification with what the store made of its parts. */
interface Arrival {
  readonly head: GroupHead;
  readonly notification: Notification;
  readonly statement: StoredStatement;
  readonly listSetNo: number;
  readonly id: string;
}

export class CampaignStore {
  readonly #db: Connection;
  readonly #digest: Digest;
  readonly #maxHeads: number;
  readonly #evidence: EvidenceTables;
  readonly #steps: StepTable;
  readonly #chronicle: Chronicle;
  readonly #runEnds: RunEnds;
  readonly #marks: HeadMarks;
  readonly #repeats: RepeatTable;
  readonly #sql;
  readonly #heads = new Map<string, GroupHead>();

  constructor(db: Connection, { enumerations, digest, maxHeads }: CampaignStoreOptions) {
    this.#db = db;
    this.#digest = digest;
    this.#maxHeads = maxHeads;
    this.#evidence = new EvidenceTables(db, enumerations, digest);
    this.#steps = new StepTable(db);
    this.#chronicle = new Chronicle(this.#evidence, this.#steps, digest);
    this.#runEnds = new RunEnds(this.#evidence, this.#steps);
    this.#marks = new HeadMarks(db);
    this.#repeats = new RepeatTable(db);
    this.#sql = prepare(db);
  }

  /** Applies one notification. Outcome precedence: duplicate, late, transition, refresh. */
  apply(notification: Notification): Applied {
    const head = this.#head(notification.source, notification.dbid, notification.receivedAtMs);
    const statement = this.#evidence.statement(head.groupNo, notification.statement);
    const lists = listsContent(notification.callingLists);
    const id = notificationId(notification, statement.contentDigest, lists, this.#digest);
    const listSetNo =
      head.newest !== null && lists !== '' && lists === listsContent(head.newest.callingLists)
        ? head.newest.listSetNo
        : this.#evidence.listSet(head.groupNo, lists, notification.callingLists);
    const arrival = { head, notification, statement, listSetNo, id };
    const { newest } = head;
    return newest === null || notification.atMs > newest.atMs
      ? this.#append(arrival, newest)
      : this.#insert(arrival, newest);
  }

  /** Tells the history of these groups anew, under the present words. */
  retell(groupNos: readonly number[]): void {
    for (const groupNo of groupNos) {
      const row = this.#sql.groupByNo.get(groupNo) as GroupRow;
      this.#chronicle.retell({ groupNo, id: row.id });
    }
    this.forget();
  }

  /** The group of this key as it stands, null when there is none. */
  snapshot(source: string, dbid: string): GroupSnapshot | null {
    const head = this.#find(source, dbid);
    return head && snapshotOf(head);
  }

  /** Groups as their evidence shows them now, loaded from the store: these, or all. */
  *loadHeads(groupNos: readonly number[] | null = null): Generator<GroupHead> {
    for (const found of headParts(this.#db, groupNos)) {
      const head = this.#loadFrom(found);
      this.#remember(head);
      yield head;
    }
  }

  /** Every group with its mark, and the heads of those that are shown. For somebody else to go on from: see `loadChanged`. */
  loadMarked(): KnownHeads {
    const marks = this.#marks.read();
    const { groupNos, leftOut } = this.shown();
    const heads = new Map<number, GroupHead>();
    for (const head of this.loadHeads(groupNos)) heads.set(head.groupNo, head);
    return { marks, heads, leftOut };
  }

  /** Which groups are shown, of those that are stored. */
  shown(): ShownGroups {
    return shownGroups(this.#db, this.#maxHeads);
  }

  /** Takes over the heads that were read before and still hold; loads and yields the others. */
  *loadChanged(known: KnownHeads): Generator<GroupHead> {
    const changed: number[] = [];
    for (const [groupNo, mark] of this.#marks.read()) if (mark !== known.marks.get(groupNo)) changed.push(groupNo);
    yield* this.loadTouched(known, changed);
  }

  /** The same where it is known which groups may have changed: no other is looked at. */
  *loadTouched({ heads, leftOut }: KnownHeads, groupNos: readonly number[]): Generator<GroupHead> {
    const touched = new Set(groupNos);
    for (const [groupNo, head] of heads) if (!touched.has(groupNo)) this.#remember(head);
    // There is no room for others where loaded groups are left out already.
    yield* this.loadHeads(leftOut === 0 ? groupNos : groupNos.filter((groupNo) => heads.has(groupNo)));
  }

  /** Which of these groups are not there any more. */
  gone(groupNos: Iterable<number>): number[] {
    return [...groupNos].filter((groupNo) => this.#sql.isThere.get(groupNo) === undefined);
  }

  /** Drops everything kept in memory: after a transaction was rolled back, only the file is right. */
  forget(): void {
    this.#heads.clear();
    this.#evidence.forget();
  }

  /** The common case: newer than all before. Needs nothing but the head. */
  #append({ head, notification, statement, listSetNo, id }: Arrival, newest: Newest | null): Applied {
    const { atMs, receivedAtMs, statistics, callingLists } = notification;
    this.#evidence.insert(head.groupNo, statement.no, 0, notification, listSetNo);
    const changes: Changes = { made: [], withdrawn: [] };
    const bearing = this.#chronicle.continue(newest, { group: head, atMs, statement }, changes);
    const entered = { stateSinceMs: atMs, isStateSinceKnown: changes.made.some(({ fromState }) => fromState !== null) };
    const since = newest === null || enters(newest, bearing, changes) ? entered : newest;
    const changed =
      newest?.statement.no !== statement.no || newest.listSetNo !== listSetNo || !sameBearing(newest.bearing, bearing);
    head.newest = {
      atMs,
      bearing,
      stateSinceMs: since.stateSinceMs,
      isStateSinceKnown: since.isStateSinceKnown,
      statement,
      statistics,
      sampleReceivedMs: receivedAtMs,
      listSetNo,
      callingLists: this.#evidence.labels.labelled(head.groupNo, callingLists),
    };
    head.heardMs = Math.max(head.heardMs, receivedAtMs);
    const saysOther = this.#note(head, atMs, statement);
    if (changes.made.length > 0 || saysOther) head.ended = this.#runEnds.of(head.groupNo, head.newest, head.said);
    return { outcome: changes.made.length > 0 ? 'transition' : 'refresh', id, head, changed, ...changes };
  }

  /** Not newer than the newest: a duplicate, another sample of a date-time that stands still, or a late one. */
  #insert(arrival: Arrival, newest: Newest): Applied {
    const { head, notification, statement, listSetNo, id } = arrival;
    const { atMs, receivedAtMs } = notification;
    this.#hear(head, receivedAtMs);
    const tag = this.#freeTag(arrival);
    if (tag === null) {
      if (atMs === newest.atMs) this.#repeats.note(head.groupNo, receivedAtMs);
      return { outcome: 'duplicate', id, head, changed: false, made: [], withdrawn: [] };
    }
    this.#evidence.insert(head.groupNo, statement.no, tag, notification, listSetNo);
    const changes: Changes = { made: [], withdrawn: [] };
    if (tag === 0) {
      this.#evidence.join(head.groupNo, atMs, statement);
      this.#chronicle.insert({ group: head, atMs, statement }, changes);
    }
    const isNewest = atMs === newest.atMs;
    const saysOther = this.#note(head, atMs, statement);
    // Before all that was known, it says since when without a transition: nothing leads to a group that is not loaded.
    const isOldest = atMs < newest.stateSinceMs && !newest.isStateSinceKnown;
    const isTold = changes.made.length > 0 || changes.withdrawn.length > 0;
    const isRead = isNewest || isOldest || saysOther || isTold;
    if (isRead) head.newest = this.#loadNewest(head.groupNo);
    const changed = this.#endsOther(head) || isRead;
    const outcome = !isNewest ? 'late' : changes.made.length > 0 ? 'transition' : 'refresh';
    return { outcome, id, head, changed, ...changes };
  }

  /** The tag under which a row of this moment can be stored (0 for its first), or null when an equal one is there. */
  #freeTag({ head, notification, statement, listSetNo, id }: Arrival): number | null {
    const { atMs } = notification;
    const first = this.#evidence.sample(head.groupNo, atMs, statement.no, 0);
    if (first === null) return 0;
    if (first.listSetNo === listSetNo && equalFigures(first, notification)) return null;
    const tag = Buffer.from(id, 'base64url').readUIntBE(0, 6) || 1;
    return this.#evidence.sample(head.groupNo, atMs, statement.no, tag) === null ? tag : null;
  }

  #head(source: string, dbid: string, receivedAtMs: number): GroupHead {
    const found = this.#find(source, dbid);
    if (found) return found;
    const head = this.#create(source, dbid, receivedAtMs);
    this.#remember(head);
    return head;
  }

  #find(source: string, dbid: string): GroupHead | null {
    const cached = this.#heads.get(`${source};${dbid}`);
    if (cached) return cached;
    const row = this.#sql.findGroup.get(source, dbid) as GroupRow | undefined;
    if (!row) return null;
    const head = this.#load(row);
    this.#remember(head);
    return head;
  }

  #remember(head: GroupHead): void {
    if (this.#heads.size >= this.#maxHeads) {
      const oldest = this.#heads.keys().next().value;
      if (oldest !== undefined) this.#heads.delete(oldest);
    }
    this.#heads.set(`${head.source};${head.dbid}`, head);
  }

  #create(source: string, dbid: string, receivedAtMs: number): GroupHead {
    const id = campaignGroupId(source, dbid, this.#digest);
    const groupNo = Number(this.#sql.insertGroup.run(id, source, dbid, receivedAtMs).lastInsertRowid);
    return { groupNo, id, source, dbid, newest: null, said: new LastSaid(), ended: null, heardMs: receivedAtMs };
  }

  #loadFrom({ group, parts }: HeadParts): GroupHead {
    if (parts === null) return this.#load(group);
    const { group_no: groupNo, id, source, dbid, said_ms: saidMs } = group;
    const statement = this.#evidence.statementIn(parts.statement);
    const { atMs, statistics, receivedMs: sampleReceivedMs, listSetNo } = sampleOf(parts.sample);
    const { step } = parts;
    const since = entersState(step) ? sinceOf(step) : this.#steps.stateSince(groupNo);
    const newest: Newest = {
      ...{ atMs, bearing: bearingOf(step), statement, statistics, sampleReceivedMs, listSetNo },
      stateSinceMs: since?.atMs ?? atMs,
      isStateSinceKnown: since?.isKnown ?? false,
      callingLists: this.#listsOf(groupNo, listSetNo),
    };
    const other = parts.said === null ? [] : [this.#evidence.statementIn(parts.said)];
    const marks = { saidMs, actorSaidMs: null, otherSaidMs: null };
    const said = LastSaid.load(atMs, marks, (moment) => (moment === atMs ? [statement] : other));
    const ended = this.#runEnds.of(groupNo, newest, said);
    return { groupNo, id, source, dbid, newest, said, ended, heardMs: Math.max(group.heard_ms, sampleReceivedMs) };
  }

  /** Derives anew how its dialing ended, which late figures may tell too; whether that is news. */
  #endsOther(head: GroupHead): boolean {
    const { ended, newest } = head;
    head.ended = newest && this.#runEnds.of(head.groupNo, newest, head.said);
    return !isSameEnd(ended, head.ended);
  }

  #listsOf(groupNo: number, listSetNo: number): readonly LabelledList[] {
    return this.#evidence.labels.labelled(groupNo, this.#evidence.listsOf(listSetNo));
  }

  #load(row: GroupRow): GroupHead {
    const { group_no: groupNo, id, source, dbid } = row;
    const newest = this.#loadNewest(groupNo);
    const marks = { saidMs: row.said_ms, actorSaidMs: row.actor_said_ms, otherSaidMs: row.other_said_ms };
    const said =
      newest === null
        ? new LastSaid()
        : LastSaid.load(newest.atMs, marks, (atMs) => this.#evidence.statementsAt(groupNo, atMs));
    const heardMs = Math.max(row.heard_ms, newest?.sampleReceivedMs ?? 0);
    const ended = newest && this.#runEnds.of(groupNo, newest, said);
    return { groupNo, id, source, dbid, newest, said, ended, heardMs };
  }

  #loadNewest(groupNo: number): Newest | null {
    const atMs = this.#evidence.newestAtMs(groupNo);
    if (atMs === null) return null;
    const statement = this.#evidence.statementsAt(groupNo, atMs).at(-1);
    const step = this.#steps.last(groupNo);
    const since = this.#steps.stateSince(groupNo);
    const sample = this.#evidence.newestSample(groupNo, atMs);
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
      callingLists: this.#listsOf(groupNo, sample.listSetNo),
    };
  }

  /**
   * Notes what evidence says was done, after the newest is known; in most cases nothing has to be written down for it. Tells
   * whether something else was done last, or by somebody else.
   */
  #note({ groupNo, newest, said }: GroupHead, atMs: number, statement: StoredStatement): boolean {
    const { action, actor } = said;
    said.note(atMs, statement);
    const marks: SaidMarks | null = newest && said.marksToKeep(newest.atMs);
    if (marks) this.#sql.keepSaid.run(marks.saidMs, marks.actorSaidMs, marks.otherSaidMs, groupNo);
    return action !== said.action || actor !== said.actor;
  }

  /** Notes a hearing that no new newest evidence tells of. */
  #hear(head: GroupHead, receivedAtMs: number): void {
    if (receivedAtMs <= head.heardMs) return;
    head.heardMs = receivedAtMs;
    this.#sql.hear.run(receivedAtMs, head.groupNo);
  }
}

/** Whether a group enters a state with its newest evidence. */
function enters(newest: Newest, bearing: Bearing, { made }: Changes): boolean {
  return newest.bearing.state !== bearing.state || made.some(isReload);
}

function equalFigures({ statistics }: Sample, notification: Notification): boolean {
  const other = notification.statistics;
  return (
    statistics.busyRatio === other.busyRatio &&
    statistics.hitRatio === other.hitRatio &&
    statistics.overdialRatio === other.overdialRatio &&
    statistics.timeToCompleteSeconds === other.timeToCompleteSeconds
  );
}

function prepare(db: Connection) {
  const columns = 'group_no, id, source, dbid, heard_ms, said_ms, actor_said_ms, other_said_ms';
  return {
    isThere: db.prepare(`SELECT 1 FROM campaign_groups WHERE group_no = ? AND source <> '${FORGOTTEN}'`),
    groupByNo: db.prepare(`SELECT ${columns} FROM campaign_groups WHERE group_no = ?`),
    findGroup: db.prepare(`SELECT ${columns} FROM campaign_groups WHERE source = ? AND dbid = ?`),
    insertGroup: db.prepare('INSERT INTO campaign_groups (id, source, dbid, heard_ms) VALUES (?, ?, ?, ?)'),
    hear: db.prepare('UPDATE campaign_groups SET heard_ms = ? WHERE group_no = ?'),
    keepSaid: db.prepare(
      'UPDATE campaign_groups SET said_ms = ?, actor_said_ms = ?, other_said_ms = ? WHERE group_no = ?',
    ),
  };
}
