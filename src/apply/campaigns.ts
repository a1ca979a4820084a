/**
 * Applies notifications to the evidence of their groups and keeps the derived steps in line with it.
 */
import type { RecordedTransition } from '../domain/campaign-group.js';
import { sameBearing } from '../domain/history.js';
import { type Digest, listsContent, notificationId, statementContent } from '../domain/identity.js';
import type { Notification } from '../domain/notification.js';
import type { ListSample, Sample } from '../evidence/sample.js';
import { isSameEnd } from '../domain/run-end.js';
import type { Outcome } from '../domain/store.js';
import { type Bearing, isReload } from '../domain/transition.js';
import { CallingLists } from './calling-lists.js';
import { type Changes, Chronicle } from './chronicle.js';
import type { Evidence } from './evidence.js';
import type { GroupHead, Newest } from './group-head.js';
import { Heads, type HeadsOptions } from './heads.js';
import { isRetold, placedRetold, type RetoldOptions } from './retold-changes.js';
import { marksAnew } from './said-anew.js';
import { Statements, type StatementsOptions, type StoredStatement } from './statements.js';
import type { CampaignTables } from './tables.js';

/** Copies that follow each other within it are one while: shorter than the limit of any interval from ten seconds on. */
const TOGETHER_MS = 25_000;

export type CampaignStoreOptions = StatementsOptions & HeadsOptions;

/** Date-times up to which retention has removed evidence, and history: -Infinity: none. */
export interface RemovedUpTo {
  readonly samplesMs: number;
  readonly historyMs: number;
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

/** A notification with what the store made of its parts. */
interface Arrival {
  readonly head: GroupHead;
  readonly notification: Notification;
  readonly statement: StoredStatement;
  /** The calling lists as one text, see `listsContent`. */
  readonly listsText: string;
  readonly lists: readonly ListSample[];
  readonly id: string;
}

export class CampaignStore {
  readonly heads: Heads;
  readonly #tables: CampaignTables;
  readonly #digest: Digest;
  readonly #statements: Statements;
  readonly #evidence: Evidence;
  readonly #lists: CallingLists;
  readonly #retold: RetoldOptions;
  readonly #chronicle: Chronicle;
  /** Null: to be read. */
  #removed: RemovedUpTo | null = null;

