/** What can be asked for while a batch runs, as a condition on the rows of a table; `k` is what is asked for. */
import type { ColumnType } from './values.js';
import type { SetName } from './row-sets.js';

export interface Kind {
  readonly set: SetName;
  /** What is asked for, as columns of `k`. */
  readonly params: Readonly<Record<string, ColumnType>>;
  /** SQL over `t`, the rows, and `k`. `$W` is how many rows a window has. */
  readonly where: string;
  readonly window?: Window;
}

/** Rows around a place: it is known afterwards that there are no others in between. */
export interface Window {
  readonly place: string;
  readonly way: 'below' | 'above';
}

const GROUP = { source: 'text', group_no: 'bigint' } as const;
const OF_GROUP = 't.source = k.source AND t.group_no = k.group_no';
const CALLBACK = { source: 'text', callback_no: 'bigint' } as const;
const OF_CALLBACK = 't.source = k.source AND t.callback_no = k.callback_no';

/** The rows of so many places next to one; those of a place come together. */
function windows<const N extends SetName>(
  set: N,
  table: string,
  place: string,
): Record<`${N}.below` | `${N}.above`, Kind> {
  const near = (sign: '<' | '>', order: string) =>
    `SELECT u.${place} AS place FROM ${table} AS u WHERE u.source = k.source AND u.group_no = k.group_no
       AND u.${place} ${sign} k.place ORDER BY u.${place} ${order} LIMIT $W`;
  const params = { ...GROUP, place: 'bigint' } as const;
  const below: Kind = {
    set,
    params,
    where: `${OF_GROUP} AND t.${place} < k.place AND t.${place} >= (SELECT min(w.place) FROM (${near('<', 'DESC')}) AS w)`,
    window: { place, way: 'below' },
  };
  const above: Kind = {
    set,
    params,
    where: `${OF_GROUP} AND t.${place} > k.place AND t.${place} <= (SELECT max(w.place) FROM (${near('>', 'ASC')}) AS w)`,
    window: { place, way: 'above' },
  };
  return { [`${set}.below`]: below, [`${set}.above`]: above } as Record<`${N}.below` | `${N}.above`, Kind>;
}

/** So many rows of a group, whichever. */
function some<const N extends SetName>(...sets: readonly N[]): Record<`${N}.some`, Kind> {
  const kinds = sets.map((set) => {
    const kind: Kind = { set, params: { ...GROUP, rows: 'bigint' }, where: `${OF_GROUP} LIMIT k.rows` };
    return [`${set}.some`, kind] as const;
  });
  return Object.fromEntries(kinds) as Record<`${N}.some`, Kind>;
}

/** SQL: not one of the sources that are held, which are joined by a character that no source has. */
const NOT_HELD = `t.source <> ALL (string_to_array(k.held, chr(31)))`;
/** SQL: what of a source is not being forgotten. */
const IS_KEPT = 't.life = coalesce((SELECT l.life FROM source_lives AS l WHERE l.source = t.source), 0)';

