/** Numbers as bits and bytes, written one after another and read again in the same order. */

/** A number of bits that arithmetic on 32 bits can shift without losing any. */
const PART_BITS = 24;
const PART = 2 ** PART_BITS;

export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow();
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 to 2⁵³ − 1, seven bits in each byte, lowest first. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  double(value: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    for (const byte of bytes) this.byte(byte);
  }

  /** The lowest bits of a whole number, at most 53. To be ended by `endBits`. */
  bits(value: number, width: number): void {
    if (width <= PART_BITS) {
      this.#part(value, width);
      return;
    }
    let [rest, left] = [value, width];
    for (; left > PART_BITS; left -= PART_BITS) {
      this.#part(rest % PART, PART_BITS);
      rest = Math.floor(rest / PART);
    }
    this.#part(rest, left);
  }

  endBits(): void {
    if (this.#pendingBits > 0) this.byte(this.#pending & 0xff);
    this.#pending = 0;
    this.#pendingBits = 0;
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #part(value: number, width: number): void {
    this.#pending |= value << this.#pendingBits;
    this.#pendingBits += width;
    while (this.#pendingBits >= 8) {
      this.byte(this.#pending & 0xff);
      this.#pending >>>= 8;
      this.#pendingBits -= 8;
    }
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what a `ByteWriter` has written. Throws a RangeError at the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #pending = 0;
  #pendingBits = 0;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('the block ends too early');
    return byte;
  }

  varint(): number {
    let [value, unit] = [0, 1];
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 0x80;
      if (unit > Number.MAX_SAFE_INTEGER) throw new RangeError('a number in the block is too large');
    }
  }

  double(): number {
    const from = this.#at;
    this.#at += 8;
    if (this.#at > this.#bytes.length) throw new RangeError('the block ends too early');
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + from, 8).getFloat64(0, true);
  }

  bits(width: number): number {
    if (width <= PART_BITS) return this.#part(width);
    let [value, unit, left] = [0, 1, width];
    for (; left > PART_BITS; left -= PART_BITS) {
      value += this.#part(PART_BITS) * unit;
      unit *= PART;
    }
    return value + this.#part(left) * unit;
  }

  endBits(): void {
    this.#pending = 0;
    this.#pendingBits = 0;
  }

  #part(width: number): number {
    while (this.#pendingBits < width) {
      this.#pending |= this.byte() << this.#pendingBits;
      this.#pendingBits += 8;
    }
    const value = this.#pending & ((1 << width) - 1);
    this.#pending >>>= width;
    this.#pendingBits -= width;
    return value;
  }
}
