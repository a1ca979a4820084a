/** The transitions of a group that begin and end its sessions. */
import type { SessionBegin, SessionRows } from '../../reports/sessions.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { type FoundGroup, OF_GROUP } from './found-group.js';
import { ENDS_SESSION, observedMs } from './kept-sql.js';
import { named } from './named-sql.js';

export function sessionRowsOf(db: Rows, group: FoundGroup): SessionRows {
  return {
    begins: ({ fromMs, toMs }, { atMs, rank, digest }, limit) =>
      db.all<SessionBegin>(BEGINS, { ...group, fromMs, toMs, atMs, rank, digest, limit }),
    lastBeginMs: (beforeMs) => db.all<{ atMs: number }>(LAST_BEGIN, { ...group, beforeMs })[0]?.atMs ?? null,
    endMs: ({ atMs, rank, digest }) => db.all<{ atMs: number }>(END, { ...group, atMs, rank, digest })[0]?.atMs ?? null,
    observedMs: ({ fromMs, toMs }) => db.all<{ ms: number }>(OBSERVED, { fromMs, toMs })[0]?.ms ?? 0,
  };
}

const IN_ORDER = 'at_ms, action_rank, content_digest';

const LAST_BEGIN = named(`
  SELECT at_ms AS "atMs" FROM steps WHERE ${OF_GROUP} AND begins_session = 1 AND at_ms < @beforeMs
  ORDER BY at_ms DESC LIMIT 1`);

const BEGINS = named(`
  SELECT at_ms AS "atMs", action_rank AS rank, content_digest AS digest, from_state AS "fromState" FROM steps
  WHERE ${OF_GROUP} AND begins_session = 1 AND at_ms >= @fromMs AND at_ms < @toMs
    AND (${IN_ORDER}) < (@atMs, @rank, @digest)
  ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT @limit`);

const END = named(`
  SELECT at_ms AS "atMs" FROM steps
  WHERE ${OF_GROUP} AND transition_id IS NOT NULL AND ${ENDS_SESSION} AND (${IN_ORDER}) > (@atMs, @rank, @digest)
  ORDER BY ${IN_ORDER} LIMIT 1`);

const OBSERVED = named(`SELECT ${observedMs('@fromMs::bigint', '@toMs::bigint')} AS ms`);
