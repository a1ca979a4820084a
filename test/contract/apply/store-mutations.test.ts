/**
 * The contract is worth what it notices: a port that forgets what it was given, or gives too few rows, the same twice or
 * all in another order than it promises, is caught by a case of it.
 */
import { describe, expect, it } from 'vitest';
import type { Tables } from '../../../src/apply/tables.js';
import { memoryStore } from '../../support/stores.js';
import type { ContractCase } from './contract-rows.js';
import { ROW_CONTRACT } from './row-contract.js';
import { STORE_CONTRACT } from './store-behaviour.js';

type Method = (...args: readonly unknown[]) => unknown;
type Names = Readonly<Partial<Record<keyof Tables, readonly string[]>>>;

/** What puts, changes or removes rows, and gives nothing back. */
const WRITERS: Names = {
  groups: ['hear', 'keepMarks', 'limitHeard'],
  journal: ['insert', 'blank', 'removeUpTo'],
  chunks: ['insert', 'setAside', 'replace', 'remove'],
  quarters: ['putQuarter', 'putListQuarter'],
  standing: ['insert', 'remove'],
  lists: ['keepNewest'],
  steps: ['put', 'remove', 'removeAll'],
  repeats: ['begin', 'extend'],
  callbacks: ['write', 'insertEvent', 'insertAttachment', 'insertNotification', 'setHashes'],
  numbers: ['keep'],
  missingKeys: ['count'],
  quarantine: ['insert', 'markReplayed', 'markFaulty', 'remove'],
  removals: ['note'],
  retention: ['removeHold'],
};
/** What finds one row, or says whether there is one. */
const FINDERS: Names = {
  groups: ['find', 'byNo'],
  statements: ['find'],
  journal: ['bounds'],
  chunks: ['hourBefore', 'hourAfter', 'newestMs', 'after'],
  quarters: ['quarter', 'listQuarter'],
  standing: ['receivedMs', 'newest'],
  steps: ['at', 'lastBefore', 'last', 'stateSince', 'firstAfter'],
  numbers: ['kept'],
  repeats: ['lastBy'],
  callbacks: ['find', 'hasEvent', 'hasAttachment', 'hasNotification'],
  missingKeys: ['hasService'],
  quarantine: ['seenAgain', 'delivery', 'tallied', 'oldestReplayed', 'oldestOf'],
  removals: ['hidden'],
  retention: ['oldestBody', 'hasStatements', 'isEmpty', 'isStored', 'removeStatement'],
};
/** What gives many rows in an order that is promised. */
const ORDERED: Names = {
  heads: ['parts', 'standings'],
  journal: ['keysFrom', 'samples'],
  chunks: ['blocks', 'writtenSince'],
  lists: ['lists'],
  steps: ['newestFirst'],
  quarantine: ['heldBetween'],
  removals: ['noted'],
  retention: ['groupNosAfter', 'statementsAfter', 'blocksSince', 'holds'],
};
/** And in any order. */
const UNORDERED: Names = {
  callbacks: ['mergeable', 'open', 'lastEvents', 'numbers'],
  quarantine: ['tallies'],
  removals: ['groupNos'],
};
/** What counts rows. */
const COUNTERS: Names = {
  heads: ['count'],
  chunks: ['lastNo', 'changes', 'settledNo', 'damaged'],
  callbacks: ['countNotifications'],
  missingKeys: ['countServices'],
  quarantine: ['replayedBytes', 'newestNo'],
  retention: ['removeRollups', 'removeSteps', 'removeCallbacks', 'removeMissingKeys', 'removeDamaged'],
};
/** What a store in memory has nothing of; `contract/sqlite/retention-tables.test.ts` holds SQLite to it. */
const OF_A_FILE: Names = { retention: ['removeAudit', 'removeRuns', 'usedBytes', 'oldestMs', 'estimate'] };
/** What makes or reads over rows in ways of its own; the cases hold each to its answer. */
const OTHERS: Names = {
  groups: ['insert'],
  heads: ['marks'],
  statements: ['byNo', 'insert'],
  lists: ['insert'],
  callbacks: ['create', 'link'],
  dimensions: ['insert'],
  legacyEvents: ['put'],
  changes: ['insert', 'prune'],
  retention: ['insertHold', 'heldAt'],
  removals: [
    'countGroup',
    'countSource',
    'hide',
    'removeCallbacks',
    'removeBodies',
    'removeNameless',
    'removeHidden',
    'aroundHidden',
  ],
};

const rowsOf = (value: unknown) => [...(value as Iterable<unknown>)];
const nothing = (value: unknown) => (typeof value === 'boolean' ? false : null);
/** Which methods a fault concerns, and what they answer with it. */
const FAULTS: readonly (readonly [
  how: string,
  of: readonly Names[],
  (method: Method, args: readonly unknown[]) => unknown,
])[] = [
  ['forgets what it is given', [WRITERS], () => undefined],
  ['finds nothing', [FINDERS], (method, args) => nothing(method(...args))],
  ['leaves out the last row', [ORDERED, UNORDERED], (method, args) => rowsOf(method(...args)).slice(0, -1)],
  [
    'repeats the first row',
    [ORDERED, UNORDERED],
    (method, args) => {
      const rows = rowsOf(method(...args));
      return [...rows.slice(0, 1), ...rows];
    },
  ],
  ['counts nothing', [COUNTERS], () => 0],
  ['turns the order round', [ORDERED], (method, args) => rowsOf(method(...args)).reverse()],
];

const MUTANTS = FAULTS.flatMap(([how, lists, fault]) =>
  lists.flatMap((names) =>
    Object.entries(names).flatMap(([port, methods]) =>
      methods.map((name) => ({ title: `${port}.${name} ${how}`, port: port as keyof Tables, name, fault })),
    ),
  ),
);
type Mutant = (typeof MUTANTS)[number];

function spoilt(tables: Tables, { port, name, fault }: Mutant): Tables {
  const sound = tables[port] as unknown as Record<string, Method>;
  const method: Method = (...args) => sound[name]?.(...args);
  return { ...tables, [port]: { ...sound, [name]: (...args: readonly unknown[]) => fault(method, args) } };
}

/** A case that a mutant fails. */
function noticedBy(mutant: Mutant): string | undefined {
  return [...ROW_CONTRACT, ...STORE_CONTRACT].find(({ run }: ContractCase) => {
    try {
      run(memoryStore({}, (tables) => spoilt(tables, mutant)));
      return false;
    } catch {
      return true;
    }
  })?.name;
}

describe('the store contract', () => {
  it('is kept by the store that is spoilt here', () => {
    for (const { run } of [...ROW_CONTRACT, ...STORE_CONTRACT]) run(memoryStore());
  });

  it.each(MUTANTS)('notices that $title', (mutant) => {
    expect(noticedBy(mutant)).toBeDefined();
  });

  it('knows what every method of every port is', () => {
    const { tables } = memoryStore();
    const kinds = [WRITERS, FINDERS, ORDERED, UNORDERED, COUNTERS, OF_A_FILE, OTHERS];
    for (const [port, methods] of Object.entries(tables) as [keyof Tables, object][]) {
      const named = kinds.flatMap((names) => names[port] ?? []);
      expect([port, named.sort()]).toEqual([port, Object.keys(methods).sort()]);
    }
  });
});
