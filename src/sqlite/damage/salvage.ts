/**
 * Brings what was recovered of a damaged database into the present one, by the same way as arrivals: history does not
 * depend on the order of arrival, and what is held already is a duplicate. So a second run adds nothing.
 */
import type { Statement } from 'better-sqlite3';
import type { Stores } from '../../apply/stores.js';
import type { NumberedList } from '../../apply/evidence-rows.js';
import type { CampaignTables } from '../../apply/tables.js';
import type { ListQuarterHour } from '../../evidence/quarter-hours.js';
import type { ReceivedEvent } from '../../domain/callback.js';
import { isImportedFrom } from '../../domain/origin.js';
import { liveStateOf } from '../../gms/live-state.js';
import { recordOf, type Stored } from '../../gms/record-columns.js';
import type { Connection } from '../database.js';
import { LEGACY_FIELDS, legacyEventOf } from '../../apply/stored/legacy-row.js';
import { QuarterTable } from '../quarter-table.js';
import { isKept } from '../removal-tables.js';
import { BROUGHT, type Fate, keepHeard, NOT_BROUGHT, otherRows } from './other-rows.js';
import { EVIDENCE_TABLES, RecoveredEvidence } from './recovered-evidence.js';
import type { TableFound } from './recover.js';

/** Rows brought over in one transaction. */
const SLICE = 1000;

/** What became of the rows of a table. */
export interface Salvaged extends Readonly<TableFound> {
  readonly added: number;
  readonly held: number;
  /** Read, but what they belong to is lost, or there is no room for more of it. */
  readonly leftOut: number;
}

type Tally = Record<Fate, number>;

export interface Target {
  readonly db: Connection;
  readonly tables: Pick<CampaignTables, 'groups' | 'lists' | 'quarters' | 'numbers'>;
  readonly stores: Pick<Stores, 'campaigns' | 'callbacks' | 'compaction' | 'legacyEvents'>;
}

export class Salvage {
  readonly #from: Connection;
  readonly #to: Target;
  readonly #onRow: (done: number, of: number) => void;
  readonly #nowMs: number;
  readonly #tallies = new Map<string, Tally>();
  readonly #prepared = new Map<string, Statement>();
  #knowsRemovals = false;
  #done = 0;
  #total = 0;

  constructor(
    from: Connection,
    to: Target,
    { nowMs, onRow }: { readonly nowMs: number; readonly onRow: (done: number, of: number) => void },
  ) {
    this.#from = from;
    this.#to = to;
    this.#nowMs = nowMs;
    this.#onRow = onRow;
  }

