/** Exports as whoever takes them applies them: by the key of the table, one after the other. */
import { LAST_INSTANT_MS } from '../../src/domain/instant.js';
import type { ExportScope } from '../../src/reports/export/mark.js';
import { readMark, writeMark } from '../../src/reports/export/mark.js';
import type { Connection } from '../../src/sqlite/database.js';
import { openExport } from '../../src/sqlite/export/export.js';

/** What somebody holds of a table: rows by their keys. */
export class HeldTable {
  readonly #db: Connection;
  readonly #scope: ExportScope;
  readonly rows = new Map<string, unknown>();
  /** How rows came, ever. */
  readonly changes = new Set<string>();
  mark: string | null = null;

  constructor(db: Connection, scope: Partial<ExportScope>) {
    this.#db = db;
    this.#scope = { what: 'transitions', resolution: '15m', source: null, fromMs: 0, pii: 'masked', ...scope };
  }

  /** Takes what changed since the last time, or all. */
  take(nowMs: number): this {
    const since = this.mark === null ? null : readMark(this.mark);
    const asked = { scope: this.#scope, toMs: LAST_INSTANT_MS, since, nowMs };
    const { headings, key, pages, mark } = openExport(this.#db, asked);
    for (const page of pages) {
      for (const row of page) {
        const named = Object.fromEntries(headings.map(({ name }, at) => [name, row[at]]));
        const { change, ...cells } = named;
        const place = JSON.stringify(key.map((name) => named[name]));
        this.changes.add(String(change));
        if (change === 'withdrawn') this.rows.delete(place);
        else this.rows.set(place, cells);
      }
    }
    this.mark = writeMark(mark);
    return this;
  }

  /** In the order of the keys. */
  sorted(): readonly (readonly [string, unknown])[] {
    return [...this.rows].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
