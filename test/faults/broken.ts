/**
 * Builds in which something is changed: some lose posts on purpose, so that the oracle itself is tested, and one does in a
 * short run what others do in a long one.
 */
import { mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProgram } from '../../scripts/bundle-program.js';
import { removeFolder } from '../support/folders.js';
import { KILLED_PRIMARY } from './database/faults.js';

interface Breakage {
  readonly name: string;
  /** In src/. */
  readonly file: string;
  /** Text to text; each must occur exactly once, or the test would test nothing. */
  readonly changes: Readonly<Record<string, string>>;
  /** Names of the faults that must show it. */
  readonly seenBy: readonly string[];
  /** Posts are missing, or the fault fails in another way: it does not answer, or does not end. */
  readonly shows: 'loss' | 'failure';
}

const BREAKAGES: readonly Breakage[] = [
  {
    name: 'answers before the commit',
    file: 'sqlite/transactions.ts',
    changes: {
      "db.exec('BEGIN IMMEDIATE');": "if (!db.inTransaction) db.exec('BEGIN IMMEDIATE');",
      "db.exec('COMMIT');": "this.late ??= setTimeout(() => { this.late = undefined; db.exec('COMMIT'); }, 100);",
    },
    seenBy: ['kill -9 of the receiving process', 'power cut'],
    shows: 'loss',
  },
  {
    name: 'answers before the sync',
    file: 'sqlite/database.ts',
    changes: {
      "db.pragma('synchronous = FULL');": "db.pragma('synchronous = NORMAL');",
      'durability.synchronous !== 2': 'durability.synchronous !== 1',
    },
    seenBy: ['power cut'],
    shows: 'loss',
  },
  {
    name: 'waits for whoever reads its log',
    file: 'node/line-writer.ts',
    changes: {
      'return writeSync(fd, bytes);':
        "for (;;) try { return writeSync(fd, bytes); } catch (error) { if (error.code !== 'EAGAIN') throw error; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5); }",
    },
    seenBy: ['log whose reader stops'],
    shows: 'failure',
  },
  {
    name: 'keeps nothing of what was said last before a transition',
    file: 'apply/thinning.ts',
    changes: { 'keep(last?.atMs ?? null);': '' },
    seenBy: ['kill -9 in the middle of retention'],
    shows: 'failure',
  },
];

/** The same, of receivers that share a PostgreSQL. */
const DATABASE_BREAKAGES: readonly Breakage[] = [
  {
    name: 'answers before the server has committed',
    file: 'postgres/blocking/wire-thread.ts',
    changes: {
      'const answers = await wire.exchange(statements, deadlineMs);':
        "const isLast = statements.at(-1)?.text === 'COMMIT'; const told = await wire.exchange(isLast ? statements.slice(0, -1) : statements, deadlineMs); if (isLast) setTimeout(() => { wire.exchange(statements.slice(-1), deadlineMs).catch(() => undefined); }, 0); const answers = isLast ? [...told, { tag: 'COMMIT', rows: [] }] : told;",
    },
    seenBy: [KILLED_PRIMARY],
    shows: 'loss',
  },
  {
    name: 'answers before the standby has it',
    file: 'postgres/lane.ts',
    changes: {
      '...written, log, COMMIT]': "...written, log, plain('SET LOCAL synchronous_commit = off'), COMMIT]",
    },
    seenBy: [KILLED_PRIMARY],
    shows: 'loss',
  },
];

/** So that a kill meets compaction, conversion and retention in the middle: the program has no setting for it. */
const EAGER = {
  'apply/compaction.ts': {
    'ROWS_PER_GROUP = 60;': 'ROWS_PER_GROUP = 1;',
    'ROWS_OF_FEW = 120_000;': 'ROWS_OF_FEW = 30;',
    'LEAST_ROWS = 5000;': 'LEAST_ROWS = 30;',
    'ROWS_OF_SLICE = 1000;': 'ROWS_OF_SLICE = 5;',
    'REMOVED_AT_ONCE = 4000;': 'REMOVED_AT_ONCE = 20;',
  },
  'apply/pace.ts': { 'SLICE_MS = 4;': 'SLICE_MS = 0.001;', 'return Math.max(1, ': 'return Math.max(8, ' },
  'sqlite/convert.ts': { 'ROWS_OF_SLICE = 20_000;': 'ROWS_OF_SLICE = 500;' },
} as const;

