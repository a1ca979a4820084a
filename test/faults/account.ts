/** What a run did and found. */
import { BREACHES, type Breach } from './oracle.js';

export interface FaultAccount {
  readonly fault: string;
  cycles: number;
  campaignDebts: number;
  callbackDebts: number;
  /** Answered 503: owed by nobody. */
  refused: number;
  /** No answer came: stored or not. */
  unanswered: number;
  readonly breaches: Record<Breach['kind'], number>;
  /** What was measured of the fault itself. */
  notes: string[];
}

export interface Account {
  readonly faults: FaultAccount[];
  debts: number;
  kills: number;
  refused: number;
  seconds: number;
  readonly skipped: string[];
  /** Why the run failed. Empty: it passed. */
  readonly failures: string[];
}

export function newAccount(): Account {
  return { faults: [], debts: 0, kills: 0, refused: 0, seconds: 0, skipped: [], failures: [] };
}

export function newFaultAccount(fault: string): FaultAccount {
  const breaches = Object.fromEntries(BREACHES.map((kind) => [kind, 0])) as FaultAccount['breaches'];
  return { fault, cycles: 0, campaignDebts: 0, callbackDebts: 0, refused: 0, unanswered: 0, breaches, notes: [] };
}

/** Kills in the middle of work of the service's own, by what it was. */
export function inTheMidst(faults: readonly FaultAccount[]): [what: string, cycles: number][] {
  return faults
    .filter(({ fault }) => fault.startsWith(IN_THE_MIDST))
    .map(({ fault, cycles }) => [fault.slice(IN_THE_MIDST.length), cycles]);
}
const IN_THE_MIDST = 'kill -9 in the middle of ';

export function shownAccount(account: Account): string {
  const header = ['fault', 'cycles', 'campaign', 'callback', '503', 'no answer', 'missing', 'other', 'measured'];
  const rows = account.faults.map((fault) => [
    fault.fault,
    ...[fault.cycles, fault.campaignDebts, fault.callbackDebts, fault.refused, fault.unanswered].map(String),
    String(fault.breaches.missing),
    String(Object.values(fault.breaches).reduce((sum, count) => sum + count, 0) - fault.breaches.missing),
    fault.notes.at(-1) ?? '',
  ]);
  const widths = header.map((_, at) => Math.max(...[header, ...rows].map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) =>
        at === 0 || at === cells.length - 1 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const { debts, kills, refused, seconds, skipped, failures } = account;
  const midst = inTheMidst(account.faults).map(([what, cycles]) => `${what} ${String(cycles)}`);
  return [
    line(header),
    ...rows.map(line),
    '',
    `${String(debts)} debts, ${String(kills)} kill -9, ${String(refused)} refusals, ${String(seconds)} s`,
    ...(midst.length === 0 ? [] : [`of them in the middle of ${midst.join(', ')}`]),
    ...skipped.map((what) => `NOT DONE: ${what}`),
    ...failures.map((why) => `FAILED: ${why}`),
    ...(failures.length === 0 ? ['passed'] : []),
    '',
  ].join('\n');
}
