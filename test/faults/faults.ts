/** The faults, one small object each. */
import Database from 'better-sqlite3';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { moreDebts } from './check.js';
import type { Ground, GroundKind } from './grounds.js';
import { StoppedClient } from './stopped-client.js';

export interface Fault {
  readonly name: string;
  readonly ground: GroundKind;
  /** How often in a default run, and in a long one. */
  readonly cycles: { readonly default: number; readonly long: number };
  /** Only where a supervisor owns the socket. */
  readonly supervised?: true;
  /** Does it, waits until it has an effect, and heals it. What it returns goes into the account. */
  readonly strike: (scene: Scene) => Promise<string | null>;
}

export interface Scene {
  readonly ground: Ground;
  /** A number in [0, 1): when exactly a process is killed. */
  readonly random: () => number;
}

/** Posts that must have been refused before a fault counts as felt. */
const REFUSALS = 20;
export const ONCE = { default: 1, long: 5 };
const HOUR_MS = 3_600_000;

const some = (ground: Ground) => moreDebts(ground, 40, 20);

export async function moreRefusals({ ledger }: Pick<Ground, 'ledger'>, more: number): Promise<number> {
  const before = ledger.refused;
  await eventually(() => {
    if (ledger.refused < before + more) throw new Error(`${String(ledger.refused - before)} posts refused, too few`);
  }, 30_000);
  return ledger.refused - before;
}

/** Any moment of a commit, of an answer, of a checkpoint. */
const anyMoment = ({ random }: Scene) => pause(random() * 40);

async function signalAndStartAnew(ground: Ground, signal: NodeJS.Signals): Promise<string> {
  const { service, ledger } = ground;
  const unanswered = ledger.unanswered;
  const code = await service.end(signal);
  if (code !== 0) throw new Error(`${signal}: exit code ${String(code)}: ${service.stderr.slice(-1500)}`);
  await service.start();
  return `exit 0, ${String(ledger.unanswered - unanswered)} posts without an answer`;
}

