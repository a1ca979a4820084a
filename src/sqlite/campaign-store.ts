/**
 * Applies notifications to the evidence of their groups and keeps the derived steps in line with it.
 * Everything runs inside the transaction of a batch, on the writer's thread.
 */
import type { RecordedTransition } from '../domain/campaign-group.js';
import { compareMoments, sameBearing } from '../domain/history.js';
import { campaignGroupId, type Digest, lengthPrefixed, listsContent, notificationId } from '../domain/identity.js';
import type { Notification } from '../domain/notification.js';
import type { Outcome } from '../domain/store.js';
import { type Bearing, between, type Transition } from '../domain/transition.js';
import type { Enumerations } from '../domain/vocabulary.js';
import type { Connection } from './database.js';
import { EvidenceTables, type Sample } from './evidence-tables.js';
import type { GroupHead, Newest, StoredStatement } from './group-head.js';
import { StepTable, type StoredStep } from './step-table.js';

/** Date-times read at once while history is told again. */
const PAGE = 200;

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

interface Changes {
  readonly made: RecordedTransition[];
  readonly withdrawn: RecordedTransition[];
}

/** A point of a group's history while it is told: null before its first evidence. */
type Point = { readonly atMs: number; readonly bearing: Bearing } | null;

export class CampaignStore {
  readonly #digest: Digest;
  readonly #maxHeads: number;
  readonly #evidence: EvidenceTables;
  readonly #steps: StepTable;
  readonly #sql;
  readonly #heads = new Map<string, GroupHead>();

  constructor(db: Connection, { enumerations, digest, maxHeads }: CampaignStoreOptions) {
    this.#digest = digest;
    this.#maxHeads = maxHeads;
    this.#evidence = new EvidenceTables(db, enumerations, digest);
    this.#steps = new StepTable(db);
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
    const { newest } = head;
    if (newest === null || notification.atMs > newest.atMs) {
      return this.#append(head, newest, notification, statement, listSetNo, id);
    }
    return this.#insert(head, newest, notification, statement, listSetNo, id);
  }

  /** Every group as its evidence shows it now, loaded from the store. */
  *loadHeads(): Generator<GroupHead> {
    for (const row of this.#sql.groups.all() as GroupRow[]) {
      const head = this.#load(row);
      this.#remember(head);
      yield head;
    }
  }

  /** Drops everything kept in memory: after a transaction was rolled back, only the file is right. */
  forget(): void {
    this.#heads.clear();
    this.#evidence.forget();
  }

