/** The lines of a file, or of standard input, as they come: packed by gzip or not, of any size. */
import { createReadStream, statSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { MonitorError } from '../domain/errors.js';
import { faultOfBeginning, PACKED_BYTES } from './input-file.js';
import { narrow } from './narrow-text.js';

export interface TextLine {
  /** 1 for the first. */
  readonly no: number;
  /** One character a byte, of UTF-8 where the file has two a character, without what ends the line; of one that is too long the first part. */
  readonly text: string;
  /** Bytes of the whole line. */
  readonly bytes: number;
}

const READ_BYTES = 64 * 1024;
/** RFC 1952, section 2.3.1. */
const GZIP = [0x1f, 0x8b] as const;

export class TextFile {
  readonly #path: string | null;
  readonly #maxLineBytes: number;
  #bytesRead = 0;
  #stream: Readable | null = null;

  /** `path` null: standard input. Of a line as much is kept as `maxLineBytes`. */
  constructor(path: string | null, maxLineBytes: number) {
    this.#path = path;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Null: nobody knows. */
  get sizeBytes(): number | null {
    const found = this.#path === null ? undefined : statSync(this.#path, { throwIfNoEntry: false });
    return found?.isFile() === true ? found.size : null;
  }

  /** Of the file as it lies there, packed or not. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Lets whoever reads lines end, or be told that they are not all. */
  stop(): void {
    this.#stream?.destroy();
  }

  /** All lines, some at a time. Throws what keeps it from being read, or unpacked, to its end. */
  async *lines(): AsyncGenerator<readonly TextLine[]> {
    const splitter = new LineSplitter(this.#maxLineBytes);
    for await (const chunk of narrow(this.bytes())) {
      const lines = splitter.feed(chunk.toString('latin1'));
      if (lines.length > 0) yield lines;
    }
    const last = splitter.end();
    if (last !== null) yield [last];
  }

  /** All bytes, unpacked. Throws as `lines` does, and OCM_USAGE for what is packed in another way. */
  async *bytes(): AsyncGenerator<Buffer> {
    const chunks = this.#chunks();
    let head = Buffer.alloc(0);
    while (head.length < PACKED_BYTES) {
      const next = await chunks.next();
      if (next.done === true) break;
      head = Buffer.concat([head, next.value]);
    }
    const fault = faultOfBeginning(head);
    if (fault !== null) throw new MonitorError('OCM_USAGE', `${this.#path ?? 'standard input'} ${fault}`);
    const whole = joined(head, chunks);
    if (!GZIP.every((byte, index) => head[index] === byte)) yield* whole;
    else yield* gunzipped(whole);
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    const file = this.#path === null ? process.stdin : createReadStream(this.#path, { highWaterMark: READ_BYTES });
    this.#stream = file;
    for await (const chunk of file as AsyncIterable<Buffer>) {
      this.#bytesRead += chunk.length;
      yield chunk;
    }
  }
}

async function* joined(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}

function gunzipped(packed: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  // Whoever reads is told what goes wrong.
  return pipeline(Readable.from(packed), createGunzip({ chunkSize: READ_BYTES }), () => undefined);
}

/** Cuts texts into lines, wherever they were cut before. */
export class LineSplitter {
  readonly #maxBytes: number;
  #begun = '';
  #bytes = 0;
  #no = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  feed(text: string): TextLine[] {
    const lines: TextLine[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      this.#add(text, from, end);
      lines.push(this.#line());
      from = end + 1;
    }
    this.#add(text, from, text.length);
    return lines;
  }

  /** The last line, where nothing ends it. */
  end(): TextLine | null {
    return this.#bytes === 0 ? null : this.#line();
  }

  #add(text: string, from: number, to: number): void {
    this.#bytes += to - from;
    const room = this.#maxBytes - this.#begun.length;
    if (room > 0 && to > from) this.#begun += text.slice(from, Math.min(to, from + room));
  }

  #line(): TextLine {
    const endsInReturn = this.#bytes === this.#begun.length && this.#begun.endsWith('\r');
    const text = endsInReturn ? this.#begun.slice(0, -1) : this.#begun;
    const line = { no: ++this.#no, text, bytes: this.#bytes - Number(endsInReturn) };
    this.#begun = '';
    this.#bytes = 0;
    return line;
  }
}
