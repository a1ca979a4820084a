/** The tables that a simulated ICON and Info Mart have, exported into a folder: of what is lost on its way to us, too. */
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { messageOf, MonitorError } from '../domain/errors.js';
import type { RealChange } from './account.js';
import type { CallbackPost } from './callbacks/play-callback.js';
import { columnsOf, ICON_TABLES, type IconRow, IconRows, type IconTable, rowText } from './icon-rows.js';

const DELIMITER = ';';

export class IconExport {
  readonly #rows = new IconRows();
  readonly #files: ReadonlyMap<IconTable, WriteStream>;
  readonly #written: Promise<unknown>;

  /** Begins the files anew. Throws OCM_USAGE. */
  constructor(folder: string) {
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw unwritable(cause);
    }
    this.#files = new Map(ICON_TABLES.map((table) => [table, createWriteStream(join(folder, `${table}.csv`))]));
    this.#written = Promise.all([...this.#files.values()].map((file) => finished(file)));
    // Asked for at the end.
    this.#written.catch(() => undefined);
    for (const table of ICON_TABLES) this.#write([{ table, cells: columnsOf(table) }]);
  }

  noteChange(dbid: string, { atMs, toState }: Pick<RealChange, 'atMs' | 'toState'>): void {
    this.#write(this.#rows.change({ dbid, atMs, toState }));
  }

  notePost({ told }: Pick<CallbackPost, 'told'>): void {
    for (const { telling, keys } of told) {
      this.#write(telling.kind === 'event' ? this.#rows.event(telling, keys) : this.#rows.attached(telling, keys));
    }
  }

  /** Rejects with OCM_USAGE when they could not be written. */
  async close(): Promise<void> {
    for (const file of this.#files.values()) file.end();
    await this.#written.catch((cause: unknown) => {
      throw unwritable(cause);
    });
  }

  #write(rows: readonly IconRow[]): void {
    for (const { table, cells } of rows) this.#files.get(table)?.write(rowText(cells, DELIMITER));
  }
}

function unwritable(cause: unknown): MonitorError {
  return new MonitorError('OCM_USAGE', `the export cannot be written: ${messageOf(cause)}`, { cause });
}
