/**
 * What a batch works on: rows that were loaded for it, as maps. A look at anything else throws `NotLoaded`, and what is
 * missing is loaded before the batch is run again. What a batch puts is found by it at once, and written when it commits.
 */
import type { Digest } from '../domain/identity.js';
import { KINDS, type Kind, type KindName } from './claim-kinds.js';
import { Coverage, END_PLACE, FIRST_PLACE } from './coverage.js';
import { callbackKey, groupKey } from './keys.js';
import { type LockKind, LOCKS, type LockName } from './locks.js';
import { type Claim, ClaimsNotLoaded, claimName } from './not-loaded.js';
import { dimensionSets, partOf, type RowIn, rowSets, type SetName, writtenOf } from './row-sets.js';
import type { RowSet, Written } from './row-set.js';
import type { Columns } from './shape.js';
import { UndoLog } from './undo-log.js';
import { kept, nameOf, type Value } from './values.js';

/**
 * @bound numbers of groups that are remembered, so that their digest is made once
 * @beyond all are dropped, and made again when needed
 */
const CACHED_NUMBERS = 20_000;
type Windowed = 'steps' | 'repeats' | 'standing' | 'chunks';
/** Whose rows belong to a group and say so in their keys. */
const OF_GROUPS = [
  ...(['groups', 'statements', 'lists', 'steps', 'repeats', 'journal', 'standing', 'chunks'] as const),
  ...(['quarters', 'listQuarters'] as const),
];
const PLACES = { steps: 'at_ms', repeats: 'from_ms', standing: 'at_ms', chunks: 'hour' } as const;

export class WorkingSet {
  readonly log = new UndoLog();
  readonly sets = rowSets(this.log, ({ source, group_no: groupNo }) => {
    this.#mustHold(source, groupNo);
  });
  readonly dimensions = dimensionSets(this.log);
  readonly digest: Digest;
  /** Rows of a window. */
  readonly rowsAtOnce: number;
  /** See `Dialect`. */
  readonly perSource: boolean;
  readonly #results = new Map<string, readonly (readonly Value[])[]>();
  readonly #coverage = new Map<string, Coverage>();
  /** Rows that stand for what is not there yet, so that it is locked. */
  readonly #placeholders = new Map<string, { readonly lock: LockName; readonly key: readonly Value[] }>();
  /** How often groups were forgotten, of those that were. */
  readonly #lives = new Map<string, number>();
  readonly #groupNos = new Map<string, number>();
  /** Groups that are locked. */
  readonly #held = new Set<number>();
  /** The same of sources, as it was last seen. */
  readonly #sourceLives = new Map<string, number>();

  constructor(digest: Digest, rowsAtOnce: number, perSource = false) {
    this.digest = digest;
    this.rowsAtOnce = rowsAtOnce;
    this.perSource = perSource;
  }

