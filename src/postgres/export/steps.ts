/** Transitions and sessions for exports, in the order of history. */
import {
  exportedSession,
  exportedTransition,
  type NamedStep,
  type SessionStep,
} from '../../apply/stored/exported-step.js';
import { SESSIONS, TRANSITIONS } from '../../reports/export/campaign-tables.js';
import { type ExportRow, exportRow } from '../../reports/export/table.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { observedMs } from '../readers/kept-sql.js';
import { named } from '../readers/named-sql.js';
import type { RangeAsked } from './asked.js';

/** Rows read at once. */
const PAGE = 2000;

export function exportedTransitions(db: Rows, asked: RangeAsked): Generator<readonly ExportRow[]> {
  return inOrder(
    (place) => db.all<NamedStep>(ALL_TRANSITIONS, valuesOf(asked, place)),
    (row) => exportRow(TRANSITIONS, exportedTransition(row), 'added'),
  );
}

export function exportedSessions(db: Rows, asked: RangeAsked): Generator<readonly ExportRow[]> {
  return inOrder(
    (place) => db.all<SessionStep>(ALL_SESSIONS, valuesOf(asked, place)),
    (row) => exportRow(SESSIONS, exportedSession(row), 'added'),
  );
}

interface Place {
  readonly atMs: number;
  readonly rank: number;
  readonly digest: string;
  readonly no: number;
}

function valuesOf({ scope: { source, fromMs }, toMs }: RangeAsked, place: Place) {
  return { source, fromMs, toMs, ...place, limit: PAGE };
}

function* inOrder<Row extends NamedStep>(
  read: (after: Place) => readonly Row[],
  toRow: (row: Row) => ExportRow,
): Generator<readonly ExportRow[]> {
  for (let place: Place | null = { atMs: -1, rank: 0, digest: '', no: 0 }; place !== null;) {
    const rows = read(place);
    yield rows.map(toRow);
    const last = rows.length < PAGE ? undefined : rows.at(-1);
    place = last === undefined ? null : placeOf(last);
  }
}

function placeOf({ at_ms: atMs, action_rank: rank, content_digest: digest, group_no: no }: NamedStep): Place {
  return { atMs, rank, digest, no };
}

const PLACE = 's.at_ms, s.action_rank, s.content_digest';
const NAMES = 'g.id AS campaign_group_id, g.dbid, w.tenant, w.name, w.campaign, w.agent_group';
const JOINED = `
  JOIN campaign_groups AS g ON g.source = s.source AND g.group_no = s.group_no AND g.forgotten = 0
  JOIN statements AS w ON w.source = s.source AND w.group_no = s.group_no AND w.content_digest = s.content_digest`;
const ASKED = `s.transition_id IS NOT NULL AND (@source::text IS NULL OR s.source = @source)
  AND s.at_ms >= @fromMs AND s.at_ms < @toMs AND (${PLACE}, s.group_no) > (@atMs, @rank, @digest, @no)
  ORDER BY ${PLACE}, s.group_no LIMIT @limit`;

const ALL_TRANSITIONS = named(`SELECT s.*, ${NAMES} FROM steps AS s ${JOINED} WHERE ${ASKED}`);

const ALL_SESSIONS = named(`
  SELECT s.*, CASE WHEN s.end_ms IS NULL THEN NULL ELSE ${observedMs('s.at_ms', 's.end_ms')} END AS observed_ms FROM (
    SELECT s.*, ${NAMES}, (
      SELECT n.at_ms FROM steps AS n
      WHERE n.source = s.source AND n.group_no = s.group_no AND n.transition_id IS NOT NULL
        AND (n.at_ms, n.action_rank, n.content_digest) > (${PLACE})
        AND (n.begins_session = 1 OR (n.state = 'not_loaded' AND n.from_state IS DISTINCT FROM n.state))
      ORDER BY n.at_ms, n.action_rank, n.content_digest LIMIT 1) AS end_ms
    FROM steps AS s ${JOINED} WHERE s.begins_session = 1 AND ${ASKED}) AS s
  ORDER BY ${PLACE}, s.group_no`);