  /** The common case: newer than all before. Needs nothing but the head. */
  #append(
    head: GroupHead,
    newest: Newest | null,
    notification: Notification,
    statement: StoredStatement,
    listSetNo: number,
    id: string,
  ): Applied {
    this.#evidence.insert(head.groupNo, statement.no, 0, notification, listSetNo);
    const changes: Changes = { made: [], withdrawn: [] };
    const before: Point = newest && { atMs: newest.atMs, bearing: newest.bearing };
    const bearing = this.#tell(head, before, notification.atMs, statement, null, changes);
    const stateSinceMs = newest && newest.bearing.state === bearing.state ? newest.stateSinceMs : notification.atMs;
    const changed =
      newest?.statement.no !== statement.no || newest.listSetNo !== listSetNo || !sameBearing(newest.bearing, bearing);
    head.newest = {
      atMs: notification.atMs,
      bearing,
      stateSinceMs,
      statement,
      statementNos: [statement.no],
      statistics: notification.statistics,
      sampleReceivedMs: notification.receivedAtMs,
      listSetNo,
      callingLists: notification.callingLists,
    };
    head.heardMs = Math.max(head.heardMs, notification.receivedAtMs);
    return { outcome: changes.made.length > 0 ? 'transition' : 'refresh', id, head, changed, ...changes };
  }

  /** Not newer than the newest: a duplicate, another sample of a date-time that stands still, or a late one. */
  #insert(
    head: GroupHead,
    newest: Newest,
    notification: Notification,
    statement: StoredStatement,
    listSetNo: number,
    id: string,
  ): Applied {
    const { atMs, receivedAtMs } = notification;
    this.#hear(head, receivedAtMs);
    const nothing = { id, head, changed: false, made: [], withdrawn: [] };
    const tag = this.#freeTag(head, notification, statement, listSetNo, id);
    if (tag === null) return { ...nothing, outcome: 'duplicate' };
    this.#evidence.insert(head.groupNo, statement.no, tag, notification, listSetNo);
    const knownMoment = tag !== 0;
    const changes: Changes = { made: [], withdrawn: [] };
    if (!knownMoment) this.#tellAgain(head, atMs, statement, changes);
    const isNewest = atMs === newest.atMs;
    const moved = isNewest || changes.made.length > 0 || changes.withdrawn.length > 0;
    if (moved) head.newest = this.#loadNewest(head.groupNo);
    const outcome = !isNewest ? 'late' : changes.made.length > 0 ? 'transition' : 'refresh';
    return { ...nothing, outcome, changed: moved, ...changes };
  }

  /** The tag under which a row of this moment can be stored, or null when an equal one is there. */
  #freeTag(
    head: GroupHead,
    notification: Notification,
    statement: StoredStatement,
    listSetNo: number,
    id: string,
  ): number | null {
    const { atMs } = notification;
    const first = this.#evidence.sample(head.groupNo, atMs, statement.no, 0);
    if (first === null) return 0;
    if (first.listSetNo === listSetNo && equalFigures(first, notification)) return null;
    const tag = Buffer.from(id, 'base64url').readUIntBE(0, 6) || 1;
    return this.#evidence.sample(head.groupNo, atMs, statement.no, tag) === null ? tag : null;
  }

  /**
   * Tells history again from a moment that was not known before, until it agrees with what was told:
   * two edges in most cases, more only while a mode said late is carried on.
   */
  #tellAgain(head: GroupHead, atMs: number, late: StoredStatement, changes: Changes): void {
    const { groupNo } = head;
    let point = this.#pointBefore(groupNo, atMs);
    let toldBearing = point?.bearing ?? null;
    let passed = false;
    for (const [timeMs, statement] of this.#momentsFrom(groupNo, atMs)) {
      const isLate = timeMs === atMs && statement.no === late.no;
      const told = isLate ? null : this.#steps.at(groupNo, timeMs, statement);
      const bearing = this.#tell(head, point, timeMs, statement, told, changes);
      toldBearing = told?.bearing ?? toldBearing;
      if (passed && sameBearing(bearing, toldBearing)) return;
      point = { atMs: timeMs, bearing };
      passed ||= isLate;
    }
  }

  #pointBefore(groupNo: number, atMs: number): Point {
    const before = this.#evidence.lastAtMsBefore(groupNo, atMs);
    const step = before === null ? null : this.#steps.lastBefore(groupNo, atMs);
    return before === null || step === null ? null : { atMs: before, bearing: step.bearing };
  }

  /** Moments from a date-time on, in the order of history. */
  *#momentsFrom(groupNo: number, fromMs: number): Generator<[number, StoredStatement]> {
    for (let from = fromMs; ;) {
      const times = this.#evidence.timesFrom(groupNo, from, PAGE);
      for (const atMs of times) {
        const statements = this.#evidence.statementNosAt(groupNo, atMs).map((no) => this.#evidence.statementByNo(no));
        for (const statement of inOrder(atMs, statements)) yield [atMs, statement];
      }
      const last = times.at(-1);
      if (last === undefined || times.length < PAGE) return;
      from = last + 1;
    }
  }

  /** One step of history: derives it, and writes only what differs from what was told before. */
  #tell(
    head: GroupHead,
    before: Point,
    atMs: number,
    statement: StoredStatement,
    told: StoredStep | null,
    changes: Changes,
  ): Bearing {
    const { bearing, transition } = between(before, { atMs, ...statement.words });
    const recorded = transition && this.#record(head, transition, statement);
    const isStep = before === null || recorded !== null || !sameBearing(before.bearing, bearing);
    const step: StoredStep | null = isStep
      ? { fromState: recorded ? recorded.fromState : (before?.bearing.state ?? null), bearing, transition: recorded }
      : null;
    if (step === null && told === null) return bearing;
    if (step === null) this.#steps.remove(head.groupNo, atMs, statement);
    else if (!sameStep(step, told)) this.#steps.put(head.groupNo, atMs, statement, step);
    const toldId = told?.transition?.id;
    if (recorded?.id !== toldId) {
      if (told?.transition) changes.withdrawn.push(told.transition);
      if (recorded) changes.made.push(recorded);
    }
    return bearing;
  }

  /** Gives a transition its id: from everything but its interval, which later evidence may narrow. */
  #record(head: GroupHead, transition: Transition, statement: StoredStatement): RecordedTransition {
    const { fromState, fromDialMode, fromOptimizeBy, fromOptimizeGoal } = transition;
    const what = [head.id, transition.atMs, statement.contentDigest, transition.inferred ? 1 : 0];
    const id = this.#digest(lengthPrefixed([...what, fromState, fromDialMode, fromOptimizeBy, fromOptimizeGoal]));
    return { ...transition, id };
  }

  #head(source: string, dbid: string, receivedAtMs: number): GroupHead {
    const key = `${source};${dbid}`;
    const cached = this.#heads.get(key);
    if (cached) return cached;
    const row = this.#sql.findGroup.get(source, dbid) as GroupRow | undefined;
    const head = row ? this.#load(row) : this.#create(source, dbid, receivedAtMs);
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
    return { groupNo, id, source, dbid, newest: null, heardMs: receivedAtMs };
  }

  #load(row: GroupRow): GroupHead {
    const newest = this.#loadNewest(row.group_no);
    const heardMs = Math.max(row.heard_ms, newest?.sampleReceivedMs ?? 0);
    return { groupNo: row.group_no, id: row.id, source: row.source, dbid: row.dbid, newest, heardMs };
  }

  #loadNewest(groupNo: number): Newest | null {
    const atMs = this.#evidence.newestAtMs(groupNo);
    if (atMs === null) return null;
    const statements = this.#evidence.statementNosAt(groupNo, atMs).map((no) => this.#evidence.statementByNo(no));
    const statement = inOrder(atMs, statements).at(-1);
    const step = this.#steps.lastBefore(groupNo, atMs + 1);
    const sample = this.#evidence.newestSample(groupNo, atMs);
    if (!statement || !step || !sample) return null;
    return {
      atMs,
      bearing: step.bearing,
      stateSinceMs: this.#steps.stateSinceMs(groupNo) ?? atMs,
      statement,
      statementNos: statements.map(({ no }) => no),
      statistics: sample.statistics,
      sampleReceivedMs: sample.receivedMs,
      listSetNo: sample.listSetNo,
      callingLists: this.#evidence.listsOf(sample.listSetNo),
    };
  }

  /** Notes a hearing that no new newest evidence tells of. */
  #hear(head: GroupHead, receivedAtMs: number): void {
    if (receivedAtMs <= head.heardMs) return;
    head.heardMs = receivedAtMs;
    this.#sql.hear.run(receivedAtMs, head.groupNo);
  }
}

