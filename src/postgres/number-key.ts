/**
 * The key under which customers' numbers are hashed: the same for all receivers of a database. It is changed at the start of a
 * receiver that has another, while no other one is alive; what one that seems dead would write after that is refused, see
 * `key-mark.ts`.
 */
import { hashOfNumber } from '../apply/callbacks.js';
import type { Digest } from '../domain/identity.js';
import { MonitorError } from '../domain/errors.js';
import type { BlockingWire } from './blocking/blocking-wire.js';
import type { Answer } from './exchange.js';
import { ExchangeFailed, isTriedAgain } from './failures.js';
import { keyMark, NUMBER_KEY, OtherNumberKey } from './key-mark.js';
import type { Statement } from './statements.js';
import { arrayOf, type Value } from './values.js';

export interface NumberKeyOptions {
  readonly key: string;
  readonly digest: Digest;
  readonly hasher: (key: string) => (number: string) => string;
  /** Whose key it is: its own runs keep nobody from changing it. */
  readonly receiver: string;
  readonly nowMs: number;
}

/** Who has said nothing for so long is taken for dead. */
const ALIVE_MS = 15_000;
/** Callbacks whose numbers are hashed in one transaction. */
const ROWS = 500;
/** How often a transaction is tried again that others stood in the way of. */
const TRIES = 20;
/** Settings: whose key it is, and whether there may be hashes under the one before. */
const [FINGERPRINT, REHASHING] = ['number_key_fingerprint', 'number_key_changed'];

const plain = (text: string, ...values: Statement['values']): Statement => ({ text, values });
const BEGIN = plain('BEGIN ISOLATION LEVEL READ COMMITTED');
const COMMIT = plain('COMMIT');
const ROLLBACK = plain('ROLLBACK');
const SET = `INSERT INTO service_settings (name, value) VALUES ($1, $2)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`;

/**
 * Makes this key the one of the database, with all hashes under it. Throws OCM_CONFIG where others are alive that have another,
 * and ExchangeFailed.
 */
export function takeNumberKey(wire: Pick<BlockingWire, 'exchange'>, options: NumberKeyOptions): void {
  if (!attempt(wire, () => agree(wire, options))) return;
  // Whoever has begun to write before the mark was there has ended when this is granted.
  attempt(wire, () => wire.exchange([BEGIN, plain('LOCK TABLE callbacks IN SHARE MODE'), COMMIT]));
  let after: Place | null = null;
  do after = attempt(wire, () => hashSome(wire, options, after));
  while (after !== null);
  attempt(wire, () => {
    underMark(wire, options);
    wire.exchange([plain('DELETE FROM service_settings WHERE name = $1', REHASHING), COMMIT]);
  });
}

/** Whether there may be hashes under another key. */
function agree(wire: Pick<BlockingWire, 'exchange'>, options: NumberKeyOptions): boolean {
  const { key, digest } = options;
  const own = digest(key);
  const mark = String(keyMark(digest, key));
  const [, , , said] = wire.exchange([
    BEGIN,
    plain('INSERT INTO kept_numbers (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING', NUMBER_KEY, mark),
    plain('SELECT value FROM kept_numbers WHERE name = $1 FOR UPDATE', NUMBER_KEY),
    plain('SELECT name, value FROM service_settings WHERE name IN ($1, $2)', FINGERPRINT, REHASHING),
  ]);
  const settings = new Map(said?.rows.map(([name, value]) => [String(name), String(value)]));
  const before = settings.get(FINGERPRINT);
  const isOther = before !== undefined && before !== own;
  if (isOther) mustBeAlone(wire, options);
  wire.exchange([
    plain('UPDATE kept_numbers SET value = $2 WHERE name = $1', NUMBER_KEY, mark),
    plain(SET, FINGERPRINT, own),
    ...(isOther ? [plain(SET, REHASHING, own)] : []),
    COMMIT,
  ]);
  return isOther || settings.has(REHASHING);
}

