/** What can be read of a damaged database, written row by row into a sound one of the same schema. */
import type { Statement } from 'better-sqlite3';
import { rmSync } from 'node:fs';
import { campaignGroupId, type Digest } from '../../domain/identity.js';
import { connect } from '../connection.js';
import { schemaInHeader } from './damage.js';
import { cannotWrite, type Connection } from '../database.js';
import { readMigrations } from '../migrate.js';
import { OLD_TABLES } from '../old-evidence.js';
import { RawPages } from './raw-pages.js';
import { mainPart } from './rescue.js';
import { assignPages, type Layout, layoutsOf, rowsOn, type TablePages } from './raw-tables.js';

/** What was found of a table. */
export interface TableFound {
  readonly table: string;
  rows: number;
  /** Rows that are there and cannot be read. */
  unreadableRows: number;
  /** Pages that cannot be read; how many rows were on them nobody knows. */
  readonly unreadablePages: number;
}

/** Indexes that hold the whole key of rows to which others belong. */
const KEY_INDEXES = {
  campaign_groups: 'sqlite_autoindex_campaign_groups_2',
  callbacks: 'sqlite_autoindex_callbacks_1',
} as const;

/**
 * Reads a file page by page into a new database at `into`, its log too, and whatever lies behind broken frames of it.
 * The file itself is only read; of a log that was kept by itself, the main file that was kept beside it, too: what it knows
 * of groups and callbacks stands in the way of nothing newer. `onPage` is told how many pages of how many are done.
 */
export function recover(
  file: string,
  into: string,
  digest: Digest,
  onPage: (done: number, of: number) => void,
): { readonly db: Connection; readonly found: readonly TableFound[] } {
  const db = emptyDatabase(into, schemaInHeader(file));
  const raws: RawPages[] = [];
  try {
    const layouts = layoutsOf(db);
    const sources = [file, mainPart(file)].flatMap((path) => {
      if (path === null) return [];
      const raw = new RawPages(path);
      raws.push(raw);
      return { raw, assigned: assignPages(raw, layouts, OLD_TABLES) };
    });
    const pagesOf = (name: string) =>
      sources.reduce((sum, { assigned }) => sum + (assigned.get(name)?.pages.length ?? 0), 0);
    const total = layouts.reduce((sum, { name }) => sum + pagesOf(name), 0);
    let done = 0;
    const tick = () => {
      onPage(++done, total);
    };
    const found = db.transaction(() => {
      const tables = layouts.map((layout) =>
        sources
          .map(({ raw, assigned }) => copyTable(raw, db, layout, assigned.get(layout.name), tick))
          .reduce((newer, older) => ({
            table: layout.name,
            rows: newer.rows + older.rows,
            unreadableRows: newer.unreadableRows + older.unreadableRows,
            unreadablePages: newer.unreadablePages + older.unreadablePages,
          })),
      );
      for (const { raw, assigned } of sources) recoverKeys(raw, db, assigned, digest);
      return tables;
    })();
    return { db, found };
  } catch (error) {
    db.close();
    throw error;
  } finally {
    for (const raw of raws) raw.close();
  }
}

function emptyDatabase(path: string, schema: number): Connection {
  try {
    for (const suffix of ['', '-journal']) rmSync(path + suffix, { force: true });
    const db = connect(path);
    // It lives as long as the command: nothing in it has to survive anything.
    for (const setting of ['journal_mode = OFF', 'synchronous = OFF', 'foreign_keys = OFF']) db.pragma(setting);
    const migrations = readMigrations();
    const upTo = schema >= 1 && schema <= migrations.length ? schema : migrations.length;
    for (const { sql } of migrations.slice(0, upTo)) db.exec(sql);
    return db;
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function copyTable(
  raw: RawPages,
  db: Connection,
  layout: Layout,
  assigned: TablePages | undefined,
  tick: () => void,
): TableFound {
  const { pages = [], unreadablePages = 0 } = assigned ?? {};
  const found: TableFound = { table: layout.name, rows: 0, unreadableRows: 0, unreadablePages };
  const inserts = new Map<number, Statement>();
  const insertOf = (length: number) => {
    const known = inserts.get(length);
    if (known) return known;
    const columns = layout.columns.slice(0, length).map(({ name }) => name);
    const places = columns.map(() => '?').join(', ');
    const made = db.prepare(`INSERT OR IGNORE INTO ${layout.name} (${columns.join(', ')}) VALUES (${places})`);
    inserts.set(length, made);
    return made;
  };
  const onUnreadable = () => {
    found.unreadableRows++;
  };
  for (const pageNo of pages) {
    for (const row of rowsOn(raw, pageNo, layout, onUnreadable)) found.rows += insertOf(row.length).run(...row).changes;
    tick();
  }
  return found;
}

/** A group or a callback whose row is lost is still named by the index of its key. */
function recoverKeys(raw: RawPages, db: Connection, assigned: ReadonlyMap<string, TablePages>, digest: Digest): void {
  const keysIn = function* (name: string): Generator<readonly [string, string, number]> {
    for (const pageNo of assigned.get(name)?.pages ?? []) {
      for (const [a, b, no] of rowsOn(raw, pageNo, KEY_LAYOUT, () => undefined)) {
        if (typeof a === 'string' && typeof b === 'string' && typeof no === 'number') yield [a, b, no];
      }
    }
  };
  const group = db.prepare(
    'INSERT OR IGNORE INTO campaign_groups (group_no, id, source, dbid, heard_ms) VALUES (?, ?, ?, ?, 0)',
  );
  for (const [source, dbid, no] of keysIn(KEY_INDEXES.campaign_groups)) {
    group.run(no, campaignGroupId(source, dbid, digest), source, dbid);
  }
  if (!assigned.has('callbacks')) return;
  const callback = db.prepare(
    'INSERT OR IGNORE INTO callbacks (callback_no, source, service_id, first_received_ms, alive_until_ms) VALUES (?, ?, ?, 0, 0)',
  );
  for (const [source, serviceId, no] of keysIn(KEY_INDEXES.callbacks)) callback.run(no, source, serviceId);
}

const KEY_LAYOUT: Layout = {
  name: 'a key and the number of its row',
  hasRowid: false,
  columns: ['TEXT', 'TEXT', 'INTEGER'].map((type, index) => ({
    name: String(index),
    type,
    notNull: true,
    isRowid: false,
  })),
};
