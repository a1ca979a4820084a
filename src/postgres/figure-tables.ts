/** What is told of a group beside its steps: quarters of an hour, repeats, samples that stand still, numbers. */
import type { PlacedKey, QuarterRows, StandingKey, StandingRows } from '../apply/evidence-rows.js';
import type { KeptNumber, NumberRows, RepeatRows } from '../apply/tables.js';
import type { FigureOfQuarter, ListQuarterHour, QuarterHour } from '../evidence/quarter-hours.js';
import { listRow } from './list-table.js';
import { partOf, type RowIn } from './row-sets.js';
import type { WorkingSet } from './working-set.js';

type Summed = Readonly<Record<string, number | null>>;

export class QuarterTable implements QuarterRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  quarter(groupNo: number, startMs: number): QuarterHour | null {
    const source = this.#set.sourceOf(groupNo);
    if (source === null) return null;
    this.#set.loaded('quarter', source, groupNo, startMs);
    const row = this.#set.sets.quarters.get(source, groupNo, startMs);
    return row === undefined ? null : quarterOf(row);
  }

  putQuarter(groupNo: number, { startMs, count, figuresCount, observedMs, newestMs, figures }: QuarterHour): void {
    const source = this.#set.sourceOf(groupNo) ?? '';
    this.#set.sets.quarters.put({
      source,
      group_no: groupNo,
      start_ms: startMs,
      count,
      figures_count: figuresCount,
      observed_ms: observedMs,
      newest_ms: newestMs,
      ...columnsOf('busy_ratio', figures.busyRatio),
      ...columnsOf('hit_ratio', figures.hitRatio),
      ...columnsOf('overdial_ratio', figures.overdialRatio),
      ...columnsOf('time_to_complete_seconds', figures.timeToCompleteSeconds),
    });
  }

  listQuarter(listNo: number, startMs: number): ListQuarterHour | null {
    this.#set.loaded('list.quarter', listNo, startMs);
    const row = this.#set.sets.listQuarters.of(partOf.list(listNo)).find((one) => one.start_ms === startMs);
    if (row === undefined) return null;
    const hitRatio = figureOf(row, 'hit_ratio');
    const timeToCompleteSeconds = figureOf(row, 'time_to_complete_seconds');
    return { listNo, startMs, newestMs: row.newest_ms, hitRatio, timeToCompleteSeconds };
  }

  putListQuarter({ listNo, startMs, newestMs, hitRatio, timeToCompleteSeconds }: ListQuarterHour): void {
    const list = listRow(this.#set, listNo);
    if (list === null) return;
    this.#set.sets.listQuarters.put({
      source: list.source,
      group_no: list.group_no,
      list_no: listNo,
      start_ms: startMs,
      newest_ms: newestMs,
      ...columnsOf('hit_ratio', hitRatio),
      ...columnsOf('time_to_complete_seconds', timeToCompleteSeconds),
    });
  }
}

function quarterOf(row: RowIn<'quarters'>): QuarterHour {
  return {
    startMs: row.start_ms,
    count: row.count,
    figuresCount: row.figures_count,
    observedMs: row.observed_ms,
    newestMs: row.newest_ms,
    figures: {
      busyRatio: figureOf(row, 'busy_ratio'),
      hitRatio: figureOf(row, 'hit_ratio'),
      overdialRatio: figureOf(row, 'overdial_ratio'),
      timeToCompleteSeconds: figureOf(row, 'time_to_complete_seconds'),
    },
  };
}

function figureOf(row: object, name: string): FigureOfQuarter | null {
  const part = (of: string) => (row as Summed)[`${name}_${of}`] ?? 0;
  if (part('count') === 0) return null;
  return { count: part('count'), min: part('min'), max: part('max'), sum: part('sum'), last: part('last') };
}

type FigureColumns<N extends string> = Record<`${N}_count`, number> &
  Record<`${N}_min` | `${N}_max` | `${N}_sum` | `${N}_last`, number | null>;

function columnsOf<const N extends string>(name: N, figure: FigureOfQuarter | null): FigureColumns<N> {
  return {
    [`${name}_count`]: figure?.count ?? 0,
    [`${name}_min`]: figure?.min ?? null,
    [`${name}_max`]: figure?.max ?? null,
    [`${name}_sum`]: figure?.sum ?? null,
    [`${name}_last`]: figure?.last ?? null,
  } as FigureColumns<N>;
}

export class StandingTable implements StandingRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  insert(groupNo: number, { atMs, statementNo, tag }: StandingKey, receivedMs: number): void {
    const source = this.#set.sourceOf(groupNo) ?? '';
    const key = { at_ms: atMs, statement_no: statementNo, tag };
    this.#set.sets.standing.put({ source, group_no: groupNo, ...key, received_ms: receivedMs });
  }

  receivedMs(groupNo: number, key: StandingKey): number | null {
    return this.#row(groupNo, key)?.received_ms ?? null;
  }

  #row(groupNo: number, { atMs, statementNo, tag }: StandingKey) {
    return this.#set.at('standing', groupNo, atMs).find((row) => row.statement_no === statementNo && row.tag === tag);
  }

  newest(groupNo: number, atMs: number): PlacedKey | null {
    const last = this.#set
      .at('standing', groupNo, atMs)
      .sort((a, b) => a.received_ms - b.received_ms || a.statement_no - b.statement_no || a.tag - b.tag)
      .at(-1);
    return last ? { atMs, statementNo: last.statement_no, tag: last.tag, receivedMs: last.received_ms } : null;
  }

  remove(groupNo: number, key: StandingKey): void {
    const row = this.#row(groupNo, key);
    if (row !== undefined) this.#set.sets.standing.remove(row);
  }
}

export class RepeatTable implements RepeatRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  lastBy(groupNo: number, atMs: number): { readonly fromMs: number; readonly toMs: number } | null {
    const [row] = this.#set.below('repeats', groupNo, atMs + 1);
    return row === undefined ? null : { fromMs: row.from_ms, toMs: row.to_ms };
  }

  begin(groupNo: number, fromMs: number): void {
    this.extend(groupNo, fromMs, fromMs);
  }

  extend(groupNo: number, fromMs: number, toMs: number): void {
    const source = this.#set.sourceOf(groupNo) ?? '';
    this.#set.sets.repeats.put({ source, group_no: groupNo, from_ms: fromMs, to_ms: toMs });
  }
}

export class NumberTable implements NumberRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  kept(name: KeptNumber): number | null {
    this.#set.loaded('numbers');
    return this.#set.sets.numbers.get(name)?.value ?? null;
  }

  keep(name: KeptNumber, value: number | null): void {
    this.#set.loaded('numbers');
    const row = this.#set.sets.numbers.get(name);
    if (value !== null) this.#set.sets.numbers.put({ name, value });
    else if (row !== undefined) this.#set.sets.numbers.remove(row);
  }
}
