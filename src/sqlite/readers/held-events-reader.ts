/** When the callback events of a source were received, for the comparison with an ICON log. */
import type { TimeRange } from '../../domain/store.js';
import type { Connection } from '../database.js';

/** In order; the range is half-open. */
export function heldEventTimes(db: Connection, source: string, { fromMs, toMs }: TimeRange): Iterable<number> {
  const times = db.prepare(`
    SELECT e.received_ms FROM callback_events AS e JOIN callbacks AS c ON c.callback_no = e.callback_no
    WHERE c.source = ? AND e.received_ms >= ? AND e.received_ms < ? ORDER BY e.received_ms`);
  return times.pluck().iterate(source, fromMs, toMs) as Iterable<number>;
}
