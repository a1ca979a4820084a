/** Held bodies against the present schema, in slices between which posts are committed. */
import type { Clock } from '../domain/clock.js';
import type { Violation } from '../domain/notification.js';
import type { Endpoint, QuarantineReason } from '../domain/quarantine.js';
import type { Delivery, ReplayedBody, ReplayRequest, ReplaySlice } from '../domain/store.js';
import type { Judge, Judgement } from '../ingest/judge.js';
import type { CallbackJudge } from '../ingest/judge-callback.js';
import type { Batch, Replayed } from './batch.js';
import type { HeldStore } from '../sqlite/held-store.js';
import type { Transactions } from '../sqlite/transactions.js';

/** Rows replayed in one transaction, so that live posts get in between. */
const REPLAY_SLICE = 100;

export interface ReplayOptions {
  readonly judge: Judge;
  readonly judgeCallback: CallbackJudge;
  readonly schemaVersionOf: (endpoint: Endpoint) => string;
  readonly clock: Clock;
}

export class Replay {
  readonly #held: HeldStore;
  readonly #transactions: Transactions;
  readonly #options: ReplayOptions;

  constructor(held: HeldStore, transactions: Transactions, options: ReplayOptions) {
    this.#held = held;
    this.#transactions = transactions;
    this.#options = options;
  }

  get #quarantine() {
    return this.#held.store.stores.quarantine;
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
    const items: ReplayedBody[] = [];
    const report = this.#transactions.run((batch) => {
      for (const id of ids) {
        const fault = this.#transactions.attempt(batch, () => {
          items.push(...this.#one(id, batch, dryRun));
        });
        if (!fault) continue;
        if (!dryRun) this.#stillFaulty(id, 'internal', [fault]);
        items.push({ id, outcome: 'quarantined', violations: [fault] });
      }
      batch.quarantineChanged();
    }, !dryRun);
    return { items, report: dryRun ? null : report };
  }

  /** Nothing for a body that is not held any more. */
  #one(id: string, batch: Batch, dryRun: boolean): readonly ReplayedBody[] {
    const nowMs = this.#options.clock.nowMs();
    const delivery = this.#quarantine.held(id);
    if (!delivery) return [];
    const applied =
      delivery.endpoint === 'campaign-group-state'
        ? this.#notification(delivery, batch, nowMs)
        : batch.replayCallback(this.#options.judgeCallback(delivery));
    if (applied.kind === 'quarantined') {
      const { reason, violations } = applied;
      if (!dryRun) this.#stillFaulty(id, reason, violations);
      return [{ id, outcome: 'quarantined', violations }];
    }
    const { outcome, warnings } = applied;
    if (!dryRun) this.#quarantine.replayed(id, nowMs, applied.kind === 'notification' ? applied.id : applied.serviceId);
    return [{ id, outcome, violations: warnings }];
  }

  #notification(delivery: Delivery, batch: Batch, nowMs: number): Replayed {
    const judgement: Judgement = this.#options.judge(delivery, nowMs);
    if (judgement.notification === null) return { ...judgement, kind: 'quarantined', outcome: 'quarantined' };
    return batch.apply(delivery, judgement.notification, judgement.warnings);
  }

  #stillFaulty(id: string, reason: QuarantineReason, violations: readonly Violation[]): void {
    this.#quarantine.stillFaulty(id, reason, violations, this.#options.schemaVersionOf);
  }
}