  run(found: readonly TableFound[]): Salvaged[] {
    const has = (table: string) => found.some((one) => one.table === table);
    this.#knowsRemovals = has('removals');
    const evidence = new RecoveredEvidence(this.#from, has);
    const counted = found.filter(({ table }) => BROUGHT.includes(table) && table !== 'chunks');
    this.#total = counted.reduce((sum, { rows }) => sum + rows, 0) + evidence.compacted;
    this.#notifications(evidence);
    if (has('quarter_hours')) this.#quarters();
    if (has('callbacks')) this.#callbacks();
    if (has('legacy_callback_events')) {
      const events = this.#from.prepare(`SELECT ${LEGACY_FIELDS} FROM legacy_callback_events`).iterate();
      this.#each('legacy_callback_events', events as Iterable<Stored>, (row) =>
        this.#to.stores.legacyEvents.put(legacyEventOf(row)) ? 'added' : 'held',
      );
    }
    const bodies = this.#from.prepare(`SELECT * FROM quarantine WHERE ${this.#isKept('quarantine')}`);
    this.#each('quarantine', bodies.iterate() as Iterable<Stored>, (row) => this.#keepBody(row));
    if (has('callback_missing_keys')) this.#rows('callback_missing_keys', (row) => this.#countKey(row));
    if (has('audit_log')) this.#rows('audit_log', (row) => this.#keepAction(row));
    this.#rows('uptime', (row) => this.#noteRun(row));
    for (const { table, rows, keep } of otherRows(this.#from, this.#to))
      if (has(table)) this.#each(table, rows(), keep);
    return found.map((one) => this.#accountOf(one, evidence));
  }

  /** Of chunks notifications are counted; one that cannot be read is lost as a whole. */
  #accountOf(found: TableFound, { unreadableChunks }: RecoveredEvidence): Salvaged {
    const tally = this.#tallies.get(found.table) ?? NOTHING;
    if (found.table === 'chunks') {
      const rows = tally.added + tally.held + tally.leftOut;
      return { ...found, ...tally, rows, unreadableRows: found.unreadableRows + unreadableChunks };
    }
    if (this.#tallies.has(found.table)) return { ...found, ...tally };
    const leftOut = found.table in NOT_BROUGHT ? 0 : found.rows;
    return { ...found, added: 0, held: 0, leftOut };
  }

  #tally(table: string): Tally {
    const known = this.#tallies.get(table) ?? { added: 0, held: 0, leftOut: 0 };
    this.#tallies.set(table, known);
    return known;
  }

  /** Applies what a query finds in slices, each a transaction of the present database. */
  #each<Row>(table: string, rows: Iterable<Row>, apply: (row: Row) => Fate): void {
    const tally = this.#tally(table);
    const slice: Row[] = [];
    const commit = this.#to.db.transaction(() => {
      for (const row of slice) tally[apply(row)]++;
      this.#compact();
    });
    const flush = () => {
      commit();
      this.#done += slice.length;
      slice.length = 0;
      this.#onRow(this.#done, this.#total);
    };
    for (const row of rows) {
      slice.push(row);
      if (slice.length >= SLICE) flush();
    }
    flush();
  }

  #rows(table: string, apply: (row: Stored) => Fate): void {
    this.#each(table, this.#from.prepare(`SELECT * FROM ${table}`).iterate() as Iterable<Stored>, apply);
  }

  /** The journal grows by what is brought over as by what is posted. */
  #compact(): void {
    const { compaction } = this.#to.stores;
    if (compaction.isDue(this.#nowMs)) compaction.slice(this.#nowMs, { elapsedMs: () => 0, sliceMs: 1 });
  }

  /** Chunks first, so that most of what follows is newer than all before. */
  #notifications(evidence: RecoveredEvidence): void {
    for (const table of EVIDENCE_TABLES) {
      this.#each(table, evidence.notificationsIn(table), (notification) => {
        if (notification === null) return 'leftOut';
        return fateOf(this.#to.stores.campaigns.apply(notification));
      });
    }
    keepHeard(this.#from, this.#to.db);
    this.#to.stores.campaigns.dropMemory();
  }

  /** Sums of samples that are not there any more. Those of samples that came back are added up by compaction, which comes first. */
  #quarters(): void {
    const { db, tables, stores } = this.#to;
    db.transaction(() => {
      stores.compaction.all(this.#nowMs);
    })();
    const from = new QuarterTable(this.#from);
    const rows = this.#from.prepare(`
      SELECT q.group_no AS groupNo, q.start_ms AS startMs, g.source, g.dbid FROM quarter_hours AS q
      LEFT JOIN campaign_groups AS g ON g.group_no = q.group_no`);
    this.#each('quarter_hours', rows.iterate() as Iterable<QuarterKey>, ({ groupNo, startMs, source, dbid }) => {
      const quarter = from.quarter(groupNo, startMs);
      const group = source === null || dbid === null ? null : tables.groups.find(source, dbid);
      if (quarter === null || group === null) return 'leftOut';
      const held = tables.quarters.quarter(group.groupNo, startMs);
      if ((held?.count ?? 0) >= quarter.count) return 'held';
      tables.quarters.putQuarter(group.groupNo, quarter);
      return 'added';
    });
    this.#listQuarters(from);
  }

  #listQuarters(from: QuarterTable): void {
    const { tables } = this.#to;
    const rows = this.#from.prepare(`
      SELECT q.list_no AS listNo, q.start_ms AS startMs, l.name, l.dbid AS listDbid, g.source, g.dbid
      FROM list_quarter_hours AS q LEFT JOIN calling_lists AS l ON l.list_no = q.list_no
      LEFT JOIN campaign_groups AS g ON g.group_no = l.group_no`);
    this.#each(
      'list_quarter_hours',
      rows.iterate() as Iterable<ListQuarterKey>,
      ({ listNo, startMs, source, dbid, ...list }) => {
        const quarter = from.listQuarter(listNo, startMs);
        const group = source === null || dbid === null ? null : tables.groups.find(source, dbid);
        if (quarter === null || group === null) return 'leftOut';
        const isIt = ({ name, dbid: own }: NumberedList) => name === list.name && (own ?? '') === list.listDbid;
        const into = tables.lists.lists(group.groupNo).find(isIt);
        if (into === undefined) return 'leftOut';
        if (saidIn(tables.quarters.listQuarter(into.listNo, startMs)) >= saidIn(quarter)) return 'held';
        tables.quarters.putListQuarter({ ...quarter, listNo: into.listNo });
        return 'added';
      },
    );
  }

  /** SQL: what was to be forgotten when the damage came is not brought back. */
  #isKept(table: 'callbacks' | 'quarantine', alias: string = table): string {
    return this.#knowsRemovals ? isKept(table, alias) : 'true';
  }

  /** By arrival, so that what came after a final record does so again. */
  #callbacks(): void {
    const { callbacks } = this.#to.stores;
    this.#each('callback_events', this.#ofCallbacks('callback_events', 'event_no'), (row) =>
      row['source'] === null ? 'leftOut' : fateOf(callbacks.applyEvent(eventOf(row))),
    );
    this.#each('callback_attachments', this.#ofCallbacks('callback_attachments', 'attachment_no'), (row) => {
      if (row['source'] === null) return 'leftOut';
      const number = (column: string) => (row[column] ?? null) as number | null;
      return fateOf(
        callbacks.applyAttachedData({
          ...arrivalOf(row),
          interactionId: String(row['interaction_id']),
          serviceStartMs: number('service_start_ms'),
          acceptedMs: number('accepted_ms'),
          customerConnectedMs: number('customer_connected_ms'),
          offeredMs: number('offered_ms'),
        }),
      );
    });
    this.#each('callback_notifications', this.#ofCallbacks('callback_notifications', 'notification_no'), (row) => {
      if (row['source'] === null) return 'leftOut';
      const event = String(row['event']);
      const desiredMs = (row['desired_ms'] ?? null) as number | null;
      return fateOf(callbacks.applyStatus({ ...arrivalOf(row), event, state: liveStateOf(event), desiredMs }));
    });
    this.#links();
    this.#live();
  }

  #ofCallbacks(table: string, order: string): Iterable<Stored> {
    return this.#from
      .prepare(
        `SELECT t.*, c.source, c.service_id AS callback_service_id FROM ${table} AS t
         LEFT JOIN callbacks AS c ON c.callback_no = t.callback_no
         WHERE c.source IS NULL OR (${this.#isKept('callbacks', 'c')}) ORDER BY t.${order}`,
      )
      .iterate() as Iterable<Stored>;
  }

  /** The calls that asked for callbacks: the only links that the stored events do not name. */
  #links(): void {
    const link = this.#to.db.prepare(`
      INSERT INTO callback_interactions (interaction_id, callback_no, role, first_received_ms)
      SELECT ?, callback_no, 'originating', ? FROM callbacks WHERE source = ? AND service_id = ?
      ON CONFLICT DO UPDATE SET first_received_ms = min(first_received_ms, excluded.first_received_ms)`);
    const found = this.#from.prepare(`
      SELECT i.interaction_id, i.first_received_ms, c.source, c.service_id FROM callback_interactions AS i
      JOIN callbacks AS c ON c.callback_no = i.callback_no
      WHERE i.role = 'originating' AND ${this.#isKept('callbacks', 'c')}`);
    this.#to.db.transaction(() => {
      for (const row of found.iterate() as Iterable<Stored>)
        link.run(row['interaction_id'], row['first_received_ms'], row['source'], row['service_id']);
    })();
  }

  /** What was said last, where that had been said before: no stored notification has the time of its return. */
  #live(): void {
    const tell = this.#to.db.prepare(`
      UPDATE callbacks SET live_event = @live_event, live_state = @live_state, live_ms = @live_ms
      WHERE source = @source AND service_id = @service_id AND live_ms < @live_ms`);
    const wish = this.#to.db.prepare(`
      UPDATE callbacks SET desired_ms = @desired_ms, desired_received_ms = @desired_received_ms
      WHERE source = @source AND service_id = @service_id AND desired_received_ms < @desired_received_ms`);
    const found = this.#from.prepare(`
      SELECT source, service_id, live_event, live_state, live_ms, desired_ms, desired_received_ms FROM callbacks
      WHERE (live_ms IS NOT NULL OR desired_received_ms IS NOT NULL) AND ${this.#isKept('callbacks')}`);
    this.#to.db.transaction(() => {
      for (const row of found.iterate() as Iterable<Stored>) {
        tell.run(row);
        wish.run(row);
      }
    })();
  }

  /** Each text once: what is prepared is never collected (retain.ts). */
  #prepare(sql: string): Statement {
    const known = this.#prepared.get(sql) ?? this.#to.db.prepare(sql);
    this.#prepared.set(sql, known);
    return known;
  }

  /** A body held in both databases is one; how often it came is the larger of the two numbers. */
  #keepBody(row: Stored): Fate {
    const columns = Object.keys(row).filter((name) => name !== 'quarantine_no');
    const isHeld = this.#prepare('SELECT 1 FROM quarantine WHERE id = ?').get(row['id']) !== undefined;
    this.#prepare(
      `INSERT INTO quarantine (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
         ON CONFLICT (id) DO UPDATE SET count = max(count, excluded.count),
           first_received_ms = min(first_received_ms, excluded.first_received_ms),
           last_received_ms = max(last_received_ms, excluded.last_received_ms)`,
    ).run(...columns.map((name) => row[name]));
    return isHeld ? 'held' : 'added';
  }

  /** Of a day that both databases counted the larger number stays: their sum would grow with every run. */
  #countKey(row: Stored): Fate {
    const columns = Object.keys(row);
    const { changes } = this.#prepare(
      `INSERT INTO callback_missing_keys (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
         ON CONFLICT DO UPDATE SET events = excluded.events WHERE excluded.events > events`,
    ).run(...columns.map((name) => row[name]));
    return changes > 0 ? 'added' : 'held';
  }

  #keepAction(row: Stored): Fate {
    const { changes } = this.#prepare(
      `INSERT INTO audit_log (at_ms, action, actor, address, detail, result)
         SELECT @at_ms, @action, @actor, @address, @detail, @result
         WHERE NOT EXISTS (SELECT 1 FROM audit_log
                           WHERE at_ms = @at_ms AND action = @action AND actor = @actor AND detail = @detail)`,
    ).run(row);
    return changes > 0 ? 'added' : 'held';
  }

  #noteRun(row: Stored): Fate {
    const { changes } = this.#prepare(
      `INSERT INTO uptime (started_ms, alive_ms, ended) SELECT @started_ms, @alive_ms, @ended
         WHERE NOT EXISTS (SELECT 1 FROM uptime WHERE started_ms = @started_ms)`,
    ).run({ ended: 0, ...row });
    return changes > 0 ? 'added' : 'held';
  }
}

