/** Strikes fault after fault at a database while senders post, and asks the oracle after each. */
import { type FaultAccount, newFaultAccount } from '../account.js';
import { moreDebts } from '../check.js';
import { type FaultRun, judge, noteBreaches, randomFrom } from '../run-faults.js';
import { checkDatabase } from './check.js';
import type { DatabaseFault } from './faults.js';
import { DatabaseGround, type Way, WAYS } from './ground.js';

/** Connections for campaigns, and as many for callbacks. */
const CONNECTIONS = 6;
/** In a long run for the posts of minutes. */
const DISK_MEGABYTES = { default: 300, long: 2500 };
/** The oracle reads all of a database after each cycle, and a long run must not grow with its square. */
const CYCLES_A_DATABASE = 20;
/** A build that loses posts is struck until that is seen, so often at most. */
const UNTIL_SEEN = 6;
/** Debts of campaigns and callbacks before each strike, and after it. */
const TRAFFIC = {
  default: { before: [150, 100], after: [40, 30] },
  long: { before: [400, 250], after: [80, 50] },
} as const;

interface Turn {
  readonly fault: DatabaseFault;
  readonly account: FaultAccount;
}

export async function runDatabaseFaults(faults: readonly DatabaseFault[], run: FaultRun): Promise<void> {
  const turns = faults.map((fault) => ({ fault, account: newFaultAccount(fault.name) }));
  // Worlds of their own, and a strike is mostly waiting.
  await Promise.all(WAYS.map((way) => runWay(way, turns, run)));
  for (const { account } of turns) judge(account, run);
  run.account.faults.push(...turns.map(({ account }) => account));
}

async function runWay(way: Way, all: readonly Turn[], run: FaultRun): Promise<void> {
  const turns = all
    .filter(({ fault }) => fault.way === way)
    .flatMap((turn) => {
      const cycles = turn.fault.cycles[run.isLong ? 'long' : 'default'];
      return Array.from({ length: run.mustHold ? cycles : Math.max(cycles, UNTIL_SEEN) }, () => turn);
    });
  for (let from = 0; from < turns.length; from += CYCLES_A_DATABASE)
    await runOnGround(way, turns.slice(from, from + CYCLES_A_DATABASE), run);
}

async function runOnGround(way: Way, turns: readonly Turn[], run: FaultRun): Promise<void> {
  const name = `run-${String(run.seed)}-${way}`;
  const options = {
    root: run.root,
    way,
    name,
    connections: CONNECTIONS,
    diskMegabytes: DISK_MEGABYTES[run.isLong ? 'long' : 'default'],
  };
  const ground = await DatabaseGround.open(options);
  const random = randomFrom(run.seed);
  try {
    for (const turn of turns) {
      await strikeOnce(turn, { ground, random }, run);
      // What was lost once is found by every later look at the same database.
      if (turn.account.breaches.missing > 0) return;
    }
    const answered = await ground.answered();
    if (answered.length < 2 || answered.some((count) => count === 0))
      run.account.failures.push(`${way}: not both receivers took posts: ${answered.join(', ')}`);
  } catch (error) {
    run.account.failures.push(`${way}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    await ground.close();
  }
}

async function strikeOnce(
  { fault, account }: Turn,
  scene: { readonly ground: DatabaseGround; readonly random: () => number },
  run: FaultRun,
): Promise<void> {
  const { ground } = scene;
  const { ledger } = ground;
  const { before, after } = TRAFFIC[run.isLong ? 'long' : 'default'];
  const counts = { campaign: ledger.campaignDebts, callback: ledger.callbackDebts };
  const { refused, unanswered, lost, spooled } = ledger;
  const startedMs = performance.now();
  ground.client.resume();
  await moreDebts(ground, before[0], before[1]);
  const miss = (what: string) => {
    if (run.mustHold) run.account.failures.push(`${fault.name}: ${what}`);
  };
  const struck = await fault.strike({ ...scene, isLong: run.isLong, miss });
  await ground.receiversReady();
  await ground.cluster.makeWhole();
  await moreDebts(ground, after[0], after[1]);
  await ground.client.pause();
  const struckMs = performance.now();
  const breaches = await checkDatabase(ground);
  account.cycles++;
  account.campaignDebts += ledger.campaignDebts - counts.campaign;
  account.callbackDebts += ledger.callbackDebts - counts.callback;
  account.refused += ledger.refused - refused;
  account.unanswered += ledger.unanswered - unanswered;
  const note = [`${String(ledger.spooled - spooled)} spooled`, ...(struck === null ? [] : [struck])].join('; ');
  account.notes.push(note);
  if (run.mustHold && ledger.lost > lost)
    run.account.failures.push(`${fault.name}: it cost ${String(ledger.lost - lost)} posts`);
  run.account.debts += ledger.campaignDebts + ledger.callbackDebts - counts.campaign - counts.callback;
  run.account.refused += ledger.refused - refused;
  if (fault.name.startsWith('kill -9')) run.account.kills++;
  for (const strange of ledger.strange.splice(0)) run.account.failures.push(`${fault.name}: answered ${strange}`);
  noteBreaches(breaches, account, run);
  const found = breaches.length === 0 ? 'all there' : `${String(breaches.length)} BREACHES`;
  const took = [struckMs - startedMs, performance.now() - struckMs].map((ms) => `${(ms / 1000).toFixed(1)} s`);
  run.say(
    `${fault.name} (${String(account.cycles)}): ${found}, ${String(ledger.total)} debts; ${note}; ${took.join(' + ')}`,
  );
}
