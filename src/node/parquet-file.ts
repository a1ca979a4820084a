/** Writes rows as Apache Parquet, row group by row group: what one takes is all that is in memory. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Cell, ColumnKind, ExportRow, Heading } from '../reports/export/table.js';

/**
 * @bound cells of one row group, which are kept in memory until it is written
 * @beyond the next row group begins
 */
const MAX_CELLS_OF_GROUP = 400_000;
/**
 * @bound rows of one row group
 * @beyond the next row group begins
 */
const MAX_ROWS_OF_GROUP = 20_000;

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];
type Typed = Pick<SchemaElement, 'type' | 'converted_type' | 'logical_type'>;

const TEXT: Typed = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
/** A moment, and not what a clock of somewhere shows (parquet-format, LogicalTypes.md). */
const INSTANT: Typed = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MILLIS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
};

const TYPES: Readonly<Record<ColumnKind, Typed>> = {
  text: TEXT,
  words: TEXT,
  time: INSTANT,
  number: { type: 'DOUBLE' },
  count: { type: 'INT64' },
  flag: { type: 'BOOLEAN' },
};

/** A file in the making, or whatever else takes bytes. */
interface BytesTaken {
  appendBytes(bytes: Uint8Array): void;
}

export class ParquetFile {
  readonly #headings: readonly Heading[];
  readonly #writer: ParquetWriter;
  readonly #rowsOfGroup: number;
  #rows: ExportRow[] = [];

  constructor(file: BytesTaken, headings: readonly Heading[], createdBy: string) {
    this.#headings = headings;
    const fitting = Math.floor(MAX_CELLS_OF_GROUP / headings.length);
    this.#rowsOfGroup = Math.max(1, Math.min(MAX_ROWS_OF_GROUP, fitting));
    const elements = headings.map(({ name, kind }): SchemaElement => {
      return { name, repetition_type: 'OPTIONAL', ...TYPES[kind] };
    });
    const schema = [{ name: 'root', num_children: headings.length }, ...elements];
    this.#writer = new ParquetWriter({ writer: bytesInto(file), schema, createdBy });
  }

  append(rows: readonly ExportRow[]): void {
    for (const row of rows) {
      this.#rows.push(row);
      if (this.#rows.length === this.#rowsOfGroup) this.#flush();
    }
  }

  /** After it nothing may be appended. */
  end(): void {
    if (this.#rows.length > 0) this.#flush();
    // Of a writer that never waits it is done at once.
    void this.#writer.finish();
  }

  #flush(): void {
    const columnData = this.#headings.map(({ name, kind }, at) => {
      return { name, data: this.#rows.map((row) => valueOf(kind, row[at] ?? null)) };
    });
    void this.#writer.write({ columnData, rowGroupSize: this.#rowsOfGroup });
    this.#rows = [];
  }
}

function valueOf(kind: ColumnKind, cell: Cell): string | number | bigint | boolean | null {
  if (cell === null || typeof cell === 'boolean') return cell;
  if (typeof cell === 'object') return cell.join(' ');
  return typeof cell === 'number' && (kind === 'count' || kind === 'time') ? BigInt(cell) : cell;
}

/** What a row group takes is written to the file before the next begins. */
function bytesInto(file: BytesTaken): ByteWriter {
  const writer = new ByteWriter();
  const flush = () => {
    file.appendBytes(writer.getBytes());
    writer.index = 0;
  };
  return Object.assign(writer, { flush, finish: flush });
}
