/** The tables of evidence, row by row; what the rows mean is decided in campaign-store.ts and domain/. */
import { type Digest, statementContent } from '../domain/identity.js';
import type {
  CallingListFigures,
  GroupAttributes,
  Notification,
  Statement,
  Statistics,
} from '../domain/notification.js';
import { rankOf } from '../domain/transition.js';
import type { Enumerations } from '../domain/vocabulary.js';
import { wordsOf } from '../domain/words.js';
import type { Connection } from './database.js';
import type { StoredStatement } from '../apply/group-head.js';
import { ListLabels } from '../apply/list-labels.js';
import { inOrder, Moments, placeIn } from '../apply/moments.js';

/** Statements kept in memory, and their characters; at either bound all are dropped and looked up again. */
const CACHED_STATEMENTS = 50_000;
const CACHED_CHARACTERS = 20_000_000;
/**
 * @bound statements of one millisecond of which the latest received is looked for
 * @beyond that of the others is taken for older
 */
const COMPARED = 100;

export interface StatementRow {
  statement_no: number;
  content_digest: string;
  state_code: number;
  dial_mode_code: number | null;
  optimize_by_code: number | null;
  optimize_goal: number | null;
  action_code: number | null;
  actor_code: number | null;
  name: string;
  tenant: string;
  tenant_ccid: string;
  guid: string;
  agent_group: string;
  campaign: string;
  template: string;
  queue: string;
  sends_statistics: number;
  extras: string;
}

export interface SampleRow {
  at_ms: number;
  statement_no: number;
  lag_ms: number;
  busy_ratio: number | null;
  hit_ratio: number | null;
  overdial_ratio: number | null;
  time_to_complete_seconds: number | null;
  list_set_no: number;
}

/** One stored sample. */
export interface Sample {
  readonly atMs: number;
  readonly statementNo: number;
  readonly receivedMs: number;
  readonly statistics: Statistics;
  readonly listSetNo: number;
}

const SAMPLE = `at_ms, statement_no, lag_ms, busy_ratio, hit_ratio, overdial_ratio, time_to_complete_seconds, list_set_no`;

export class EvidenceTables {
  readonly #digest: Digest;
  readonly #enumerations: Enumerations;
  readonly #sql;
  readonly #byContent = new Map<string, StoredStatement>();
  readonly #byNo = new Map<number, StoredStatement>();
  /** Of statements that are in memory anyway. */
  readonly #moments = new Moments();
  readonly labels: ListLabels;
  #cachedCharacters = 0;

  constructor(db: Connection, enumerations: Enumerations, digest: Digest) {
    this.#digest = digest;
    this.#enumerations = enumerations;
    this.#sql = prepare(db);
    this.labels = new ListLabels(db);
  }

  /** Forgets what a rolled-back transaction may have put into memory. */
  forget(): void {
    this.#byContent.clear();
    this.#byNo.clear();
    this.#moments.forget();
    this.labels.forget();
    this.#cachedCharacters = 0;
  }

  /** The stored statement of this content, stored now if it is new to the group. */
  statement(groupNo: number, statement: Statement): StoredStatement {
    const content = statementContent(statement);
    const key = `${groupNo};${content}`;
    const cached = this.#byContent.get(key);
    if (cached) return cached;
    const contentDigest = this.#digest(content);
    const found = this.#sql.findStatement.get(groupNo, contentDigest) as { statement_no: number } | undefined;
    const no = found?.statement_no ?? this.#insertStatement(groupNo, contentDigest, statement);
    const stored = this.#stored(no, contentDigest, statement);
    this.#keep(stored);
    this.#byContent.set(key, stored);
    return stored;
  }

  statementByNo(no: number): StoredStatement {
    return this.#byNo.get(no) ?? this.statementIn(this.#sql.statementByNo.get(no) as StatementRow);
  }

  /** The statement of a row that was read already. */
  statementIn(row: StatementRow): StoredStatement {
    const cached = this.#byNo.get(row.statement_no);
    return cached ?? this.#keep(this.#stored(row.statement_no, row.content_digest, statementOf(row)));
  }

