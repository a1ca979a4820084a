/** Customers who are forgotten, by the bytes of all files: many of them, and of a service that is killed meanwhile. */
import Database from 'better-sqlite3';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anEvent, ATTACHED, EVENTS, send, STATUS } from '../support/callback-posts.js';
import { aDelivery, eventPost, openCallbackWriter } from '../support/callback-writer.js';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';
import { spelled } from '../support/number-spellings.js';
import { T0 } from '../support/notifications.js';
import { freePort, Program } from '../support/program.js';

/** All of them in `npm run test:long`. */
const CUSTOMERS = process.env['OCM_TEST_LONG'] === '1' ? 1000 : 200;
/** Of these each has a callback; of the others ten stand in a body that could not be applied. */
const WITH_CALLBACKS = CUSTOMERS / 5;
const NUMBERS = Array.from({ length: CUSTOMERS }, (_, n) => `49${String(15_100_000_000 + n * 7_919_317)}`);

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-customers-'));
  path = join(folder, 'test.db');
});
afterEach(() => {
  removeFolder(folder);
});

const bytes = () => readdirSync(folder).map((file) => readFileSync(join(folder, file)));
/** Of the spellings that have the subscriber's digits in one these digits stand for all. */
const needlesOf = (digits: string) => {
  const rest = digits.slice(5);
  const others = spelled(digits).filter((one) => !one.includes(rest));
  return [rest, ...others].map((one) => Buffer.from(one)).concat(Buffer.from(rest, 'utf16le'));
};
/** Spellings of numbers that stand in a file. */
const found = (numbers: readonly string[], files = bytes()) =>
  numbers.flatMap((digits) =>
    needlesOf(digits)
      .filter((needle) => files.some((file) => file.includes(needle)))
      .map(String),
  );
const spelling = (n: number, digits = NUMBERS[n] ?? '') => spelled(digits)[n % 18] ?? digits;

describe('customers who are forgotten one after the other', () => {
  it('leave no byte of a number in the database, its free pages and its log', { timeout: 600_000 }, () => {
    const writer = openCallbackWriter(path);
    for (let n = 0; n < WITH_CALLBACKS; n++) {
      const keys = { _CB_SERVICE_ID: `of ${String(n)}`, note: `call ${spelling(n)}` };
      writer.commit([eventPost({ ...keys, _CB_CUSTOMER_PHONE_NUMBER: spelling(n) })]);
      writer.commit([eventPost({ ...keys, _CB_CUSTOMER_ANI: spelling(n), _CB_N_CALLBACK_ATTEMPTS: 1 })]);
    }
    for (let n = WITH_CALLBACKS; n < CUSTOMERS; n += 10) {
      const numbers = Array.from({ length: 10 }, (_, more) => ({ number: spelling(n + more) }));
      const body = { faulty: n, deep: [JSON.stringify({ numbers })] };
      writer.commit([aDelivery('callback-events', body)]);
      const utf16 = Buffer.from(`+${NUMBERS[n] ?? ''}`, 'utf16le').toString('latin1');
      writer.commit([{ ...aDelivery('callback-events', 0), bytes: `${String(n)} ${utf16}` }]);
    }
    expect(found(NUMBERS.slice(0, 20)).length).toBeGreaterThanOrEqual(20);
    const rows = writer.quarantineCounts();
    for (const number of NUMBERS) {
      const slices = writer.forgetCustomer({ number, hash: null, dryRun: false });
      while (slices.next().done !== true);
    }
    // The log is there still.
    expect(found(NUMBERS.slice(0, 100))).toEqual([]);
    expect(writer.quarantineCounts()).toEqual(rows);
    writer.close();
    expect(found(NUMBERS)).toEqual([]);
    const db = new Database(path, { readonly: true });
    const kept = db.prepare('SELECT count(*) FROM callbacks WHERE events = 2 AND service_start_ms = ?').pluck().get(T0);
    db.close();
    expect(kept).toBe(WITH_CALLBACKS);
  });
});

describe('a service that is killed while it forgets a customer', () => {
  it('ends it after the next start, and says no number in its log', async () => {
    const port = await freePort();
    let program = await Program.start(port, path);
    const [number = '', other = ''] = NUMBERS;
    for (let n = 0; n < 200; n++) {
      const keys = { _CB_SERVICE_ID: `of ${String(n)}`, _CB_CUSTOMER_PHONE_NUMBER: spelling(n, number), nested: [n] };
      await send(program, EVENTS, anEvent(keys));
      await send(program, ATTACHED, { interaction_id: `call ${String(n)}`, text: spelling(n + 1, number), ...keys });
      await send(program, STATUS, { event: '_cbe_on_callback_queued', _service_id: keys._CB_SERVICE_ID, to: number });
      await send(program, EVENTS, { faulty: n, of: spelling(n + 2, number) });
    }
    await send(program, EVENTS, anEvent({ _CB_SERVICE_ID: 'other', _CB_CUSTOMER_PHONE_NUMBER: other }));
    const body = JSON.stringify({ customer: `+${number}` });
    const url = `${program.url}/api/v1/forget/customer`;
    const asked = fetch(url, { method: 'POST', body }).catch(() => null);
    const open = () => {
      const db = new Database(path, { readonly: true });
      const rows = db.prepare('SELECT count(*) FROM customer_removals WHERE done_ms IS NULL').pluck().get();
      db.close();
      return rows;
    };
    await eventually(() => {
      expect(open()).toBe(1);
    });
    await program.end('SIGKILL');
    await asked;
    expect(program.stdout + program.stderr).not.toContain(number.slice(5));
    program = await Program.start(port, path);
    await eventually(() => {
      expect(open()).toBe(0);
    });
    expect(await program.end('SIGTERM')).toBe(0);
    expect(program.stdout + program.stderr).not.toContain(number.slice(5));
    expect(found([number])).toEqual([]);
    expect(found([other])).not.toEqual([]);
  });
});
