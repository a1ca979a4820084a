/** What a lane sends at once to lock and load what a batch looks at, and what becomes of the answers. */
import { MonitorError } from '../domain/errors.js';
import { KINDS, type Kind } from './claim-kinds.js';
import type { KeptHeads } from './kept-heads.js';
import { LOCKS, type LockName } from './locks.js';
import { callbackClaims } from './neighbours.js';
import { type Claim, claimName } from './not-loaded.js';
import { asking, loading, locking, type Statement } from './statements.js';
import { kept, type Value } from './values.js';
import type { WorkingSet } from './working-set.js';

/** What came of one statement. */
export interface Answer {
  /** What the server says that it did: `COMMIT`, `INSERT 0 3`. */
  readonly tag: string;
  readonly rows: readonly (readonly Value[])[];
}

export interface Loading {
  readonly statements: readonly Statement[];
  /** Puts the answers into the working set. False: something is forgotten since, and other keys have to be locked. */
  readonly take: (answers: readonly Answer[]) => boolean;
}

const LOCK = 'lock ';
const ASK = 'ask ';

export function isLock({ kind }: Claim): boolean {
  return kind.startsWith(LOCK);
}

/** Locks come first. */
export function loadingOf(set: WorkingSet, claims: readonly Claim[], heads: KeptHeads): Loading {
  const statements: Statement[] = [];
  const takes: ((answers: readonly Answer[]) => boolean)[] = [];
  const add = (sent: readonly Statement[], take: (answers: readonly Answer[]) => boolean) => {
    const from = statements.length;
    statements.push(...sent);
    takes.push((answers) => take(answers.slice(from, from + sent.length)));
  };
  for (const name of Object.keys(LOCKS) as LockName[]) {
    const asked = claims.filter(({ kind }) => kind === `${LOCK}${name}`);
    if (asked.length > 0) addLock({ set, heads }, name, asked, add);
  }
  for (const [kind, asked] of byKind(claims)) addLoad(set, kind, asked, add);
  return { statements, take: (answers) => takes.map((take) => take(answers)).every(Boolean) };
}

type Add = (sent: readonly Statement[], take: (answers: readonly Answer[]) => boolean) => void;

function byKind(claims: readonly Claim[]): ReadonlyMap<string, Claim[]> {
  const kinds = new Map<string, Claim[]>();
  for (const claim of claims) if (!isLock(claim)) kinds.set(claim.kind, [...(kinds.get(claim.kind) ?? []), claim]);
  return kinds;
}

function addLoad(set: WorkingSet, name: string, claims: readonly Claim[], add: Add): void {
  if (name.startsWith(ASK)) {
    for (const claim of claims)
      add([asking(claim)], ([answer]) => {
        set.take(claim, answer?.rows ?? []);
        return true;
      });
    return;
  }
  const kind = (KINDS as Readonly<Record<string, Kind>>)[name];
  if (kind === undefined) throw new Error(`no kind of rows is called ${name}`);
  add([loading(set.sets, { kind, claims, rowsAtOnce: set.rowsAtOnce })], ([answer]) => {
    const found = claims.map((): (readonly Value[])[] => []);
    for (const [n, ...row] of answer?.rows ?? []) found[Number(n) - 1]?.push(row);
    claims.forEach((claim, n) => {
      set.take(claim, found[n] ?? []);
    });
    return true;
  });
}

interface Held {
  readonly set: WorkingSet;
  readonly heads: KeptHeads;
}

function addLock({ set, heads }: Held, name: LockName, claims: readonly Claim[], add: Add): void {
  const keys = claims.map(({ values }) => keyOf(set, name, values));
  const inOrder = [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()].sort(inKeyOrder);
  // All of them or none: they are locked by one statement, in their order.
  const isKnown = name === 'group' && inOrder.every(([, groupNo]) => heads.knows(Number(groupNo)));
  const { put, take } = locking(set.sets, name, inOrder, isKnown);
  add(put === null ? [take] : [put, take], (answers) => {
    set.takeLocked(name, claims, answers.at(-1)?.rows ?? []);
    const gone = isKnown ? inOrder.filter(([source = null, no = null]) => !set.sets.groups.get(source, no)) : [];
    for (const [, groupNo] of gone) heads.forget(Number(groupNo));
    return claims.map(({ values }) => isCurrent(set, name, values)).every(Boolean) && gone.length === 0;
  });
}

/** What is locked for a claim. */
function keyOf(set: WorkingSet, name: LockName, values: readonly Value[]): readonly Value[] {
  const [source, name2] = values.map((value) => kept(value)) as [string, string];
  if (name === 'group') return [source, set.groupNo(source, name2), name2, set.lifeOfGroup(source, name2)];
  if (name === 'callback') return [source, set.callbackNo(source, name2), name2, set.seenLife(source)];
  return values;
}

function inKeyOrder(a: readonly Value[], b: readonly Value[]): number {
  for (let n = 0; n < a.length; n++) {
    const [one, other] = [a[n] ?? '', b[n] ?? ''];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

/** Whether what was locked is what is meant: nothing of it was forgotten since it was looked at last. */
function isCurrent(set: WorkingSet, name: LockName, [source, key]: readonly Value[]): boolean {
  if (name === 'source') {
    const life = set.sets.sources.get(source ?? null)?.life ?? 0;
    const isSeen = life === set.seenLife(String(source));
    set.noteSourceLife(String(source), life);
    return isSeen;
  }
  if (name !== 'group') return true;
  const [ofSource, dbid] = [String(source), String(key)];
  const row = set.sets.groups.get(ofSource, set.groupNo(ofSource, dbid));
  if (row !== undefined && row.dbid !== dbid)
    throw new MonitorError(
      'OCM_UNAVAILABLE',
      `the groups ${row.dbid} and ${dbid} of ${ofSource} have the same number; please report it`,
    );
  if (row === undefined || row.forgotten === 0) return true;
  set.noteLife(ofSource, dbid, row.life + 1);
  return false;
}

/** Claims, and what a batch that writes to their groups and callbacks looks at in any case. */
export function withNeighbours(set: WorkingSet, claims: readonly Claim[], heads: KeptHeads): readonly Claim[] {
  const near = claims.flatMap(({ kind, values }) => {
    const [source, name] = values.map(String) as [string, string];
    if (kind === `${LOCK}group`) return heads.claimsOf(source, set.groupNo(source, name));
    if (kind === `${LOCK}callback`) return callbackClaims(source, set.callbackNo(source, name));
    return [];
  });
  return [...new Map([...claims, ...near].map((claim) => [claimName(claim), claim])).values()];
}
