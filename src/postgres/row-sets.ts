/** The rows that a batch works on, table by table. */
import type { DimensionTable } from '../gms/info-mart.js';
import { RowSet, type Written } from './row-set.js';
import * as ofCallbacks from './callback-shapes.js';
import * as shapes from './shapes.js';
import type { Columns, RowOf } from './shape.js';
import type { UndoLog } from './undo-log.js';

const ofGroup = ({ group_no }: { readonly group_no: number }) => [`g${group_no}`];
const ofCallback = ({ callback_no }: { readonly callback_no: number }) => [`c${callback_no}`];

/** The part of a group, a statement, a list, a callback. */
export const partOf = {
  group: (no: number) => `g${no}`,
  statement: (no: number) => `s${no}`,
  list: (no: number) => `l${no}`,
  callback: (no: number) => `c${no}`,
  body: (id: string) => `b${id}`,
};

interface OfGroup {
  readonly source: string;
  readonly group_no: number;
}

/** `mayChange`: throws where a row of a group may not be changed. */
export function rowSets(log: UndoLog, mayChange: (row: OfGroup) => void) {
  return {
    sources: new RowSet(shapes.SOURCES, log),
    numbers: new RowSet(shapes.KEPT_NUMBERS, log),
    groups: new RowSet(shapes.GROUPS, log, ofGroup, mayChange),
    names: new RowSet(shapes.NAMES, log),
    statements: new RowSet(
      shapes.STATEMENTS,
      log,
      (row) => [...ofGroup(row), partOf.statement(row.statement_no)],
      mayChange,
    ),
    lists: new RowSet(shapes.LISTS, log, (row) => [...ofGroup(row), partOf.list(row.list_no)], mayChange),
    steps: new RowSet(shapes.STEPS, log, ofGroup, mayChange),
    repeats: new RowSet(shapes.REPEATS, log, ofGroup, mayChange),
    journal: new RowSet(shapes.JOURNAL, log, ofGroup, mayChange),
    standing: new RowSet(shapes.STANDING, log, ofGroup, mayChange),
    chunks: new RowSet(shapes.CHUNKS, log, ofGroup, mayChange),
    damaged: new RowSet(shapes.DAMAGED, log, ofGroup),
    quarters: new RowSet(shapes.QUARTERS, log, ofGroup, mayChange),
    listQuarters: new RowSet(
      shapes.LIST_QUARTERS,
      log,
      (row) => [...ofGroup(row), partOf.list(row.list_no)],
      mayChange,
    ),
    callbacks: new RowSet(ofCallbacks.CALLBACKS, log, ofCallback),
    events: new RowSet(ofCallbacks.EVENTS, log, ofCallback),
    attachments: new RowSet(ofCallbacks.ATTACHMENTS, log, ofCallback),
    notifications: new RowSet(ofCallbacks.NOTIFICATIONS, log, ofCallback),
    interactions: new RowSet(ofCallbacks.INTERACTIONS, log, ofCallback),
    missingKeys: new RowSet(ofCallbacks.MISSING_KEYS, log),
    legacy: new RowSet(ofCallbacks.LEGACY, log),
    bodies: new RowSet(shapes.BODIES, log, ({ id }) => [partOf.body(id)]),
    tallies: new RowSet(shapes.TALLIES, log),
    holds: new RowSet(shapes.HOLDS, log),
    audit: new RowSet(shapes.AUDIT, log),
    runs: new RowSet(shapes.RUNS, log),
  };
}

export type RowSets = ReturnType<typeof rowSets>;
export type SetName = keyof RowSets;
export type RowIn<N extends SetName> = RowSets[N] extends RowSet<infer C extends Columns> ? RowOf<C> : never;

export type DimensionSets = ReadonlyMap<DimensionTable, RowSet<Columns>>;

export function dimensionSets(log: UndoLog): DimensionSets {
  return new Map([...ofCallbacks.DIMENSION_SHAPES].map(([table, shape]) => [table, new RowSet(shape, log)]));
}

/** In the order in which they are written by every receiver. */
export function writtenOf(sets: RowSets, dimensions: DimensionSets): readonly Written[] {
  return [...dimensions.values(), ...Object.values(sets)].map((set) => set.written());
}