  insert(groupNo: number, statementNo: number, tag: number, notification: Notification, listSetNo: number): void {
    const { statistics, atMs, receivedAtMs } = notification;
    this.#sql.insertEvidence.run(
      groupNo,
      atMs,
      statementNo,
      tag,
      receivedAtMs - atMs,
      statistics.busyRatio,
      statistics.hitRatio,
      statistics.overdialRatio,
      statistics.timeToCompleteSeconds,
      listSetNo,
    );
  }

  sample(groupNo: number, atMs: number, statementNo: number, tag: number): Sample | null {
    return sampleOf(this.#sql.sample.get(groupNo, atMs, statementNo, tag));
  }

  /** The sample whose figures are current at the newest date-time: the one received last. */
  newestSample(groupNo: number, atMs: number): Sample | null {
    const repeat = sampleOf(this.#sql.newestRepeat.get(groupNo, atMs));
    // Asked one by one: between two statements lies every repeat of the first, a week of them where a clock stands still.
    const nos = this.statementsAt(groupNo, atMs).map(({ no }) => no);
    const firsts = nos.slice(0, COMPARED).map((no) => this.sample(groupNo, atMs, no, 0));
    return [...firsts, repeat]
      .filter((sample) => sample !== null)
      .reduce<Sample | null>((best, next) => (best && best.receivedMs > next.receivedMs ? best : next), null);
  }

  newestAtMs(groupNo: number): number | null {
    return this.#sql.newestAt.pluck().get(groupNo) as number | null;
  }

  /** Date-time of the last evidence before a moment. */
  lastAtMsBefore(groupNo: number, atMs: number): number | null {
    return this.#sql.lastAtBefore.pluck().get(groupNo, atMs) as number | null;
  }

  /** When a GUID was said last before a statement of a date-time; null when none was. In most cases by the post before. */
  guidSaidMs(groupNo: number, atMs: number, statement: StoredStatement): number | null {
    const said = ({ words }: StoredStatement) => words.guid !== null;
    const statements = this.statementsAt(groupNo, atMs);
    if (statements.slice(0, placeIn(statements, statement)).some(said)) return atMs;
    for (let at = this.lastAtMsBefore(groupNo, atMs); at !== null; at = this.lastAtMsBefore(groupNo, at))
      if (this.statementsAt(groupNo, at).some(said)) return at;
    return null;
  }

  /** The last time to complete that was said between two moments, both included; null when none was, or long before. */
  secondsLeft(groupNo: number, fromMs: number, toMs: number): number | null {
    return (this.#sql.secondsLeft.pluck().get(groupNo, fromMs, toMs) as number | undefined) ?? null;
  }

  /** Distinct statements at one date-time, in the order of history. */
  statementsAt(groupNo: number, atMs: number): readonly StoredStatement[] {
    const known = this.#moments.get(groupNo, atMs);
    if (known) return known;
    const nos = this.#sql.statementNosAt.pluck().all({ group: groupNo, at: atMs }) as number[];
    const statements = nos.map((no) => this.statementByNo(no)).sort(inOrder);
    if (nos.every((no) => this.#byNo.has(no))) this.#moments.keep(groupNo, atMs, statements);
    return statements;
  }

  /** Notes that a statement stands at a date-time where there was other evidence before. */
  join(groupNo: number, atMs: number, statement: StoredStatement): void {
    this.#moments.add(groupNo, atMs, statement);
  }

  /** Distinct date-times from a moment on, ascending, at most `limit`. */
  timesFrom(groupNo: number, fromMs: number, limit: number): number[] {
    return this.#sql.timesFrom.pluck().all(groupNo, fromMs, limit) as number[];
  }

  /** The number of this set of calling-list figures, stored now if it is new; 0 for none. */
  listSet(groupNo: number, content: string, lists: readonly CallingListFigures[]): number {
    if (lists.length === 0) return 0;
    const digest = this.#digest(content);
    const found = this.#sql.findListSet.pluck().get(groupNo, digest) as number | undefined;
    if (found !== undefined) return found;
    const setNo = Number(this.#sql.insertListSet.run(groupNo, digest).lastInsertRowid);
    for (const list of lists) {
      const listNo = this.#listNo(groupNo, list);
      this.#sql.insertListFigures.run(setNo, listNo, list.hitRatio, list.timeToCompleteSeconds);
    }
    return setNo;
  }

  listsOf(listSetNo: number): CallingListFigures[] {
    if (listSetNo === 0) return [];
    const rows = this.#sql.listsOf.all(listSetNo) as {
      name: string;
      dbid: string;
      hit_ratio: number | null;
      time_to_complete_seconds: number | null;
    }[];
    return rows.map((row) => ({
      name: row.name,
      dbid: row.dbid === '' ? null : row.dbid,
      hitRatio: row.hit_ratio,
      timeToCompleteSeconds: row.time_to_complete_seconds,
    }));
  }

  #keep(stored: StoredStatement): StoredStatement {
    const characters = this.#cachedCharacters + statementContent(stored.statement).length;
    if (this.#byNo.size >= CACHED_STATEMENTS || characters >= CACHED_CHARACTERS) this.forget();
    else this.#cachedCharacters = characters;
    this.#byNo.set(stored.no, stored);
    return stored;
  }

  #listNo(groupNo: number, list: CallingListFigures): number {
    const dbid = list.dbid ?? '';
    const found = this.#sql.findList.pluck().get(groupNo, list.name, dbid) as number | undefined;
    if (found !== undefined) return found;
    this.labels.forgetGroup(groupNo);
    return Number(this.#sql.insertList.run(groupNo, list.name, dbid).lastInsertRowid);
  }

  #stored(no: number, contentDigest: string, statement: Statement): StoredStatement {
    const words = wordsOf(statement, this.#enumerations);
    return { no, statement, contentDigest, words, rank: rankOf(words) };
  }

  #insertStatement(groupNo: number, contentDigest: string, statement: Statement): number {
    const { attributes } = statement;
    const row: Omit<StatementRow, 'statement_no'> & { group_no: number } = {
      group_no: groupNo,
      content_digest: contentDigest,
      state_code: statement.stateCode,
      dial_mode_code: statement.dialModeCode,
      optimize_by_code: statement.optimizeByCode,
      optimize_goal: statement.optimizeGoal,
      action_code: statement.actionCode,
      actor_code: statement.actorCode,
      name: attributes.name,
      tenant: attributes.tenant,
      tenant_ccid: attributes.tenantCcid,
      guid: attributes.guid,
      agent_group: attributes.group,
      campaign: attributes.campaign,
      template: attributes.template,
      queue: attributes.queue,
      sends_statistics: statement.sendsStatistics ? 1 : 0,
      extras: statement.extras,
    };
    return Number(this.#sql.insertStatement.run(row).lastInsertRowid);
  }
}

function statementOf(row: StatementRow): Statement {
  const attributes: GroupAttributes = {
    name: row.name,
    tenant: row.tenant,
    tenantCcid: row.tenant_ccid,
    guid: row.guid,
    group: row.agent_group,
    campaign: row.campaign,
    template: row.template,
    queue: row.queue,
  };
  return {
    stateCode: row.state_code,
    dialModeCode: row.dial_mode_code,
    optimizeByCode: row.optimize_by_code,
    optimizeGoal: row.optimize_goal,
    actionCode: row.action_code,
    actorCode: row.actor_code,
    attributes,
    sendsStatistics: row.sends_statistics === 1,
    extras: row.extras,
  };
}

/** The sample of a row, if there is one. */
export function sampleOf(found: SampleRow): Sample;
export function sampleOf(found: unknown): Sample | null;
export function sampleOf(found: unknown): Sample | null {
  if (found === undefined) return null;
  const row = found as SampleRow;
  const statistics = {
    busyRatio: row.busy_ratio,
    hitRatio: row.hit_ratio,
    overdialRatio: row.overdial_ratio,
    timeToCompleteSeconds: row.time_to_complete_seconds,
  };
  const receivedMs = row.at_ms + row.lag_ms;
  return { atMs: row.at_ms, statementNo: row.statement_no, receivedMs, statistics, listSetNo: row.list_set_no };
}

function prepare(db: Connection) {
  return {
    findStatement: db.prepare('SELECT statement_no FROM statements WHERE group_no = ? AND content_digest = ?'),
    statementByNo: db.prepare('SELECT * FROM statements WHERE statement_no = ?'),
    insertStatement: db.prepare(`
      INSERT INTO statements (group_no, content_digest, state_code, dial_mode_code, optimize_by_code, optimize_goal,
        action_code, actor_code, name, tenant, tenant_ccid, guid, agent_group, campaign, template, queue,
        sends_statistics, extras)
      VALUES (@group_no, @content_digest, @state_code, @dial_mode_code, @optimize_by_code, @optimize_goal,
        @action_code, @actor_code, @name, @tenant, @tenant_ccid, @guid, @agent_group, @campaign, @template, @queue,
        @sends_statistics, @extras)`),
    insertEvidence: db.prepare(`
      INSERT INTO evidence (group_no, at_ms, statement_no, tag, lag_ms, busy_ratio, hit_ratio, overdial_ratio,
        time_to_complete_seconds, list_set_no)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    sample: db.prepare(
      `SELECT ${SAMPLE} FROM evidence WHERE group_no = ? AND at_ms = ? AND statement_no = ? AND tag = ?`,
    ),
    newestRepeat: db.prepare(
      `SELECT ${SAMPLE} FROM evidence INDEXED BY evidence_repeats
       WHERE group_no = ? AND tag <> 0 AND at_ms = ? ORDER BY at_ms + lag_ms DESC LIMIT 1`,
    ),
    newestAt: db.prepare('SELECT max(at_ms) FROM evidence WHERE group_no = ?'),
    // Of samples of one date-time the one received last. Bounded: a clock may stand still, and nulls may go on for days.
    secondsLeft: db.prepare(`
      SELECT time_to_complete_seconds FROM (
        SELECT at_ms, lag_ms, time_to_complete_seconds FROM evidence
        WHERE group_no = ? AND at_ms BETWEEN ? AND ? ORDER BY at_ms DESC, statement_no DESC, tag DESC LIMIT 100)
      WHERE time_to_complete_seconds IS NOT NULL ORDER BY at_ms DESC, lag_ms DESC LIMIT 1`),
    lastAtBefore: db.prepare('SELECT max(at_ms) FROM evidence WHERE group_no = ? AND at_ms < ?'),
    // From each to the next: a scan would read every repeat.
    statementNosAt: db.prepare(`
      WITH RECURSIVE found (no) AS (
        SELECT min(statement_no) FROM evidence WHERE group_no = @group AND at_ms = @at
        UNION ALL
        SELECT (SELECT min(statement_no) FROM evidence
          WHERE group_no = @group AND at_ms = @at AND statement_no > found.no)
        FROM found WHERE found.no IS NOT NULL)
      SELECT no FROM found WHERE no IS NOT NULL`),
    timesFrom: db.prepare(
      'SELECT DISTINCT at_ms FROM evidence WHERE group_no = ? AND at_ms >= ? ORDER BY at_ms LIMIT ?',
    ),
    findListSet: db.prepare('SELECT list_set_no FROM list_sets WHERE group_no = ? AND content_digest = ?'),
    insertListSet: db.prepare('INSERT INTO list_sets (group_no, content_digest) VALUES (?, ?)'),
    insertListFigures: db.prepare(
      'INSERT INTO list_figures (list_set_no, list_no, hit_ratio, time_to_complete_seconds) VALUES (?, ?, ?, ?)',
    ),
    findList: db.prepare('SELECT list_no FROM calling_lists WHERE group_no = ? AND name = ? AND dbid = ?'),
    insertList: db.prepare('INSERT INTO calling_lists (group_no, name, dbid) VALUES (?, ?, ?)'),
    listsOf: db.prepare(`
      SELECT l.name, l.dbid, f.hit_ratio, f.time_to_complete_seconds
      FROM list_figures AS f JOIN calling_lists AS l ON l.list_no = f.list_no
      WHERE f.list_set_no = ? ORDER BY l.name, l.dbid`),
  };
}