  constructor(tables: CampaignTables, evidence: Evidence, options: CampaignStoreOptions) {
    const { enumerations, digest } = options;
    this.#tables = tables;
    this.#digest = digest;
    this.#evidence = evidence;
    this.#statements = new Statements(tables.statements, evidence, options);
    this.#retold = { evidence, statements: this.#statements, enumerations };
    this.#lists = new CallingLists(tables.lists);
    this.#chronicle = new Chronicle({ steps: tables.steps, evidence, statements: this.#statements }, digest);
    this.heads = new Heads(tables, { evidence, statements: this.#statements, lists: this.#lists }, options);
  }

  /**
   * Applies one notification. Outcome precedence: duplicate, late, transition, refresh. One that was imported is evidence as
   * any other, but no sign of life.
   */
  apply(told: Notification): Applied {
    const head = this.heads.findOrCreate(told.source, told.dbid, told.receivedAtMs);
    const notification = isRetold(told) ? placedRetold(told, head, this.#retold) : told;
    if (notification === null) {
      const id = notificationId(told, this.#digest(statementContent(told.statement)), '', this.#digest);
      return { outcome: 'duplicate', id, head, changed: false, made: [], withdrawn: [] };
    }
    const statement = this.#statements.stored(head.groupNo, notification.statement, head.newest?.statement ?? null);
    const listsText = listsContent(notification.callingLists);
    const id = notificationId(notification, statement.contentDigest, listsText, this.#digest);
    const lists = this.#lists.numbered(head.groupNo, notification.callingLists);
    const arrival = { head, notification, statement, listsText, lists, id };
    const { newest } = head;
    return newest === null || notification.atMs > newest.atMs
      ? this.#append(arrival, newest)
      : this.#insert(arrival, newest);
  }

  /** Takes evidence back, as if it had never been. Null: there is none. The head that was known before is void. */
  takeBack(notification: Notification): Applied | null {
    const { source, dbid, atMs } = notification;
    const known = this.heads.find(source, dbid);
    const content = statementContent(notification.statement);
    const statementNo = known && this.#tables.statements.find(known.groupNo, this.#digest(content));
    if (known === null || statementNo === null) return null;
    const { groupNo } = known;
    const statement = this.#statements.byNo(statementNo);
    if (!this.#evidence.remove(groupNo, { atMs, statementNo })) return null;
    this.#statements.dropDateTimes();
    const changes: Changes = { made: [], withdrawn: [] };
    this.#chronicle.remove({ group: known, atMs, statement }, changes);
    if (known.said.restsOn(atMs))
      this.#tables.groups.keepMarks(groupNo, marksAnew(groupNo, this.#evidence, this.#statements));
    this.heads.dropOne(known);
    const head = this.heads.find(source, dbid) ?? known;
    const id = notificationId(notification, statement.contentDigest, '', this.#digest);
    return { outcome: 'late', id, head, changed: true, ...changes };
  }

  /**
   * Whether what is kept of a group does not say what lay beside a notification: evidence of that time went, and neither the
   * moment itself is kept nor a step that follows, whose neighbour is kept with it. `removed`: an import may tell others.
   */
  isTooOld({ source, dbid, atMs }: Notification, removed = this.#removedUpTo()): boolean {
    if (atMs > removed.samplesMs) return false;
    const head = this.heads.find(source, dbid);
    if (head?.newest == null) return atMs <= removed.historyMs;
    if (atMs >= head.newest.atMs || this.#evidence.statementNosAt(head.groupNo, atMs).length > 0) return false;
    const beforeMs = this.#evidence.lastAtMsBefore(head.groupNo, atMs);
    if (beforeMs === null) return atMs <= removed.historyMs;
    if (beforeMs > removed.samplesMs) return false;
    const [nextMs] = this.#evidence.timesFrom(head.groupNo, atMs, 1);
    return nextMs !== this.#tables.steps.firstAfter(head.groupNo, atMs)?.atMs;
  }

  /** Whether a statement says a GUID. */
  saysGuid(statementNo: number): boolean {
    return this.#statements.byNo(statementNo).words.guid !== null;
  }

  /** To be told that evidence went that no head is made of. */
  noteRemoved(): void {
    this.#statements.dropDateTimes();
    this.#removed = null;
  }

  /** To be told that statements went that no evidence names. */
  dropStatements(): void {
    this.#statements.dropMemory();
  }

  /** Tells the history of these groups anew, under the present words. */
  retell(groupNos: readonly number[]): void {
    for (const groupNo of groupNos) {
      const group = this.#tables.groups.byNo(groupNo);
      if (group !== null) this.#chronicle.retell(group);
    }
    this.dropMemory();
  }

  /** Makes moments of receipt that turned out to lie in the future this one; evidence itself stays as it was told. */
  endFuture(nowMs: number): void {
    for (const { groupNo, newest } of [...this.heads.read()]) {
      if (newest !== null && newest.sampleReceivedMs > nowMs)
        this.#tables.groups.limitHeard(groupNo, { atMs: newest.atMs, limitMs: nowMs });
    }
    this.dropMemory();
  }

  /** Drops everything kept in memory: after a transaction was rolled back, only the file is right. */
  dropMemory(): void {
    this.heads.dropMemory();
    this.#removed = null;
    this.#evidence.dropMemory();
    this.#statements.dropMemory();
    this.#lists.dropMemory();
  }

  #removedUpTo(): RemovedUpTo {
    const { numbers } = this.#tables;
    const of = (name: 'thinned_ms' | 'history_ms') => numbers.kept(name) ?? -Infinity;
    return (this.#removed ??= { samplesMs: of('thinned_ms'), historyMs: of('history_ms') });
  }

  /** The common case: newer than all before. Needs nothing but the head. */
  #append(arrival: Arrival, newest: Newest | null): Applied {
    const { head, notification, statement, listsText, id } = arrival;
    const { atMs, receivedAtMs, statistics, callingLists } = notification;
    this.#insertSample(arrival, 0);
    const changes: Changes = { made: [], withdrawn: [] };
    const bearing = this.#chronicle.continue(newest, { group: head, atMs, statement }, changes);
    const entered = { stateSinceMs: atMs, isStateSinceKnown: changes.made.some(({ fromState }) => fromState !== null) };
    const since = newest === null || enters(newest, bearing, changes) ? entered : newest;
    // No hearing tells of the figures of an imported one.
    const changed =
      isImported(notification) ||
      newest?.statement.no !== statement.no ||
      newest.listsText !== listsText ||
      !sameBearing(newest.bearing, bearing);
    head.newest = {
      atMs,
      bearing,
      stateSinceMs: since.stateSinceMs,
      isStateSinceKnown: since.isStateSinceKnown,
      statement,
      statistics,
      sampleReceivedMs: receivedAtMs,
      listsText,
      callingLists: this.#lists.labelled(head.groupNo, callingLists),
    };
    if (isImported(notification)) this.#keepHeard(head, atMs, receivedAtMs);
    else head.heardMs = Math.max(head.heardMs, receivedAtMs);
    const saysOther = this.#note(head, atMs, statement);
    if (changes.made.length > 0 || saysOther) head.ended = this.heads.endOf(head);
    return { outcome: changes.made.length > 0 ? 'transition' : 'refresh', id, head, changed, ...changes };
  }

  /** Not newer than the newest: a duplicate, another sample of a date-time that stands still, or a late one. */
  #insert(arrival: Arrival, newest: Newest): Applied {
    const { head, notification, statement, id } = arrival;
    const { atMs, receivedAtMs } = notification;
    const isHeard = !isImported(notification);
    if (isHeard) this.#hear(head, receivedAtMs);
    const tag = this.#freeTag(arrival);
    if (tag === null) {
      // Of the same moment it tells nothing more: it is the same post, salvaged.
      if (isHeard && atMs === newest.atMs && receivedAtMs !== newest.sampleReceivedMs)
        this.#noteRepeat(head.groupNo, receivedAtMs);
      return { outcome: 'duplicate', id, head, changed: false, made: [], withdrawn: [] };
    }
    this.#insertSample(arrival, tag);
    if (!isHeard && atMs === newest.atMs) this.#keepHeard(head, atMs, receivedAtMs);
    const changes: Changes = { made: [], withdrawn: [] };
    if (tag === 0) {
      this.#statements.join(head.groupNo, atMs, statement);
      this.#chronicle.insert({ group: head, atMs, statement }, changes);
    }
    const isNewest = atMs === newest.atMs;
    const saysOther = this.#note(head, atMs, statement);
    // Before all that was known, it says since when without a transition: nothing leads to a group that is not loaded.
    const isOldest = atMs < newest.stateSinceMs && !newest.isStateSinceKnown;
    const isTold = changes.made.length > 0 || changes.withdrawn.length > 0;
    // A GUID is carried on to the newest without a transition.
    const saysGuid = statement.words.guid !== null && statement.words.guid !== newest.bearing.guid;
    const isRead = isNewest || isOldest || saysOther || isTold || saysGuid;
    if (isRead) head.newest = this.heads.newest(head.groupNo, newest.atMs);
    const changed = this.#endsOther(head) || isRead;
    const outcome = !isNewest ? 'late' : changes.made.length > 0 ? 'transition' : 'refresh';
    return { outcome, id, head, changed, ...changes };
  }

  /** The tag under which a row of this moment can be stored (0 for its first), or null when an equal one is there. */
  #freeTag({ head, notification, statement, lists, id }: Arrival): number | null {
    const { atMs } = notification;
    const first = this.#evidence.sample(head.groupNo, atMs, statement.no, 0);
    if (first === null) return 0;
    if (equalFigures(first, notification) && equalLists(first.lists, lists)) return null;
    const tag = Buffer.from(id, 'base64url').readUIntBE(0, 6) || 1;
    return this.#evidence.sample(head.groupNo, atMs, statement.no, tag) === null ? tag : null;
  }

  /** Derives anew how its dialing ended, which late figures may tell too; whether that is news. */
  #endsOther(head: GroupHead): boolean {
    const { ended } = head;
    head.ended = this.heads.endOf(head);
    return !isSameEnd(ended, head.ended);
  }

  /**
   * Notes what evidence says was done, after the newest is known; in most cases nothing has to be written down for it. Tells
   * whether something else was done last, or by somebody else.
   */
  #note({ groupNo, newest, said }: GroupHead, atMs: number, statement: StoredStatement): boolean {
    const { action, actor } = said;
    said.note(atMs, statement);
    const marks = newest && said.marksToKeep(newest.atMs);
    if (marks) this.#tables.groups.keepMarks(groupNo, marks);
    return action !== said.action || actor !== said.actor;
  }

  #insertSample({ head, notification, statement, lists }: Arrival, tag: number): void {
    const { atMs, receivedAtMs: receivedMs, statistics } = notification;
    this.#evidence.append(head.groupNo, { atMs, statementNo: statement.no, receivedMs, tag, statistics, lists });
  }

  /** Notes an equal copy of the newest notification: it leaves no evidence, and is a sign of life all the same. */
  #noteRepeat(groupNo: number, receivedAtMs: number): void {
    const { repeats } = this.#tables;
    const last = repeats.lastBy(groupNo, receivedAtMs);
    if (last === null || receivedAtMs - last.toMs > TOGETHER_MS) repeats.begin(groupNo, receivedAtMs);
    else if (receivedAtMs > last.toMs) repeats.extend(groupNo, last.fromMs, receivedAtMs);
  }

  /** The newest evidence was imported: until newer comes, the group counts as heard when it was before. */
  #keepHeard({ groupNo, heardMs }: GroupHead, atMs: number, receivedAtMs: number): void {
    if (receivedAtMs > heardMs) this.#tables.groups.limitHeard(groupNo, { atMs, limitMs: heardMs });
  }

  /** Notes a hearing that no new newest evidence tells of. */
  #hear(head: GroupHead, receivedAtMs: number): void {
    if (receivedAtMs <= head.heardMs) return;
    head.heardMs = receivedAtMs;
    this.#tables.groups.hear(head.groupNo, receivedAtMs);
  }
}

/** An imported notification says so in its statement; the stored one may be that of an equal post. */
function isImported({ statement }: Notification): boolean {
  return statement.origin !== undefined;
}

/** Whether a group enters a state with its newest evidence. */
function enters(newest: Newest, bearing: Bearing, { made }: Changes): boolean {
  return newest.bearing.state !== bearing.state || made.some(isReload);
}

function equalLists(lists: readonly ListSample[], others: readonly ListSample[]): boolean {
  return (
    lists.length === others.length &&
    lists.every(({ listNo, hitRatio, timeToCompleteSeconds }, n) => {
      const other = others[n];
      return (
        other?.listNo === listNo && other.hitRatio === hitRatio && other.timeToCompleteSeconds === timeToCompleteSeconds
      );
    })
  );
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
