/** What stands beside callbacks: dimensions, legacy events, missing keys. */
import type { DimensionRows, LegacyRows, MissingKeyRows } from '../apply/callback-rows.js';
import type { LegacyCallbackEvent } from '../domain/legacy-callback.js';
import type { Dimension, DimensionValue } from '../gms/info-mart.js';
import { columnOf } from '../gms/record-columns.js';
import { legacyKey } from './keys.js';
import type { WorkingSet } from './working-set.js';

export class DimensionTables implements DimensionRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  insert({ table, columns }: Dimension, key: number, row: readonly DimensionValue[]): void {
    const named = columns.map(([, field], n) => [columnOf(field), row[n] ?? null] as const);
    this.#set.dimensions.get(table)?.put({ id: key, ...Object.fromEntries(named) });
  }
}

export class LegacyTable implements LegacyRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  put(event: LegacyCallbackEvent): boolean {
    const { source, digest } = event;
    const life = this.#set.lifeOf(source);
    this.#set.loaded('legacy', source, life, digest);
    if (this.#set.sets.legacy.get(source, life, digest) !== undefined) return false;
    this.#set.sets.legacy.put({
      source,
      life,
      legacy_no: legacyKey(this.#set.digest, source, digest, life),
      digest,
      at_ms: event.atMs,
      dn: event.dn,
      sent_to_icon: event.sentToIcon === null ? null : Number(event.sentToIcon),
      origin: event.origin,
      session_id: event.sessionId,
      sequence: event.sequence,
      service: event.service,
      user_id: event.userId,
      external_id: event.externalId,
      started_ms: event.startedMs,
      waiting_ms: event.waitingMs,
      agent_available_ms: event.agentAvailableMs,
      agent_connected_ms: event.agentConnectedMs,
      user_connected_ms: event.userConnectedMs,
      completed_ms: event.completedMs,
      stopped_ms: event.stoppedMs,
      received: event.received,
    });
    return true;
  }
}

/** One receiver counts at a time: what is counted is that of a body that is quarantined in the same batch. */
export class MissingKeyTable implements MissingKeyRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  countServices(day: string, source: string): number {
    return new Set(this.#of(day, source).map(({ service }) => service)).size;
  }

  hasService(day: string, source: string, service: string): boolean {
    return this.#of(day, source).some((row) => row.service === service);
  }

  #of(day: string, source: string) {
    this.#set.lock('number', 'quarantine');
    this.#set.loaded('missing.day', day, source);
    return this.#set.sets.missingKeys.all().filter((row) => row.day === day && row.source === source);
  }

  count({ day, source, service, key, receivedAtMs, serviceId }: Parameters<MissingKeyRows['count']>[0]): void {
    this.#of(day, source);
    const before = this.#set.sets.missingKeys.get(source, day, service, key);
    this.#set.sets.missingKeys.put({
      day,
      source,
      service,
      key,
      events: 1 + (before?.events ?? 0),
      last_received_ms: Math.max(receivedAtMs, before?.last_received_ms ?? 0),
      last_service_id: serviceId,
    });
  }
}
