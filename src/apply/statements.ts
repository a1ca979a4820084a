/** The statements of groups with the words they mean, most of them from memory. */
import { LRUCache } from 'lru-cache';
import { type Digest, isSameStatement, statementContent } from '../domain/identity.js';
import type { Statement } from '../domain/notification.js';
import { rankOf } from '../domain/transition.js';
import type { Enumerations } from '../domain/vocabulary.js';
import { type Words, wordsOf } from '../domain/words.js';
import type { Evidence } from './evidence.js';
import type { StatementRow, StatementRows } from './evidence-rows.js';
import type { TieBreak } from './tables.js';
import { inOrder, placeIn } from './tie-break.js';

/** Statements kept in memory, and their characters; at either bound all are dropped and looked up again. */
const CACHED_STATEMENTS = 50_000;
const CACHED_CHARACTERS = 20_000_000;

export interface StatementsOptions {
  readonly enumerations: Enumerations;
  readonly digest: Digest;
  /** Characters of statements in memory; left out: what a service has for them. Each takes about four bytes. */
  readonly cachedCharacters?: number;
}
/**
 * So that many statements of one millisecond are not read and sorted at each further one.
 * @bound date-times whose statements the writer keeps in order
 * @beyond the one used longest ago makes room; read again when needed
 */
const CACHED_DATE_TIMES = 16;

/** A statement as stored, with the words it means. */
export interface StoredStatement extends TieBreak {
  readonly no: number;
  readonly statement: Statement;
  readonly words: Words;
}

export class Statements {
  readonly #rows: StatementRows;
  readonly #evidence: Evidence;
  readonly #enumerations: Enumerations;
  readonly #digest: Digest;
  readonly #maxCharacters: number;
  readonly #byContent = new Map<string, StoredStatement>();
  readonly #byNo = new Map<number, StoredStatement>();
  /** Of statements that are in memory anyway. */
  readonly #ofDateTimes = new LRUCache<string, StoredStatement[]>({ max: CACHED_DATE_TIMES });
  #cachedCharacters = 0;

  constructor(
    rows: StatementRows,
    evidence: Evidence,
    { enumerations, digest, cachedCharacters = CACHED_CHARACTERS }: StatementsOptions,
  ) {
    this.#rows = rows;
    this.#evidence = evidence;
    this.#enumerations = enumerations;
    this.#digest = digest;
    this.#maxCharacters = cachedCharacters;
  }

  /** Drops what a rolled-back transaction may have put into memory. */
  dropMemory(): void {
    this.#byContent.clear();
    this.#byNo.clear();
    this.#ofDateTimes.clear();
    this.#cachedCharacters = 0;
  }

  /** To be told that evidence went. */
  dropDateTimes(): void {
    this.#ofDateTimes.clear();
  }

  /** The stored statement of this content, stored now if it is new to the group; in most cases it is the one said last. */
  stored(groupNo: number, statement: Statement, last: StoredStatement | null): StoredStatement {
    if (last !== null && isSameStatement(last.statement, statement)) return last;
    const content = statementContent(statement);
    const key = `${groupNo};${content}`;
    const cached = this.#byContent.get(key);
    if (cached) return cached;
    const contentDigest = this.#digest(content);
    const rows = this.#rows;
    const no = rows.find(groupNo, contentDigest) ?? rows.insert(groupNo, contentDigest, statement);
    const stored = this.#withWords({ no, contentDigest, statement });
    this.#keep(stored);
    this.#byContent.set(key, stored);
    return stored;
  }

  byNo(no: number): StoredStatement {
    return this.#byNo.get(no) ?? this.ofRow(this.#rows.byNo(no));
  }

  /** The statement of a group that a step is told by; null: it is not stored any more. */
  ofContent(groupNo: number, contentDigest: string): StoredStatement | null {
    const no = this.#rows.find(groupNo, contentDigest);
    return no === null ? null : this.byNo(no);
  }

  /** The statement of a row that was read already. */
  ofRow(row: StatementRow): StoredStatement {
    return this.#byNo.get(row.no) ?? this.#keep(this.#withWords(row));
  }

  /** Distinct statements at one date-time, in the order of history. */
  at(groupNo: number, atMs: number): readonly StoredStatement[] {
    const known = this.#ofDateTimes.get(`${groupNo};${atMs}`);
    if (known) return known;
    const nos = this.#evidence.statementNosAt(groupNo, atMs);
    const statements = nos.map((no) => this.byNo(no)).sort(inOrder);
    if (nos.every((no) => this.#byNo.has(no))) this.#ofDateTimes.set(`${groupNo};${atMs}`, statements);
    return statements;
  }

  /** Notes that a statement stands at a date-time where there was other evidence before, and not this. */
  join(groupNo: number, atMs: number, statement: StoredStatement): void {
    const statements = this.#ofDateTimes.get(`${groupNo};${atMs}`);
    statements?.splice(placeIn(statements, statement), 0, statement);
  }

  #withWords({ no, contentDigest, statement }: StatementRow): StoredStatement {
    const words = wordsOf(statement, this.#enumerations);
    return { no, statement, contentDigest, words, rank: rankOf(words) };
  }

  #keep(stored: StoredStatement): StoredStatement {
    const characters = this.#cachedCharacters + statementContent(stored.statement).length;
    if (this.#byNo.size >= CACHED_STATEMENTS || characters >= this.#maxCharacters) this.dropMemory();
    else this.#cachedCharacters = characters;
    this.#byNo.set(stored.no, stored);
    return stored;
  }
}
