import {
  bodyBytes,
  type NewBody,
  type QuarantineRows,
  type QuarantineTally,
  type TalliedBody,
} from '../apply/quarantine-rows.js';
import type { Violation } from '../domain/notification.js';
import type { ImportedFrom } from '../domain/origin.js';
import type { Endpoint, QuarantineReason } from '../domain/quarantine.js';
import type { Delivery, ReplayRequest } from '../domain/store.js';
import type { KindName } from './claim-kinds.js';
import { partOf, type RowIn } from './row-sets.js';
import type { Value } from './values.js';
import type { WorkingSet } from './working-set.js';

type Row = RowIn<'bodies'>;

/** One receiver holds bodies at a time: numbers have an order, and the bound is kept to the byte. */
export class QuarantineTable implements QuarantineRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  tallies(): QuarantineTally[] {
    return this.#tallied(0).map(({ source, reason, rows, bytes }) => {
      return { source, reason: reason as QuarantineReason, rows, bytes };
    });
  }

  replayedBytes(): number {
    return this.#tallied(1).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #tallied(replayed: number): RowIn<'tallies'>[] {
    this.#set.loaded('tallies');
    this.#set.loaded('sources');
    return this.#set.sets.tallies
      .all()
      .filter((row) => row.replayed === replayed && row.life === (this.#set.sets.sources.get(row.source)?.life ?? 0));
  }

  seenAgain(id: string, receivedAtMs: number, size: number): boolean {
    const row = this.#row(id);
    if (row === null) return false;
    this.#set.sets.bodies.put({
      ...row,
      count: row.count + 1,
      first_received_ms: Math.min(row.first_received_ms, receivedAtMs),
      last_received_ms: Math.max(row.last_received_ms, receivedAtMs),
      size: Math.max(row.size, size),
    });
    return true;
  }

  /** What is being forgotten is not found. */
  #row(id: string): Row | null {
    this.#set.lock('number', 'quarantine');
    this.#set.loaded('body', id);
    return this.#set.sets.bodies.of(partOf.body(id)).find((row) => row.life === this.#set.lifeOf(row.source)) ?? null;
  }

  insert({ id, delivery, size, reason, violations, schemaVersion }: NewBody): void {
    const { source, endpoint, bytes, receivedAtMs, origin = null } = delivery;
    this.#set.lock('number', 'quarantine');
    const no = this.newestNo() + 1;
    const row: Row = {
      source,
      quarantine_no: no,
      life: this.#set.lifeOf(source),
      id,
      endpoint,
      reason,
      violations: JSON.stringify(violations),
      schema_version: schemaVersion,
      body: Buffer.from(bytes, 'latin1'),
      size,
      count: 1,
      first_received_ms: receivedAtMs,
      last_received_ms: receivedAtMs,
      replayed_ms: null,
      applied_id: null,
      origin,
      bytes: bodyBytes(bytes, violations),
    };
    this.#set.sets.numbers.put({ name: 'quarantine', value: no });
    this.#set.sets.bodies.put(row);
    countBody(this.#set, row, 1);
  }

  newestNo(): number {
    this.#set.loaded('numbers');
    return this.#set.sets.numbers.get('quarantine')?.value ?? 0;
  }

  heldBetween(
    { ids, source, reason }: ReplayRequest,
    { after, end, limit }: { readonly after: number; readonly end: number; readonly limit: number },
  ): { readonly no: number; readonly id: string }[] {
    this.#set.loaded('sources');
    if (ids.length === 0) this.#set.loaded('bodies.held', source, reason, after, end, limit);
    else this.#set.need(...ids.map((id) => ({ kind: 'body', values: [id] })));
    return this.#set.sets.bodies
      .all()
      .filter((row) => row.quarantine_no > after && row.quarantine_no <= end)
      .filter((row) => row.replayed_ms === null && row.reason !== 'too_large' && this.#isKept(row))
      .filter((row) => (source === null || row.source === source) && (reason === null || row.reason === reason))
      .filter(({ id }) => ids.length === 0 || ids.includes(id))
      .sort((a, b) => a.quarantine_no - b.quarantine_no)
      .slice(0, limit)
      .map(({ quarantine_no: no, id }) => ({ no, id }));
  }

  #isKept({ source, life }: Row): boolean {
    return life === (this.#set.sets.sources.get(source)?.life ?? 0);
  }

  delivery(id: string): Delivery | null {
    const row = this.#row(id);
    if (row === null || row.reason === 'too_large') return null;
    const { source, endpoint, first_received_ms: receivedAtMs, origin, body } = row;
    return {
      source,
      endpoint: endpoint as Endpoint,
      receivedAtMs,
      bytes: Buffer.from(body).toString('latin1'),
      ...(origin !== null && { origin: origin as ImportedFrom }),
    };
  }

  tallied(id: string): TalliedBody | null {
    const row = this.#row(id);
    return row === null ? null : talliedOf(row);
  }

  markReplayed(id: string, replayedMs: number, appliedId: string): void {
    this.#change(id, { replayed_ms: replayedMs, applied_id: appliedId });
  }

  markFaulty(id: string, reason: QuarantineReason, violations: readonly Violation[], schemaVersion: string): void {
    const row = this.#row(id);
    if (row === null) return;
    const bytes = bodyBytes(Buffer.from(row.body).toString('latin1'), violations);
    this.#change(id, { reason, violations: JSON.stringify(violations), schema_version: schemaVersion, bytes });
  }

  #change(id: string, parts: Partial<Row>): void {
    const row = this.#row(id);
    if (row === null) return;
    const changed = { ...row, ...parts };
    countBody(this.#set, row, -1);
    countBody(this.#set, changed, 1);
    this.#set.sets.bodies.put(changed);
  }

  oldestReplayed(): TalliedBody | null {
    return this.#first('bodies.replayed', [], (row) => row.replayed_ms);
  }

  oldestOf(source: string, reason: QuarantineReason): TalliedBody | null {
    const isIt = (row: Row) => row.replayed_ms === null && row.source === source && row.reason === reason;
    return this.#first('bodies.oldest', [source, reason], (row) => (isIt(row) ? row.last_received_ms : null));
  }

  /** The first by a place, of those that have one: of what is stored, and of what this batch has made of it. */
  #first(kind: KindName, values: readonly Value[], placeOf: (row: Row) => number | null): TalliedBody | null {
    const row = firstBody(this.#set, kind, values, placeOf);
    return row === null ? null : talliedOf(row);
  }

  remove(id: string): void {
    const row = this.#row(id);
    if (row !== null) removeBody(this.#set, row);
  }
}

/** Null: there is none. What is being forgotten is none. */
export function firstBody(
  set: WorkingSet,
  kind: KindName,
  values: readonly Value[],
  placeOf: (row: Row) => number | null,
): Row | null {
  set.lock('number', 'quarantine');
  set.loaded('sources');
  for (let rows = set.rowsAtOnce; ; rows *= 2) {
    const stored = set.loaded(kind, ...values, rows).map((one) => set.sets.bodies.rowOf(one));
    // Behind the last that was read there may be others.
    const endPlace = stored.length < rows ? Infinity : Math.max(...stored.map((row) => placeOf(row) ?? -Infinity));
    let first: Row | null = null;
    for (const row of set.sets.bodies.all()) {
      const place = row.life === (set.sets.sources.get(row.source)?.life ?? 0) ? placeOf(row) : null;
      if (place === null || place > endPlace) continue;
      const order = first === null ? -1 : place - (placeOf(first) ?? 0) || row.quarantine_no - first.quarantine_no;
      if (order < 0) first = row;
    }
    if (first !== null || stored.length < rows) return first;
  }
}

export function removeBody(set: WorkingSet, row: Row): void {
  set.lock('number', 'quarantine');
  countBody(set, row, -1);
  set.sets.bodies.remove(row);
}

function countBody(set: WorkingSet, { source, life, reason, replayed_ms, bytes }: Row, by: 1 | -1): void {
  set.loaded('tallies');
  const replayed = replayed_ms === null ? 0 : 1;
  const before = set.sets.tallies.get(source, life, reason, replayed) ?? { rows: 0, bytes: 0 };
  const after = { source, life, reason, replayed, rows: before.rows + by, bytes: before.bytes + by * bytes };
  if (after.rows > 0) set.sets.tallies.put(after);
  else set.sets.tallies.remove(after);
}

function talliedOf({ id, source, endpoint, reason, bytes, replayed_ms }: Row): TalliedBody {
  return {
    id,
    source,
    endpoint: endpoint as Endpoint,
    reason: reason as QuarantineReason,
    bytes,
    isReplayed: replayed_ms !== null,
  };
}
