/** Kills the service while it removes what is older than it is kept, part by part, and looks at what is left after each. */
import Database from 'better-sqlite3';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { removeFolder } from '../support/folders.js';
import { type Account, type FaultAccount, newFaultAccount } from './account.js';
import { AGED, KEPT_DAYS, makeAged } from './aged.js';
import { check, moreDebts } from './check.js';
import { Ground } from './grounds.js';
import { type AgedRows, agedRows, faultsAfter, faultsBetween } from './left-over.js';

export const RETENTION = 'kill -9 in the middle of retention';

export interface RetentionRun {
  readonly root: string;
  readonly isLong: boolean;
  readonly account: Account;
  readonly say: (text: string) => void;
  /** A number in [0, 1): when exactly it is killed. */
  readonly random: () => number;
}

/** Kills of a long run, at least: in each part of retention as often. A default run strikes some parts, once. */
const LONG_KILLS = 60;

/** What changes while a part of retention is at work. */
const PROGRESS = {
  notifications: "SELECT coalesce((SELECT value FROM kept_numbers WHERE name = 'thinned'), 0)",
  rollups: 'SELECT count(*) FROM quarter_hours WHERE start_ms < @beforeMs',
  callbacks: `SELECT count(*) FROM callbacks WHERE source = '${AGED}'`,
  quarantine: `SELECT count(*) FROM quarantine WHERE source = '${AGED}'`,
  history: `SELECT count(*) FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no WHERE source = '${AGED}'`,
} as const;
type Part = keyof typeof PROGRESS;

interface Setting {
  readonly name: 'by age' | 'for the limit';
  readonly flags: readonly string[];
  /** Killed in each of these; in a default run in so many of them. */
  readonly parts: readonly Part[];
  readonly byDefault: number;
  readonly connections: number;
}

const DAYS = Object.entries(KEPT_DAYS).flatMap(([name, days]) => [`--retention-${name}`, `${String(days)}d`]);
const FOR_EVER = Object.keys(KEPT_DAYS).flatMap((name) => [`--retention-${name}`, '0']);
const SETTINGS: readonly Setting[] = [
  {
    name: 'by age',
    flags: DAYS,
    parts: ['notifications', 'rollups', 'callbacks', 'quarantine', 'history'],
    byDefault: 3,
    connections: 1,
  },
  // Nobody posts: beyond such a limit what is posted would go, too.
  {
    name: 'for the limit',
    flags: [...FOR_EVER, '--store-limit', '1kb'],
    parts: ['notifications', 'notifications'],
    byDefault: 1,
    connections: 0,
  },
];
/** How long a slice takes, with its commit and its rest: a kill comes within some of them. */
const WITHIN_MS = 40;
const STARTS_WITHIN_MS = 20_000;

