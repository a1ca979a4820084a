/**
 * Removing a campaign group, or all of a source, in slices between which posts are committed. What is to go loses its
 * name, so that nothing leads to it any more, and a post with its key begins anew: what is acknowledged after a removal
 * began is none of it. A group loses its name at once. Of callbacks and bodies there may be millions: what is meant is
 * written down in `removals`, and one loses its name when a newcomer has the same. Whatever reads leaves them out. A
 * removal that a restart cut off is finished after the next start.
 */
import type { NotedRemoval, RemovalRows } from '../apply/tables.js';
import type { ForgetCounts, ForgetRequest } from '../domain/store.js';
import { beginExportsAnew } from './change-numbers.js';
import type { Connection } from './database.js';

/** The source of what has lost its name; no source can have this one. */
export const FORGOTTEN = '(forgotten)';
/** Callbacks with all that belongs to them, removed in one transaction. */
const CALLBACKS = 200;

const NUMBER = { callbacks: 'callback_no', quarantine: 'quarantine_no', legacy_callback_events: 'legacy_no' } as const;
type Named = keyof typeof NUMBER;

/** SQL: whether a row of one of the three is not one that is being forgotten. */
export function isKept(table: Named, alias: string = table): string {
  const noted = `r.source = ${alias}.source AND r.${NUMBER[table]} >= ${alias}.${NUMBER[table]}`;
  return `${alias}.source <> '${FORGOTTEN}' AND NOT EXISTS (SELECT 1 FROM removals AS r WHERE ${noted})`;
}

/** SQL: what takes a row of one of the three its name; it keeps its number, by which it is removed. */
export function takeName(table: Named, name: 'service_id' | 'id' | 'digest'): string {
  return `UPDATE ${table} SET source = '${FORGOTTEN}', ${name} = '${FORGOTTEN} ' || ${NUMBER[table]}`;
}

export class RemovalTables implements RemovalRows {
  readonly #db: Connection;
  readonly #sql;

  constructor(db: Connection) {
    this.#db = db;
    this.#sql = prepare(db);
  }

  groupNos({ group, source }: ForgetRequest): number[] {
    return this.#sql.groups.pluck().all({ group, source }) as number[];
  }

  /** What a group has, but what its journal holds; each count reads it through. */
  countGroup(groupNo: number): Partial<ForgetCounts> {
    const { evidence, transitions } = this.#sql.countGroup.get(groupNo, groupNo) as Record<string, number>;
    return { groups: 1, notifications: evidence ?? 0, transitions: transitions ?? 0 };
  }

  countSource(source: string): Partial<ForgetCounts> {
    return this.#sql.countSource.get({ source }) as ForgetCounts;
  }

