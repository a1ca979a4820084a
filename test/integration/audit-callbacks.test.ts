/** What a simulated ICON has of callbacks against a service to which some posts were lost; before and after an import. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/node/system-clock.js';
import { DEFAULT_OPTIONS } from '../../src/simulator/options.js';
import { runSimulationInDetail } from '../../src/simulator/run.js';
import { testApps } from '../support/app.js';
import { removeFolder } from '../support/folders.js';

const start = testApps();
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

async function run(...args: readonly string[]): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['dist/main.js', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, out, err };
}

interface Report {
  readonly services: number;
  readonly known: number;
  readonly only_there: readonly { readonly service_id: string }[];
  readonly events_missing: readonly { readonly where: string }[];
  readonly differing: readonly unknown[];
  readonly missing_keys: readonly { readonly events: number }[];
  readonly damaged: readonly unknown[];
}

describe('audit callbacks', () => {
  it('finds the services and events that were lost, until they are imported', async () => {
    const app = await start();
    const folder = mkdtempSync(join(tmpdir(), 'ocm-audit-icon-'));
    folders.push(folder);
    const lively = { groups: 4, callbacksPerMinute: 900, speed: 400, durationMs: 4000, loss: 0.3, seed: 3 };
    const options = { ...DEFAULT_OPTIONS, ...lively, url: app.url, iconExport: folder };
    const { account } = await runSimulationInDetail(options, { clock: systemClock });
    expect(account.lost_by_choice).toBeGreaterThan(5);
    const files = ['G_CUSTOM_DATA_S', 'G_USERDATA_HISTORY'].map((table) => join(folder, `${table}.csv`));
    const audit = async (...more: readonly string[]) => {
      const { status, out, err } = await run(
        'audit',
        'callbacks',
        ...files,
        '--store',
        `sqlite:${app.database}`,
        ...more,
      );
      if (out === '') throw new Error(err);
      return { status, out };
    };
    const reported = async () => JSON.parse((await audit('--json')).out) as Report;

    const before = await reported();
    expect(before.services - before.known).toBe(before.only_there.length);
    expect(before.only_there.length).toBeGreaterThan(0);
    expect(before.events_missing.some(({ where }) => where === 'here')).toBe(true);
    expect(before.damaged).toEqual([]);
    const text = await audit();
    expect(text.status).toBe(1);
    expect(text.out).toContain(before.only_there[0]?.service_id);

    const tables = ['GO_Campaign', 'GO_CampaignHistory', 'CALLBACK_FACT'].map((table) => join(folder, `${table}.csv`));
    const imported = await run('import', 'icon', ...files, ...tables, '--url', app.url, '--json');
    const { imported: count, damaged } = JSON.parse(imported.out) as {
      imported: number;
      damaged: { reason: string }[];
    };
    expect(count).toBeGreaterThan(before.only_there.length);
    expect(damaged.every(({ reason }) => reason.startsWith('missing_key'))).toBe(true);
    const after = await reported();
    // What lacks a mandatory key is refused from wherever it comes.
    const refused = after.missing_keys.reduce((sum, { events }) => sum + events, 0);
    expect(after.only_there.length).toBeLessThanOrEqual(refused);
    expect(after.events_missing.filter(({ where }) => where === 'here')).toEqual([]);
    expect(after.differing).toEqual([]);
    expect(readFileSync(files[0] ?? '', 'utf8')).toContain('KeyName');
  });

  it('says what is wrong with its command line', async () => {
    expect((await run('audit', 'callbacks')).status).toBe(2);
    expect((await run('audit', 'callbacks', 'x', '--source', '..')).status).toBe(2);
    expect((await run('audit', '--help')).out).toContain('audit callbacks FILE');
    const twice = await run('simulate', '--url', 'http://127.0.0.1:1', '--icon-export', 'x', '--sources', '2');
    expect([twice.status, twice.err]).toEqual([2, expect.stringContaining('--icon-export')]);
  });

  it('is told the same by the logs of that site: of a T-Server what is missing by that of ICON', async () => {
    const app = await start();
    const folder = mkdtempSync(join(tmpdir(), 'ocm-audit-logs-'));
    folders.push(folder);
    const lively = { groups: 1, callbacksPerMinute: 900, speed: 400, durationMs: 4000, loss: 0.3, seed: 6 };
    const options = { ...DEFAULT_OPTIONS, ...lively, url: app.url, iconExport: folder };
    await runSimulationInDetail(options, { clock: systemClock });
    const store = ['--store', `sqlite:${app.database}`, '--json'];
    const iconLog = async () => {
      const { status, out } = await run('audit', 'icon-log', join(folder, 'icon.log'), '--dn', 'REPORTING', ...store);
      const { arrivals, missing } = JSON.parse(out) as { arrivals: number; missing: readonly unknown[] };
      return { status, arrivals, missing: missing.length };
    };
    const before = await iconLog();
    expect(before.status).toBe(1);
    const importing = async () => {
      const { out } = await run('import', 'tserver-log', join(folder, 'tserver.log'), '--url', app.url, '--json');
      return JSON.parse(out) as { read: number; imported: number; damaged: { reason: string }[]; sent_to_icon: object };
    };
    const first = await importing();
    expect(first.imported).toBeGreaterThan(5);
    expect(first.damaged.every(({ reason }) => reason.startsWith('missing_key'))).toBe(true);
    expect(first).toMatchObject({ read: before.arrivals, sent_to_icon: { yes: before.arrivals, no: 0 } });
    expect((await importing()).imported).toBe(0);
    // What came twice word for word is held once, and what is in quarantine is not held.
    expect((await iconLog()).missing).toBe(before.missing - first.imported);
    const { out } = await run('audit', 'callbacks', join(folder, 'G_CUSTOM_DATA_S.csv'), ...store);
    const report = JSON.parse(out) as Report;
    const refused = report.missing_keys.reduce((sum, { events }) => sum + events, 0);
    expect(report.only_there.length).toBeLessThanOrEqual(refused);
    expect(report.events_missing.filter(({ where }) => where === 'here')).toEqual([]);
  });
});
