/**
 * A file of lines that is sealed day by day. Each seal is the SHA-256 of the seal before and of all lines since, so that no
 * byte can be changed without another seal from that day on. Whoever keeps the last seal elsewhere sees that, too.
 * Texts have one character a byte (latin1).
 */

/** SHA-256 of what it was fed. */
export interface Hashing {
  update(text: string): void;
  /** One of its own, fed the same so far. */
  copy(): Hashing;
  /** In hex; nothing can be fed after it. */
  digest(): string;
}
type NewHash = () => Hashing;

/** The first seal is of the head, the last of the end; those between are of days. */
export const HEAD = 'head';
export const END = 'end';
const NOTHING = '0'.repeat(64);
const SEAL = /^\{"record":"seal","of":"([^"]+)","lines":(\d+),"sha256":"([0-9a-f]{64})"\}$/;

export class SealedLines {
  readonly #newHash: NewHash;
  #hash: Hashing;
  #lines = 0;
  #last = NOTHING;

  constructor(newHash: NewHash) {
    this.#newHash = newHash;
    this.#hash = begun(newHash, NOTHING);
  }

  /** The last seal. */
  get last(): string {
    return this.#last;
  }

  /** A line without its end. */
  line(text: string): string {
    this.#hash.update(`${text}\n`);
    this.#lines++;
    return `${text}\n`;
  }

  /** The line that seals all since the last one. */
  seal(of: string): string {
    this.#last = sealed(this.#hash, of, this.#lines);
    const line = `{"record":"seal","of":"${of}","lines":${this.#lines},"sha256":"${this.#last}"}\n`;
    this.#hash = begun(this.#newHash, this.#last);
    this.#lines = 0;
    return line;
  }
}

function begun(newHash: NewHash, seal: string): Hashing {
  const hash = newHash();
  hash.update(`${seal}\n`);
  return hash;
}

function sealed(hash: Hashing, of: string, lines: number): string {
  hash.update(`${of} ${lines}\n`);
  return hash.digest();
}

export interface Verified {
  readonly days: number;
  readonly lastSeal: string | null;
  /** What is not as it was sealed: `head`, days, `end`, in the order of the file. Empty: nothing was changed. */
  readonly changed: readonly string[];
}

/**
 * @bound bytes of a line of a sealed file
 * @beyond the file is none that was exported: it is told as changed
 * @seen the answer of `ocs-monitor export --verify`
 */
const MAX_LINE_BYTES = 1_000_000;
const DAY_MS = 86_400_000;
/** In the head. */
const FIRST_DAY = /"from":"(\d{4}-\d{2}-\d{2})"/;
/** Within a text of JSON its quotes would be escaped. */
const BROKEN_SEAL = /"record":"seal"|"sha256":"/;

/** Told a file from its first byte to its last, in pieces of any size. */
export class SealVerifier {
  readonly #newHash: NewHash;
  readonly #changed: string[] = [];
  #begun = '';
  #hash: Hashing;
  /** The same, if the seal before was changed and not what it is of. */
  #hashOfComputed: Hashing;
  #lines = 0;
  #days = 0;
  /** What the next seal has to be of; null: of any day. Behind the end of nothing. */
  #next: string | null = HEAD;
  /** As the head says. */
  #firstDay: string | null = null;
  /** Whether a line since the last seal looks as if it had been one. */
  #hasBrokenSeal = false;
  #isAtEnd = false;
  #lastSeal: string | null = null;

  constructor(newHash: NewHash) {
    this.#newHash = newHash;
    this.#hash = begun(newHash, NOTHING);
    this.#hashOfComputed = begun(newHash, NOTHING);
  }

  feed(text: string): void {
    // Only what is new is looked through: a long line may come in many pieces.
    const pieces = text.split('\n');
    const last = pieces.pop() ?? '';
    for (const piece of pieces) {
      this.#line(this.#begun + piece);
      this.#begun = '';
    }
    this.#begun += last;
    if (this.#begun.length <= MAX_LINE_BYTES) return;
    this.#tell(this.#next ?? END);
    this.#begun = this.#begun.slice(-1);
  }

  end(): Verified {
    // Behind the end there is nothing.
    const isWhole = this.#isAtEnd && this.#begun === '' && this.#lines === 0;
    if (!isWhole) this.#tell(this.#next === HEAD ? HEAD : END);
    return { days: this.#days, lastSeal: this.#lastSeal, changed: this.#changed };
  }

  #line(text: string): void {
    const [, of, lines, sha256] = SEAL.exec(text) ?? [];
    if (of === undefined || lines === undefined || sha256 === undefined) {
      this.#content(text);
      return;
    }
    const isEnd = this.#isSealOf(END, sha256);
    const found = sealed(this.#hash, of, this.#lines);
    const computed = sealed(this.#hashOfComputed, of, this.#lines);
    const isAsSealed = (sha256 === found || sha256 === computed) && Number(lines) === this.#lines;
    // Only the end is sealed as the end, whatever the line calls itself now.
    const expected = isEnd ? END : this.#expected(of);
    if (!isAsSealed || of !== expected) this.#tell(expected);
    if (of !== HEAD && of !== END) this.#days++;
    this.#lastSeal = sha256;
    this.#hash = begun(this.#newHash, sha256);
    this.#hashOfComputed = begun(this.#newHash, isAsSealed ? sha256 : found);
    this.#lines = 0;
    this.#hasBrokenSeal = false;
    this.#isAtEnd = of === END || isEnd;
    this.#next = of === HEAD ? this.#firstDay : dayAfter(isDay(of) ? of : expected);
  }

  #content(text: string): void {
    if (this.#next === HEAD) this.#firstDay ??= FIRST_DAY.exec(text)?.[1] ?? null;
    this.#hasBrokenSeal ||= BROKEN_SEAL.test(text);
    this.#hash.update(`${text}\n`);
    this.#hashOfComputed.update(`${text}\n`);
    this.#lines++;
  }

  #isSealOf(of: string, sha256: string): boolean {
    return [this.#hash, this.#hashOfComputed].some((hash) => sealed(hash.copy(), of, this.#lines) === sha256);
  }

  /** Of what a seal has to be that says what it is of. */
  #expected(of: string): string {
    if (this.#isAtEnd || (of === END && !this.#hasBrokenSeal && this.#next !== HEAD)) return END;
    return this.#next ?? of;
  }

  #tell(of: string): void {
    if (this.#changed.at(-1) !== of) this.#changed.push(of);
  }
}

function dayAfter(text: string): string | null {
  return isDay(text) ? new Date(Date.parse(text) + DAY_MS).toISOString().slice(0, 10) : null;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}