export interface ChangedRoot {
  readonly root: string;
  readonly remove: () => void;
}

export interface BrokenRoot extends ChangedRoot {
  readonly name: string;
  readonly seenBy: readonly string[];
  readonly shows: 'loss' | 'failure';
}

/** One after the other; throws when a change no longer applies. */
export function brokenRoots(root: string): AsyncGenerator<BrokenRoot> {
  return rootsOf(BREAKAGES, root);
}

/** Of receivers that share a PostgreSQL. */
export function brokenDatabaseRoots(root: string): AsyncGenerator<BrokenRoot> {
  return rootsOf(DATABASE_BREAKAGES, root);
}

async function* rootsOf(breakages: readonly Breakage[], root: string): AsyncGenerator<BrokenRoot> {
  for (const { name, file, changes, seenBy, shows } of breakages)
    yield { name, seenBy, shows, ...(await changedRoot(root, { [file]: changes })) };
}

/** Builds whose spool loses posts: what the tests of an outage must see. */
const SPOOL_BREAKAGES: readonly Pick<Breakage, 'name' | 'file' | 'changes'>[] = [
  {
    name: 'answers before the spool is durable',
    file: 'sqlite/spool/spool.ts',
    changes: {
      "db.exec('BEGIN IMMEDIATE');": "if (!db.inTransaction) db.exec('BEGIN IMMEDIATE');",
      "db.exec('COMMIT');": "this.late ??= setTimeout(() => { this.late = undefined; db.exec('COMMIT'); }, 2000);",
    },
  },
  {
    name: 'drops posts from the spool before they are committed',
    file: 'service/postgres/drain.ts',
    changes: {
      'report = writer.drain(': 'spool.remove(posts.map(({ no }) => no)); report = writer.drain(',
    },
  },
];

export async function* brokenSpools(root: string): AsyncGenerator<Omit<BrokenRoot, 'seenBy' | 'shows'>> {
  for (const { name, file, changes } of SPOOL_BREAKAGES)
    yield { name, ...(await changedRoot(root, { [file]: changes })) };
}

/** A build that compacts all the time, and converts and removes in small slices. */
export function eagerRoot(root: string): Promise<ChangedRoot> {
  return changedRoot(root, EAGER);
}

/** Names of all these builds. Throws when a change of one no longer applies. */
export function checkChanges(root: string): string[] {
  const broken = [...BREAKAGES, ...DATABASE_BREAKAGES, ...SPOOL_BREAKAGES];
  const builds = [...broken.map(({ name, file, changes }) => ({ name, files: { [file]: changes } }))];
  return [...builds, { name: 'compacts all the time', files: EAGER }].map(({ name, files }) => {
    for (const [file, changes] of Object.entries(files))
      changed(readFileSync(join(root, 'src', file), 'utf8'), changes, file);
    return name;
  });
}

async function changedRoot(root: string, files: Readonly<Record<string, Breakage['changes']>>): Promise<ChangedRoot> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-broken-'));
  for (const part of ['node_modules', 'schemas', 'migrations', 'package.json'])
    symlinkSync(join(root, part), join(folder, part));
  await bundleProgram(join(folder, 'dist'), (file, text) => changed(text, files[file] ?? {}, file));
  symlinkSync(join(root, 'dist/page'), join(folder, 'dist/page'));
  const remove = () => {
    removeFolder(folder);
  };
  return { root: folder, remove };
}

function changed(text: string, changes: Readonly<Record<string, string>>, file: string): string {
  return Object.entries(changes).reduce((before, [from, to]) => {
    const found = before.split(from).length - 1;
    if (found !== 1)
      throw new Error(`${file} has "${from}" ${String(found)} times, not once: mend test/faults/broken.ts`);
    return before.replace(from, () => to);
  }, text);
}
