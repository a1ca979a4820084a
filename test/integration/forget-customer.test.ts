/** A customer's rights: what is held of them, and that they are forgotten, with and without a running service. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import { aFinal, anEvent, answerTo, ATTACHED, EVENTS, get, list, STATUS } from '../support/callback-posts.js';
import { ocsMonitor } from '../support/program.js';

const start = testApps();
const NUMBER = '4915112345678';
const OTHER = '4915112345679';

/** A customer's callback, with their number in several spellings, and that of another. */
async function filled(flags: Record<string, string> = {}): Promise<TestApp> {
  const app = await start(flags);
  await answerTo(app, EVENTS, anEvent({ _CB_CUSTOMER_PHONE_NUMBER: `+${NUMBER}`, customer_name: 'Jane Doe' }));
  await answerTo(app, EVENTS, aFinal({ _CB_CUSTOMER_PHONE_NUMBER: '0049 151 12345678' }));
  await answerTo(app, ATTACHED, { interaction_id: 'call', _CB_SERVICE_ID: 'service-1', ani: '%2B49151%2012345678' });
  await answerTo(app, STATUS, { event: '_cbe_on_callback_queued', _service_id: 'service-1', to: [{ n: NUMBER }] });
  await answerTo(app, EVENTS, { faulty: [`+49 (0)151/12345678`] });
  await answerTo(app, EVENTS, anEvent({ _CB_SERVICE_ID: 'service-2', _CB_CUSTOMER_PHONE_NUMBER: OTHER }));
  return app;
}

