/** Tables as the command writes them, beside a service that runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { anEventBody } from '../support/callback-events.js';
import { commandLine } from '../support/command-line.js';
import { duckdb } from '../support/duckdb.js';
import { removeFolder } from '../support/folders.js';
import { aPost, dateTime, LOADED, STARTED, STOPPED } from '../support/posts.js';
import { ran } from '../support/ran.js';

const start = testApps();
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'ocm-export-'));
  folders.push(made);
  return made;
}

const beganMs = Math.floor((new Date().getTime() - 7_200_000) / 900_000) * 900_000;
const post = (url: string, seconds: number, parts: object) =>
  request(url)
    .post('/ocs/eu-1/campaign-group-state')
    .send(aPost({ GSW_DATE_TIME: dateTime(beganMs + seconds * 1000), ...parts }));
interface Summary {
  readonly rows: number;
  readonly corrected: number;
  readonly withdrawn: number;
  readonly mark: string;
  readonly key: readonly string[];
}
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
type Row = Readonly<Record<string, unknown>>;

describe('an export of transitions', () => {
  it('is the same in every format, and goes on from its mark', async () => {
    const app = await start();
    const place = folder();
    const store = ['--store', `sqlite:${app.database}`];
    const exported = (...args: string[]) => commandLine(['export', ...args, ...store]);
    // The load is lost: what starts is inferred.
    await post(app.url, 10, { ...STARTED, GSW_CAMPAIGN_GROUP_NAME: '=cmd|x!A1' });
    const out = (name: string) => join(place, name);
    const mark = ['--mark', out('mark')];
    const first = await exported('transitions', '--format', 'parquet', '--out', out('1.parquet'), '--json', ...mark);
    const summary = JSON.parse(first.out) as Summary;
    expect(summary).toMatchObject({ what: 'transitions', format: 'parquet', key: ['id'], corrected: 0, withdrawn: 0 });
    expect(readFileSync(out('mark'), 'utf8')).toBe(`${summary.mark}\n`);
    const known = await exported('transitions');
    expect(known.err).toContain('Go on from here with: --since ');
    const [inferred] = lines(known.out);
    expect(inferred).toMatchObject({ change: 'added', from_state: null, to_state: 'running', inferred: true });
    const [read] = await duckdb(`SELECT * REPLACE (epoch_ms("at") AS "at") FROM '${out('1.parquet')}'`);
    expect(read).toMatchObject({ id: inferred?.['id'], at: String(beganMs + 10_000), campaign_group: '=cmd|x!A1' });
    await exported('transitions', '--format', 'csv', '--out', out('1.csv.gz'));
    const csv = gunzipSync(readFileSync(out('1.csv.gz'))).toString();
    expect(csv.startsWith('change,id,campaign_group_id,')).toBe(true);
    expect(csv).toContain(`,'=cmd|x!A1,`);
    expect(csv).toContain(`,${new Date(beganMs + 10_000).toISOString()},`);

    await post(app.url, 0, { ...LOADED, GSW_CAMPAIGN_GROUP_NAME: '=cmd|x!A1' });
    // Its clock is ahead, so that this is behind the mark.
    await post(app.url, Math.ceil((new Date().getTime() + 60_000 - beganMs) / 1000), STOPPED);
    const second = await exported('transitions', '--out', out('2.ndjson'), '--json', ...mark);
    expect(JSON.parse(second.out)).toMatchObject({ rows: 4, withdrawn: 1 });
    const changes = lines(readFileSync(out('2.ndjson'), 'utf8'));
    expect(changes.filter(({ change }) => change === 'withdrawn')).toMatchObject([
      { id: inferred?.['id'], at: new Date(beganMs + 10_000).toISOString(), to_state: null },
    ]);
    const told = changes.filter(({ change }) => change !== 'withdrawn').map(({ change, to_state: to }) => [change, to]);
    expect(told.sort()).toEqual([
      ['added', 'active'],
      ['corrected', 'active'],
      ['corrected', 'running'],
    ]);
    expect(JSON.parse((await exported('transitions', '--out', out('3'), '--json', ...mark)).out)).toMatchObject({
      rows: 0,
    });
  });
});

describe('an export on standard output', () => {
  it('is byte by byte what a file would be, in every format', async () => {
    const app = await start();
    const place = folder();
    const store = ['--store', `sqlite:${app.database}`];
    await post(app.url, 0, { ...LOADED, GSW_CAMPAIGN_GROUP_NAME: 'Zo\u00eb\u202e \u0007"x"' });
    await post(app.url, -2 * 86_400, { ...LOADED, GSW_CAMPAIGN_GROUP_DBID: '7' });
    for (const format of ['csv', 'ndjson', 'parquet']) {
      const [path, printed] = [join(place, `file.${format}`), join(place, `printed.${format}`)];
      const args = ['export', 'transitions', '--format', format, ...store];
      expect((await ran([...args, '--out', path])).status).toBe(0);
      const { status, err } = await printedTo(printed, args);
      expect([status, err]).toEqual([0, expect.stringContaining('Go on from here with: --since ')]);
      expect(readFileSync(printed).equals(readFileSync(path))).toBe(true);
    }
    const days = join(place, 'days.ndjson');
    const compliance = await printedTo(days, ['export', 'compliance', ...store]);
    const seal = /Keep its seal elsewhere: (\w{64})\n/.exec(compliance.err)?.[1] ?? '';
    expect((await ran(['export', '--verify', days, '--seal', seal])).status).toBe(0);
  });

  it('keeps no mark where the reader goes before the end', async () => {
    const app = await start();
    const mark = join(folder(), 'mark');
    for (let second = 0; second < 100; second++)
      await post(app.url, second, second % 2 === 0 ? STARTED : { ...STOPPED, GSW_CAMPAIGN_NAME: 'x'.repeat(8000) });
    const args = ['export', 'transitions', '--mark', mark, '--store', `sqlite:${app.database}`];
    const child = spawn(process.execPath, ['dist/main.js', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.destroy();
    const [status] = (await once(child, 'close')) as [number | null];
    expect([status, existsSync(mark)]).toEqual([1, false]);
  });
});

/** What the real program says, its standard output sent to a file. */
async function printedTo(path: string, args: readonly string[]) {
  const file = openSync(path, 'w');
  const child = spawn(process.execPath, ['dist/main.js', ...args], { stdio: ['ignore', file, 'pipe'] });
  closeSync(file);
  let err = '';
  child.stderr?.on('data', (data: Buffer) => (err += data.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, err };
}

describe('exports of other tables', () => {
  it('have sessions, statistics and callbacks, with masked numbers', async () => {
    const app = await start();
    const store = ['--store', `sqlite:${app.database}`];
    const rows = async (...args: string[]) => lines((await commandLine(['export', ...args, ...store])).out);
    await post(app.url, 0, LOADED);
    await post(app.url, 10, { ...STARTED, GSW_STAT_HIT_RATIO: 0.25 });
    await post(app.url, 20, { ...STARTED, GSW_STAT_HIT_RATIO: 0.75 });
    await request(app.url)
      .post('/gms/eu-1/callback-events')
      .send(anEventBody({ _CB_CUSTOMER_ANI: '+14155550123', _CB_CUSTOMER_PHONE_NUMBER: '+14155550123' }));
    expect(await rows('sessions')).toMatchObject([
      { started_at: new Date(beganMs).toISOString(), ended_at: null, active: true, observed_seconds: null },
    ]);
    expect(await rows('statistics')).toMatchObject([
      { at: new Date(beganMs).toISOString(), samples: 2, hit_ratio: 0.5 },
    ]);
    expect(await rows('statistics', '--resolution', 'samples', '--from', dateTime(beganMs + 15_000))).toMatchObject([
      { hit_ratio: 0.75, at: new Date(beganMs + 20_000).toISOString() },
    ]);
    expect(await rows('callbacks', '--source', 'eu-1')).toMatchObject([{ customer_phone_number: '***0123' }]);
    expect(await rows('callbacks', '--source', 'eu-2')).toEqual([]);
  });

  it('are refused where they would not be what was asked for', async () => {
    const app = await start();
    const place = folder();
    const store = ['--store', `sqlite:${app.database}`];
    await post(app.url, 0, LOADED);
    const refused = async (...args: string[]) => {
      const { status, err } = await commandLine(['export', ...args, ...store]);
      return `${String(status)} ${err}`;
    };
    const { err } = await commandLine(['export', 'sessions', ...store]);
    const mark = /--since (\S+)/.exec(err)?.[1] ?? '';
    const backwards = ['--from', '2026-11-02', '--to', '2026-11-01'];
    expect(await refused('transitions', ...backwards)).toContain('2 ocs-monitor export: --from should be before --to');
    expect(await refused('transitions', '--format', 'xml')).toContain('--format should be one of csv, ndjson, parquet');
    expect(await refused('transitions', '--since', mark)).toContain('the mark is of sessions, not of transitions');
    expect(await refused('sessions', '--since', mark, '--source', 'eu-1')).toContain('with another --source');
    expect(await refused('sessions', '--since', mark, '--to', '1')).toContain('leave out --to');
    expect(await refused('sessions', '--since', 'x')).toContain('none that an export told');
    expect(await refused('sessions', '--resolution', '15m')).toContain('--resolution is for statistics');
    expect(await refused('notifications', '--format', 'csv')).toContain('--format is not for notifications');
    const out = join(place, 'x.parquet.gz');
    expect(await refused('sessions', '--format', 'parquet', '--out', out)).toContain('leave .gz out');
    expect(existsSync(out)).toBe(false);
    // Whoever has taken an export has to forget, too.
    expect((await commandLine(['forget', '--source', 'eu-1', '--yes', '--url', app.url])).status).toBe(0);
    expect(await refused('sessions', '--since', mark)).toContain('1 ');
    expect(await refused('sessions', '--since', mark)).toContain('was forgotten since');
  });
});

describe('an export for compliance', () => {
  it('tells stays and overdial of days that are over, and whether they are as they were sealed', async () => {
    const app = await start();
    const path = join(folder(), 'days.ndjson');
    const store = ['--store', `sqlite:${app.database}`];
    const dayMs = Math.floor((new Date().getTime() - 3 * 86_400_000) / 86_400_000) * 86_400_000;
    const at = (hours: number) => ({ GSW_DATE_TIME: dateTime(dayMs + hours * 3_600_000) });
    for (const parts of [
      { ...LOADED, ...at(20) },
      { ...STARTED, ...at(22), GSW_STAT_OVERDIAL_RATE: 0.02 },
      { ...STARTED, ...at(23), GSW_STAT_OVERDIAL_RATE: 0.04 },
      { ...STOPPED, ...at(26) },
    ])
      await request(app.url).post('/ocs/eu-1/campaign-group-state').send(aPost(parts));
    const done = await commandLine(['export', 'compliance', '--out', path, '--json', ...store]);
    const day = (n: number) => new Date(dayMs + n * 86_400_000).toISOString().slice(0, 10);
    const summary = JSON.parse(done.out) as { readonly seal: string };
    expect(summary).toMatchObject({ what: 'compliance', from: day(0), to: day(2) });
    const text = readFileSync(path, 'utf8');
    const told = lines(text);
    const stays = told
      .filter(({ record }) => record === 'stay')
      .map(({ day, state, seconds }) => [day, state, seconds]);
    expect(stays).toEqual([
      [day(0), 'active', 7200],
      [day(0), 'running', 7200],
      [day(1), 'running', 7200],
      [day(1), 'active', 79_200],
      [day(2), 'active', 86_400],
    ]);
    expect(told.filter(({ record }) => record === 'overdial')).toMatchObject([
      { day: day(0), running_seconds: 7200, samples: 2, overdial_ratio_max: 0.04, observed_ratio: 0 },
      { day: day(1), running_seconds: 7200, overdial_ratio_max: null },
      { day: day(2), running_seconds: 0 },
    ]);
    const verify = (...args: string[]) => commandLine(['export', '--verify', path, ...args]);
    expect(await verify('--seal', summary.seal)).toMatchObject({
      status: 0,
      out: expect.stringContaining('3 days') as unknown,
    });
    expect((await verify('--seal', 'f'.repeat(64))).status).toBe(1);
    writeFileSync(path, text.replace(`"day":"${day(1)}","campaign_group_id"`, `"day":"${day(1)}","Campaign_group_id"`));
    const changed = await verify('--json');
    expect([changed.status, JSON.parse(changed.out)]).toMatchObject([1, { good: false, changed: [day(1)] }]);
    expect((await verify()).out).toContain(`changed since it was sealed: ${day(1)}\n`);
    expect((await commandLine(['export', '--verify', `${path}.none`])).status).toBe(1);
    for (const wrong of [
      ['--from', dateTime(beganMs + 1000)],
      ['--format', 'csv'],
      ['--to', '2999-01-01'],
    ])
      expect((await commandLine(['export', 'compliance', '--out', `${path}.2`, ...wrong, ...store])).status).toBe(2);
  });
});
