/**
 * The text of a metric family in the making. It leaves the JavaScript heap as it grows: a page of 10,000 groups has some
 * 30 MB, and as strings it is copied by every garbage collection until it is sent (measured: pauses of 15 ms, one after
 * the other).
 */
export class PageText {
  readonly #pieces: Uint8Array[] = [];
  #lines: string[] = [];
  #length = 0;

  add(lines: string): void {
    this.#lines.push(lines);
    this.#length += lines.length;
    if (this.#length >= PIECE_LENGTH) this.#encode();
  }

  addEncoded(lines: Uint8Array): void {
    this.#encode();
    this.#pieces.push(lines);
  }

  /** The text in pieces, to be sent in order. */
  pieces(): readonly Uint8Array[] {
    this.#encode();
    return this.#pieces;
  }

  #encode(): void {
    if (this.#length === 0) return;
    this.#pieces.push(Buffer.from(this.#lines.join('')));
    this.#lines = [];
    this.#length = 0;
  }
}

const PIECE_LENGTH = 64 * 1024;
