/**
 * One receiver, a primary and a standby that it waits for: the primary is killed under load, the standby takes over, and the
 * receiver goes on by itself. Every acknowledged post is there once, and history is that of SQLite fed the same.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';
import {
  giveToServer,
  makeCluster,
  onDatabase,
  runServer,
  type SpawnedServer,
  untilUp,
} from '../support/postgres-server.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';
import { freePort, ocsMonitor, Program } from '../support/program.js';

const GROUPS = 8;
const REFRESHES = 30;
const SETTINGS = ['fsync=off', 'shared_buffers=32MB'];
const DATABASE = 'failover';
/** Of a post that is refused: how long its sender rests, and how long it goes on. */
const RESTS_MS = 50;
const GIVES_UP_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'ocm-failover-'));
const [primaryFolder, standbyFolder] = [join(folder, 'primary'), join(folder, 'standby')];
let primary: SpawnedServer;
let standby: SpawnedServer;
const programs: Program[] = [];

beforeAll(async () => {
  chmodSync(folder, 0o711);
  for (const own of [primaryFolder, standbyFolder]) mkdirSync(own);
  makeCluster(primaryFolder);
  spawnSync('cp', ['-a', join(primaryFolder, 'data'), standbyFolder]);
  writeFileSync(join(standbyFolder, 'data', 'standby.signal'), '');
  giveToServer(standbyFolder, join(standbyFolder, 'data', 'standby.signal'));
  primary = runServer(primaryFolder, [...SETTINGS, 'synchronous_standby_names=heir']);
  standby = runServer(standbyFolder, [
    ...SETTINGS,
    `primary_conninfo=host=${primaryFolder} port=5432 user=ocm application_name=heir`,
  ]);
  await Promise.all([untilUp(primary), untilUp(standby)]);
  await onDatabase(primary, 'postgres', (client) => client.query(`CREATE DATABASE ${DATABASE}`));
});
afterAll(async () => {
  await Promise.all(programs.map((program) => program.end('SIGKILL')));
  for (const server of [primary, standby]) killHard(server);
  removeFolder(folder);
});

/** As a machine that goes: nobody finishes anything. */
function killHard({ child }: SpawnedServer): void {
  const pid = child.pid;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').split(' ');
  for (const one of [String(pid), ...children].map(Number)) {
    try {
      if (one > 0) process.kill(one, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

async function started(store: string): Promise<Program> {
  const flags = ['--store', store, '--state-folder', join(folder, `state ${String(programs.length)}`)];
  const program = await Program.start(await freePort(), '', flags);
  programs.push(program);
  return program;
}

/** Of one group, in the order in which it is posted. */
function postsOf(group: number, fromMs: number): readonly object[] {
  const fields = { GSW_CAMPAIGN_GROUP_DBID: String(100 + group), GSW_CAMPAIGN_GROUP_NAME: `Group ${String(group)}@A` };
  const at = (seconds: number) => ({ GSW_DATE_TIME: dateTime(fromMs + seconds * 1000) });
  const refreshes = Array.from({ length: REFRESHES }, (_, n) => ({
    ...{ ...STARTED, ...FIGURES, GSW_STAT_HIT_RATIO: n / REFRESHES },
    ...at(10 + n),
  }));
  return [{ ...LOADED, ...at(0) }, { ...STARTED, ...at(5) }, ...refreshes, { ...STOPPED, ...at(300) }].map((parts) =>
    aPost({ ...parts, ...fields }),
  );
}

let acknowledged = 0;
let spooled = 0;

/** Posts until it is acknowledged; says how often it was refused before. */
async function acknowledge(program: Program, body: object): Promise<number> {
  const endMs = performance.now() + GIVES_UP_MS;
  for (let refusals = 0; ; refusals++) {
    const answer = await fetch(`${program.url}/ocs/campaign-group-state`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (answer.status === 200) {
      const { outcome } = (await answer.json()) as { readonly outcome: string };
      acknowledged++;
      if (outcome === 'spooled') spooled++;
      return refusals;
    }
    if (answer.status !== 503 || performance.now() > endMs) throw new Error(await answer.text());
    await answer.arrayBuffer();
    await sleep(RESTS_MS);
  }
}

/** Each group by a sender of its own; how many posts were refused first. */
async function sendAll(program: Program, fromMs: number): Promise<number> {
  const refused = await Promise.all(
    Array.from({ length: GROUPS }, async (_, group) => {
      let count = 0;
      for (const body of postsOf(group, fromMs)) if ((await acknowledge(program, body)) > 0) count++;
      return count;
    }),
  );
  return refused.reduce((sum, one) => sum + one, 0);
}

/** Rows of an export, without when they were received. */
async function rowsOf(store: string, what: string): Promise<string[]> {
  const { status, out, err } = await ocsMonitor('export', what, '--store', store);
  if (status !== 0) throw new Error(err);
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.stringify({ ...(JSON.parse(line) as object), received_at: null }))
    .sort();
}

it('is named by doctor where a standby is all that is named', async () => {
  const alone = ['--store', `postgres://ocm@/${DATABASE}?host=${encodeURIComponent(standbyFolder)}`];
  const { out } = await ocsMonitor('doctor', '--json', ...alone);
  expect(out).toMatch(/it is a standby, which cannot be written to.*Name the host that takes writes/s);
});

it('goes on by itself when the standby takes over, and has every acknowledged post once', async () => {
  const store = `postgres://ocm@/${DATABASE}?host=${encodeURIComponent(`${standbyFolder},${primaryFolder}`)}`;
  const fromMs = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 3_600_000;
  const program = await started(store);
  const all = GROUPS * (REFRESHES + 3);
  const sending = sendAll(program, fromMs);
  await eventually(() => {
    expect(acknowledged).toBeGreaterThan(all / 3);
  });
  killHard(primary);
  await sleep(300);
  await onDatabase(standby, 'postgres', (client) => client.query('SELECT pg_promote()'));
  expect(await sending).toBe(0);
  expect(acknowledged).toBe(all);
  expect(spooled).toBeGreaterThan(0);
  await eventually(async () => {
    expect(await (await fetch(`${program.url}/readyz`)).json()).not.toHaveProperty('store');
    expect(await (await fetch(`${program.url}/metrics`)).text()).toMatch(/^ocs_monitor_spool_items 0$/m);
  });

  const file = `sqlite:${join(folder, 'same.db')}`;
  await sendAll(await started(file), fromMs);
  const notifications = await rowsOf(store, 'notifications');
  expect(notifications).toHaveLength(all);
  expect(notifications).toEqual(await rowsOf(file, 'notifications'));
  for (const what of ['transitions', 'statistics'])
    expect([what, ...(await rowsOf(store, what))]).toEqual([what, ...(await rowsOf(file, what))]);
});