  /** Begins a transaction: what was known before, others may have changed. */
  clear(): void {
    this.log.forgetAll();
    for (const set of [...Object.values(this.sets), ...this.dimensions.values()]) set.clear();
    for (const map of [this.#results, this.#coverage, this.#placeholders, this.#held]) map.clear();
  }

  written(): readonly Written[] {
    return writtenOf(this.sets, this.dimensions);
  }

  #changedGroups(): Set<number> {
    return new Set(
      OF_GROUPS.flatMap((name) =>
        this.#setBy(name)
          .changed()
          .map((row) => Number(row['group_no'])),
      ),
    );
  }

  isHeld(groupNo: number): boolean {
    return this.#held.has(groupNo);
  }

  /** Throws NotLoaded unless a group is locked that is about to be changed: rows are read without a lock, too. */
  #mustHold(source: string, groupNo: number): void {
    if (this.#held.has(groupNo)) return;
    // Of a group that there is not, nothing can be locked.
    this.lock('group.no', source, groupNo);
  }

  /** Counts in the rows of groups that something else was changed than that their journals had another row. */
  countChanges(): void {
    const told = new Set(this.sets.journal.written().put.map((row) => Number(row['group_no'])));
    for (const groupNo of this.#changedGroups()) {
      if (told.has(groupNo)) continue;
      for (const row of this.sets.groups.of(partOf.group(groupNo)))
        this.sets.groups.put({ ...row, changes: row.changes + 1 });
    }
  }

  /** Placeholders of which nothing has become. */
  unused(): readonly { readonly lock: LockName; readonly key: readonly Value[] }[] {
    return [...this.#placeholders.values()].filter(({ lock, key }) => !this.#setOf(lock).isChanged(...key));
  }

  /** Whether this was loaded. */
  has(claim: Claim): boolean {
    return this.#results.has(claimName(claim));
  }

  /** Throws NotLoaded unless this was loaded. */
  need(...claims: readonly Claim[]): void {
    const missing = claims.filter((claim) => !this.#results.has(claimName(claim)));
    if (missing.length > 0) throw new ClaimsNotLoaded(missing);
  }

  /** The rows that were loaded for it, as the store has them. */
  loaded(kind: KindName, ...values: readonly Value[]): readonly (readonly Value[])[] {
    const claim = { kind, values: values.map(kept) };
    this.need(claim);
    return this.#results.get(claimName(claim)) ?? [];
  }

  /** What the store itself answers, of what was committed. */
  asked(question: string, ...values: readonly Value[]): readonly (readonly Value[])[] {
    const claim = { kind: `ask ${question}`, values: values.map(kept) };
    this.need(claim);
    return this.#results.get(claimName(claim)) ?? [];
  }

  lock(name: LockName, ...values: readonly Value[]): void {
    this.need({ kind: `lock ${name}`, values: values.map(kept) });
  }

  /** Takes in what was read for a claim; rows have the columns of its table. */
  take(claim: Claim, rows: readonly (readonly Value[])[]): void {
    this.#results.set(claimName(claim), rows);
    const kind = (KINDS as Readonly<Record<string, Kind>>)[claim.kind];
    if (kind === undefined) return;
    const set = this.sets[kind.set] as unknown as RowSet<Columns>;
    const loaded = rows.map((values) => set.load(values));
    if (kind.window) this.#cover(claim, kind, kind.window, loaded);
  }

  /** Takes in rows that were locked. */
  takeLocked(name: LockName, claims: readonly Claim[], rows: readonly (readonly Value[])[]): void {
    const set = this.#setOf(name);
    const { blank }: LockKind = LOCKS[name];
    for (const values of rows) {
      const row = set.load(values);
      if (LOCKS[name].set === 'groups') this.#held.add(Number(row['group_no']));
      if (blank === undefined || row[blank.column] !== blank.value) continue;
      const key = set.shape.key.map((column) => row[column] ?? null);
      this.#placeholders.set(JSON.stringify([name, key]), { lock: name, key });
    }
    for (const claim of claims) this.#results.set(claimName(claim), []);
  }

  /** Whether there is a row for a key with which one was to be locked. */
  isThere(name: LockName, key: readonly Value[]): boolean {
    const set = this.#setOf(name);
    return set.get(...key.slice(0, set.shape.key.length)) !== undefined;
  }

  /** Takes a group for locked, and as it was when it was held last; `evidence_no` is that of its journal's last row, too. */
  assume(claim: Claim, group: RowIn<'groups'>): void {
    const { names } = this.sets.groups.shape;
    const values = names.map((name) => (group as Readonly<Record<string, Value>>)[name] ?? null);
    this.takeLocked('group', [claim], [values]);
    this.take({ kind: 'journal.last', values: [group.source, group.group_no] }, []);
  }

  isPlaceholder(name: LockName, ...key: readonly Value[]): boolean {
    return this.#placeholders.has(JSON.stringify([name, key])) && !this.#setOf(name).isChanged(...key);
  }

  lifeOfGroup(source: string, dbid: string): number {
    return this.#lives.get(`${source};${dbid}`) ?? 0;
  }

  noteLife(source: string, dbid: string, life: number): void {
    this.#lives.set(`${source};${dbid}`, life);
  }

  groupNo(source: string, dbid: string): number {
    const life = this.lifeOfGroup(source, dbid);
    const name = nameOf([source, dbid, life]);
    const known = this.#groupNos.get(name);
    if (known !== undefined) return known;
    const groupNo = groupKey(this.digest, source, dbid, life);
    if (this.#groupNos.size >= CACHED_NUMBERS) this.#groupNos.clear();
    this.#groupNos.set(name, groupNo);
    return groupNo;
  }

  callbackNo(source: string, serviceId: string): number {
    return callbackKey(this.digest, source, serviceId, this.seenLife(source));
  }

  /** The life of a source as it was last seen: right once the source is locked. */
  seenLife(source: string): number {
    return this.#sourceLives.get(source) ?? 0;
  }

  noteSourceLife(source: string, life: number): void {
    this.#sourceLives.set(source, life);
  }

  /** How often what a source had was forgotten. It stays that way until the batch commits. */
  lifeOf(source: string): number {
    this.lock('source', source);
    return this.sets.sources.get(source)?.life ?? 0;
  }

  /** The source of a group, hidden or not; null: there is no such group. */
  sourceOf(groupNo: number): string | null {
    const [row] = this.sets.groups.of(partOf.group(groupNo));
    if (row !== undefined) return row.source;
    this.loaded('group.no', groupNo);
    return this.sets.groups.of(partOf.group(groupNo))[0]?.source ?? null;
  }

  /** All rows of a group at a place. */
  at<N extends Windowed>(name: N, groupNo: number, place: number): RowIn<N>[] {
    if (this.#coverageOf(name, groupNo).at(place) === null) this.#needWindow(name, groupNo, 'below', place + 1);
    return this.#placed(name, groupNo).filter((row) => placeIn(name, row) === place);
  }

  /** All rows of a group at the last place before one; none: there is no such place. */
  below<N extends Windowed>(name: N, groupNo: number, place: number): RowIn<N>[] {
    const end = Math.max(FIRST_PLACE, Math.min(place, END_PLACE));
    const stretch = this.#coverageOf(name, groupNo).at(end - 1);
    if (stretch === null) return this.#needWindow(name, groupNo, 'below', end);
    const rows = this.#placed(name, groupNo).filter((row) => placeIn(name, row) < end);
    const last = Math.max(FIRST_PLACE, ...rows.map((row) => placeIn(name, row)));
    if (last < stretch.from) return this.#needWindow(name, groupNo, 'below', stretch.from);
    return rows.filter((row) => placeIn(name, row) === last);
  }

  above<N extends Windowed>(name: N, groupNo: number, place: number): RowIn<N>[] {
    const from = Math.max(FIRST_PLACE, Math.min(place, END_PLACE - 2));
    const stretch = this.#coverageOf(name, groupNo).at(from + 1);
    if (stretch === null) return this.#needWindow(name, groupNo, 'above', from);
    const rows = this.#placed(name, groupNo).filter((row) => placeIn(name, row) > from);
    const first = Math.min(END_PLACE, ...rows.map((row) => placeIn(name, row)));
    if (first >= stretch.to && stretch.to < END_PLACE) return this.#needWindow(name, groupNo, 'above', stretch.to - 1);
    return rows.filter((row) => placeIn(name, row) === first);
  }

  /** Needs the last rows of many groups, together. */
  needLast(name: Windowed, groups: readonly { readonly source: string; readonly groupNo: number }[]): void {
    const unknown = groups.filter(({ groupNo }) => this.#coverageOf(name, groupNo).at(END_PLACE - 1) === null);
    if (unknown.length === 0) return;
    throw new ClaimsNotLoaded(
      unknown.map(({ source, groupNo }) => ({ kind: `${name}.below`, values: [source, groupNo, END_PLACE] })),
    );
  }

  /** Some rows of a group, as many as asked for where there are; what the batch has removed is not among them. */
  some<N extends SetName>(name: N, groupNo: number, rows: number): RowIn<N>[] {
    const source = this.sourceOf(groupNo);
    if (source === null || rows <= 0) return [];
    for (let asked = rows; ; asked *= 2) {
      const found = this.loaded(`${name}.some` as KindName, source, groupNo, asked);
      const left = this.#setBy(name).of(partOf.group(groupNo));
      if (left.length >= rows || found.length < asked) return left.slice(0, rows) as RowIn<N>[];
    }
  }

  #placed<N extends Windowed>(name: N, groupNo: number): RowIn<N>[] {
    return this.#setBy(name).of(partOf.group(groupNo)) as RowIn<N>[];
  }

  #setBy(name: SetName): RowSet<Columns> {
    return this.sets[name] as unknown as RowSet<Columns>;
  }

  #setOf(lock: LockName): RowSet<Columns> {
    return this.#setBy(LOCKS[lock].set);
  }

  #coverageOf(name: SetName, groupNo: number): Coverage {
    const key = `${name};${groupNo}`;
    const known = this.#coverage.get(key) ?? new Coverage();
    this.#coverage.set(key, known);
    return known;
  }

  /** Of a group that is none there is nothing. */
  #needWindow(name: Windowed, groupNo: number, way: 'below' | 'above', place: number): [] {
    const source = this.sourceOf(groupNo);
    if (source === null) return [];
    throw new ClaimsNotLoaded([{ kind: `${name}.${way}`, values: [source, groupNo, place] }]);
  }

  #cover(
    { values }: Claim,
    { set }: Kind,
    { place: column, way }: NonNullable<Kind['window']>,
    rows: readonly object[],
  ) {
    const [, groupNo, place] = values as [string, number, number];
    const places = rows.map((row) => (row as Readonly<Record<string, number>>)[column] ?? 0);
    const isWhole = rows.length < this.rowsAtOnce;
    const coverage = this.#coverageOf(set, groupNo);
    if (way === 'below') coverage.add(isWhole ? FIRST_PLACE : Math.min(...places), place);
    else coverage.add(place + 1, isWhole ? END_PLACE : Math.max(...places) + 1);
  }
}

function placeIn<N extends Windowed>(name: N, row: RowIn<N>): number {
  return (row as unknown as Readonly<Record<string, number>>)[PLACES[name]] ?? 0;
}