interface GroupRow {
  group_no: number;
  id: string;
  source: string;
  dbid: string;
  heard_ms: number;
}

function inOrder(atMs: number, statements: readonly StoredStatement[]): StoredStatement[] {
  const ordered = statements.map((statement) => ({
    ...statement.words,
    atMs,
    content: statement.contentDigest,
    statement,
  }));
  return ordered.sort(compareMoments).map(({ statement }) => statement);
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

function sameStep(step: StoredStep, told: StoredStep | null): boolean {
  return (
    told !== null &&
    step.fromState === told.fromState &&
    sameBearing(step.bearing, told.bearing) &&
    step.transition?.id === told.transition?.id &&
    step.transition?.notBeforeMs === told.transition?.notBeforeMs
  );
}

function prepare(db: Connection) {
  const columns = 'group_no, id, source, dbid, heard_ms';
  return {
    groups: db.prepare(`SELECT ${columns} FROM campaign_groups ORDER BY group_no`),
    findGroup: db.prepare(`SELECT ${columns} FROM campaign_groups WHERE source = ? AND dbid = ?`),
    insertGroup: db.prepare('INSERT INTO campaign_groups (id, source, dbid, heard_ms) VALUES (?, ?, ?, ?)'),
    hear: db.prepare('UPDATE campaign_groups SET heard_ms = ? WHERE group_no = ?'),
  };
}
