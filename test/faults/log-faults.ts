/** Faults of what lies beside receiving: the log, and the way from the write-ahead log back into the database. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { valueOf } from '../support/exposition.js';
import { moreDebts } from './check.js';
import type { Fault } from './faults.js';
import type { Ground } from './grounds.js';

const ONCE = { default: 1, long: 5 };
/** Each makes a line at the start: together more than a pipe holds and a process keeps. */
const LONG_LINES = Object.fromEntries(
  Array.from({ length: 12 }, (_, n) => [`OCM_${'X'.repeat(30_000)}${String(n)}`, '1']),
);
const CHECKPOINTS_FAILED = 'ocs_monitor_store_checkpoint_failures_total';

async function metric({ service }: Ground, name: string): Promise<number> {
  const response = await fetch(`${service.url}/metrics`, {
    signal: AbortSignal.timeout(5000),
    headers: { connection: 'close' },
  });
  return valueOf(await response.text(), name, {}) ?? 0;
}

/** Runs anew with such a log, takes posts, and ends in time; then it runs as before. */
async function withLog(ground: Ground, log: number): Promise<string> {
  const { service } = ground;
  await service.end('SIGTERM');
  service.spawn({ log, environment: LONG_LINES });
  await service.ready();
  await moreDebts(ground, 200, 100);
  const dropped = await metric(ground, 'ocs_monitor_log_dropped_total');
  if (dropped === 0) throw new Error('no line was dropped: the log is not felt');
  const code = await service.end('SIGTERM');
  await service.start();
  if (code !== 0) throw new Error(`SIGTERM: exit ${String(code)}`);
  return `${String(dropped)} lines dropped and counted, exit 0`;
}

/** Of a pipe whose reader does not read: what is written, and what keeps it open. */
function openUnread({ dataFolder }: Ground): readonly [number, number] {
  const path = join(dataFolder, '..', 'unread');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return [openSync(path, 'w'), reader];
}

export const LOG_FAULTS: readonly Fault[] = [
  {
    name: 'log on a full disk of its own',
    ground: 'supervised',
    cycles: { default: 1, long: 1 },
    supervised: true,
    strike: async ({ ground }) => {
      const full = openSync('/dev/full', 'w');
      try {
        return await withLog(ground, full);
      } finally {
        closeSync(full);
      }
    },
  },
  {
    name: 'log whose reader stops',
    ground: 'supervised',
    cycles: { default: 1, long: 1 },
    supervised: true,
    strike: async ({ ground }) => {
      const ends = openUnread(ground);
      try {
        return await withLog(ground, ends[0]);
      } finally {
        for (const end of ends) closeSync(end);
      }
    },
  },
  {
    name: 'log and data on one full disk',
    ground: 'small',
    cycles: ONCE,
    strike: async ({ ground }) => {
      const { service, ledger } = ground;
      const path = join(ground.dataFolder, 'service.log');
      const log = openSync(path, 'a');
      await service.end('SIGTERM');
      service.spawn({ log });
      closeSync(log);
      await service.ready();
      ground.fillDisk();
      const before = ledger.refused;
      await eventually(() => {
        if (ledger.refused < before + 20) throw new Error('not refused yet');
      }, 30_000);
      ground.emptyDisk();
      await moreDebts(ground, 40, 20);
      const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
      for (const line of lines) JSON.parse(line);
      return `${String(ledger.refused - before)} posts refused with 503; ${String(lines.length)} whole lines of log`;
    },
  },
  {
    name: 'database file that cannot be written, its log can',
    ground: 'steered',
    cycles: ONCE,
    strike: async ({ ground }) => {
      const { service, shim, ledger } = ground;
      const refused = ledger.refused;
      const before = await metric(ground, CHECKPOINTS_FAILED);
      shim?.set('mainBroken', 1);
      await eventually(async () => {
        if ((await metric(ground, CHECKPOINTS_FAILED)) <= before) throw new Error('no checkpoint has failed yet');
      }, 60_000);
      const tried = shim?.get('mainFaults') ?? 0;
      await moreDebts(ground, 400, 200);
      const again = (shim?.get('mainFaults') ?? 0) - tried;
      if (again > 20) throw new Error(`it is tried at every commit: ${String(again)} times`);
      shim?.set('mainBroken', 0);
      await eventually(() => {
        if (!service.stderr.includes('is written back again')) throw new Error('it is not written back yet');
      }, 60_000);
      if (ledger.refused > refused) throw new Error(`${String(ledger.refused - refused)} posts were refused`);
      return `${String((await metric(ground, CHECKPOINTS_FAILED)) - before)} checkpoints failed, no post refused`;
    },
  },
];
