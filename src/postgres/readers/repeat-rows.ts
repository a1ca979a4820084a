import type { Gap } from '../../domain/silence.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { type FoundGroup, OF_GROUP } from './found-group.js';
import { named } from './named-sql.js';

/** Whiles of equal copies that reach into a gap, oldest first. */
export function repeatsWithin(db: Rows, group: FoundGroup, { fromMs, toMs }: Gap): Gap[] {
  return db.all<Gap>(WITHIN, { ...group, fromMs, toMs });
}

const LAST = `SELECT max(from_ms) FROM repeats WHERE ${OF_GROUP} AND from_ms <= @fromMs`;
const WITHIN = named(`
  SELECT from_ms AS "fromMs", to_ms AS "toMs" FROM repeats
  WHERE ${OF_GROUP} AND from_ms >= coalesce((${LAST}), 0) AND from_ms < @toMs AND to_ms > @fromMs ORDER BY from_ms`);
