/** Transitions and sessions for exports: all of them in the order of history, or what changed of them since a mark. */
import { LRUCache } from 'lru-cache';
import {
  exportedSession,
  exportedTransition,
  type NamedStep,
  type SessionStep,
} from '../../apply/stored/exported-step.js';
import { SESSIONS, TRANSITIONS } from '../../reports/export/campaign-tables.js';
import type { ExportMark, ExportScope } from '../../reports/export/mark.js';
import { changeOf, type ExportRow, exportRow, withdrawnRow } from '../../reports/export/table.js';
import type { Connection } from '../database.js';
import { FORGOTTEN } from '../removal-tables.js';
import { observedMs } from '../uptime-ledger.js';

/** Rows read at once. */
const PAGE = 2000;
/**
 * @bound sessions that an export since a mark remembers to have told
 * @beyond the one told longest ago is forgotten: it may be told again, as it is then
 */
const CACHED_SESSIONS = 20_000;

export interface StepsAsked {
  readonly scope: ExportScope;
  readonly toMs: number;
  readonly since: ExportMark | null;
  /** What was committed up to it is told. */
  readonly mark: ExportMark;
}

type Place = readonly [atMs: number, rank: number, contentDigest: string, groupNo: number];
const BEFORE_ALL: Place = [-1, 0, '', 0];

interface Withdrawn {
  readonly change_no: number;
  readonly group_no: number;
  readonly at_ms: number;
  readonly transition_id: string;
  readonly began_session: number;
  readonly campaign_group_id: string;
}

export class StepExport {
  readonly #db: Connection;
  readonly #sql;

  constructor(db: Connection) {
    this.#db = db;
    this.#sql = prepare(db);
  }

  transitions(asked: StepsAsked): Generator<readonly ExportRow[]> {
    return asked.since === null ? this.#allTransitions(asked) : this.#changedTransitions(asked, asked.since);
  }

  sessions(asked: StepsAsked): Generator<readonly ExportRow[]> {
    return asked.since === null ? this.#allSessions(asked) : this.#changedSessions(asked, asked.since);
  }

