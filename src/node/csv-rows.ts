/** The rows of a delimited text file (CSV) as they come: in UTF-8, UTF-16 or an encoding of single bytes, of any size. */
import { type Parser, parse } from 'csv-parse';
import type { TableRow } from '../domain/table-rows.js';
import { narrow } from './narrow-text.js';

/** `flaw`: why its fields cannot be told apart; then there are none. */
export type CsvRow = TableRow & { readonly flaw: string | null };

/**
 * What is read until a row ends. Values of ICON have 4,000 characters at most.
 * @bound bytes of a row of a table that is imported
 * @beyond it is damaged, and the file is not read any further
 * @seen `damaged` in the summary of the import
 */
const MAX_ROW_BYTES = 1_048_576;
/** So much of a row without an end is kept. */
const SHOWN_BYTES = 4096;
/** A header that is longer is none. */
const HEADER_BYTES = 65_536;

/**
 * All rows, the header first, some at a time; one character a byte of UTF-8, or of the file's own encoding of single bytes.
 * `delimiterOf` is told the first line. Empty lines are passed over.
 */
export async function* csvRows(
  chunks: AsyncIterable<Buffer>,
  delimiterOf: (header: string) => string,
): AsyncGenerator<readonly CsvRow[]> {
  let head: Buffer | null = Buffer.alloc(0);
  let rows: RowSplitter | null = null;
  for await (const chunk of narrow(chunks)) {
    if (rows === null) {
      head = Buffer.concat([head ?? Buffer.alloc(0), chunk]);
      if (!head.includes('\n') && head.length < HEADER_BYTES) continue;
      rows = begun(head, delimiterOf);
      head = null;
    } else await rows.feed(chunk);
    yield rows.take();
    const endless = rows.endless();
    if (endless === null) continue;
    yield [endless];
    return;
  }
  rows ??= begun(head ?? Buffer.alloc(0), delimiterOf);
  await rows.end();
  yield rows.take();
}

/** Spreadsheets say in a first line of its own what delimits. */
const SEPARATOR_LINE = /^"?sep=(.)"?\r?\n/i;

function begun(head: Buffer, delimiterOf: (header: string) => string): RowSplitter {
  const text = head.toString('latin1');
  const said = SEPARATOR_LINE.exec(text);
  const delimiter = said?.[1] ?? delimiterOf(/^[^\r\n]*/.exec(text.replace(/^\s+/, ''))?.[0] ?? '');
  const skipped = said?.[0].length ?? 0;
  const rows = new RowSplitter(delimiter, said === null ? 1 : 2);
  rows.feedNow(head.subarray(skipped));
  return rows;
}

/** Rows of what is fed to it, with the text of each and where it begins. */
class RowSplitter {
  readonly #parser: Parser;
  readonly #wellQuoted: RegExp;
  #found: CsvRow[] = [];
  /** Text behind the last row, from `#at` on, and the byte of the file that it begins with. */
  #held = '';
  #heldFrom = 0;
  #at = 0;
  /** Of what is at `#at`. */
  #line: number;
  #fault: Error | null = null;

  constructor(delimiter: string, line: number) {
    this.#line = line;
    this.#wellQuoted = wellQuoted(delimiter);
    this.#parser = parse({
      ...{ delimiter, record_delimiter: ['\r\n', '\n'], encoding: 'latin1' },
      // A stray quote damages its row, and no other: what is wrong is found here.
      ...{ relax_column_count: true, relax_quotes: true, skip_empty_lines: true },
      on_record: (fields: unknown, { bytes }) => {
        this.#add(fields as readonly string[], bytes - this.#heldFrom);
        return null;
      },
    });
    this.#parser.on('error', (error: Error) => (this.#fault = error));
  }

  /** Synchronous: the parser works while it is written to, and gives its rows away at once. */
  feedNow(chunk: Buffer): void {
    this.#held = this.#held.slice(this.#at) + chunk.toString('latin1');
    this.#heldFrom += this.#at;
    this.#at = 0;
    this.#parser.write(chunk);
  }

  async feed(chunk: Buffer): Promise<void> {
    this.feedNow(chunk);
    // Lets what is written be done with.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#fault !== null) throw this.#fault;
  }

  async end(): Promise<void> {
    await new Promise((resolve) => {
      this.#parser.once('close', resolve).resume().end();
    });
    if (this.#fault === null) return;
    if (!('code' in this.#fault) || this.#fault.code !== 'CSV_QUOTE_NOT_CLOSED') throw this.#fault;
    const text = this.#held.slice(this.#at, this.#at + SHOWN_BYTES);
    this.#found.push({ line: this.#line, fields: [], text, flaw: 'a quote that is never closed' });
  }

  take(): readonly CsvRow[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** What has been read is no row that ends. */
  endless(): CsvRow | null {
    if (this.#held.length - this.#at <= MAX_ROW_BYTES) return null;
    const flaw = `a row of more than ${MAX_ROW_BYTES} bytes: is a quote in it never closed? The rest of the file was not read`;
    return { line: this.#line, fields: [], text: this.#held.slice(this.#at, this.#at + SHOWN_BYTES), flaw };
  }

  /** `end` is where it ends in what is held. */
  #add(fields: readonly string[], end: number): void {
    const row = this.#held.slice(this.#at, end);
    const blank = /^[\r\n]*/.exec(row)?.[0] ?? '';
    const text = row.slice(blank.length).replace(/\r?\n$/, '');
    const line = this.#line + breaksIn(blank);
    const isWhole = !text.includes('"') || this.#wellQuoted.test(text);
    this.#found.push(isWhole ? { line, fields, text, flaw: null } : { line, fields: [], text, flaw: STRAY_QUOTE });
    this.#line += breaksIn(row);
    this.#at = end;
  }
}

const STRAY_QUOTE = 'a quote within a value that is not doubled, or not closed';

/** Columns in quotes, in which each quote is doubled, or without any (RFC 4180). */
function wellQuoted(delimiter: string): RegExp {
  const between = delimiter.replace(/[\\^$.*+?()[\]{}|-]/, '\\$&');
  const field = `(?:"[^"]*(?:""[^"]*)*"|[^"${between}\n]*)`;
  return new RegExp(`^${field}(?:${between}${field})*$`);
}

function breaksIn(text: string): number {
  return text.split('\n').length - 1;
}