async function ask(app: TestApp, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${app.url}/api/v1/forget/customer`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
}

const foundIn = (answer: Record<string, unknown>) =>
  (answer['tables'] as { table: string; found: number }[]).filter(({ found }) => found > 0).map(({ table }) => table);
const bytesBeside = ({ database }: TestApp) =>
  readdirSync(dirname(database))
    .map((file) => readFileSync(join(dirname(database), file), 'latin1'))
    .join('\n');
const atRest = ({ database }: TestApp) => ['--store', `sqlite:${database}`];

describe('POST /api/v1/forget/customer', () => {
  it('takes a customer out of everything, and leaves callbacks and what they measure', async () => {
    const app = await filled();
    const before = await get(app, '/callbacks/service-1');
    const dry = await ask(app, { customer: NUMBER, dry_run: true });
    expect(foundIn(dry)).toEqual([
      ...['callback_events', 'callback_attachments', 'callback_notifications', 'callbacks', 'quarantine'],
    ]);
    const certificate = await ask(app, { customer: `+${NUMBER}` });
    expect(certificate).toMatchObject({ status: 200, dry_run: false, log_emptied: true, rewritten: true });
    expect(JSON.stringify(certificate)).not.toContain('12345678');
    expect(bytesBeside(app)).not.toMatch(/12345678|Jane Doe/);
    expect(bytesBeside(app)).toContain('12345679');
    const after = await get(app, '/callbacks/service-1');
    expect({ ...after, ...PERSONAL_OF(before) }).toEqual({ ...before, ...PERSONAL_OF(before) });
    const keys = { ...(before['keys'] as object), _CB_CUSTOMER_PHONE_NUMBER: null };
    expect(after['keys']).toEqual(keys);
    expect(foundIn(await ask(app, { customer: NUMBER }))).toEqual([]);
    const audited = (await list(app, '/audit-log')).items.filter(({ action }) => action === 'forget.customer');
    expect(audited).toHaveLength(3);
    expect(audited[1]).toMatchObject({ detail: { dry_run: false, found: 6, certificate: certificate['digest'] } });
    expect(JSON.stringify([audited, app.log])).not.toContain('12345678');
  });

  it('finds nobody by the hash any more', async () => {
    const app = await filled();
    const { phone_hash: hash } = (await answerTo(app, '/api/v1/phone-hash', { number: NUMBER })) as unknown as {
      phone_hash: string;
    };
    const byHash = () => list(app, `/callbacks?phone_hash=${hash}`);
    expect((await byHash()).items).toHaveLength(1);
    expect((await ask(app, { customer_hash: hash }))['status']).toBe(200);
    expect((await byHash()).items).toEqual([]);
    expect(bytesBeside(app)).not.toMatch(/12345678/);
  });

  it.each([
    [{ customer: '12' }, /7 to 15 digits/],
    [{ customer: NUMBER, customer_hash: '0123456789abcdef' }, /one of them/],
    [{}, /one of them/],
    [{ customer_hash: 'x' }, /16 hexadecimal digits/],
    [{ customer: NUMBER, dry_run: 1 }, /true or false/],
    [{ [NUMBER]: NUMBER }, /customer, customer_hash, dry_run/],
  ])('refuses %j, and says no number', async (body, why) => {
    const app = await start();
    const answer = await ask(app, body);
    expect(answer).toMatchObject({ status: 400, detail: expect.stringMatching(why) as string });
    expect(JSON.stringify(answer)).not.toContain(NUMBER);
  });
});

/** What the answer about a callback says of its customer, and of when it was asked. */
const PERSONAL_OF = (callback: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(callback).filter(([name]) =>
      /phone|ani|customer|events|attached|notifications|age|story|^keys$|state_changes/.test(name),
    ),
  );

describe('ocs-monitor forget --customer', () => {
  it('asks the service that runs, and searches the files after it', async () => {
    const app = await filled();
    const place = [...atRest(app), '--port', String(app.app.port)];
    const { status, out, err } = await ocsMonitor('forget', '--customer', `+${NUMBER}`, '--yes', '--json', ...place);
    expect([status, err]).toEqual([0, '']);
    const answer = JSON.parse(out) as { traces: { file: string; places: number }[] };
    expect(answer.traces.map(({ places }) => places)).toEqual(answer.traces.map(() => 0));
    expect(out).not.toContain('12345678');
  });

  it('says so where the customer comes again meanwhile', async () => {
    const app = await filled();
    // A service that has done it, with rows that hold the number all the same: as if they had come since.
    const done = createServer((_request, response) => {
      void ask(app, { customer: NUMBER, dry_run: true }).then((certificate) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ ...certificate, dry_run: false }));
      });
    }).listen(0, '127.0.0.1');
    await once(done, 'listening');
    const { port } = done.address() as AddressInfo;
    const { status, err } = await ocsMonitor(
      ...['forget', '--customer', NUMBER, '--yes', ...atRest(app), '--port', String(port)],
    );
    done.close();
    expect(status).toBe(1);
    expect(err).toMatch(/ has the number in \d+ places still\.\n(.*\n)*They came again: \d+ rows were received since/);
  });

  it('is done again to a copy that is restored, and names the copy', async () => {
    const app = await filled();
    await app.stop();
    const backup = join(dirname(app.database), 'backup.db');
    expect((await ocsMonitor('backup', backup, ...atRest(app))).status).toBe(0);
    const forgotten = await ocsMonitor('forget', '--customer', NUMBER, '--yes', ...atRest(app));
    expect(forgotten).toMatchObject({
      status: 0,
      out: expect.stringMatching(/Backups that hold .*\n.*backup\.db/) as string,
    });
    const restored = await ocsMonitor('restore', backup, '--json', ...atRest(app));
    expect(JSON.parse(restored.out)).toMatchObject({ forgotten_again: 1, not_forgotten: 0 });
    expect(readFileSync(backup, 'latin1')).toContain('12345678');
    expect(readFileSync(app.database, 'latin1')).not.toContain('12345678');
    const nothing = await ocsMonitor('forget', '--customer', NUMBER, '--dry-run', ...atRest(app));
    expect(nothing.out).toContain('The customer stands nowhere.');
  });

  it.each([
    [['forget', '--customer', '12'], '--customer takes a telephone number'],
    [['forget', '--hash', '12'], '--hash takes'],
    [['forget', '--customer', NUMBER, '--hash', '0123456789abcdef'], 'exclude each other'],
    [['forget', '--customer', NUMBER, '--group', 'x'], 'takes one of'],
    [['export', '--customer', NUMBER, 'notifications'], 'export takes'],
  ])('refuses %j', async (args, why) => {
    const { status, err } = await ocsMonitor(...args);
    expect([status, err]).toEqual([2, expect.stringContaining(why)]);
    expect(err).not.toContain(NUMBER);
  });
});

describe('ocs-monitor export --customer', () => {
  it('prints all that is held of the customer, and of nobody else', async () => {
    const app = await filled();
    const { status, out } = await ocsMonitor('export', '--customer', '+49 151 12345678', ...atRest(app));
    expect(status).toBe(0);
    const held = JSON.parse(out) as Record<string, unknown[]>;
    expect(Object.fromEntries(Object.entries(held).map(([table, rows]) => [table, rows.length]))).toMatchObject({
      ...{ callbacks: 1, callback_events: 2, callback_attachments: 1, callback_notifications: 1, quarantine: 1 },
      callback_interactions: 1,
    });
    expect(out).toContain('Jane Doe');
    expect(out).not.toContain('12345679');
    const file = join(dirname(app.database), 'held.json');
    const written = await ocsMonitor('export', '--customer', NUMBER, '--out', file, '--json', ...atRest(app));
    expect(JSON.parse(written.out)).toMatchObject({ file, rows: 7 });
  });
});
