/** Which pages of a database belong to which table: by its trees, and where those are broken, by what the pages hold. */
import type { Connection } from '../database.js';
import {
  type Cell,
  INNER_INDEX,
  LEAF_INDEX,
  LEAF_TABLE,
  type RawPages,
  type TreePage,
  type Value,
} from './raw-pages.js';

/** A table as its rows lie in the file. */
export interface Layout {
  readonly name: string;
  /** Columns in the order of storage: those of the primary key come first in a table without rowids. */
  readonly columns: readonly Column[];
  readonly hasRowid: boolean;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** Stored as the rowid. */
  readonly isRowid: boolean;
}

export interface TablePages {
  readonly pages: number[];
  unreadablePages: number;
}

/** The tables that a database of this schema has, from an empty one of it. */
export function layoutsOf(db: Connection): Layout[] {
  const tables = db.prepare("SELECT name, wr FROM pragma_table_list WHERE type = 'table' AND schema = 'main'").all();
  return (tables as { name: string; wr: number }[])
    .filter(({ name }) => !name.startsWith('sqlite_'))
    .map(({ name, wr }) => {
      const found = db.prepare('SELECT name, type, "notnull", pk FROM pragma_table_info(?)').all(name);
      const columns = found as { name: string; type: string; notnull: number; pk: number }[];
      const isRowid = (pk: number, type: string) => wr === 0 && pk === 1 && type === 'INTEGER';
      const key = wr === 0 ? [] : columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
      const rest = columns.filter((column) => !key.includes(column));
      return {
        name,
        hasRowid: wr === 0,
        columns: [...key, ...rest].map(({ name: column, type, notnull, pk }) => ({
          name: column,
          type,
          isRowid: isRowid(pk, type),
          notNull: notnull === 1 || (wr === 1 && pk > 0),
        })),
      };
    });
}

/**
 * Assigns the pages of a file to tables and, by their names, to indexes. Reads every page once. `mayLack`: tables that
 * databases of this schema may have let go; a schema that does not name them is whole all the same.
 */
export function assignPages(
  raw: RawPages,
  layouts: readonly Layout[],
  mayLack: ReadonlySet<string>,
): Map<string, TablePages> {
  const seen = new Uint8Array(raw.count + 1);
  const found = new Map<string, TablePages>();
  const of = (name: string) => {
    const known = found.get(name) ?? { pages: [], unreadablePages: 0 };
    found.set(name, known);
    return known;
  };
  for (const layout of layouts) of(layout.name);
  for (const [name, root] of rootsOf(
    raw,
    layouts.filter(({ name }) => !mayLack.has(name)),
    seen,
  ))
    climb(raw, root, of(name), seen);
  if (markFree(raw, seen)) adopt(raw, layouts, of, seen);
  return found;
}

/** The rows of a page that fit their table; `onUnreadable` is told of each that does not. */
export function* rowsOn(raw: RawPages, pageNo: number, layout: Layout, onUnreadable: () => void): Generator<Value[]> {
  const page = raw.tree(pageNo);
  for (const at of page.cells) {
    const row = rowIn(raw, page, at, layout);
    if (row === null) onUnreadable();
    else yield row;
  }
}