function mustBeAlone(wire: Pick<BlockingWire, 'exchange'>, { receiver, nowMs }: NumberKeyOptions): void {
  const [answer] = wire.exchange([
    plain(
      `SELECT receiver, max(alive_ms) FROM uptime WHERE ended = 0 AND receiver <> $1 AND alive_ms > $2::bigint
        GROUP BY receiver ORDER BY receiver LIMIT 1`,
      receiver,
      nowMs - ALIVE_MS,
    ),
  ]);
  const [row] = answer?.rows ?? [];
  if (row === undefined) return;
  const [other, aliveMs] = row;
  const seconds = Math.max(0, Math.round((nowMs - Number(aliveMs)) / 1000));
  const message = `OCM_PII_KEY is not the key under which the numbers in this database are hashed, and the receiver ${String(other)}, which has that key, was alive ${seconds} s ago: give every receiver the same one. To change it, stop them all, and start one with the new key`;
  throw new MonitorError('OCM_CONFIG', message);
}

type Place = readonly [source: string, callbackNo: number];

/** Begins a transaction in which nobody changes the key. */
function underMark(wire: Pick<BlockingWire, 'exchange'>, { key, digest }: NumberKeyOptions): void {
  const [, answer] = wire.exchange([
    BEGIN,
    plain('SELECT value FROM kept_numbers WHERE name = $1 FOR SHARE', NUMBER_KEY),
  ]);
  if (answer?.rows[0]?.[0] !== keyMark(digest, key)) throw new MonitorError('OCM_CONFIG', new OtherNumberKey().message);
}

/** Hashes the numbers of the next callbacks; returns the last of them, null: there were none. */
function hashSome(wire: Pick<BlockingWire, 'exchange'>, options: NumberKeyOptions, after: Place | null): Place | null {
  underMark(wire, options);
  const behind = after === null ? '' : 'AND (source, callback_no) > ($1::text, $2::bigint)';
  const [answer] = wire.exchange([
    plain(
      `SELECT source, callback_no, customer_phone_number, customer_ani FROM callbacks
        WHERE (customer_phone_number IS NOT NULL OR customer_ani IS NOT NULL) ${behind}
        ORDER BY source, callback_no LIMIT ${ROWS} FOR UPDATE`,
      ...(after ?? []),
    ),
  ]);
  const rows = answer?.rows ?? [];
  wire.exchange([...(rows.length === 0 ? [] : [hashing(rows, options.hasher(options.key))]), COMMIT]);
  const [source, callbackNo] = rows.at(-1) ?? [];
  return rows.length < ROWS ? null : [String(source), Number(callbackNo)];
}

function hashing(rows: Answer['rows'], hash: (number: string) => string): Statement {
  const hashed = (number: Value | undefined) => hashOfNumber(typeof number === 'string' ? number : null, hash);
  return plain(
    `UPDATE callbacks AS c SET phone_hash = k.phone, ani_hash = k.ani
      FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) AS k (source, callback_no, phone, ani)
      WHERE c.source = k.source AND c.callback_no = k.callback_no`,
    arrayOf('text', columnOf(rows, 0)),
    arrayOf('bigint', columnOf(rows, 1)),
    arrayOf(
      'text',
      rows.map((row) => hashed(row[2])),
    ),
    arrayOf(
      'text',
      rows.map((row) => hashed(row[3])),
    ),
  );
}

function columnOf(rows: Answer['rows'], n: number): readonly Value[] {
  return rows.map((row) => row[n] ?? null);
}

/** Another try finds what was done before it: nothing, or all. */
function attempt<T>(wire: Pick<BlockingWire, 'exchange'>, work: () => T): T {
  for (let tries = 1; ; tries++) {
    try {
      return work();
    } catch (error) {
      const isFailed = error instanceof ExchangeFailed;
      if (!isFailed) wire.exchange([ROLLBACK]);
      if (!isFailed || !isTriedAgain(error) || tries >= TRIES) throw error;
    }
  }
}
