/** Text files that others wrote, line by line, one character a byte: plain or compressed by gzip, in UTF-16 too, of any size. */
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { messageOf, MonitorError } from '../domain/errors.js';
import { faultOfFile, isPlainFile } from './input-file.js';
import { narrow } from './narrow-text.js';

/** Read at once. What is larger is cleared away late. */
const CHUNK_BYTES = 64 * 1024;
/**
 * @bound one line of a log that is read
 * @beyond the rest of it is left out
 * @seen -
 */
const MAX_LINE = 1024 * 1024;
/** Looked at to tell when a log begins: its head, and the first lines behind it. */
const BEGINNING_BYTES = 256 * 1024;

/** Throws OCM_USAGE for what cannot be read, and read again. */
export function sizeOfLog(path: string): number {
  const twice = 'is not a file: logs are read twice, so save what it gives, and name that';
  const fault = path === '-' ? twice : (faultOfFile(path) ?? (isPlainFile(path) ? null : twice));
  if (fault !== null) throw new MonitorError('OCM_USAGE', `${path} ${fault}`);
  return statSync(path).size;
}

/** The first lines of a file. */
export async function firstLinesOf(path: string): Promise<string[]> {
  let text = '';
  for await (const chunk of textOf(path, () => undefined)) {
    text += chunk;
    if (text.length >= BEGINNING_BYTES) break;
  }
  return text.slice(0, BEGINNING_BYTES).split('\n').map(withoutReturn);
}

/** Calls `onLine` with every line. `onRead` is told how many bytes of the file were read so far. Throws OCM_DAMAGED, OCM_USAGE. */
export async function readLines(
  path: string,
  onLine: (line: string) => void,
  onRead: (bytes: number) => void,
): Promise<void> {
  let rest = '';
  for await (const chunk of textOf(path, onRead)) {
    let from = 0;
    for (let to = chunk.indexOf('\n'); to >= 0; to = chunk.indexOf('\n', from)) {
      onLine(withoutReturn(rest + chunk.slice(from, to)));
      rest = '';
      from = to + 1;
    }
    rest = (rest + chunk.slice(from)).slice(0, MAX_LINE);
  }
  if (rest !== '') onLine(withoutReturn(rest));
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

async function* textOf(path: string, onRead: (bytes: number) => void): AsyncGenerator<string> {
  try {
    const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    const bytes = isGzip(path) ? file.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : file;
    // A pipe leaves an error where it happened.
    if (bytes !== file) file.once('error', (error) => bytes.destroy(error));
    try {
      for await (const chunk of narrow(bytes as AsyncIterable<Buffer>)) {
        onRead(file.bytesRead);
        yield chunk.toString('latin1');
      }
    } finally {
      file.destroy();
    }
  } catch (error) {
    throw faultOf(path, error);
  }
}

function faultOf(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof MonitorError || !('code' in error)) return error;
  const isGzipFault = String(error.code).startsWith('Z_');
  const next = isGzipFault
    ? 'it is cut off or damaged: unpack what can be read of it, and name that'
    : 'is it readable?';
  return new MonitorError(isGzipFault ? 'OCM_DAMAGED' : 'OCM_USAGE', `${path}: ${messageOf(error)}; ${next}`, {
    cause: error,
  });
}

/** By its first two bytes, whatever its name is. */
function isGzip(path: string): boolean {
  const start = Buffer.alloc(2);
  const file = openSync(path, 'r');
  try {
    return readSync(file, start, 0, 2, 0) === 2 && start[0] === 0x1f && start[1] === 0x8b;
  } finally {
    closeSync(file);
  }
}
