import type { NumberedBlock } from '../apply/evidence-rows.js';
import type { Held, HeldGroups, RetentionRows } from '../apply/retention-rows.js';
import type { Hold, RetentionClass } from '../domain/retention.js';
import { HOUR_MS } from '../evidence/quarter-hours.js';
import { blockOf, chunksOf } from './chunk-table.js';
import { END_PLACE } from './coverage.js';
import type { GroupTable } from './group-table.js';
import { firstBody } from './quarantine-table.js';
import { removeCallbackRows } from './removal-tables.js';
import { partOf, type RowIn } from './row-sets.js';
import type { WorkingSet } from './working-set.js';

/** What the number of a moment may be at the least, where there is none. */
const LONG_AGO_MS = Number.MIN_SAFE_INTEGER;
const CLASSES = ['notifications', 'rollups', 'history', 'callbacks', 'quarantine', 'audit'] as const;

export class RetentionTables implements RetentionRows {
  readonly #set: WorkingSet;
  readonly #groups: GroupTable;

  constructor(set: WorkingSet, groups: GroupTable) {
    this.#set = set;
    this.#groups = groups;
  }

  groupNosAfter(groupNo: number, limit: number): number[] {
    return this.#groups.after(groupNo, limit);
  }

  removeRollups(groupNo: number, beforeMs: number, limit: number): number {
    const before = Math.max(beforeMs, LONG_AGO_MS);
    const { quarters, listQuarters, repeats } = this.#set.sets;
    const isOld = (row: { readonly start_ms: number }) => row.start_ms < before;
    const kinds = ['quarters.before', 'list.quarters.before', 'repeats.before'] as const;
    const source = this.#set.sourceOf(groupNo);
    if (source === null) return 0;
    this.#set.need(...kinds.map((kind) => ({ kind, values: [source, groupNo, before, limit + 1] })), {
      kind: 'repeats.below',
      values: [source, groupNo, END_PLACE],
    });
    const part = partOf.group(groupNo);
    const [last] = this.#set.below('repeats', groupNo, Infinity);
    const whiles = repeats.of(part).filter((row) => row.to_ms < before && row.from_ms !== last?.from_ms);
    let left = limit;
    const removeUpTo = <R>(rows: readonly R[], remove: (row: R) => void) => {
      const gone = rows.slice(0, left);
      gone.forEach(remove);
      left -= gone.length;
    };
    removeUpTo(quarters.of(part).filter(isOld), (row) => {
      quarters.remove(row);
    });
    removeUpTo(listQuarters.of(part).filter(isOld), (row) => {
      listQuarters.remove(row);
    });
    removeUpTo(whiles, (row) => {
      repeats.remove(row);
    });
    return limit - left;
  }

  removeSteps(groupNo: number, beforeMs: number, limit: number): number {
    const source = this.#set.sourceOf(groupNo);
    if (source === null) return 0;
    this.#set.loaded('steps.before', source, groupNo, Math.max(beforeMs, LONG_AGO_MS), limit);
    const { steps } = this.#set.sets;
    const old = steps.of(partOf.group(groupNo)).filter((row) => row.at_ms < beforeMs);
    const gone = old.sort((a, b) => a.at_ms - b.at_ms).slice(0, limit);
    for (const row of gone) steps.remove(row);
    return gone.length;
  }

  removeCallbacks(beforeMs: number, heldSources: readonly string[], limit: number): number {
    const asked = [Math.max(beforeMs, LONG_AGO_MS), sourcesText(heldSources), limit] as const;
    this.#set.need({ kind: 'callbacks.over', values: asked }, { kind: 'legacy.over', values: asked });
    const { callbacks, legacy } = this.#set.sets;
    const isHeld = ({ source }: { readonly source: string }) => heldSources.includes(source);
    const isOver = (row: RowIn<'callbacks'>) =>
      row.is_final === 1 ? row.ended_ms !== null && row.ended_ms < beforeMs : row.alive_until_ms < beforeMs;
    const gone = callbacks
      .all()
      .filter((row) => isOver(row) && !isHeld(row))
      .slice(0, limit);
    if (gone.length > 0) removeCallbackRows(this.#set, gone);
    const events = legacy
      .all()
      .filter((row) => row.at_ms < beforeMs && !isHeld(row))
      .slice(0, limit - gone.length);
    for (const row of events) legacy.remove(row);
    return gone.length + events.length;
  }

  oldestBody(beforeMs: number, heldSources: readonly string[]): string | null {
    const asked = [Math.max(beforeMs, LONG_AGO_MS), sourcesText(heldSources)];
    const row = firstBody(this.#set, 'bodies.over', asked, ({ last_received_ms: ms, source }) =>
      ms < beforeMs && !heldSources.includes(source) ? ms : null,
    );
    return row?.id ?? null;
  }

  removeDamaged(beforeMs: number, { groupNos }: Held, limit: number): number {
    this.#set.loaded('damaged.all');
    const { damaged } = this.#set.sets;
    const isOver = ({ hour }: { readonly hour: number }) => (hour + 1) * HOUR_MS <= beforeMs;
    const gone = damaged
      .all()
      .filter((row) => isOver(row) && !groupNos.has(row.group_no))
      .slice(0, limit);
    for (const row of gone) damaged.remove(row);
    return gone.length;
  }

  removeAudit(beforeMs: number, limit: number): number {
    // Who appends to it holds this, and removes what is too many.
    this.#set.lock('number', 'audit');
    this.#set.loaded('audit.before', Math.max(beforeMs, LONG_AGO_MS), limit);
    const gone = this.#set.sets.audit.all().slice(0, limit);
    for (const row of gone) this.#set.sets.audit.remove(row);
    return gone.length;
  }

  removeMissingKeys(beforeDay: string, heldSources: readonly string[], limit: number): number {
    // Who counts them holds this.
    this.#set.lock('number', 'quarantine');
    const { missingKeys } = this.#set.sets;
    const isOld = (row: RowIn<'missingKeys'>) => row.day < beforeDay && !heldSources.includes(row.source);
    for (let rows = limit; ; rows *= 2) {
      const found = this.#set.loaded('missing.before', beforeDay, rows);
      const old = missingKeys.all().filter(isOld);
      if (old.length < limit && found.length === rows) continue;
      const gone = old.slice(0, limit);
      for (const row of gone) missingKeys.remove(row);
      return gone.length;
    }
  }

  removeRuns(beforeMs: number, limit: number): number {
    this.#set.loaded('runs.before', Math.max(beforeMs, LONG_AGO_MS), limit);
    const gone = this.#set.sets.runs.all().slice(0, limit);
    for (const row of gone) this.#set.sets.runs.remove(row);
    return gone.length;
  }

  hasStatements(groupNo: number, moreThan: number): boolean {
    const source = this.#set.sourceOf(groupNo);
    return Number(this.#set.asked('count statements', source, groupNo)[0]?.[0] ?? 0) > moreThan;
  }

  statementsAfter(groupNo: number, contentDigest: string, limit: number) {
    const source = this.#set.sourceOf(groupNo);
    if (source === null) return [];
    this.#set.loaded('statements.after', source, groupNo, contentDigest, limit);
    return this.#set.sets.statements
      .of(partOf.group(groupNo))
      .filter((row) => row.content_digest > contentDigest)
      .sort((a, b) => (a.content_digest < b.content_digest ? -1 : 1))
      .slice(0, limit)
      .map(({ statement_no: no, content_digest }) => ({ no, contentDigest: content_digest }));
  }

  /** Its number is given to nothing else: it is made of what it says. */
  removeStatement(statementNo: number): boolean {
    this.#set.loaded('statement.no', statementNo);
    const [row] = this.#set.sets.statements.of(partOf.statement(statementNo));
    if (row !== undefined) this.#set.sets.statements.remove(row);
    return row !== undefined;
  }

  blocksSince(groupNo: number, chunkNo: number): NumberedBlock[] {
    const source = this.#set.sourceOf(groupNo);
    if (source === null) return [];
    this.#set.loaded('chunks.since', source, groupNo, chunkNo);
    return chunksOf(this.#set, groupNo)
      .filter((row) => row.chunk_no > chunkNo)
      .map(blockOf);
  }

  isEmpty(groupNo: number): boolean {
    // Most groups have steps.
    const kinds = ['steps', 'chunks', 'damaged', 'quarters'] as const;
    return kinds.every((kind) => this.#set.some(kind, groupNo, 1).length === 0);
  }

  usedBytes(): number {
    return Number(this.#set.asked('used bytes')[0]?.[0] ?? 0);
  }

  oldestMs(what: RetentionClass, { groupNos, sources }: Held, thinnedNo: number): number | null {
    const isOfGroups = what === 'notifications' || what === 'rollups' || what === 'history';
    // It is asked outside of the transaction that told what is held, perhaps of another lane.
    const held = isOfGroups ? [...this.#seenHere(groupNos)].join(',') : sourcesText(sources);
    const values = what === 'notifications' ? [held, thinnedNo] : [held];
    const found = this.#set.asked(`oldest ${what}`, ...values)[0]?.[0] ?? null;
    return found === null ? null : Number(found);
  }

  #seenHere(groupNos: HeldGroups): HeldGroups {
    return groupNos instanceof GroupsOfHolds ? new GroupsOfHolds(groupNos.holds, this.#groups) : groupNos;
  }

  *estimate(): Generator<void, Readonly<Record<RetentionClass, number>>> {
    const [sizes = []] = this.#set.asked('sizes');
    yield;
    return Object.fromEntries(CLASSES.map((name, n) => [name, Number(sizes[n] ?? 0)])) as Record<
      RetentionClass,
      number
    >;
  }

  holds(): Hold[] {
    return this.#holds().map(({ hold_no: no, source, group_id: group, until_ms: untilMs, why, made_ms: madeMs }) => {
      return { id: String(no), source, group, untilMs, why, madeMs };
    });
  }

  #holds(): RowIn<'holds'>[] {
    this.#set.loaded('holds');
    return this.#set.sets.holds.all().sort((a, b) => a.hold_no - b.hold_no);
  }

  isStored({ source, group }: Pick<Hold, 'source' | 'group'>): boolean {
    return Number(this.#set.asked('stored', group, source)[0]?.[0] ?? 0) === 1;
  }

  insertHold({ source, group, untilMs, why, madeMs }: Omit<Hold, 'id'>): string {
    this.#set.lock('number', 'quarantine');
    const no = 1 + (this.#holds().at(-1)?.hold_no ?? 0);
    this.#set.sets.holds.put({ hold_no: no, source, group_id: group, until_ms: untilMs, why, made_ms: madeMs });
    return String(no);
  }

  removeHold(id: string): void {
    const row = this.#holds().find(({ hold_no }) => String(hold_no) === id);
    if (row !== undefined) this.#set.sets.holds.remove(row);
  }

  heldAt(nowMs: number): Held {
    const held = this.holds().filter(({ untilMs }) => untilMs > nowMs);
    const sources = held.flatMap(({ source }) => source ?? []);
    return { groupNos: held.length === 0 ? NO_GROUPS : new GroupsOfHolds(held, this.#groups), sources };
  }
}

const NO_GROUPS: ReadonlySet<number> = new Set();

/** A run of retention asks of each group: to look at all of them each time would grow with their square. */
class GroupsOfHolds implements HeldGroups {
  readonly holds: readonly Hold[];
  readonly #groups: GroupTable;

  constructor(holds: readonly Hold[], groups: GroupTable) {
    this.holds = holds;
    this.#groups = groups;
  }

  has(groupNo: number): boolean {
    const group = this.#groups.byNo(groupNo);
    return group !== null && this.#isHeld(group);
  }

  get size(): number {
    return [...this].length;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (const row of this.#groups.shown()) if (this.#isHeld(row)) yield row.group_no;
  }

  #isHeld({ id, source }: { readonly id: string; readonly source: string }): boolean {
    return this.holds.some((one) => one.group === id || one.source === source);
  }
}

/** Sources in one text, joined by a character that none of them has. */
function sourcesText(sources: readonly string[]): string {
  return sources.join('\u001f');
}
