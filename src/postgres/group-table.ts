import { bearingOf, entersState } from '../apply/stored/step-row.js';
import type {
  GroupRow,
  GroupRows,
  HeadParts,
  HeadRows,
  HeardLimit,
  LastStep,
  NewGroup,
  SaidMarks,
} from '../apply/tables.js';
import type { RowIn } from './row-sets.js';
import { inHistory, type StepRow } from './step-table.js';
import type { WorkingSet } from './working-set.js';

type Row = RowIn<'groups'>;

export const SHOWN = 0;
/** Steps by which it is told whether a head is still right: what it is made of looks at no more. */
const MARKED_STEPS = 20;

export class GroupTable implements GroupRows, HeadRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  find(source: string, dbid: string): GroupRow | null {
    const row = this.#named(source, dbid);
    return row === null ? null : groupOf(row);
  }

  #named(source: string, dbid: string): Row | null {
    this.#set.lock('group', source, dbid);
    const groupNo = this.#set.groupNo(source, dbid);
    if (this.#set.isPlaceholder('group', source, groupNo)) return null;
    const row = this.#set.sets.groups.get(source, groupNo);
    return row?.forgotten === SHOWN ? row : null;
  }

  byNo(groupNo: number): GroupRow | null {
    const row = this.#byNo(groupNo);
    return row?.forgotten === SHOWN ? groupOf(row) : null;
  }

  #byNo(groupNo: number): Row | null {
    const source = this.#set.sourceOf(groupNo);
    if (source === null || this.#set.isPlaceholder('group', source, groupNo)) return null;
    return this.#set.sets.groups.get(source, groupNo) ?? null;
  }

  insert({ id, source, dbid, heardMs }: NewGroup): number {
    this.#set.lock('group', source, dbid);
    const groupNo = this.#set.groupNo(source, dbid);
    this.#set.sets.groups.put({
      source,
      group_no: groupNo,
      id,
      dbid,
      life: this.#set.lifeOfGroup(source, dbid),
      forgotten: SHOWN,
      heard_ms: heardMs,
      said_ms: null,
      actor_said_ms: null,
      other_said_ms: null,
      heard_limit_at_ms: null,
      heard_limit_ms: null,
      evidence_no: 0,
      changes: 0,
    });
    return groupNo;
  }

  hear(groupNo: number, heardMs: number): void {
    this.#change(groupNo, { heard_ms: heardMs });
  }

  keepMarks(groupNo: number, { saidMs, actorSaidMs, otherSaidMs }: SaidMarks): void {
    this.#change(groupNo, { said_ms: saidMs, actor_said_ms: actorSaidMs, other_said_ms: otherSaidMs });
  }

  limitHeard(groupNo: number, { atMs, limitMs }: HeardLimit): void {
    this.#change(groupNo, { heard_limit_at_ms: atMs, heard_limit_ms: limitMs });
  }

  #change(groupNo: number, parts: Partial<Row>): void {
    const row = this.#byNo(groupNo);
    if (row !== null) this.#set.sets.groups.put({ ...row, ...parts });
  }

  /** Of all that are shown, by their ids: numbers have no order that means anything. */
  shown(): readonly Row[] {
    this.#set.loaded('groups.all');
    return this.#shownIn();
  }

  /** Numbers of those that are shown behind one, ascending, at most so many. No other is looked at. */
  after(groupNo: number, limit: number): number[] {
    const noAt = this.#set.sets.groups.shape.names.indexOf('group_no');
    for (let fromNo = groupNo; ;) {
      const stored = this.#set.loaded('groups.after', fromNo, limit);
      const lastNo = stored.length < limit ? Infinity : Number(stored.at(-1)?.[noAt] ?? Infinity);
      const nos = this.#shownIn().map((row) => row.group_no);
      const found = nos.filter((no) => no > fromNo && no <= lastNo).slice(0, limit);
      if (found.length > 0 || lastNo === Infinity) return found;
      // The batch itself has hidden them.
      fromNo = lastNo;
    }
  }

  /** The first of those that are forgotten so far, of a source or of any; null: there is none. */
  first(forgotten: number, source: string | null = null): Row | null {
    const { groups } = this.#set.sets;
    const at = (name: keyof Row) => groups.shape.names.indexOf(name);
    for (let groupNo = 0; ;) {
      const [stored] = this.#set.loaded('group.marked', source, forgotten, groupNo);
      if (stored === undefined) return null;
      groupNo = Number(stored[at('group_no')]);
      const row = groups.get(stored[at('source')] ?? null, groupNo);
      // The batch itself may have made another of it.
      if (row?.forgotten === forgotten && !this.#set.isPlaceholder('group', row.source, groupNo)) return row;
    }
  }

  #shownIn(): Row[] {
    return this.#set.sets.groups
      .all()
      .filter((row) => row.forgotten === SHOWN && !this.#set.isPlaceholder('group', row.source, row.group_no))
      .sort((a, b) => a.group_no - b.group_no);
  }

  *parts(groupNos: readonly number[] | null): Generator<HeadParts> {
    const asked = groupNos === null ? null : new Set(groupNos);
    const rows = this.shown().filter((row) => asked?.has(row.group_no) ?? true);
    this.#loadSteps(rows);
    for (const row of rows) yield { group: groupOf(row), step: this.#lastStep(row.group_no) };
  }

  marks(): ReadonlyMap<number, string> {
    const rows = this.shown();
    this.#loadSteps(rows);
    return new Map(rows.map((row) => [row.group_no, JSON.stringify([row, this.#lastSteps(row.group_no)])]));
  }

  count(): number {
    return this.shown().length;
  }

  standings() {
    const rows = this.shown();
    this.#loadSteps(rows);
    return rows.map(({ group_no: groupNo, heard_ms: heardMs }) => {
      const state = this.#lastStep(groupNo)?.bearing.state ?? 'not_loaded';
      return { groupNo, isLoaded: state !== 'not_loaded', heardMs };
    });
  }

  /** The newest steps of all of them at once. */
  #loadSteps(rows: readonly Row[]): void {
    this.#set.needLast(
      'steps',
      rows.map(({ source, group_no: groupNo }) => ({ source, groupNo })),
    );
  }

  #lastStep(groupNo: number): LastStep | null {
    const step = inHistory(this.#set.below('steps', groupNo, Infinity)).at(-1);
    if (step === undefined) return null;
    return {
      atMs: step.at_ms,
      contentDigest: step.content_digest,
      fromState: step.from_state,
      bearing: bearingOf(step),
      entersState: entersState(step),
    };
  }

  #lastSteps(groupNo: number): readonly StepRow[] {
    const found: StepRow[] = [];
    for (let place = Infinity; found.length < MARKED_STEPS;) {
      const rows = this.#set.below('steps', groupNo, place);
      if (rows[0] === undefined) break;
      found.push(...inHistory(rows).reverse());
      place = rows[0].at_ms;
    }
    return found;
  }
}

export function groupOf(row: Row): GroupRow {
  const marks = { saidMs: row.said_ms, actorSaidMs: row.actor_said_ms, otherSaidMs: row.other_said_ms };
  const { heard_limit_at_ms: atMs, heard_limit_ms: limitMs } = row;
  return {
    groupNo: row.group_no,
    id: row.id,
    source: row.source,
    dbid: row.dbid,
    heardMs: row.heard_ms,
    marks,
    heardLimit: atMs === null || limitMs === null ? null : { atMs, limitMs },
  };
}
