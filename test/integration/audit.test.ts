/** `ocs-monitor audit --ocs-log` against the log of a simulated OCS, beside the running service that it posted to. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { Compaction } from '../../src/apply/compaction.js';
import { Evidence } from '../../src/apply/evidence.js';
import { campaignTables } from '../../src/sqlite/campaign-tables.js';
import { runCommand } from '../../src/cli/run.js';
import { systemClock } from '../../src/node/system-clock.js';
import { DEFAULT_OPTIONS, type SimulationOptions } from '../../src/simulator/options.js';
import { runSimulationInDetail } from '../../src/simulator/run.js';
import { testApps, type TestApp } from '../support/app.js';
import { removeFolder } from '../support/folders.js';
import { aPost, dateTime, STARTED } from '../support/posts.js';

const start = testApps();
const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-audit-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  folders.forEach(removeFolder);
});

interface Answer {
  readonly sent: number;
  readonly received: number;
  readonly missing: readonly { at: string; campaign_group: string; kind: string }[];
  readonly unexpected: readonly object[];
  readonly [name: string]: unknown;
}

async function run(...args: readonly string[]) {
  let [out, err] = ['', ''];
  const status = await runCommand(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    isTerminal: false,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  return { status, out, err };
}

async function auditJson(app: TestApp, files: readonly string[], ...more: readonly string[]) {
  const store = ['--store', `sqlite:${app.database}`];
  const { status, out, err } = await run('audit', '--ocs-log', ...files, ...store, '--tz', 'UTC', '--json', ...more);
  return { status, err, answer: JSON.parse(out) as Answer };
}

async function played(app: TestApp, options: Partial<SimulationOptions>) {
  const path = join(newFolder(), 'ocs.log');
  const lively = { groups: 12, intervalMs: 250, speed: 60, durationMs: 4000 };
  const all = { ...DEFAULT_OPTIONS, ...lively, url: app.url, ocsLog: { path, timeZone: 'UTC' }, ...options };
  return { path, ...(await runSimulationInDetail(all, { clock: systemClock })) };
}

const ofFile = (path: string) =>
  `${String(statSync(path).size)} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`;

describe('the log of an OCS', () => {
  it.each([
    ['', {}, '100ms'],
    [
      ' with copies and posts out of order',
      { duplicate: 0.2, reorder: 0.1, intervalMs: 2000, durationMs: 8000 },
      '100ms',
    ],
    [' with periodic posts that say no action', { periodicAction: 'omits', periodicWhenActive: true }, '100ms'],
    // A busy machine may receive late: by so much the first of a date-time would be taken for another.
    [' with date-times that stand still', { frozenTime: true, intervalMs: 2000, durationMs: 8000 }, '950ms'],
  ] as const)('shows exactly what was lost%s', async (_, habits, tolerance) => {
    const app = await start();
    const { path, account, details } = await played(app, { loss: 0.1, ...habits });
    const before = ofFile(app.database);
    const { status, answer, err } = await auditJson(app, [path], '--tolerance', tolerance);
    expect(ofFile(app.database)).toBe(before);
    expect(account.failed).toBe(0);
    const lostChanges = details.groups.flatMap(({ name, changes }) =>
      changes.filter(({ lost }) => lost).map(({ atMs }) => `${String(atMs)} ${name}`),
    );
    const missed = answer.missing.filter(({ kind }) => kind === 'state');
    expect(missed.map((one) => `${String(Date.parse(one.at))} ${one.campaign_group}`).sort()).toEqual(
      lostChanges.sort(),
    );
    expect(answer.missing).toHaveLength(account.lost_by_choice);
    expect(answer).toMatchObject({
      source: 'default',
      ambiguous: 0,
      unexpected: [],
      misdirected: [],
      trace_off: false,
    });
    expect(answer).toMatchObject({ sent: answer.received + account.lost_by_choice, backfilled: 0, left_out: 0 });
    expect(answer['delivery_ratio']).toBeCloseTo(answer.received / answer.sent);
    expect([status, err]).toEqual([account.lost_by_choice > 0 ? 1 : 0, '']);
  });

  it('says of an hour whose samples are damaged that nobody can tell, whoever meets the damage', async () => {
    const app = await start();
    const { path, account } = await played(app, { loss: 0, durationMs: 2000 });
    await app.stop();
    const db = new Database(app.database);
    const tables = campaignTables(db);
    const compaction = new Compaction(tables, new Evidence(tables));
    db.transaction(() => {
      compaction.all(new Date().getTime());
    })();
    db.exec("UPDATE chunks SET samples = x'01ffffff'; DELETE FROM journal");
    const told = { missing: [], sent: 0, unexpected: [], in_damaged_chunks: account.sent };
    expect(await auditJson(app, [path])).toMatchObject({ status: 0, answer: told });
    db.exec(`INSERT INTO damaged_chunks SELECT chunk_no, group_no, hour, count, 0, 'it is none', samples FROM chunks;
      DELETE FROM chunks`);
    db.close();
    expect(await auditJson(app, [path])).toMatchObject({ status: 0, answer: told });
  });

  it('is read in pieces, compressed or not, in any order, as it is in one', async () => {
    const app = await start();
    const { path } = await played(app, { loss: 0.1, durationMs: 2000 });
    const whole = await auditJson(app, [path], '--tolerance', '100ms');
    const lines = readFileSync(path, 'utf8').split('\n');
    const half = Math.floor(lines.length / 2);
    const date = new Date(statSync(path).mtimeMs).toISOString().slice(0, 10).replaceAll('-', '');
    const folder = newFolder();
    const [first, second] = [join(folder, `ocs.${date}.1.log`), join(folder, `ocs.log.${date}`)];
    writeFileSync(first, gzipSync(lines.slice(0, half).join('\r\n')));
    writeFileSync(second, lines.slice(half).join('\n'));
    const apart = await auditJson(app, [second, first], '--tolerance', '100ms');
    const wide = join(newFolder(), 'ocs.log');
    writeFileSync(wide, Buffer.from(`\ufeff${lines.join('\r\n')}`, 'utf16le'));
    const { answer } = await auditJson(app, [wide], '--tolerance', '100ms');
    expect(answer.missing).toEqual(whole.answer.missing);
    expect(answer.received).toBe(whole.answer.received);
    expect(apart.answer.missing).toEqual(whole.answer.missing);
    expect(apart.answer.received).toBe(whole.answer.received);
  });

  it('has nothing missing where a sender repeats itself word for word', async () => {
    const app = await start();
    const { path } = await played(app, {
      frozenTime: true,
      withoutStatistics: true,
      intervalMs: 2000,
      durationMs: 8000,
    });
    const { status, answer } = await auditJson(app, [path], '--tolerance', '950ms');
    expect([answer.missing, answer.unexpected, status]).toEqual([[], [], 0]);
  });
});

describe('an audit by hand', () => {
  const SENDING = 'Sending HTTP status notification CampaignGroupState for Campaign Group';

  function written(lines: readonly string[]): string {
    const path = join(newFolder(), 'ocs.log');
    writeFileSync(path, lines.join('\n'));
    return path;
  }

  it('tells people the time, the group and the kind, and what to do about the rest', async () => {
    const app = await start();
    const atMs = Date.parse('2026-03-01T10:00:00.500Z');
    const post = aPost({ ...STARTED, GSW_DATE_TIME: dateTime(atMs) });
    await fetch(`${app.url}/ocs/eu-1/campaign-group-state`, { method: 'POST', body: JSON.stringify(post) });
    const name = String(post['GSW_CAMPAIGN_GROUP_NAME']);
    const at = (path: string) => `http://monitor:8080${path}`;
    const ours = at('/ocs/eu-1/campaign-group-state');
    const path = written([
      `10:00:00.499 Trc 81000 ${SENDING} ${name} to ${ours}`,
      `10:00:10.499 Trc 81001 ${SENDING} ${name} to ${ours}`,
      `10:00:20.499 Trc 81001 ${SENDING} ${name} to ${at('/ocs/eu-2/campaign-group-state')}`,
      '10:00:30.499 Trc 81001 Sending',
    ]);
    const store = ['--store', `sqlite:${app.database}`, '--source', 'eu-1', '--tz', 'UTC'];
    const { status, out, err } = await run('audit', '--ocs-log', path, ...store, '--date', '2026-03-01');
    expect(status).toBe(1);
    expect(out).toMatch(/^received +1 \(50 %\)$/m);
    expect(out).toContain(`2026-03-01T10:00:10.499Z  ${name}`);
    expect(out).toMatch(/eu-2\/campaign-group-state +1 +source name/);
    expect(out).toMatch(/before its first start .* 1$/m);
    expect(err).toBe('1 lines about campaign groups were not understood\n');
    const other = await run('audit', '--ocs-log', path, ...store.with(3, 'nobody'), '--date', '2026-03-01');
    expect(other.err).toContain('nothing is stored of source nobody');
    expect(other.err).toContain('all notifications went elsewhere');
    const day = await run('audit', '--ocs-log', path, ...store, '--date', '2026-03-02');
    expect(day.err).toContain('none of them was received: if that cannot be, look at --tz (UTC) and --date');
    const quiet = written(['2026-03-01T10:00:00.000 Trc 52000 Campaign Group A@1 has been loaded']);
    const off = await run('audit', `--ocs-log=${quiet}`, ...store);
    expect([off.status, off.err]).toEqual([0, expect.stringContaining('does not log at level Trace')]);
  });

  it('names what is wrong on the command line, and what to do', async () => {
    const app = await start();
    const store = ['--store', `sqlite:${app.database}`];
    const undated = written(['10:00:00.000 Trc 1']);
    const packed = written(['x']);
    writeFileSync(packed, gzipSync(Buffer.alloc(100_000, 'x\n')).subarray(0, 60));
    const zipped = written([]);
    writeFileSync(zipped, Buffer.from([0x50, 0x4b, 3, 4, 20, 0, 0, 0]));
    const table = written(['ID;NAME', '1;x']);
    const copied = written(['2026-03-01T10:00:00.000 Trc 1', '2026-03-01T10:00:01.000 Trc 2']);
    const copy = written(['2026-03-01T10:00:00.000 Trc 1', '2026-03-01T10:00:01.000 Trc 2', '10:00:02.000 Trc 3']);
    const away = written(['Local time: 2026-03-01T10:00:00', 'UTC time: 2026-03-01T04:15:00', '10:00:00.000 Trc 1']);
    const cases: [readonly string[], string][] = [
      [[], 'takes --ocs-log'],
      [['--ocs-log'], 'takes --ocs-log'],
      [['--ocs-log', undated], 'add --date YYYY-MM-DD'],
      [['--ocs-log', undated, '--date', '2026-02-30'], '--date takes a date'],
      [['--ocs-log', undated, undated, '--date', '2026-03-01'], 'is named twice'],
      [['--ocs-log', join(undated, 'x')], 'x'],
      [['--ocs-log', `${undated}.gone`], 'does not exist'],
      [['--ocs-log', newFolder()], 'is not a file'],
      [['--ocs-log', packed], 'cut off or damaged'],
      [['--ocs-log', away], '5.75 h ahead of UTC'],
      [['--ocs-log', away, '--tz', 'Europe/Berlin'], 'is --tz the time zone of that machine?'],
      [['--ocs-log', '-'], 'logs are read twice, so save what it gives'],
      [['--ocs-log', zipped], 'is packed by zip: unpack it'],
      [['--ocs-log', table], 'is no log: none of its first lines begins with a time'],
      [['--ocs-log', copied, copy], `begins with the lines of ${copied}, which would count twice`],
      [['icon-log', newFolder()], 'is not a file'],
      [['icon-log', table], 'is no log'],
      [['callbacks', newFolder()], 'is not a file but a folder: name the files in it'],
      [['callbacks', zipped], 'is packed by zip: unpack it'],
      [['callbacks', `${undated}.gone`], 'does not exist'],
      [['--undo', '--source', 'a', '--from', '2026-03-02', '--to', '2026-03-01'], '--from should be before --to'],
      [['--ocs-log', undated, '--tz', '+01:00'], '--tz takes a time zone'],
      [['--ocs-log', undated, '--tolerance', '0'], '--tolerance takes a duration'],
      [['--ocs-log', undated, '--source', '..'], 'no name of a source'],
      [['--ocs-log', undated, '--source', 'a', '--url', 'http://h/ocs/b/campaign-group-state'], '(source name)'],
      [['--ocs-log', undated, '--url', 'ftp://h'], 'not an http or https URL'],
      [['--ocs-log', undated, '--dry-run'], '--dry-run is for audit --backfill'],
    ];
    for (const [args, said] of cases) {
      const { status, err } = await run('audit', ...args, ...store);
      expect([args, err, status]).toEqual([args, expect.stringContaining(said), args.includes(packed) ? 1 : 2]);
    }
  });
});