/** Throws where nothing is compacted: then nothing was shown. */
function compacted({ database }: Ground): string {
  const db = new Database(database, { readonly: true });
  const chunks = db.prepare('SELECT count(*) FROM chunks').pluck().get() as number;
  db.close();
  if (chunks < 5) throw new Error(`only ${String(chunks)} chunks were written`);
  return `${String(chunks)} chunks`;
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'kill -9 of the receiving process',
    ground: 'plain',
    cycles: { default: 6, long: 200 },
    strike: async (scene) => {
      await anyMoment(scene);
      await scene.ground.service.kill();
      return null;
    },
  },
  {
    name: 'kill -9 in the middle of compaction',
    ground: 'compacting',
    cycles: { default: 3, long: 60 },
    strike: async (scene) => {
      await anyMoment(scene);
      await scene.ground.service.kill();
      return compacted(scene.ground);
    },
  },
  {
    // Few: a child that dies again and again is started after longer and longer pauses.
    name: 'kill -9 of the child under its supervisor',
    ground: 'supervised',
    cycles: { default: 2, long: 5 },
    supervised: true,
    strike: async (scene) => {
      await anyMoment(scene);
      await scene.ground.service.kill();
      return null;
    },
  },
  {
    name: 'kill -9 of the supervisor',
    ground: 'supervised',
    cycles: { default: 2, long: 5 },
    supervised: true,
    strike: async (scene) => {
      const { service } = scene.ground;
      const before = await service.ready();
      await anyMoment(scene);
      await service.end('SIGKILL');
      // The child ends by itself: the lock and the port are free again.
      await eventually(async () => {
        if ((await service.pids())?.child === before.child) throw new Error('the child outlives its supervisor');
      });
      await service.start();
      return null;
    },
  },
  {
    name: 'SIGTERM and start',
    ground: 'plain',
    cycles: ONCE,
    strike: async ({ ground }) => signalAndStartAnew(ground, 'SIGTERM'),
  },
  {
    name: 'SIGHUP',
    ground: 'supervised',
    cycles: { default: 2, long: 10 },
    supervised: true,
    strike: async ({ ground }) => {
      const { service, ledger } = ground;
      const { child } = await service.ready();
      const before = ledger.unanswered + ledger.unsent;
      service.signal('SIGHUP');
      await service.otherChild(child);
      await some(ground);
      const lost = ledger.unanswered + ledger.unsent - before;
      if (lost > 0) throw new Error(`SIGHUP cost ${String(lost)} posts`);
      return 'no post without an answer';
    },
  },
  {
    name: 'locked database',
    ground: 'plain',
    cycles: ONCE,
    strike: async ({ ground }) => {
      const intruder = new Database(ground.database);
      intruder.exec('BEGIN EXCLUSIVE');
      const refused = await moreRefusals(ground, REFUSALS);
      intruder.exec('ROLLBACK');
      intruder.close();
      return `${String(refused)} posts refused with 503`;
    },
  },
  {
    name: 'SIGSTOP of a scraper and a reader',
    ground: 'plain',
    cycles: ONCE,
    strike: async ({ ground }) => {
      const paths = ['/metrics', '/api/v1/transitions?format=csv&limit=1000'];
      const stopped: StoppedClient[] = [];
      try {
        for (const path of paths) stopped.push(await StoppedClient.start(ground.port, path));
        await moreDebts(ground, 200, 100);
        const waiting = stopped.map((client) => client.waitingBytes());
        if (waiting.includes(0)) throw new Error('the service does not wait for all of the stopped readers any more');
        return `${String(stopped.length)} stopped with ${waiting.join(', ')} bytes before them`;
      } finally {
        for (const client of stopped) client.end();
      }
    },
  },
  {
    name: 'full disk',
    ground: 'small',
    cycles: { default: 2, long: 10 },
    strike: async ({ ground }) => {
      ground.fillDisk();
      const refused = await moreRefusals(ground, REFUSALS);
      ground.emptyDisk();
      return `${String(refused)} posts refused with 503`;
    },
  },
  {
    name: 'full disk, killed while it is full',
    ground: 'small',
    cycles: ONCE,
    strike: async ({ ground }) => {
      ground.fillDisk();
      const refused = await moreRefusals(ground, REFUSALS);
      await ground.service.killAll();
      ground.emptyDisk();
      await ground.service.start();
      return `${String(refused)} posts refused with 503`;
    },
  },
  {
    name: 'full disk, SIGTERM while it is full',
    ground: 'small',
    cycles: ONCE,
    strike: async ({ ground }) => {
      ground.fillDisk();
      const refused = await moreRefusals(ground, REFUSALS);
      const code = await ground.service.end('SIGTERM');
      ground.emptyDisk();
      await ground.service.start();
      return `${String(refused)} posts refused with 503, exit ${String(code)}`;
    },
  },
  {
    name: 'read-only file system at the start',
    ground: 'small',
    cycles: ONCE,
    strike: async ({ ground }) => {
      const { service } = ground;
      await service.killAll();
      ground.remount('ro');
      try {
        service.spawn();
        const code = await service.exited;
        if (code === 0 || code === null) throw new Error(`started on a read-only file system: exit ${String(code)}`);
        return `refuses to start, exit ${String(code)}`;
      } finally {
        ground.remount('rw');
        await service.start();
      }
    },
  },
  {
    name: 'read-only file while it runs',
    ground: 'steered',
    cycles: ONCE,
    strike: async ({ ground }) => {
      ground.shim?.set('readOnly', 1);
      const refused = await moreRefusals(ground, REFUSALS);
      ground.shim?.set('readOnly', 0);
      return `${String(refused)} posts refused with 503, ${String(ground.shim?.get('refusedWrites') ?? 0)} writes`;
    },
  },
  {
    name: 'slow fsync',
    ground: 'steered',
    cycles: ONCE,
    strike: async ({ ground }) => {
      const usual = await msPerSync(ground);
      ground.shim?.set('syncDelayMs', 150);
      const slow = await msPerSync(ground);
      ground.shim?.set('syncDelayMs', 0);
      if (slow < 150) throw new Error(`the delay is not felt: ${String(slow)} ms a sync`);
      return `${usual.toFixed(1)} ms from sync to sync, then ${slow.toFixed(0)} ms`;
    },
  },
  {
    name: 'SIGHUP on a disk that takes a second to sync',
    ground: 'steered',
    cycles: ONCE,
    supervised: true,
    strike: async ({ ground }) => reloadOnSlowDisk(ground, 1000),
  },
  {
    name: 'SIGHUP on a disk that takes two seconds to sync',
    ground: 'steered',
    cycles: { default: 0, long: 2 },
    supervised: true,
    strike: async ({ ground }) => reloadOnSlowDisk(ground, 2000),
  },
  {
    name: 'SIGINT on a disk that takes two seconds to sync',
    ground: 'steered',
    cycles: ONCE,
    supervised: true,
    strike: async ({ ground }) => {
      const { service, ledger, shim } = ground;
      shim?.set('syncDelayMs', 2000);
      await inFlight();
      const { refused } = ledger;
      const code = await service.end('SIGINT');
      shim?.set('syncDelayMs', 0);
      await service.start();
      if (code !== 0) throw new Error(`exit ${String(code)}: ${service.stderr.slice(-1500)}`);
      if (ledger.refused === refused) throw new Error('nobody was told that the disk had not confirmed');
      return `exit 0, ${String(ledger.refused - refused)} posts answered 503`;
    },
  },
  {
    name: 'clock jumps two days ahead, and an hour back',
    ground: 'steered',
    cycles: ONCE,
    strike: async ({ ground }) => {
      const jumps: string[] = [];
      // Nearly an hour back: the senders' clocks may be ahead by OCM_MAX_CLOCK_AHEAD, 1h.
      for (const offsetMs of [48 * HOUR_MS, 0, -0.98 * HOUR_MS, 0]) {
        ground.shim?.set('clockOffsetMs', offsetMs);
        const seenMs = await clockSaysMs(ground);
        if (Math.abs(seenMs - offsetMs) > 5000) throw new Error(`the clock did not jump: ${String(seenMs)} ms`);
        jumps.push(`${String(Math.round(seenMs / 60_000))} min`);
        await nothingIsSilent(ground);
        await some(ground);
      }
      latestIsNow(ground);
      return `its clock was off by ${jumps.join(', ')}`;
    },
  },
  {
    name: 'power cut',
    ground: 'power',
    cycles: { default: 2, long: 20 },
    strike: async (scene) => {
      const { service, shim } = scene.ground;
      const before = shim?.get('syncs') ?? 0;
      await anyMoment(scene);
      await service.killAll();
      scene.ground.restoreSynced();
      await service.start();
      return `${String(before)} syncs so far`;
    },
  },
];

