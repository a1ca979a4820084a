/** Logs of T-Servers bring back what was not received, and nothing else; with and without a running service. */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type LoggedEvent, TserverLog, type TserverLogOptions } from '../../src/simulator/callbacks/tserver-log.js';
import { testApps, type TestApp } from '../support/app.js';
import { rowsIn } from '../support/rows-in.js';
import { EVENTS, type Item, list, textOf } from '../support/callback-posts.js';
import { removeFolder } from '../support/folders.js';

const start = testApps();
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

const HOUR_MS = 3_600_000;
const OPTIONS: TserverLogOptions = {
  seed: 11,
  startMs: Math.floor(new Date().getTime() / 1000) * 1000 - 6 * HOUR_MS,
  callbacks: 25,
  habit: { style: 'tserver', stamps: 'short', indentation: 'tabs' },
  damaged: 0,
  sentToIcon: 0.8,
};

/** A log in a file, and what is in it about callbacks. */
function aLog(options: Partial<TserverLogOptions> = {}, pack = (text: Buffer) => text) {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-tserver-'));
  folders.push(folder);
  const events: LoggedEvent[] = [];
  const text = [...new TserverLog({ ...OPTIONS, ...options }).text((event) => events.push(event))].join('');
  const file = join(folder, 'sip_server.log');
  writeFileSync(file, pack(Buffer.from(text, 'latin1')));
  return { file, events: events.filter(({ kind }) => kind !== 'other') };
}

interface Summary {
  readonly read: number;
  readonly imported: number;
  readonly duplicates: number;
  readonly legacy: number;
  readonly quarantined: number;
  readonly damaged: readonly { readonly file: string; readonly line: number; readonly reason: string }[];
  readonly sent_to_icon: { readonly yes: number; readonly no: number; readonly not_sent: readonly { line: number }[] };
}

async function importLog(file: string, ...args: readonly string[]): Promise<Summary & { status: number | null }> {
  const all = ['dist/main.js', 'import', 'tserver-log', file, '--json', ...args];
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (out === '') throw new Error(err);
  return { ...(JSON.parse(out) as Summary), status };
}

async function post(app: TestApp, events: readonly LoggedEvent[]): Promise<void> {
  for (const { kind, body } of events) {
    if (kind !== 'callback') continue;
    await (await fetch(`${app.url}${EVENTS}`, { method: 'POST', body: Buffer.from(body, 'latin1') })).text();
  }
}

const digestsIn = (app: TestApp) => rowsIn(app, 'SELECT digest FROM callback_events ORDER BY digest');

/** What is known of each callback; but hashes, for which each service has a key of its own. */
async function known(app: TestApp): Promise<Item[]> {
  const { items } = await list(app, '/callbacks/details?from=2000-01-01&to=2099-01-01&limit=1000');
  const hashed = ['phone_hash', 'ani_hash'];
  const rows = items.map((item) => Object.fromEntries(Object.entries(item).filter(([key]) => !hashed.includes(key))));
  return rows.toSorted((a, b) => String(a['service_id']).localeCompare(String(b['service_id'])));
}
const counted = async (app: TestApp) =>
  (await textOf(app, '/metrics'))
    .split('\n')
    .filter((line) => /^gms_callback_\w+_total|^ocs_monitor_received/.test(line));

describe('an import of a T-Server’s log', () => {
  it('brings back exactly what was not received, once, and moves nothing that counts posts', async () => {
    const { file, events } = aLog({}, gzipSync);
    const [all, some] = [await start(), await start()];
    await post(all, events);
    await post(
      some,
      events.filter((_, index) => index % 3 !== 1),
    );
    const [before, figures] = [digestsIn(some), await counted(some)];

    const dry = await importLog(file, '--url', some.url, '--dry-run');
    expect(digestsIn(some)).toEqual(before);
    const did = await importLog(file, '--url', some.url);

    expect(digestsIn(some)).toEqual(digestsIn(all));
    expect(did.imported).toBe(digestsIn(some).length - before.length);
    expect(did.imported).toBeGreaterThan(5);
    expect(await known(some)).toEqual(await known(all));
    expect(await counted(some)).toEqual(figures);
    const { read, imported, duplicates, legacy, quarantined } = did;
    expect(read).toBe(events.length);
    expect(imported + duplicates + legacy + quarantined).toBe(read);
    expect(legacy).toBe(events.filter(({ kind }) => kind === 'legacy').length);
    expect({ ...dry, status: did.status }).toEqual(did);
    expect(rowsIn(some, 'SELECT DISTINCT origin FROM callback_events WHERE origin IS NOT NULL')).toEqual([
      'tserver-log',
    ]);

    const again = await importLog(file, '--url', some.url);
    expect(again).toMatchObject({ imported: 0, legacy: 0, duplicates: imported + duplicates + legacy });
    const audited = some.log.map(({ fields }) => fields).filter((fields) => 'audit' in fields);
    expect(audited.at(-1)).toMatchObject({ action: 'import', detail: { what: 'tserver-log', files: [file] } });
  });

  it('says of each event whether it was sent on to ICON, and names those that were not', async () => {
    const { file, events } = aLog();
    const app = await start();
    const { sent_to_icon: sent } = await importLog(file, '--url', app.url);
    const notSent = events.filter(({ sentToIcon }) => sentToIcon === false);
    expect(notSent.length).toBeGreaterThan(3);
    expect(sent).toMatchObject({ yes: events.length - notSent.length, no: notSent.length });
    expect(sent.not_sent).toEqual(notSent.map(({ line }) => ({ file, line })));
    const { items } = await list(app, '/callbacks/legacy');
    const legacy = events.filter(({ kind }) => kind === 'legacy');
    expect(items.length).toBe(legacy.length);
    expect(items.filter((item) => item['sent_to_icon'] === false).length).toBe(
      legacy.filter(({ sentToIcon }) => sentToIcon === false).length,
    );
    expect(items[0]).toMatchObject({ dn: 'REPORTING', service: 'inbound-delay', origin: 'tserver-log' });
    const other = await importLog(file, '--url', app.url, '--dn', '7001');
    expect(other).toMatchObject({ read: 0, status: 0 });
    expect(await importLog(file, '--url', app.url, '--icon', 'Stat_Server')).toMatchObject({
      sent_to_icon: { yes: events.length, no: 0 },
    });
  });

  it('applies nothing of a damaged event, says where it is, and keeps it; without a service too', async () => {
    const { file, events } = aLog({ damaged: 0.3 });
    const app = await start();
    await app.stop();
    const { status, damaged, quarantined } = await importLog(file, '--store', `sqlite:${app.database}`);
    expect(status).toBe(1);
    const spoilt = events.filter(({ damage }) => damage !== null);
    const found = spoilt.map(({ line, lines }) => damaged.filter((one) => one.line >= line && one.line < line + lines));
    expect(found.map(({ length }) => length)).toEqual(spoilt.map(() => 1));
    // The others lack a mandatory key, which a post would be told.
    const refused = damaged.filter(({ reason }) => reason.startsWith('missing_key'));
    expect(damaged.length - refused.length).toBe(spoilt.length);
    expect(quarantined).toBe(damaged.length);
    expect(rowsIn(app, 'SELECT DISTINCT origin FROM quarantine')).toEqual(['tserver-log']);
    expect(rowsIn(app, 'SELECT count(*) FROM callback_missing_keys')).toEqual([0]);
  });
});
