/** `ocs-monitor audit icon-log` against the log of a simulated ICON, beside a service that holds some of its events. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/cli/run.js';
import { systemClock } from '../../src/node/system-clock.js';
import { iconLog } from '../../src/simulator/callbacks/icon-log.js';
import { type LoggedEvent, TserverLog } from '../../src/simulator/callbacks/tserver-log.js';
import { Random } from '../../src/simulator/random.js';
import { testApps } from '../support/app.js';
import { removeFolder } from '../support/folders.js';

const start = testApps();
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function written(parts: Readonly<Record<string, Buffer | string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-icon-log-'));
  folders.push(folder);
  return Object.entries(parts).map(([name, content]) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  });
}

async function run(...args: readonly string[]) {
  let [out, err] = ['', ''];
  const status = await runCommand(['audit', 'icon-log', ...args], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    isTerminal: false,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  return { status, out, err };
}

/** Complete callback events, each once. */
function eventsOf(startMs: number): readonly LoggedEvent[] {
  const events = new Map<string, LoggedEvent>();
  const habit = { style: 'tserver', stamps: 'short', indentation: 'tabs' } as const;
  const log = new TserverLog({ seed: 5, startMs, callbacks: 40, habit, damaged: 0, sentToIcon: 1 });
  const note = (event: LoggedEvent) => {
    if (event.kind === 'callback' && !events.has(event.body)) events.set(event.body, event);
  };
  expect([...log.text(note)].length).toBeGreaterThan(0);
  return [...events.values()];
}

describe('the log of an ICON', () => {
  it('shows exactly the events that are not held, whatever it is cut into', async () => {
    const app = await start();
    const random = new Random(3);
    const arrived = eventsOf(Math.floor(new Date().getTime() / 1000) * 1000 - 6 * 3_600_000);
    const missed: number[] = [];
    const { id } = (await request(app.url).post('/api/v1/imports').send({ what: 'test' })).body as { id: string };
    for (const { atMs, body } of arrived) {
      const item = { endpoint: 'callback-events', source: 'eu-1', origin: 'tserver-log', body };
      const items = [{ ...item, received_at: new Date(atMs + 20).toISOString() }];
      const isLost = random.chance(0.1);
      const answer = isLost ? null : await request(app.url).post(`/api/v1/imports/${id}/items`).send({ items });
      const [fate] = (answer?.body as { items: { outcome: string }[] } | undefined)?.items ?? [];
      if (fate === undefined || fate.outcome === 'quarantined') missed.push(atMs);
    }
    const strangers = [{ atMs: (arrived[0]?.atMs ?? 0) + 5, dn: '7001' }];
    const log = iconLog([...arrived, ...strangers], { seed: 2, timeZone: 'Asia/Kolkata', unwritten: 0.1 });
    const middle = log.text.indexOf('\n', log.text.length / 2) + 1;
    const [first = '', second = ''] = written({
      'icon.1.log': gzipSync(log.text.slice(0, middle)),
      'icon.2.log': log.text.slice(middle),
    });
    const options = ['--source', 'eu-1', '--store', `sqlite:${app.database}`, '--tz', 'Asia/Kolkata'];
    const { status, out, err } = await run(
      first,
      second,
      ...options,
      '--dn',
      'REPORTING',
      '--tolerance',
      '100ms',
      '--json',
    );
    const answer = JSON.parse(out) as Record<string, unknown> & { missing: { at: string }[] };
    expect(answer.missing.map(({ at }) => Date.parse(at))).toEqual(missed.sort((a, b) => a - b));
    const received = arrived.length - missed.length;
    const { queuedRecords, writtenRecords } = log;
    expect(answer).toMatchObject({
      source: 'eu-1',
      dn: 'REPORTING',
      arrivals: arrived.length,
      received,
      unexpected: 0,
    });
    expect(answer).toMatchObject({
      ...{ queued_records: queuedRecords, written_records: writtenRecords },
      unwritten_records: queuedRecords - writtenRecords,
      ...{ interaction_off: false, unreadable: 0, left_out: 0, before_horizon: 0 },
    });
    expect([status, err]).toEqual([1, expect.stringContaining('that ICON queued were not written')]);
    const any = await run(first, second, ...options, '--tolerance', '100ms');
    expect(any.err).toContain('Name that of callbacks with --dn');
    expect(any.out).toMatch(new RegExp(`^missing here +${String(missed.length + 1)}$`, 'm'));
    expect(any.out).toMatch(/^hour +at ICON +held +missing +queued +written$/m);
    const nobody = await run(first, second, ...options.with(1, 'nobody'), '--dn', 'REPORTING');
    expect(nobody.err).toContain('none of them is held of source nobody: is --source right');
    const other = await run(first, second, ...options, '--dn', 'REP');
    expect([other.status, other.err]).toEqual([0, expect.stringContaining('none of them on DN REP, but on REPORTING')]);
  });

  it('is asked for rightly, or told what is wrong', async () => {
    const app = await start();
    const [file = ''] = written({
      'icon.log': '2026-03-01T10:00:00.000 Int 04543 Interaction message "EventRinging" x',
    });
    const store = ['--store', `sqlite:${app.database}`];
    const none = await run(...store);
    expect([none.status, none.err]).toEqual([2, expect.stringContaining('takes the names of files')]);
    expect(await run(file, '--url', 'x', ...store)).toMatchObject({ status: 2 });
    const off = await run(file, ...store);
    expect([off.status, off.err]).toEqual([0, expect.stringContaining('no line 04543 of a user event')]);
  });
});
