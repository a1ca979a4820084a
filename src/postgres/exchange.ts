/** What a lane sends at once to lock and load what a batch looks at, and what becomes of the answers. */
import { MonitorError } from '../domain/errors.js';
import { KINDS, type Kind } from './claim-kinds.js';
import { ExchangeFailed } from './failures.js';
import type { KeptHeads } from './kept-heads.js';
import { LOCK_FAMILIES, type LockName } from './locks.js';
import { callbackClaims } from './neighbours.js';
import { type Claim, claimName } from './not-loaded.js';
import { asking, loading, locking, putting, type Statement } from './statements.js';
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
  for (const family of LOCK_FAMILIES) {
    const names = family.filter((name) => claims.some(({ kind }) => kind === `${LOCK}${name}`));
    const asked = claims.filter(({ kind }) => names.some((name) => kind === `${LOCK}${name}`));
    if (asked.length > 0) addLock({ set, heads }, names, asked, add);
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

/** `names`: of one family, in its order. */
function addLock({ set, heads }: Held, names: readonly LockName[], claims: readonly Claim[], add: Add): void {
  const [first, last] = [names[0], names.at(-1)] as [LockName, LockName];
  const named = keysOf(set, first, claims);
  // All of them or none: what is not known to be there is put by one statement.
  const isKnown = first === 'group' && named.every(([, groupNo]) => heads.knows(Number(groupNo)));
  const put = isKnown ? null : putting(set.sets, first, named);
  const takes = taking(set, last, first === last ? named : keysOf(set, last, claims));
  add(put === null ? takes : [put, ...takes], (answers) => {
    const rows = answers.slice(-takes.length).flatMap((answer) => answer.rows);
    set.takeLocked(first, claims, rows);
    const gone = put === null && !isKnown ? [] : named.filter((key) => !set.isThere(first, key));
    if (put !== null && gone.length > 0) throw notThere(gone);
    for (const [, groupNo] of gone) heads.forget(Number(groupNo));
    return claims.map((claim) => isCurrent(set, claim)).every(Boolean) && gone.length === 0;
  });
}

/** Somebody has removed it between two statements, so that it is tried again; or there is another one in its place. */
function notThere([gone = []]: readonly (readonly Value[])[]): ExchangeFailed {
  const [source, , name] = gone;
  const what = `what was to be locked is not there: a row named ${String(name ?? source)} has another number; please report it`;
  return new ExchangeFailed(what, '40001');
}

function taking(set: WorkingSet, name: LockName, keys: readonly (readonly Value[])[]): readonly Statement[] {
  if (!set.perSource || name === 'number') return [locking(set.sets, name, keys)];
  const sources = [...new Set(keys.map(([source]) => String(source)))];
  return sources.map((source) => {
    const ofSource = keys.filter(([of]) => of === source);
    return locking(set.sets, name, ofSource, source);
  });
}

/** What a statement that locks rows as `name` is given, in order; of claims that name them in another way only if it can. */
function keysOf(set: WorkingSet, name: LockName, claims: readonly Claim[]): (readonly Value[])[] {
  const keys = claims.flatMap((claim) => keyOf(set, name, claim));
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()].sort(inKeyOrder);
}

/** What is locked for a claim; none: of a number it is not known what else a row has that is put. */
function keyOf(set: WorkingSet, name: LockName, { kind, values }: Claim): readonly (readonly Value[])[] {
  const own = kind.slice(LOCK.length) as LockName;
  const [source, of] = values.map((value) => kept(value)) as [string, string];
  switch (name) {
    case 'group':
      return own === name ? [[source, set.groupNo(source, of), of, set.lifeOfGroup(source, of)]] : [];
    case 'group.no':
      return [own === name ? values : [source, set.groupNo(source, of)]];
    case 'callback':
      return own === name ? [[source, set.callbackNo(source, of), of, set.seenLife(source)]] : [];
    case 'callback.no':
      return [own === name ? values : [source, set.callbackNo(source, of)]];
    case 'number':
    case 'source':
    case 'source.whole':
      return [values];
  }
}

function inKeyOrder(a: readonly Value[], b: readonly Value[]): number {
  for (let n = 0; n < a.length; n++) {
    const [one, other] = [a[n] ?? '', b[n] ?? ''];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

/** Whether what was locked is what is meant: nothing of it was forgotten since it was looked at last. */
function isCurrent(set: WorkingSet, { kind, values: [source, key] }: Claim): boolean {
  if (kind === `${LOCK}source`) {
    const life = set.sets.sources.get(source ?? null)?.life ?? 0;
    const isSeen = life === set.seenLife(String(source));
    set.noteSourceLife(String(source), life);
    return isSeen;
  }
  if (kind !== `${LOCK}group`) return true;
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
