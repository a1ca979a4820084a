/** Tables of ICON and Info Mart as somebody exported them: which they are, and what their rows tell. */
import { MonitorError } from '../domain/errors.js';
import { Columns, delimiterOf, shapesInWords, tableOf, type TableReader, type Told } from '../domain/table-rows.js';
import { visibleLine } from '../domain/visible-text.js';
import type { Enumerations } from '../domain/vocabulary.js';
import { CALLBACK_FACT, CallbackFact } from '../gms/icon/callback-fact.js';
import { CUSTOM_DATA, CustomData } from '../gms/icon/custom-data.js';
import { USER_DATA_HISTORY, UserDataHistory } from '../gms/icon/user-data-history.js';
import { type CsvRow, csvRows } from '../node/csv-rows.js';
import { isPlainFile } from '../node/input-file.js';
import { TextFile } from '../node/text-lines.js';
import {
  CAMPAIGN_HISTORY,
  CAMPAIGN_SESSIONS,
  CampaignHistory,
  CampaignSessions,
  Sessions,
} from '../ocs/icon/campaign-history.js';
import { decodeLineIn } from '../ocs/log/log-text.js';

export interface IconFilesOptions {
  /** The table that all files are of; null: their headers tell. */
  readonly table: string | null;
  readonly enumerations: Enumerations;
}

/** In the order in which headers are held against them. */
const SHAPES = [CALLBACK_FACT, CAMPAIGN_HISTORY, CAMPAIGN_SESSIONS, CUSTOM_DATA, USER_DATA_HISTORY] as const;
export type IconTable = (typeof SHAPES)[number]['table'];

/** What some rows tell, and the line up to which the file is read. */
export interface ToldByTable {
  readonly table: IconTable;
  readonly told: readonly Told[];
  readonly line: number;
}

interface Open {
  readonly columns: Columns;
  readonly table: IconTable;
  readonly reader: TableReader;
}

/** The files of one command. */
export class IconFiles {
  readonly #enumerations: Enumerations;
  readonly #shapes: readonly (typeof SHAPES)[number][];
  readonly #sessions = new Sessions();
  readonly #decode = decodeLineIn('windows-1252');
  /** Rows by their tables. */
  readonly rows = new Map<IconTable, number>();
  /** Events and keys that are about something else. */
  others = 0;

  constructor({ table, enumerations }: IconFilesOptions) {
    this.#enumerations = enumerations;
    const only = SHAPES.filter((shape) => shape.table.toLowerCase() === table?.toLowerCase());
    if (table !== null && only.length === 0) {
      throw new MonitorError('OCM_USAGE', `--table is one of ${SHAPES.map((shape) => shape.table).join(', ')}`);
    }
    this.#shapes = table === null ? SHAPES : only;
  }

  /** Throws OCM_USAGE for a file that is none of the tables. Those of GO_Campaign come first: they say whose the sessions are. */
  async arrange(files: readonly string[]): Promise<readonly string[]> {
    const first: string[] = [];
    const then: string[] = [];
    for (const file of files) {
      // What can be read but once is read where it stands.
      const isFirst = isPlainFile(file) && (await this.#tableOfFile(file)) === CAMPAIGN_SESSIONS.table;
      (isFirst ? first : then).push(file);
    }
    return [...first, ...then];
  }

  /** What the rows of a file tell, in order. Throws OCM_USAGE as `arrange` does. */
  async *read(file: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<ToldByTable> {
    let open: Open | null = null;
    let line = 0;
    for await (const rows of csvRows(bytes, this.#delimiterOf)) {
      const told: Told[] = [];
      for (const row of rows) {
        line = row.line;
        if (open === null) open = this.#begin(file, row);
        else told.push(...this.#toldOf(row, open));
      }
      if (open !== null) yield { table: open.table, told, line };
    }
    if (open !== null) yield { table: open.table, told: open.reader.end(), line };
  }

  async #tableOfFile(file: string): Promise<IconTable> {
    for await (const rows of csvRows(new TextFile(file, 0).bytes(), this.#delimiterOf)) {
      const [header] = rows;
      if (header !== undefined) return this.#begin(file, header).table;
    }
    throw new MonitorError('OCM_USAGE', `${visibleLine(file)} is empty: its first line should name the columns`);
  }

  readonly #delimiterOf = (header: string): string => delimiterOf(header, this.#shapes);

  #begin(file: string, header: CsvRow): Open {
    const columns = new Columns(header.fields.map(this.#decode));
    const table = tableOf(columns, this.#shapes);
    if (table !== null) return { columns, table, reader: this.#readerOf(table, columns) };
    const found = columns.names.map((column) => visibleLine(column)).join(', ');
    throw new MonitorError(
      'OCM_USAGE',
      `${visibleLine(file)} is none of the tables that are looked for: its first line should name the columns, and says ` +
        `${found || 'nothing'}. Looked for, by their columns: ${shapesInWords(this.#shapes)}. ` +
        'Columns are delimited by comma, semicolon, tab or |',
    );
  }

  #readerOf(table: IconTable, columns: Columns): TableReader {
    const decode = this.#decode;
    const onOther = () => {
      this.others++;
    };
    switch (table) {
      case 'CALLBACK_FACT':
        return new CallbackFact(columns, decode);
      case 'G_CUSTOM_DATA_S':
        return new CustomData(columns, { decode, onOther });
      case 'G_USERDATA_HISTORY':
        return new UserDataHistory(columns, { decode, onOther });
      case 'GO_Campaign':
        return new CampaignSessions(columns, this.#sessions);
      case 'GO_CampaignHistory': {
        const numbers = numbersOf(this.#enumerations);
        return new CampaignHistory(columns, { sessions: this.#sessions, numbers, decode, onOther });
      }
    }
  }

  #toldOf(row: CsvRow, { columns, table, reader }: Open): readonly Told[] {
    this.rows.set(table, (this.rows.get(table) ?? 0) + 1);
    if (this.#sessions.isFull) {
      throw new MonitorError(
        'OCM_USAGE',
        'too many sessions in GO_Campaign: export those of the time in question only',
      );
    }
    const [found, wanted] = [row.fields.length, columns.names.length];
    const flaw = row.flaw ?? (found === wanted ? null : `a row of ${found} columns, and the header has ${wanted}`);
    if (flaw === null) return reader.row(row);
    reader.damaged(row.line);
    return [{ line: row.line, damage: flaw, text: row.text }];
  }
}

function numbersOf({ state, action }: Enumerations) {
  const numberIn = (words: ReadonlyMap<number, string>) => (word: string) =>
    [...words].find(([, known]) => known === word)?.[0] ?? null;
  return { state: numberIn(state), action: numberIn(action) };
}