  /** Takes groups their name, so that nobody finds them any more, nor what they have. */
  hide(groupNos: readonly number[]): Partial<ForgetCounts> {
    const nos = JSON.stringify(groupNos);
    this.#sql.removeChanges.run(nos);
    beginExportsAnew(this.#db);
    return { groups: this.#sql.hide.run(FORGOTTEN, nos).changes };
  }

  hidden(): number | null {
    return (this.#sql.hidden.get(FORGOTTEN) as number | undefined) ?? null;
  }

  /** The caller has switched foreign keys off. */
  removeHidden(groupNo: number, limit: number): { readonly rows: number; readonly counts: Partial<ForgetCounts> } {
    let left = limit;
    const removeUpTo = (remove: { run(groupNo: number, rows: number): { changes: number } }) => {
      const { changes } = left > 0 ? remove.run(groupNo, left) : { changes: 0 };
      left -= changes;
      return changes;
    };
    const transitions = removeUpTo(this.#sql.removeTransitions);
    let notifications = 0;
    for (const { chunkNo, count } of this.#sql.chunks.all(groupNo, left) as { chunkNo: number; count: number }[]) {
      this.#sql.removeChunk.run(chunkNo);
      notifications += count;
    }
    removeUpTo(this.#sql.removeChunkHours);
    this.#sql.rest.forEach(removeUpTo);
    if (left > 0) {
      this.#sql.keepNumber.run(groupNo);
      left -= this.#sql.removeGroup.run(groupNo).changes;
      // Names stay while a group of their source does.
      if (this.hidden() === null) this.#sql.removeNames.run();
    }
    return { rows: limit - left, counts: { transitions, notifications } };
  }

  /** Writes down that all is to go that is held of a source now, beside its groups. */
  note(source: string): void {
    this.#sql.note.run({ source });
    beginExportsAnew(this.#db);
    // These have no numbers to tell later ones by.
    this.#sql.removeMissing.run(source);
    this.#sql.removeRhythm.run(source);
  }

  /** What was written down and is not finished, oldest first. */
  noted(): NotedRemoval[] {
    return this.#sql.noted.all() as NotedRemoval[];
  }

  /**
   * Removes some callbacks with all that belongs to them; null when none is left. The newest one goes last: as long as it
   * is there, no newcomer gets a number up to its own.
   */
  removeCallbacks({ removalNo, source, callbackNo }: NotedRemoval): Partial<ForgetCounts> | null {
    if (callbackNo === 0) return null;
    const nos = this.#sql.callbacks.pluck().all(source, callbackNo, CALLBACKS) as number[];
    if (nos.length < CALLBACKS) {
      nos.push(callbackNo);
      this.#sql.noCallbackLeft.run(removalNo);
    }
    return this.#removeCallbacks(nos);
  }

  #removeCallbacks(nos: readonly number[]): Partial<ForgetCounts> {
    const [callbackEvents = 0, attachedData = 0, statusNotifications = 0, , callbacks = 0] =
      this.#sql.removeOfCallbacks.map((remove) => remove.run(JSON.stringify(nos)).changes);
    return { callbacks, callbackEvents, attachedData, statusNotifications };
  }

  /** Removes some legacy events, or else bodies, the newest of each last; then strikes out what was written down. */
  removeBodies({ removalNo, source, quarantineNo, legacyNo }: NotedRemoval): Partial<ForgetCounts> {
    let legacyEvents = this.#sql.removeLegacyEvents.run(source, legacyNo, CALLBACKS).changes;
    if (legacyEvents === CALLBACKS) return { legacyEvents };
    let quarantined = this.#sql.removeBodies.run(source, quarantineNo, CALLBACKS).changes;
    if (quarantined < CALLBACKS) {
      quarantined += this.#sql.removeBody.run(quarantineNo).changes;
      legacyEvents += this.#sql.removeLegacyEvent.run(legacyNo).changes;
      this.#sql.strikeOut.run(removalNo);
    }
    return { quarantined, legacyEvents };
  }

  /** Removes some callbacks, bodies and legacy events that have lost their names; null when there is none any more. */
  removeNameless(): Partial<ForgetCounts> | null {
    const nos = this.#sql.callbacks.pluck().all(FORGOTTEN, Number.MAX_SAFE_INTEGER, CALLBACKS) as number[];
    const quarantined = this.#sql.removeBodies.run(FORGOTTEN, Number.MAX_SAFE_INTEGER, CALLBACKS).changes;
    const legacyEvents = this.#sql.removeLegacyEvents.run(FORGOTTEN, Number.MAX_SAFE_INTEGER, CALLBACKS).changes;
    if (nos.length + quarantined + legacyEvents === 0) return null;
    return { ...this.#removeCallbacks(nos), quarantined, legacyEvents };
  }

  /** Looking for rows that name a removed list would read all figures of all lists; they are removed before it. */
  aroundHidden<T>(work: () => T): T {
    this.#db.pragma('foreign_keys = OFF');
    try {
      return work();
    } finally {
      if (this.#db.open) this.#db.pragma('foreign_keys = ON');
    }
  }
}

function prepare(db: Connection) {
  const ofCallbacks = (table: string) =>
    db.prepare(`DELETE FROM ${table} WHERE callback_no IN (SELECT value FROM json_each(?))`);
  const ofGroup = (table: string, where = 'group_no = ?') => db.prepare(`DELETE FROM ${table} WHERE ${where} LIMIT ?`);
  const transitions = 'SELECT count(*) FROM steps WHERE group_no = ? AND transition_id IS NOT NULL';
  const countOf = (table: string) =>
    `(SELECT count(*) FROM callbacks AS c JOIN ${table} AS t ON t.callback_no = c.callback_no
      WHERE c.source = @source AND ${isKept('callbacks', 'c')})`;
  return {
    groups: db.prepare(`
      SELECT group_no FROM campaign_groups WHERE source <> '${FORGOTTEN}'
        AND (@group IS NULL OR id = @group) AND (@source IS NULL OR source = @source) ORDER BY group_no`),
    countGroup: db.prepare(`
      SELECT (SELECT coalesce(sum(c.count), 0) FROM chunk_hours AS h JOIN chunks AS c ON c.chunk_no = h.chunk_no
        WHERE h.group_no = ?) AS evidence, (${transitions}) AS transitions`),
    countSource: db.prepare(`
      SELECT (SELECT count(*) FROM callbacks WHERE source = @source AND ${isKept('callbacks')}) AS callbacks,
        ${countOf('callback_events')} AS callbackEvents, ${countOf('callback_attachments')} AS attachedData,
        ${countOf('callback_notifications')} AS statusNotifications,
        (SELECT count(*) FROM quarantine WHERE source = @source AND ${isKept('quarantine')}) AS quarantined,
        (SELECT count(*) FROM legacy_callback_events
          WHERE source = @source AND ${isKept('legacy_callback_events')}) AS legacyEvents`),
    removeChanges: db.prepare('DELETE FROM transition_changes WHERE group_no IN (SELECT value FROM json_each(?))'),
    hide: db.prepare(`
      UPDATE campaign_groups SET source = ?, id = '${FORGOTTEN} ' || group_no, dbid = group_no
      WHERE group_no IN (SELECT value FROM json_each(?))`),
    hidden: db.prepare('SELECT group_no FROM campaign_groups WHERE source = ? LIMIT 1').pluck(),
    removeTransitions: ofGroup('steps', 'group_no = ? AND transition_id IS NOT NULL'),
    // In the order of their hours, as these go.
    chunks: db.prepare(`
      SELECT h.chunk_no AS chunkNo, c.count FROM chunk_hours AS h JOIN chunks AS c ON c.chunk_no = h.chunk_no
      WHERE h.group_no = ? ORDER BY h.hour, h.chunk_no LIMIT ?`),
    removeChunk: db.prepare('DELETE FROM chunks WHERE chunk_no = ?'),
    removeChunkHours: db.prepare(`
      DELETE FROM chunk_hours WHERE group_no = ? ORDER BY group_no, hour, chunk_no LIMIT ?`),
    keepNumber: db.prepare(`
      INSERT INTO kept_numbers VALUES ('group', ?) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)`),
    rest: [
      ofGroup('steps'),
      ofGroup('repeats'),
      ofGroup('standing_samples'),
      ofGroup('withdrawn_transitions'),
      ofGroup('damaged_chunks'),
      ofGroup('quarter_hours'),
      ofGroup('list_quarter_hours', 'list_no IN (SELECT list_no FROM calling_lists WHERE group_no = ?)'),
      ofGroup('calling_lists'),
      ofGroup('statements'),
    ],
    removeGroup: db.prepare('DELETE FROM campaign_groups WHERE group_no = ?'),
    // From source to source along the index: of each there may be many thousands.
    removeNames: db.prepare(`
      WITH RECURSIVE sources (source) AS (
        SELECT min(source) FROM dimension_names WHERE dimension = 'TENANT'
        UNION ALL
        SELECT (SELECT min(n.source) FROM dimension_names AS n WHERE dimension = 'TENANT' AND n.source > s.source)
        FROM sources AS s WHERE s.source IS NOT NULL)
      DELETE FROM dimension_names WHERE dimension IN ('TENANT', 'CAMPAIGN', 'GROUP_') AND source IN (
        SELECT source FROM sources AS s
        WHERE source IS NOT NULL AND NOT EXISTS (SELECT 1 FROM campaign_groups AS g WHERE g.source = s.source))`),
    note: db.prepare(`
      INSERT INTO removals (source, callback_no, quarantine_no, legacy_no) VALUES (@source,
        coalesce((SELECT max(callback_no) FROM callbacks WHERE source = @source), 0),
        coalesce((SELECT max(quarantine_no) FROM quarantine WHERE source = @source), 0),
        coalesce((SELECT max(legacy_no) FROM legacy_callback_events WHERE source = @source), 0))`),
    noted: db.prepare(`
      SELECT removal_no AS removalNo, source, callback_no AS callbackNo, quarantine_no AS quarantineNo,
        legacy_no AS legacyNo
      FROM removals ORDER BY removal_no`),
    noCallbackLeft: db.prepare('UPDATE removals SET callback_no = 0 WHERE removal_no = ?'),
    strikeOut: db.prepare('DELETE FROM removals WHERE removal_no = ?'),
    callbacks: db.prepare('SELECT callback_no FROM callbacks WHERE source = ? AND callback_no < ? LIMIT ?'),
    removeOfCallbacks: [
      ofCallbacks('callback_events'),
      ofCallbacks('callback_attachments'),
      ofCallbacks('callback_notifications'),
      ofCallbacks('callback_interactions'),
      ofCallbacks('callbacks'),
    ],
    removeBodies: db.prepare('DELETE FROM quarantine WHERE source = ? AND quarantine_no < ? LIMIT ?'),
    removeBody: db.prepare('DELETE FROM quarantine WHERE quarantine_no = ?'),
    removeLegacyEvents: db.prepare('DELETE FROM legacy_callback_events WHERE source = ? AND legacy_no < ? LIMIT ?'),
    removeLegacyEvent: db.prepare('DELETE FROM legacy_callback_events WHERE legacy_no = ?'),
    removeMissing: db.prepare('DELETE FROM callback_missing_keys WHERE source = ?'),
    removeRhythm: db.prepare('DELETE FROM source_rhythms WHERE source = ?'),
  };
}
