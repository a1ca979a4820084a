/** How every list is answered: a page of JSON, or the whole of it as CSV. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { LocalTime } from '../domain/local-time.js';
import type { Page, PageRequest, TimeRange } from '../domain/store.js';
import { csvHead, csvLines } from '../reports/csv.js';
import { withLocalTimes } from '../reports/local-columns.js';
import { type Columns, rowsOf } from '../reports/rows.js';
import { contentDisposition, type CsvFile } from '../reports/csv-file-name.js';
import { Parameters } from './parameters.js';

/** Rows of CSV that are read and written at once: so much is in memory, and others have their turn in between. */
const CSV_ROWS = 500;
/** By which spreadsheets know UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF';

export interface List<T> {
  readonly ask: (page: PageRequest) => Page<T> | Promise<Page<T>>;
  /** Asked for once the first page is there. */
  readonly columns: () => Columns<T>;
  /** Columns that hold numbers to call: `+49…` is no formula there. */
  readonly phoneColumns?: readonly string[];
  /** What stands beside the items in JSON, once they are there. */
  readonly more?: () => Readonly<Record<string, unknown>>;
  /** What is said in headers, with CSV too, once the first page is there. */
  readonly headers?: () => Readonly<Record<string, string>>;
  /** Rows of CSV asked for at once, where each question costs as much as all rows. */
  readonly csvRows?: number;
  /** Whose list it is and of what time, for the name of the file. */
  readonly file?: FileOf;
}

export interface FileOf {
  readonly subject?: string;
  readonly range: TimeRange | null;
  readonly nowMs: number;
}

/**
 * Answers one page of a list as JSON; as CSV, when asked for by `format` or by the Accept header, all of it, of the same
 * columns. With a `limit` CSV is a page as well. No transaction is held open between two reads.
 */
export async function sendList<T>(request: Request, response: Response, list: List<T>): Promise<void> {
  const parameters = new Parameters(request);
  const page = parameters.page();
  const asCsv = wantsCsv(request, parameters);
  const isPage = !asCsv || parameters.text('limit') !== null;
  const withMark = parameters.flag('bom');
  // A zone that nobody knows is refused, with JSON too.
  const timeZone = parameters.timeZone();
  const first = await list.ask(isPage ? page : { ...page, limit: list.csvRows ?? CSV_ROWS });
  response.vary('Accept');
  response.set(list.headers?.() ?? {});
  if (isPage && first.nextCursor !== null) response.links({ next: nextUrl(request, first.nextCursor) });
  if (asCsv) {
    response.set('Content-Disposition', contentDisposition(fileOf(request, list.file, timeZone)));
    const zone = parameters.text('tz') === null ? null : new LocalTime(timeZone);
    await sendCsv(request, response, csvOf(list, first, { isPage, withMark, zone }));
    return;
  }
  const { items, nextCursor } = first;
  const rows = rowsOf(list.columns(), items);
  sendTagged(request, response, JSON.stringify({ items: rows, next_cursor: nextCursor, ...list.more?.() }));
}

function fileOf({ path }: Request, file: FileOf | undefined, timeZone: string): CsvFile {
  const { subject = null, range, nowMs } = file ?? NO_FILE;
  return { path, subject, range, nowMs, zone: new LocalTime(timeZone) };
}

const NO_FILE: FileOf = { range: null, nowMs: 0 };

/** `format` says it; without it the Accept header does, where it prefers CSV. */
function wantsCsv(request: Request, parameters: Parameters): boolean {
  const format = parameters.oneOf('format', ['json', 'csv']);
  return format === null ? request.accepts(['application/json', 'text/csv']) === 'text/csv' : format === 'csv';
}

interface CsvForm {
  readonly isPage: boolean;
  readonly withMark: boolean;
  /** By whose clock times are told as well; null: none was asked for. */
  readonly zone: LocalTime | null;
}

async function* csvOf<T>(
  { ask, columns: columnsOf, phoneColumns = [], csvRows = CSV_ROWS }: List<T>,
  first: Page<T>,
  { isPage, withMark, zone }: CsvForm,
): AsyncGenerator<string> {
  const { names, rowOf: csvRowOf } = withLocalTimes(columnsOf(), zone);
  const linesOf = ({ items }: Page<T>) => csvLines(names, items.map(csvRowOf), { phoneColumns });
  yield (withMark ? BYTE_ORDER_MARK : '') + csvHead(names) + linesOf(first);
  if (isPage) return;
  for (let cursor = first.nextCursor; cursor !== null;) {
    const page = await ask({ limit: csvRows, cursor });
    if (page.items.length > 0) yield linesOf(page);
    cursor = page.nextCursor;
  }
}

/** A failure on the way breaks the transfer off: nobody takes a part for the whole. */
async function sendCsv(request: Request, response: Response, pieces: AsyncGenerator<string>): Promise<void> {
  response.type('text/csv');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  let failure: unknown = null;
  const watched = async function* () {
    try {
      yield* pieces;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  try {
    await pipeline(Readable.from(watched()), response);
  } catch (error) {
    // A client that went away needs no answer.
    if (failure !== null) throw error;
  }
}

/** Sends JSON under a tag of its content: whoever has it already is told so, and nothing else. */
export function sendTagged(request: Request, response: Response, json: string): void {
  const tag = createHash('sha256').update(json).digest('base64url').slice(0, TAG_LENGTH);
  response.set({ ETag: `"${tag}"`, 'Cache-Control': 'private, no-cache' });
  if (request.fresh) response.status(304).end();
  else response.type('json').send(json);
}

/** 132 bits of the hash. */
const TAG_LENGTH = 22;

function nextUrl(request: Request, cursor: string): string {
  const [path = '', query = ''] = request.originalUrl.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters.toString()}`;
}