/** The account gets failures for what is not as it must be. */
export async function runRetention(run: RetentionRun): Promise<void> {
  const own = newFaultAccount(RETENTION);
  run.account.faults.push(own);
  const folder = mkdtempSync(join(tmpdir(), 'ocm-retention-'));
  const seed = join(folder, 'aged.db');
  const met: Record<string, number> = {};
  try {
    makeAged(seed, Date.now(), run.random);
    const lefts = new Map<string, AgedRows>();
    for (let n = 0; n === 0 || (run.isLong && own.cycles < LONG_KILLS && n < LONG_KILLS); n++) {
      for (const setting of SETTINGS) {
        if (own.breaches.history > 0) return;
        const { name, flags } = setting;
        const left =
          lefts.get(name) ?? (await uninterrupted(run.root, join(folder, `twin-${name}.db`), { seed, flags }));
        lefts.set(name, left);
        await wearDown({ setting, seed, left, own, met, name: `retention-${String(n)}` }, run);
      }
    }
  } catch (error) {
    run.account.failures.push(
      `${RETENTION}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  } finally {
    removeFolder(folder);
  }
  own.notes.push(
    Object.entries(met)
      .map(([part, kills]) => `${part} ${String(kills)}`)
      .join(', '),
  );
  run.say(`${RETENTION}: ${String(own.cycles)} kills, ${own.notes.join()}`);
}

interface Worn {
  readonly setting: Setting;
  readonly seed: string;
  /** What an uninterrupted run has left. */
  readonly left: AgedRows;
  readonly own: FaultAccount;
  /** Kills by what they met. */
  readonly met: Record<string, number>;
  readonly name: string;
}

/** One database, until retention has come to its end on it; a kill in each part. */
async function wearDown({ setting, seed, left, own, met, name }: Worn, run: RetentionRun): Promise<void> {
  const { flags, connections } = setting;
  const parts = run.isLong ? setting.parts : someOf(setting.parts, setting.byDefault, run.random);
  const ground = await Ground.open({ kind: 'retaining', root: run.root, connections, name, seed, flags });
  const { ledger, database } = ground;
  const before = agedRows(seed);
  const isLimited = setting.name === 'for the limit';
  const note = (faults: readonly string[]) => {
    for (const what of faults.slice(0, 10)) run.say(`  ${setting.name}: ${what}`);
    own.breaches.history += faults.length;
    if (faults.length > 0)
      run.account.failures.push(`${RETENTION}, ${setting.name}: ${String(faults.length)}, such as ${faults[0] ?? ''}`);
  };
  const look = async () => {
    if (connections === 0) return;
    await moreDebts(ground, 20, 10);
    await ground.client.pause();
    note((await check(ground)).map(({ kind, what }) => `${kind}: ${what}`));
    ground.client.resume();
  };
  try {
    for (const part of parts) {
      if (!(await isKilledIn(ground, part, run.random() * WITHIN_MS))) break;
      own.cycles++;
      run.account.kills++;
      met[isLimited ? 'limit' : part] = (met[isLimited ? 'limit' : part] ?? 0) + 1;
      note(faultsBetween(before, agedRows(database), isLimited));
      await look();
    }
    const status = await retain(ground);
    if (status !== 200) note([`retention does not come to its end: ${String(status)}`]);
    note(faultsAfter(before, agedRows(database), left, isLimited));
    await look();
  } finally {
    own.campaignDebts += ledger.campaignDebts;
    own.callbackDebts += ledger.callbackDebts;
    run.account.debts += ledger.total;
    await ground.close();
  }
}

/** So many at random, in their order. */
function someOf<T>(all: readonly T[], count: number, random: () => number): T[] {
  const left = [...all];
  while (left.length > count) left.splice(Math.floor(random() * left.length), 1);
  return left;
}

/** Null: the service went away before it answered. */
async function retain({ service }: Ground): Promise<number | null> {
  const answer = await fetch(`${service.url}/api/v1/retention`, { method: 'POST' }).catch(() => null);
  return answer?.status ?? null;
}

/** Kills it so long after a part of retention has begun; false: it came to its end before. */
async function isKilledIn(ground: Ground, part: Part, afterMs: number): Promise<boolean> {
  const db = new Database(ground.database, { readonly: true });
  const beforeMs = Date.now() - KEPT_DAYS.rollups * 86_400_000;
  const progress = db.prepare(PROGRESS[part]).pluck();
  const look = () => progress.get(part === 'rollups' ? { beforeMs } : {});
  const before = look();
  const ended = { isOver: false };
  const asked = retain(ground).then((status) => {
    ended.isOver = status !== null;
  });
  const giveUpMs = performance.now() + STARTS_WITHIN_MS;
  while (!ended.isOver && look() === before && performance.now() < giveUpMs) await pause(1);
  db.close();
  await pause(afterMs);
  if (ended.isOver) return false;
  await ground.service.kill();
  await asked;
  return true;
}

/** What the command leaves that nobody kills. */
async function uninterrupted(
  root: string,
  path: string,
  { seed, flags }: { readonly seed: string; readonly flags: readonly string[] },
): Promise<AgedRows> {
  copyFileSync(seed, path);
  const args = [join(root, 'dist/main.js'), 'retention', '--store', `sqlite:${path}`, ...flags];
  const program = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(program, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`ocs-monitor retention ended with ${String(code)}`);
  return agedRows(path);
}