function rowIn(raw: RawPages, page: TreePage, at: number, layout: Layout): Value[] | null {
  try {
    const cell = raw.cell(page, at);
    return cell === null || !fits(cell, layout) ? null : withRowid(cell, layout);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function withRowid({ rowid, values }: Cell, { columns }: Layout): Value[] {
  return columns.slice(0, values.length).map(({ isRowid }, index) => (isRowid ? rowid : (values[index] ?? null)));
}

/** Where the trees begin: from the schema, and when its own tree is broken from whatever page looks like one of it. */
function rootsOf(raw: RawPages, layouts: readonly Layout[], seen: Uint8Array): Map<string, number> {
  const schema: TablePages = { pages: [], unreadablePages: 0 };
  climb(raw, 1, schema, seen);
  const roots = new Map<string, number>();
  const note = (pageNo: number): boolean => {
    let isSchema = false;
    for (const [type, name, , root] of rowsOn(raw, pageNo, SCHEMA, () => undefined)) {
      if (type !== 'table' && type !== 'index' && type !== 'view' && type !== 'trigger') return false;
      isSchema = true;
      if (typeof name === 'string' && typeof root === 'number' && root > 1) roots.set(name, root);
    }
    return isSchema;
  };
  for (const pageNo of schema.pages) note(pageNo);
  if (layouts.every(({ name }) => roots.has(name))) return roots;
  for (let pageNo = 1; pageNo <= raw.count; pageNo++) {
    if (seen[pageNo] === 1 && pageNo !== 1) continue;
    tryPage(() => {
      if (raw.tree(pageNo).type === LEAF_TABLE && note(pageNo)) seen[pageNo] = 1;
    });
  }
  return roots;
}

/** Follows a tree from its root, noting the pages that hold rows. */
function climb(raw: RawPages, root: number, into: TablePages, seen: Uint8Array): void {
  const waiting = [root];
  for (let pageNo = waiting.pop(); pageNo !== undefined; pageNo = waiting.pop()) {
    if (pageNo < 1 || pageNo > raw.count || seen[pageNo] === 1) {
      into.unreadablePages++;
      continue;
    }
    seen[pageNo] = 1;
    const at = pageNo;
    const isRead = tryPage(() => {
      const page = raw.tree(at);
      waiting.push(...[...page.children].reverse());
      if (page.children.length === 0 || page.type === INNER_INDEX) into.pages.push(at);
      markOverflow(raw, page, seen);
    });
    if (!isRead) into.unreadablePages++;
  }
}

function markOverflow(raw: RawPages, page: TreePage, seen: Uint8Array): void {
  for (const at of page.cells) {
    tryPage(() => {
      raw.cell(page, at, (pageNo) => {
        if (pageNo <= raw.count) seen[pageNo] = 1;
      });
    });
  }
}

/** Marks the free pages, whose rows were deleted. False when their list is broken: then no page is taken for a lost one. */
function markFree(raw: RawPages, seen: Uint8Array): boolean {
  return tryPage(() => {
    const header = raw.page(1);
    let left = header.readUInt32BE(36);
    for (let trunk = header.readUInt32BE(32); trunk !== 0;) {
      const page = raw.page(trunk);
      const count = page.readUInt32BE(4);
      seen[trunk] = 1;
      left -= count + 1;
      if (left < 0) throw new RangeError('more free pages than there are');
      for (let n = 0; n < count; n++) seen[page.readUInt32BE(8 + 4 * n)] = 1;
      trunk = page.readUInt32BE(0);
    }
    if (left !== 0) throw new RangeError('fewer free pages than there are');
  });
}

/** Pages that no tree leads to any more go to the one table whose rows look like theirs. */
function adopt(raw: RawPages, layouts: readonly Layout[], of: (name: string) => TablePages, seen: Uint8Array): void {
  for (let pageNo = 2; pageNo <= raw.count; pageNo++) {
    if (seen[pageNo] === 1) continue;
    tryPage(() => {
      const page = raw.tree(pageNo);
      if (page.cells.length === 0 || ![LEAF_TABLE, LEAF_INDEX, INNER_INDEX].includes(page.type)) return;
      const rows = page.cells.map((at) => raw.cell(page, at)).filter((cell) => cell !== null);
      const likely = layouts.filter(
        (layout) =>
          layout.hasRowid === (page.type === LEAF_TABLE) &&
          rows.every((row) => row.values.length === layout.columns.length && fits(row, layout)),
      );
      const [only, ...others] = likely;
      if (only !== undefined && others.length === 0) of(only.name).pages.push(pageNo);
    });
  }
}

/** A row may lack columns that were added to its table later. */
function fits({ values }: Cell, { columns }: Layout): boolean {
  return (
    values.length > 0 &&
    values.length <= columns.length &&
    columns.slice(0, values.length).every(({ type, notNull, isRowid }, index) => {
      const value = values[index] ?? null;
      if (isRowid) return value === null;
      if (value === null) return !notNull;
      if (type === 'TEXT') return typeof value === 'string';
      if (type === 'BLOB') return Buffer.isBuffer(value);
      return type === 'INTEGER' ? Number.isInteger(value) : typeof value === 'number';
    })
  );
}

/** Does a page's work; false when the page is not as it should be. */
function tryPage(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const SCHEMA: Layout = {
  name: 'sqlite_schema',
  hasRowid: true,
  columns: ['type', 'name', 'tbl_name', 'rootpage', 'sql'].map((name) => ({
    name,
    type: name === 'rootpage' ? 'INTEGER' : 'TEXT',
    notNull: name !== 'sql',
    isRowid: false,
  })),
};
