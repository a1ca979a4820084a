/** Held bodies against the present schema, in slices between which posts are committed. */
import type { Clock } from '../domain/clock.js';
import type { Violation } from '../domain/notification.js';
import type { Endpoint, QuarantineReason } from '../domain/quarantine.js';
import type { ReplayedBody, ReplayRequest, ReplaySlice } from '../domain/store.js';
import type { Batch } from './batch.js';
import { type Judges, judgeDelivery } from './judge-delivery.js';
import type { QuarantineStore } from './quarantine.js';
import type { Transactions } from './transactions.js';

/** Rows replayed in one transaction, so that live posts get in between. */
const REPLAY_SLICE = 100;

export interface ReplayOptions extends Judges {
  readonly schemaVersionOf: (endpoint: Endpoint) => string;
  readonly clock: Clock;
}

export class Replay {
  readonly #quarantine: QuarantineStore;
  readonly #transactions: Transactions;
  readonly #options: ReplayOptions;

  constructor(quarantine: QuarantineStore, transactions: Transactions, options: ReplayOptions) {
    this.#quarantine = quarantine;
    this.#transactions = transactions;
    this.#options = options;
  }

  /** See `BatchWriter.replay`. What is put into quarantine meanwhile is not meant. */
  *run(request: ReplayRequest): Generator<ReplaySlice, void> {
    const end = this.#quarantine.newestNo();
    for (let after = 0; ;) {
      const held = this.#quarantine.heldBetween(request, { after, end, limit: REPLAY_SLICE });
      const last = held.at(-1);
      if (last === undefined) return;
      after = last.no;
      yield this.#slice(
        held.map(({ id }) => id),
        request.dryRun,
      );
    }
  }

  #slice(ids: readonly string[], dryRun: boolean): ReplaySlice {
    let items: readonly ReplayedBody[] = [];
    const report = this.#transactions.run((batch) => {
      items = ids.flatMap((id) => this.#alone(id, batch, dryRun));
      batch.quarantineChanged();
    }, !dryRun);
    return { items, report: dryRun ? null : report };
  }

  /** Nothing for a body that is not held any more. */
  #alone(id: string, batch: Batch, dryRun: boolean): readonly ReplayedBody[] {
    let items: readonly ReplayedBody[] = [];
    const fault = this.#transactions.attempt(batch, () => {
      items = this.#one(id, batch, dryRun);
    });
    if (fault === null) return items;
    if (!dryRun) this.#stillFaulty(id, 'internal', [fault]);
    return [{ id, outcome: 'quarantined', violations: [fault] }];
  }

  #one(id: string, batch: Batch, dryRun: boolean): readonly ReplayedBody[] {
    const nowMs = this.#options.clock.nowMs();
    const delivery = this.#quarantine.held(id);
    if (!delivery) return [];
    const applied = batch.replay(delivery, judgeDelivery(this.#options, delivery, nowMs));
    if (applied.kind === 'quarantined') {
      const { reason, violations } = applied;
      if (!dryRun) this.#stillFaulty(id, reason, violations);
      return [{ id, outcome: 'quarantined', violations }];
    }
    const { outcome, warnings } = applied;
    if (!dryRun) this.#quarantine.replayed(id, nowMs, applied.kind === 'callback' ? applied.serviceId : applied.id);
    return [{ id, outcome, violations: warnings }];
  }

  #stillFaulty(id: string, reason: QuarantineReason, violations: readonly Violation[]): void {
    this.#quarantine.stillFaulty(id, reason, violations, this.#options.schemaVersionOf);
  }
}
