/** Keeps a log readable, and its disk free, when the same thing happens again and again. */
import type { Logger } from '../domain/log.js';

type Level = keyof Logger;

/** Equal lines: some at once, then one in so many milliseconds. */
const EQUAL = { atOnce: 5, everyMs: 10_000 };
/** Lines that say the same of different things. */
const ALIKE = { atOnce: 50, everyMs: 1000 };
/**
 * Lines of which it is known when they were written.
 * @bound different lines of the log whose rate is known
 * @beyond the one that was written longest ago starts anew
 * @seen the log
 */
const MAX_KNOWN = 1000;

export interface RepeatedLinesOptions {
  /** A clock that nobody sets. */
  readonly nowMs: () => number;
  /** Calls `work` once after some time; it must not keep the process. */
  readonly after: (ms: number, work: () => void) => void;
}

interface Seen {
  readonly level: Level;
  readonly message: string;
  tokens: number;
  atMs: number;
  leftOut: number;
}

/**
 * Passes lines on. Of equal lines only some, and of those that differ in their fields alone only so many; what was left
 * out is said in a line of its own. Administrative actions are left out only where they are equal.
 */
export class RepeatedLines implements Logger {
  readonly #log: Logger;
  readonly #options: RepeatedLinesOptions;
  readonly #seen = new Map<string, Seen>();
  #willSumUp = false;

  constructor(log: Logger, options: RepeatedLinesOptions) {
    this.#log = log;
    this.#options = options;
  }

  error(fields: object, message: string): void {
    this.#pass('error', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#pass('warn', fields, message);
  }

  info(fields: object, message: string): void {
    this.#pass('info', fields, message);
  }

  debug(fields: object, message: string): void {
    this.#pass('debug', fields, message);
  }

  /** Says what was left out since it was said last. */
  sumUp(): void {
    this.#willSumUp = false;
    for (const seen of this.#seen.values()) this.#sayLeftOut(seen);
  }

  #pass(level: Level, fields: object, message: string): void {
    const alike = `${level} ${message}`;
    const equal = this.#admits(`${alike} ${contentOf(fields)}`, { level, message }, EQUAL);
    if (equal && ('audit' in fields || this.#admits(alike, { level, message }, ALIKE))) {
      this.#log[level](fields, message);
    }
  }

  #admits(key: string, of: { level: Level; message: string }, { atOnce, everyMs }: typeof EQUAL): boolean {
    const nowMs = this.#options.nowMs();
    const seen = this.#seen.get(key) ?? { ...of, tokens: atOnce, atMs: nowMs, leftOut: 0 };
    seen.tokens = Math.min(atOnce, seen.tokens + (nowMs - seen.atMs) / everyMs);
    seen.atMs = nowMs;
    // The last one is the one that was written last.
    this.#seen.delete(key);
    this.#seen.set(key, seen);
    this.#letGo();
    if (seen.tokens >= 1) {
      seen.tokens--;
      return true;
    }
    seen.leftOut++;
    this.#sumUpLater();
    return false;
  }

  #letGo(): void {
    const [oldest] = this.#seen;
    if (oldest === undefined || this.#seen.size <= MAX_KNOWN) return;
    this.#seen.delete(oldest[0]);
    this.#sayLeftOut(oldest[1]);
  }

  #sumUpLater(): void {
    if (this.#willSumUp) return;
    this.#willSumUp = true;
    this.#options.after(EQUAL.everyMs, () => {
      this.sumUp();
    });
  }

  #sayLeftOut(seen: Seen): void {
    if (seen.leftOut === 0) return;
    const { level, message, leftOut } = seen;
    seen.leftOut = 0;
    this.#log[level]({ leftOut, line: message }, 'equal lines were left out');
  }
}

/** What a line says, without what numbers it: the id of an answer is another one each time. */
function contentOf(fields: object): string {
  try {
    return JSON.stringify({ ...fields, id: null }, (_key, value: unknown) =>
      value instanceof Error ? String(value) : value,
    );
  } catch {
    // What cannot be compared is only alike.
    return '';
  }
}
