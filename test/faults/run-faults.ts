/** Strikes fault after fault while the client posts, and asks the oracle after each. */
import { type Account, type FaultAccount, newFaultAccount } from './account.js';
import { check, moreDebts } from './check.js';
import type { Fault } from './faults.js';
import { Ground, type GroundKind, GROUNDS } from './grounds.js';
import type { Breach } from './oracle.js';

export interface FaultRun {
  readonly root: string;
  readonly seed: number;
  readonly isLong: boolean;
  readonly account: Account;
  /** Whether every breach is a failure; false for a build that is broken on purpose: then a run without loss is one. */
  readonly mustHold: boolean;
  readonly say: (text: string) => void;
}

/** Connections for campaigns, and as many for callbacks. */
const CONNECTIONS = 8;
/** Cycles on one database: the oracle reads all of it after each, and a long run must not grow with its square. */
const CYCLES_A_DATABASE = 25;
/** A build that loses posts does so with most strikes, not with each: it is struck until that is seen, so often at most. */
const UNTIL_SEEN = 8;
/** Debts of campaigns and callbacks before each strike, and after it. */
const TRAFFIC = {
  default: { before: [150, 80], after: [40, 20] },
  long: { before: [400, 160], after: [60, 30] },
} as const;

interface Turn {
  readonly fault: Fault;
  readonly account: FaultAccount;
}

/** Kinds of ground are worlds of their own, and a strike is mostly waiting: two are struck side by side. */
const SIDE_BY_SIDE = 2;

export async function runFaults(faults: readonly Fault[], run: FaultRun): Promise<void> {
  const struck = faults.map((fault) => ({ fault, account: newFaultAccount(fault.name) }));
  const kinds = [...GROUNDS];
  const strikeNext = async () => {
    for (let kind = kinds.shift(); kind !== undefined; kind = kinds.shift()) await runOnKind(kind, struck, run);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, strikeNext));
  const accounts = struck.map(({ account }) => account);
  for (const account of accounts) judge(account, run);
  run.account.faults.push(...accounts);
}

async function runOnKind(kind: GroundKind, struck: readonly Turn[], run: FaultRun): Promise<void> {
  const turns = struck
    .filter(({ fault }) => fault.ground === kind)
    .flatMap((turn) => {
      const cycles = turn.fault.cycles[run.isLong ? 'long' : 'default'];
      return Array.from({ length: run.mustHold ? cycles : Math.max(cycles, UNTIL_SEEN) }, () => turn);
    });
  for (let from = 0; from < turns.length; from += CYCLES_A_DATABASE)
    await runOnGround(kind, turns.slice(from, from + CYCLES_A_DATABASE), run);
}

async function runOnGround(kind: GroundKind, turns: readonly Turn[], run: FaultRun): Promise<void> {
  const name = `run-${String(run.seed)}-${kind}`;
  const ground = await Ground.open({ kind, root: run.root, connections: CONNECTIONS, name });
  const random = randomFrom(run.seed);
  try {
    const isSupervised = (await ground.service.ready()).parent !== null;
    for (const turn of turns) {
      if (turn.fault.supervised === true && !isSupervised) {
        run.say(`NOT DONE: ${turn.fault.name}: this program has no supervisor`);
        if (turn.account.notes.push('no supervisor') === 1)
          run.account.skipped.push(`${turn.fault.name} (no supervisor)`);
        continue;
      }
      await strikeOnce(turn, { ground, random }, run);
      // What was lost once is found by every later look at the same database.
      if (turn.account.breaches.missing > 0) break;
    }
  } catch (error) {
    run.account.failures.push(`${kind}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    await ground.close();
  }
}

async function strikeOnce({ fault, account }: Turn, scene: { ground: Ground; random: () => number }, run: FaultRun) {
  const { ground } = scene;
  const { ledger } = ground;
  const { before, after } = TRAFFIC[run.isLong ? 'long' : 'default'];
  const counts = { campaign: ledger.campaignDebts, callback: ledger.callbackDebts };
  const { refused, unanswered } = ledger;
  ground.client.resume();
  await moreDebts(ground, before[0], before[1]);
  const note = await fault.strike(scene);
  await moreDebts(ground, after[0], after[1]);
  await ground.client.pause();
  const breaches = await check(ground);
  account.cycles++;
  account.campaignDebts += ledger.campaignDebts - counts.campaign;
  account.callbackDebts += ledger.callbackDebts - counts.callback;
  account.refused += ledger.refused - refused;
  account.unanswered += ledger.unanswered - unanswered;
  if (note !== null) account.notes.push(note);
  noteBreaches(breaches, account, run);
  run.account.debts += ledger.campaignDebts + ledger.callbackDebts - counts.campaign - counts.callback;
  run.account.refused += ledger.refused - refused;
  if (fault.name.startsWith('kill -9')) run.account.kills++;
  for (const strange of ledger.strange.splice(0)) run.account.failures.push(`${fault.name}: answered ${strange}`);
  const found = breaches.length === 0 ? 'all there' : `${String(breaches.length)} BREACHES`;
  const debts = `${String(ledger.total)} debts on this database`;
  run.say(`${fault.name} (${String(account.cycles)}): ${found}, ${debts}${note === null ? '' : `; ${note}`}`);
}

export function noteBreaches(breaches: readonly Breach[], account: FaultAccount, run: FaultRun): void {
  for (const { kind } of breaches) account.breaches[kind]++;
  for (const { kind, what } of breaches.slice(0, 10)) run.say(`  ${kind}: ${what.slice(0, 600)}`);
}

/** Whether what was found is what had to be found. */
export function judge(account: FaultAccount, { account: all, mustHold }: FaultRun): void {
  const found = Object.entries(account.breaches).filter(([, count]) => count > 0);
  if (mustHold) {
    for (const [kind, count] of found) all.failures.push(`${account.fault}: ${String(count)} ${kind}`);
  } else if (account.breaches.missing === 0) {
    all.failures.push(`${account.fault}: no loss was seen, though the build loses posts`);
  }
}

/** Mulberry32: equal seeds, equal moments. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