const NOTHING: Readonly<Tally> = { added: 0, held: 0, leftOut: 0 };

interface QuarterKey {
  readonly groupNo: number;
  readonly startMs: number;
  /** Null: the row of the group is lost. */
  readonly source: string | null;
  readonly dbid: string | null;
}

type ListQuarterKey = Omit<QuarterKey, 'groupNo'> & {
  readonly listNo: number;
  readonly name: string | null;
  readonly listDbid: string | null;
};

/** How many figures were added up. */
function saidIn(quarter: ListQuarterHour | null): number {
  return (quarter?.hitRatio?.count ?? 0) + (quarter?.timeToCompleteSeconds?.count ?? 0);
}

function arrivalOf(row: Stored) {
  return {
    source: String(row['source']),
    serviceId: String(row['callback_service_id']),
    receivedAtMs: Number(row['received_ms']),
    digest: String(row['digest']),
    received: String(row['received']),
  };
}

function eventOf(row: Stored): ReceivedEvent {
  const { source, receivedAtMs, digest, received } = arrivalOf(row);
  const record = recordOf(row);
  const keys = { keyCount: Number(row['key_count']), isComplete: row['is_complete'] === 1 };
  const origin = isImportedFrom(row['origin']) ? { origin: row['origin'] } : {};
  return { source, receivedAtMs, digest, received, record, ...keys, originatingIxnId: null, service: null, ...origin };
}

/** Null: no room for another. */
function fateOf(applied: { readonly outcome: string } | null): Fate {
  if (applied === null) return 'leftOut';
  return applied.outcome === 'duplicate' ? 'held' : 'added';
}