export const KINDS = {
  numbers: { set: 'numbers', params: {}, where: 'true' },
  holds: { set: 'holds', params: {}, where: 'true' },
  sources: { set: 'sources', params: {}, where: 'true' },
  'groups.all': { set: 'groups', params: {}, where: 'true' },
  'groups.after': {
    set: 'groups',
    params: { group_no: 'bigint', rows: 'bigint' },
    where: `t.group_no > k.group_no AND t.forgotten = 0 ORDER BY t.group_no LIMIT k.rows`,
  },
  /** The first behind a number; of all sources where none is said. */
  'group.marked': {
    set: 'groups',
    params: { source: 'text', forgotten: 'bigint', group_no: 'bigint' },
    where: `(k.source IS NULL OR t.source = k.source) AND t.forgotten = k.forgotten AND t.group_no > k.group_no
      ORDER BY t.group_no LIMIT 1`,
  },
  'group.no': { set: 'groups', params: { group_no: 'bigint' }, where: 't.group_no = k.group_no' },
  'group.id': { set: 'groups', params: { id: 'text' }, where: 't.id = k.id' },
  journal: { set: 'journal', params: GROUP, where: OF_GROUP },
  'journal.last': { set: 'journal', params: GROUP, where: `${OF_GROUP} ORDER BY t.entry_no DESC LIMIT 1` },
  'journal.all': { set: 'journal', params: {}, where: 'true' },
  /** Those that the journal names. */
  'journal.statements': {
    set: 'statements',
    params: GROUP,
    where: `${OF_GROUP} AND t.statement_no IN (
      SELECT j.statement_no FROM journal AS j WHERE j.source = k.source AND j.group_no = k.group_no)`,
  },
  statement: {
    set: 'statements',
    params: { ...GROUP, statement_no: 'bigint' },
    where: `${OF_GROUP} AND t.statement_no = k.statement_no`,
  },
  'statement.no': { set: 'statements', params: { statement_no: 'bigint' }, where: 't.statement_no = k.statement_no' },
  'statements.after': {
    set: 'statements',
    params: { ...GROUP, content_digest: 'text', rows: 'bigint' },
    where: `${OF_GROUP} AND t.content_digest > k.content_digest ORDER BY t.content_digest LIMIT k.rows`,
  },
  name: {
    set: 'names',
    params: { dimension: 'text', dimension_key: 'bigint' },
    where: 't.dimension = k.dimension AND t.dimension_key = k.dimension_key',
  },
  lists: { set: 'lists', params: GROUP, where: OF_GROUP },
  'list.no': { set: 'lists', params: { list_no: 'bigint' }, where: 't.list_no = k.list_no' },
  ...some('statements', 'chunks', 'damaged', 'standing', 'quarters', 'listQuarters', 'steps', 'lists', 'repeats'),
  ...windows('steps', 'steps', 'at_ms'),
  ...windows('repeats', 'repeats', 'from_ms'),
  ...windows('standing', 'standing_samples', 'at_ms'),
  ...windows('chunks', 'chunks', 'hour'),
  'chunk.after': {
    set: 'chunks',
    params: { chunk_no: 'bigint' },
    where: 't.chunk_no > k.chunk_no ORDER BY t.chunk_no LIMIT 1',
  },
  'chunk.no': { set: 'chunks', params: { chunk_no: 'bigint' }, where: 't.chunk_no = k.chunk_no' },
  'chunks.since': {
    set: 'chunks',
    params: { ...GROUP, chunk_no: 'bigint' },
    where: `${OF_GROUP} AND t.chunk_no > k.chunk_no`,
  },
  'damaged.all': { set: 'damaged', params: {}, where: 'true' },
  quarter: {
    set: 'quarters',
    params: { ...GROUP, start_ms: 'bigint' },
    where: `${OF_GROUP} AND t.start_ms = k.start_ms`,
  },
  'quarters.before': {
    set: 'quarters',
    params: { ...GROUP, start_ms: 'bigint', rows: 'bigint' },
    where: `${OF_GROUP} AND t.start_ms < k.start_ms ORDER BY t.start_ms LIMIT k.rows`,
  },
  'list.quarter': {
    set: 'listQuarters',
    params: { list_no: 'bigint', start_ms: 'bigint' },
    where: 't.list_no = k.list_no AND t.start_ms = k.start_ms',
  },
  'list.quarters.before': {
    set: 'listQuarters',
    params: { ...GROUP, start_ms: 'bigint', rows: 'bigint' },
    where: `${OF_GROUP} AND t.start_ms < k.start_ms ORDER BY t.list_no, t.start_ms LIMIT k.rows`,
  },
  'repeats.before': {
    set: 'repeats',
    params: { ...GROUP, to_ms: 'bigint', rows: 'bigint' },
    where: `${OF_GROUP} AND t.to_ms < k.to_ms ORDER BY t.from_ms LIMIT k.rows`,
  },
  'callback.no': { set: 'callbacks', params: { callback_no: 'bigint' }, where: 't.callback_no = k.callback_no' },
  events: { set: 'events', params: CALLBACK, where: OF_CALLBACK },
  attachments: { set: 'attachments', params: CALLBACK, where: OF_CALLBACK },
  notifications: { set: 'notifications', params: CALLBACK, where: OF_CALLBACK },
  interactions: { set: 'interactions', params: CALLBACK, where: OF_CALLBACK },
  'callbacks.open': {
    set: 'callbacks',
    params: { since_ms: 'bigint' },
    where: `t.is_final = 0 AND t.alive_until_ms >= k.since_ms AND ${IS_KEPT}`,
  },
  'callbacks.forgotten': {
    set: 'callbacks',
    params: { source: 'text', life: 'bigint', rows: 'bigint' },
    where: 't.source = k.source AND t.life < k.life LIMIT k.rows',
  },
  'callbacks.over': {
    set: 'callbacks',
    params: { before_ms: 'bigint', held: 'text', rows: 'bigint' },
    where: `(t.source, t.callback_no) IN (
        (SELECT t.source, t.callback_no FROM callbacks AS t
          WHERE t.is_final = 1 AND t.ended_ms < k.before_ms AND ${NOT_HELD} ORDER BY t.ended_ms LIMIT k.rows)
        UNION ALL (SELECT t.source, t.callback_no FROM callbacks AS t
          WHERE t.is_final = 0 AND t.alive_until_ms < k.before_ms AND ${NOT_HELD} ORDER BY t.alive_until_ms LIMIT k.rows))
      LIMIT k.rows`,
  },
  'legacy.forgotten': {
    set: 'legacy',
    params: { source: 'text', life: 'bigint', rows: 'bigint' },
    where: 't.source = k.source AND t.life < k.life LIMIT k.rows',
  },
  'legacy.over': {
    set: 'legacy',
    params: { before_ms: 'bigint', held: 'text', rows: 'bigint' },
    where: `t.at_ms < k.before_ms AND ${NOT_HELD} ORDER BY t.at_ms LIMIT k.rows`,
  },
  body: { set: 'bodies', params: { id: 'text' }, where: 't.id = k.id' },
  'bodies.held': {
    set: 'bodies',
    params: { source: 'text', reason: 'text', after: 'bigint', last: 'bigint', rows: 'bigint' },
    where: `t.quarantine_no > k.after AND t.quarantine_no <= k.last AND t.replayed_ms IS NULL
      AND t.reason <> 'too_large' AND (k.source IS NULL OR t.source = k.source)
      AND (k.reason IS NULL OR t.reason = k.reason) AND ${IS_KEPT} ORDER BY t.quarantine_no LIMIT k.rows`,
  },
  'bodies.oldest': {
    set: 'bodies',
    params: { source: 'text', reason: 'text', rows: 'bigint' },
    where: `t.replayed_ms IS NULL AND t.source = k.source AND t.reason = k.reason AND ${IS_KEPT}
      ORDER BY t.last_received_ms, t.quarantine_no LIMIT k.rows`,
  },
  'bodies.replayed': {
    set: 'bodies',
    params: { rows: 'bigint' },
    where: `t.replayed_ms IS NOT NULL AND ${IS_KEPT} ORDER BY t.replayed_ms, t.quarantine_no LIMIT k.rows`,
  },
  'bodies.over': {
    set: 'bodies',
    params: { before_ms: 'bigint', held: 'text', rows: 'bigint' },
    where: `t.last_received_ms < k.before_ms AND ${NOT_HELD} AND ${IS_KEPT}
      ORDER BY t.last_received_ms, t.quarantine_no LIMIT k.rows`,
  },
  'bodies.forgotten': {
    set: 'bodies',
    params: { source: 'text', life: 'bigint', rows: 'bigint' },
    where: 't.source = k.source AND t.life < k.life LIMIT k.rows',
  },
  tallies: { set: 'tallies', params: {}, where: 'true' },
  'audit.before': {
    set: 'audit',
    params: { before_ms: 'bigint', rows: 'bigint' },
    where: 't.at_ms < k.before_ms ORDER BY t.audit_no LIMIT k.rows',
  },
  'runs.before': {
    set: 'runs',
    params: { before_ms: 'bigint', rows: 'bigint' },
    where: `t.alive_ms < k.before_ms
      AND NOT EXISTS (SELECT 1 FROM steps AS s WHERE s.transition_id IS NOT NULL AND s.at_ms <= t.alive_ms)
      AND EXISTS (SELECT 1 FROM uptime AS u WHERE u.receiver = t.receiver AND u.run_no > t.run_no) LIMIT k.rows`,
  },
  'steps.before': {
    set: 'steps',
    params: { ...GROUP, at_ms: 'bigint', rows: 'bigint' },
    where: `${OF_GROUP} AND t.at_ms < k.at_ms ORDER BY t.at_ms, t.action_rank, t.content_digest LIMIT k.rows`,
  },
  legacy: {
    set: 'legacy',
    params: { source: 'text', life: 'bigint', digest: 'text' },
    where: 't.source = k.source AND t.life = k.life AND t.digest = k.digest',
  },
  'missing.day': {
    set: 'missingKeys',
    params: { day: 'text', source: 'text' },
    where: 't.day = k.day AND t.source = k.source',
  },
  'missing.source': { set: 'missingKeys', params: { source: 'text' }, where: 't.source = k.source' },
  'names.source': { set: 'names', params: { source: 'text' }, where: 't.source = k.source' },
  'missing.before': {
    set: 'missingKeys',
    params: { day: 'text', rows: 'bigint' },
    where: 't.day < k.day ORDER BY t.day LIMIT k.rows',
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof KINDS;