  *#allTransitions({ scope, toMs }: StepsAsked): Generator<readonly ExportRow[]> {
    yield* inOrder(
      (place) => this.#sql.transitions.all(...bounds(scope, toMs), ...place, PAGE) as NamedStep[],
      (row) => exportRow(TRANSITIONS, exportedTransition(row), 'added'),
    );
  }

  *#allSessions({ scope, toMs }: StepsAsked): Generator<readonly ExportRow[]> {
    yield* inOrder(
      (place) => this.#sql.sessions.all(...bounds(scope, toMs), ...place, PAGE) as SessionStep[],
      (row) => exportRow(SESSIONS, exportedSession(row), 'added'),
    );
  }

  *#changedTransitions(asked: StepsAsked, since: ExportMark): Generator<readonly ExportRow[]> {
    const { scope } = asked;
    yield* this.#withdrawn(asked, since, (row) =>
      this.#sql.isThere.get(row.group_no, row.at_ms, row.transition_id) === undefined
        ? [
            withdrawnRow(TRANSITIONS, {
              id: row.transition_id,
              campaign_group_id: row.campaign_group_id,
              at: row.at_ms,
            }),
          ]
        : [],
    );
    for (const rows of this.#changed(asked, since))
      yield rows
        .filter(({ at_ms: atMs }) => atMs >= scope.fromMs)
        .map((row) => exportRow(TRANSITIONS, exportedTransition(row), changeOf(row.at_ms, since.madeMs)));
  }

  /**
   * A session is told by the transition that begins it and the next that ends one: a change of history at a moment changes
   * none but those that begin at it, and the last that begins before. Of one that ended when nobody had yet written down
   * until when the service was up, it is not known before for how long it was observed.
   */
  *#changedSessions(asked: StepsAsked, since: ExportMark): Generator<readonly ExportRow[]> {
    const told = new LRUCache<string, true>({ max: CACHED_SESSIONS });
    yield* this.#withdrawn(asked, since, (row) => {
      const { transition_id: id, campaign_group_id: campaignGroupId, at_ms: atMs } = row;
      if (row.began_session === 0 || this.#sql.begins.get(row.group_no, atMs, id) !== undefined) return [];
      return [withdrawnRow(SESSIONS, { id, campaign_group_id: campaignGroupId, first_seen_at: atMs })];
    });
    const around = (moments: readonly Moment[]) =>
      moments.flatMap(({ group_no: group, at_ms: atMs }) =>
        (this.#sql.sessionsAround.all({ group, atMs }) as SessionStep[])
          .filter((row) => !told.has(row.transition_id) && row.at_ms >= asked.scope.fromMs)
          .map((row) => {
            told.set(row.transition_id, true);
            return exportRow(SESSIONS, exportedSession(row), changeOf(row.at_ms, since.madeMs));
          }),
      );
    for (const moments of this.#moments(asked, since)) yield this.#db.transaction(around)(moments);
  }

  /** Of a group and a moment at which history changed. */
  *#moments({ scope: { source }, mark }: StepsAsked, since: ExportMark): Generator<readonly Moment[]> {
    const range = { source, since: since.changeNo, upTo: mark.changeNo, limit: PAGE };
    for (const statement of [this.#sql.withdrawn, this.#sql.changed]) {
      yield* byNumber((after) => statement.all({ ...range, since: after }) as (Moment & Numbered)[], since.changeNo);
    }
    const seenToMs = since.aliveMs === 0 ? since.madeMs : since.aliveMs;
    for (let place: Place | null = [seenToMs - 1, 0, '', 0]; place !== null;) {
      const ends = this.#sql.ends.all({ source, ...placed(place), limit: PAGE }) as NamedStep[];
      yield ends;
      place = nextPlace(ends);
    }
  }

  *#changed({ scope: { source }, mark }: StepsAsked, since: ExportMark): Generator<readonly NamedStep[]> {
    const range = { source, upTo: mark.changeNo, limit: PAGE };
    const page = (after: number) => this.#sql.changed.all({ ...range, since: after }) as (NamedStep & Numbered)[];
    yield* byNumber(page, since.changeNo);
  }

  *#withdrawn(
    { scope: { source, fromMs }, mark }: StepsAsked,
    since: ExportMark,
    rowsOf: (row: Withdrawn) => readonly ExportRow[],
  ): Generator<readonly ExportRow[]> {
    const range = { source, upTo: mark.changeNo, limit: PAGE };
    const pages = byNumber(
      (after) => this.#sql.withdrawn.all({ ...range, since: after }) as Withdrawn[],
      since.changeNo,
    );
    for (const rows of pages) {
      const once = new Map(rows.filter(({ at_ms: atMs }) => atMs >= fromMs).map((row) => [row.transition_id, row]));
      yield this.#db.transaction(() => [...once.values()].flatMap(rowsOf))();
    }
  }
}

interface Moment {
  readonly group_no: number;
  readonly at_ms: number;
}

interface Numbered {
  readonly change_no: number;
}

type Bounds = readonly [source: string | null, fromMs: number, toMs: number];

function bounds({ source, fromMs }: ExportScope, toMs: number): Bounds {
  return [source, fromMs, toMs];
}

function* inOrder<Row extends NamedStep>(
  read: (place: Place) => readonly Row[],
  toRow: (row: Row) => ExportRow,
): Generator<readonly ExportRow[]> {
  for (let place: Place | null = BEFORE_ALL; place !== null;) {
    const rows = read(place);
    yield rows.map(toRow);
    place = nextPlace(rows);
  }
}

function nextPlace(rows: readonly NamedStep[]): Place | null {
  const last = rows.at(-1);
  if (last === undefined || rows.length < PAGE) return null;
  return [last.at_ms, last.action_rank, last.content_digest, last.group_no];
}

function placed([atMs, rank, digest, groupNo]: Place) {
  return { atMs, rank, digest, groupNo };
}