/** Posts come all the time: a clock that is set makes no silence. */
async function nothingIsSilent({ service }: Ground): Promise<void> {
  const answer = await fetch(`${service.url}/api/v1/campaign-groups`);
  const { items } = (await answer.json()) as { items: { id: string; silent: boolean }[] };
  const silent = items.filter((group) => group.silent).map(({ id }) => id);
  if (silent.length > 0) throw new Error(`silent although posts come: ${silent.join(', ')}`);
}

/** What was written while the clock was ahead is later than nothing that comes. */
function latestIsNow({ database }: Ground): void {
  const db = new Database(database, { readonly: true });
  const latest = db.prepare('SELECT max(max(heard_ms), (SELECT max(alive_ms) FROM uptime)) FROM campaign_groups');
  const aheadMs = Number(latest.pluck().get()) - Date.now();
  db.close();
  if (aheadMs > 5000) throw new Error(`what is stored is ${String(Math.round(aheadMs / 1000))} s ahead`);
}

/** Every connection has a post in flight by then. */
const inFlight = () => pause(500);

/** Reloads while posts are in flight; gives what the service logs of how long nobody accepted. */
async function reloadOnSlowDisk(ground: Ground, syncDelayMs: number): Promise<string> {
  const { service, ledger, shim } = ground;
  const { child } = await service.ready();
  const before = ledger.unanswered + ledger.unsent + ledger.refused;
  shim?.set('syncDelayMs', syncDelayMs);
  await inFlight();
  try {
    service.signal('SIGHUP');
    await service.otherChild(child);
  } finally {
    shim?.set('syncDelayMs', 0);
  }
  await some(ground);
  const lost = ledger.unanswered + ledger.unsent + ledger.refused - before;
  if (lost > 0) throw new Error(`it cost ${String(lost)} posts: ${service.stderr.slice(-1500)}`);
  const [, waitedMs = '?'] = /"unservedMs":(\d+)/.exec(service.stderr) ?? [];
  return `no post without an answer; nobody accepted for ${waitedMs} ms`;
}

async function msPerSync(ground: Ground): Promise<number> {
  const [syncs, startedMs] = [ground.shim?.get('syncs') ?? 0, performance.now()];
  await some(ground);
  return (performance.now() - startedMs) / Math.max(1, (ground.shim?.get('syncs') ?? 0) - syncs);
}

/** How far the service's clock is from ours, by the Date header of an answer; Node writes a new one every second. */
async function clockSaysMs({ service }: Ground): Promise<number> {
  await pause(1100);
  const { headers } = await fetch(`${service.url}/healthz`);
  return Date.parse(headers.get('date') ?? '') - Date.now();
}
