/** The live feed's items as they are sent, rendered once for all clients. */
import type { Callback } from '../domain/callback.js';
import type { Clock } from '../domain/clock.js';
import type { QuarantinedBody } from '../domain/quarantine.js';
import type { CommitReport, TransitionChange, TransitionRow } from '../domain/store.js';
import type { Roster, RosterEntry } from '../live/roster.js';
import { callbackColumns, type CallbackView } from '../reports/callback-rows.js';
import { shownQuarantined } from '../reports/quarantine-view.js';
import { campaignGroupColumns, QUARANTINE_COLUMNS, type Row, rowOf, transitionColumns } from '../reports/rows.js';
import type { StreamEvent } from './stream-client.js';

/** An item, of the kind that clients ask for. */
export interface Rendered {
  readonly event: StreamEvent;
  readonly row: Row;
}

export class FeedRenderer {
  readonly #roster: Roster;
  readonly #clock: Clock;
  readonly #callbackView: () => CallbackView;
  readonly #transitionColumns;

  constructor(roster: Roster, clock: Clock, callbackView: () => CallbackView) {
    this.#roster = roster;
    this.#clock = clock;
    this.#callbackView = callbackView;
    this.#transitionColumns = transitionColumns(roster);
  }

  *groups(entries: Iterable<RosterEntry>): Generator<Rendered> {
    const columns = campaignGroupColumns(this.#roster, this.#clock.nowMs());
    for (const entry of entries) yield { event: 'statistics', row: rowOf(columns, entry) };
  }

  /** Of commits, in their order: what was withdrawn before what was made. */
  *transitions(reports: readonly Pick<CommitReport, 'made' | 'withdrawn' | 'snapshots'>[]): Generator<Rendered> {
    for (const { made, withdrawn, snapshots } of reports) {
      const keyOf = new Map(snapshots.map((snapshot) => [snapshot.groupNo, snapshot]));
      const rowsOf = (changes: readonly TransitionChange[]) =>
        changes.flatMap(({ groupNo, transition }) => {
          const key = keyOf.get(groupNo) ?? this.#roster.byNo(groupNo)?.snapshot;
          if (!key) return [];
          return [{ ...transition, campaignGroupId: key.id, source: key.source, dbid: key.dbid }];
        });
      for (const row of rowsOf(withdrawn)) yield this.transition(row, true);
      for (const row of rowsOf(made)) yield this.transition(row, false);
    }
  }

  transition(row: TransitionRow, withdrawn: boolean): Rendered {
    const shown = rowOf(this.#transitionColumns, row);
    return { event: 'transition', row: withdrawn ? { ...shown, withdrawn } : shown };
  }

  /** Each callback that commits changed once, as it stands after all of them. */
  changedCallbacks(reports: readonly Pick<CommitReport, 'callbacks'>[]): Generator<Rendered> {
    const newest = new Map<string, Callback>();
    for (const { callbacks } of reports) {
      for (const { callback } of callbacks) newest.set(`${callback.source};${callback.serviceId}`, callback);
    }
    return this.callbacks(newest.values());
  }

  *callbacks(callbacks: Iterable<Callback>): Generator<Rendered> {
    const columns = callbackColumns(this.#callbackView());
    for (const callback of callbacks) yield { event: 'callback', row: rowOf(columns, callback) };
  }

  *quarantine(bodies: Iterable<QuarantinedBody>): Generator<Rendered> {
    const { pii } = this.#callbackView();
    for (const body of bodies)
      yield { event: 'quarantine', row: rowOf(QUARANTINE_COLUMNS, shownQuarantined(body, pii)) };
  }
}

/** Server-sent events under one id: whoever resumes from it has had all that comes before. */
export function framing(id: number): (event: StreamEvent | 'reset', row: Row) => string {
  return (event, row) => `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(row)}\n\n`;
}
