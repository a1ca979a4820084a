/** Where rows of an export go: standard output, or a new file in one of the formats. */
import { setImmediate as turn } from 'node:timers/promises';
import { MonitorError } from '../domain/errors.js';
import { NewFile } from '../node/new-file.js';
import { ParquetFile } from '../node/parquet-file.js';
import { version } from '../node/version.js';
import { CSV, NDJSON, type TextFormat } from '../reports/export/formats.js';
import type { ExportRow, Heading } from '../reports/export/table.js';
import type { CliIo, ExactOutput } from './io.js';

export const FORMATS = ['csv', 'ndjson', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

export interface Written {
  readonly rows: number;
  readonly corrected: number;
  readonly withdrawn: number;
  /** Of the file; null: there is none. */
  readonly bytes: number | null;
}

export interface Rows {
  readonly headings: readonly Heading[];
  readonly pages: Iterable<readonly ExportRow[]>;
}

interface Sink {
  append(rows: readonly ExportRow[]): void;
  end(): void;
}

/** What takes an export, byte by byte. */
export type Output = Pick<NewFile, 'append' | 'appendBytes'>;

/** Writes a new file, which gets its name when it is whole; `out` null: standard output. */
export async function writeRows(
  rows: Rows,
  { format, out }: { readonly format: Format; readonly out: string | null },
  io: CliIo,
): Promise<Written> {
  const count = { rows: 0, corrected: 0, withdrawn: 0 };
  const fill = async (sink: Sink) => {
    for await (const page of untilInterrupted(rows.pages, io)) {
      sink.append(page);
      count.rows += page.length;
      for (const [change] of page) {
        if (change === 'corrected') count.corrected++;
        else if (change === 'withdrawn') count.withdrawn++;
      }
    }
    sink.end();
  };
  if (out === null && io.exact === undefined && format !== 'parquet') {
    await fill(shownSink(format, rows.headings, io));
    return { ...count, bytes: null };
  }
  const bytes = await writeExactly(out, (output) => fill(sinkOf(format, rows.headings, output)), io);
  return { ...count, bytes };
}

/** Bytes of the new file; null: all is with whoever reads standard output. Throws OCM_USAGE where that is a terminal. */
export async function writeExactly(
  out: string | null,
  fill: (output: Output) => Promise<void>,
  { exact, signal }: Pick<CliIo, 'exact' | 'signal'>,
): Promise<number | null> {
  if (out !== null) return NewFile.write(out, fill);
  if (exact === undefined) {
    const message = 'this is not for a terminal: add --out FILE, or send standard output to a file or a program';
    throw new MonitorError('OCM_USAGE', message);
  }
  await fill(outputOf(exact));
  await exact.written();
  if (signal.aborted) throw interrupted();
  return null;
}

function outputOf({ write }: ExactOutput): Output {
  return {
    append: write,
    appendBytes: (bytes) => {
      // A reader that is slow gets them when their writer has gone on.
      write(Uint8Array.from(bytes));
    },
  };
}

/** Text on a terminal, where nothing of it may act. */
function shownSink(format: 'csv' | 'ndjson', headings: readonly Heading[], io: CliIo): Sink {
  return textSink(format === 'csv' ? CSV : NDJSON, headings, (text) => {
    io.out(text.replaceAll('\r\n', '\n'));
  });
}

function sinkOf(format: Format, headings: readonly Heading[], file: Output): Sink {
  const append = (text: string) => {
    file.append(text);
  };
  switch (format) {
    case 'parquet':
      return new ParquetFile(file, headings, `ocs-monitor version ${version}`);
    case 'csv':
      return textSink(CSV, headings, append);
    case 'ndjson':
      return textSink(NDJSON, headings, append);
  }
}

function textSink(format: TextFormat, headings: readonly Heading[], write: (text: string) => void): Sink {
  const head = format.head(headings);
  if (head !== '') write(head);
  return {
    append: (rows) => {
      if (rows.length > 0) write(format.lines(headings, rows));
    },
    end: () => undefined,
  };
}

/** Signals are heard between two of them. */
export async function* untilInterrupted<T>(pages: Iterable<T>, { signal }: CliIo): AsyncGenerator<T> {
  for (const page of pages) {
    await turn();
    if (signal.aborted) throw interrupted();
    yield page;
  }
}

export function interrupted(): MonitorError {
  return new MonitorError('OCM_INTERRUPTED', 'interrupted: nothing whole was written');
}
