/** When the callback events of a source were received, for the comparison with an ICON log. */
import type { TimeRange } from '../../domain/store.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { isKept } from './kept-sql.js';
import { named } from './named-sql.js';

/**
 * @bound times of events that are read at once
 * @beyond the next ones when these are through
 */
const READ_AT_ONCE = 10_000;

/** In order; the range is half-open. */
export function* heldEventTimes(db: Rows, source: string, { fromMs, toMs }: TimeRange): Generator<number> {
  for (let after: Place | null = { ms: fromMs, no: -1, digest: '' }; after !== null;) {
    const rows: Place[] = db.all<Place>(TIMES, { source, toMs, ...after, limit: READ_AT_ONCE });
    for (const { ms } of rows) yield ms;
    after = rows.length < READ_AT_ONCE ? null : (rows.at(-1) ?? null);
  }
}

interface Place {
  readonly ms: number;
  readonly no: number;
  readonly digest: string;
}

const TIMES = named(`
  SELECT e.received_ms AS ms, e.callback_no AS no, e.digest FROM callback_events AS e
  JOIN callbacks AS c ON c.source = e.source AND c.callback_no = e.callback_no AND ${isKept('callbacks', 'c')}
  WHERE e.source = @source AND e.received_ms < @toMs AND (e.received_ms, e.callback_no, e.digest) > (@ms, @no, @digest)
  ORDER BY e.received_ms, e.callback_no, e.digest LIMIT @limit`);