function* byNumber<Row extends Numbered>(
  read: (after: number) => readonly Row[],
  since: number,
): Generator<readonly Row[]> {
  for (let after: number | null = since; after !== null;) {
    const rows = read(after);
    yield rows;
    after = rows.length < PAGE ? null : (rows.at(-1)?.change_no ?? null);
  }
}

function prepare(db: Connection) {
  const place = 's.at_ms, s.action_rank, s.content_digest';
  const names = `g.id AS campaign_group_id, g.source, g.dbid, w.tenant, w.name, w.campaign, w.agent_group`;
  const joined = `
    JOIN campaign_groups AS g ON g.group_no = s.group_no AND g.source <> '${FORGOTTEN}'
    JOIN statements AS w ON w.group_no = s.group_no AND w.content_digest = s.content_digest`;
  const ended = `
    SELECT s.*, ${names}, (
      SELECT n.at_ms FROM steps AS n
      WHERE n.group_no = s.group_no AND n.transition_id IS NOT NULL
        AND (n.at_ms, n.action_rank, n.content_digest) > (${place})
        AND (n.begins_session = 1 OR (n.state = 'not_loaded' AND n.from_state IS NOT n.state))
      ORDER BY n.at_ms, n.action_rank, n.content_digest LIMIT 1) AS end_ms
    FROM steps AS s ${joined}`;
  const observed = (sql: string) =>
    `SELECT s.*, CASE WHEN end_ms IS NULL THEN NULL ELSE ${observedMs('s.at_ms', 's.end_ms')} END AS observed_ms
     FROM (${sql}) AS s`;
  const asked = `
    s.transition_id IS NOT NULL AND g.source = coalesce(?, g.source) AND s.at_ms >= ? AND s.at_ms < ?
    AND (${place}, s.group_no) > (?, ?, ?, ?) ORDER BY ${place}, s.group_no LIMIT ?`;
  return {
    transitions: db.prepare(`SELECT s.*, ${names} FROM steps AS s ${joined} WHERE ${asked}`),
    sessions: db.prepare(observed(`${ended} WHERE s.begins_session = 1 AND ${asked}`)),
    changed: db.prepare(`
      SELECT s.*, ${names} FROM steps AS s ${joined}
      WHERE s.transition_id IS NOT NULL AND s.change_no > 0 AND s.change_no > @since AND s.change_no <= @upTo
        AND g.source = coalesce(@source, g.source) ORDER BY s.change_no LIMIT @limit`),
    withdrawn: db.prepare(`
      SELECT t.*, g.id AS campaign_group_id FROM withdrawn_transitions AS t
      JOIN campaign_groups AS g ON g.group_no = t.group_no AND g.source <> '${FORGOTTEN}'
      WHERE t.change_no > @since AND t.change_no <= @upTo AND g.source = coalesce(@source, g.source)
      ORDER BY t.change_no LIMIT @limit`),
    ends: db.prepare(`
      SELECT s.* FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no AND g.source <> '${FORGOTTEN}'
      WHERE s.transition_id IS NOT NULL AND g.source = coalesce(@source, g.source)
        AND (${place}, s.group_no) > (@atMs, @rank, @digest, @groupNo) ORDER BY ${place}, s.group_no LIMIT @limit`),
    sessionsAround: db.prepare(
      observed(`${ended} WHERE s.group_no = @group AND s.begins_session = 1 AND s.at_ms <= @atMs AND s.at_ms >= coalesce(
        (SELECT max(b.at_ms) FROM steps AS b WHERE b.group_no = @group AND b.begins_session = 1 AND b.at_ms < @atMs),
        @atMs)`),
    ),
    isThere: db.prepare('SELECT 1 FROM steps WHERE group_no = ? AND at_ms = ? AND transition_id = ?'),
    begins: db.prepare(
      'SELECT 1 FROM steps WHERE group_no = ? AND at_ms = ? AND transition_id = ? AND begins_session = 1',
    ),
  };
}
