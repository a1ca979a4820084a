/** Deliveries through a lane: the main path of a receiver. */
import { commitJudged, type Judged } from '../apply/commit.js';
import { judgeDelivery, type Judges } from '../apply/judge-delivery.js';
import { isSameStatement } from '../domain/identity.js';
import type { Notification } from '../domain/notification.js';
import type { CommitReport, Delivery } from '../domain/store.js';
import { ExchangeFailed, isOfAValue } from './failures.js';
import { CommitUnknown, type Lane, type LaneParts, type Talk } from './lane.js';
import type { LaneTransactions } from './lane-transactions.js';
import { headClaims, lastSteps } from './neighbours.js';
import type { Claim } from './not-loaded.js';
import { statementClaims } from './statement-table.js';

/** Judged outside of any transaction. */
export function judgedOf(judges: Judges, deliveries: readonly Delivery[], nowMs: number): readonly Judged[] {
  return deliveries.map((delivery) => ({ delivery, judgement: judgeDelivery(judges, delivery, nowMs) }));
}

/**
 * One transaction; several where the database refuses a value of one body: the batch is halved until that stands alone, and is
 * quarantined. Where `keep` is false, only to know what would become of it.
 */
export function* commitThrough(
  lane: Lane,
  transactions: LaneTransactions,
  judged: readonly Judged[],
  keep = true,
): Talk<CommitReport> {
  const claims = judged.flatMap(claimsOf);
  try {
    return yield* lane.perform(
      () => commitJudged(judged, transactions, keep),
      claims,
      'deliveries',
      (parts) => foreseenIn(parts, judged),
    );
  } catch (error) {
    if (!(error instanceof ExchangeFailed) || !isOfAValue(error)) throw error;
    const [one] = judged;
    if (one === undefined) throw error;
    if (judged.length === 1) return yield* quarantined(lane, transactions, one, error);
    const half = Math.ceil(judged.length / 2);
    try {
      const first = yield* commitThrough(lane, transactions, judged.slice(0, half), keep);
      const rest = yield* commitThrough(lane, transactions, judged.slice(half), keep);
      return joined(first, rest);
    } catch (failed) {
      throw ofAPart(failed);
    }
  }
}

/** A doubt about a part says nothing of the whole, which is done again: what is there already is known as a repeat. */
function ofAPart(error: unknown): unknown {
  return error instanceof CommitUnknown ? new ExchangeFailed(error.message, null, { cause: error }) : error;
}

function* quarantined(
  lane: Lane,
  transactions: LaneTransactions,
  { delivery }: Judged,
  { message, sqlState }: ExchangeFailed,
): Talk<CommitReport> {
  const found = `${sqlState ?? ''}: ${message}`.slice(0, 200);
  const fault = { field: '', rule: 'a body whose values the database takes; please report it', found };
  return yield* lane.perform(() =>
    transactions.run((batch) => {
      batch.quarantine(delivery, 'internal', [fault]);
    }),
  );
}

/** What two transactions did, as one. */
function joined(first: CommitReport, rest: CommitReport): CommitReport {
  const shown = new Map([...first.snapshots, ...rest.snapshots].map((snapshot) => [snapshot.groupNo, snapshot]));
  return {
    ...rest,
    receipts: [...first.receipts, ...rest.receipts],
    heard: [...first.heard, ...rest.heard],
    snapshots: [...shown.values()],
    made: [...first.made, ...rest.made],
    withdrawn: [...first.withdrawn, ...rest.withdrawn],
    callbacks: [...first.callbacks, ...rest.callbacks],
    quarantine: rest.quarantine ?? first.quarantine,
    quarantineDropped: first.quarantineDropped + rest.quarantineDropped,
    commitSeconds: first.commitSeconds + rest.commitSeconds,
    syncSeconds: first.syncSeconds + rest.syncSeconds,
  };
}

/** What a delivery will look at, as far as its judgement tells. */
function claimsOf({ delivery: { source }, judgement }: Judged): readonly Claim[] {
  switch (judgement.kind) {
    case 'notification': {
      const { notification } = judgement;
      return [{ kind: 'lock group', values: [notification.source, notification.dbid] }];
    }
    case 'several':
      return judgement.parts.flatMap(claimsOf);
    case 'event':
      return ofCallback(source, judgement.event.record.serviceId);
    case 'attached':
      return ofCallback(source, judgement.attached.serviceId);
    case 'status':
      return ofCallback(source, judgement.status.serviceId);
    case 'legacy':
      return [{ kind: 'lock source', values: [source] }];
    case 'refused':
      return [
        { kind: 'lock number', values: ['quarantine'] },
        { kind: 'lock source', values: [source] },
        ...['tallies', 'sources'].map((kind) => ({ kind, values: [] })),
      ];
  }
}

/**
 * A group that says something else than it did before may say it for the first time; one that is late may change any of what
 * its head is made of.
 */
function foreseenIn({ set, heads }: Pick<LaneParts, 'set' | 'heads'>, judged: readonly Judged[]): readonly Claim[] {
  const told = new Map<number, Pick<Notification, 'atMs' | 'statement'>>();
  return judged.flatMap(notificationsIn).flatMap((notification) => {
    const { source, dbid, atMs, statement } = notification;
    const groupNo = set.groupNo(source, dbid);
    const before = told.get(groupNo) ?? heads.newestOf(groupNo);
    // Most of what is new is a step, too.
    const saidAnew = () => [...statementClaims(set, source, groupNo, statement), lastSteps(source, groupNo)];
    if (before !== undefined && atMs <= before.atMs) return [...headClaims(source, groupNo), ...saidAnew()];
    told.set(groupNo, notification);
    return before !== undefined && isSameStatement(before.statement, statement) ? [] : saidAnew();
  });
}

function notificationsIn({ judgement }: Judged): readonly Notification[] {
  if (judgement.kind === 'several') return judgement.parts.flatMap(notificationsIn);
  return judgement.kind === 'notification' ? [judgement.notification] : [];
}

function ofCallback(source: string, serviceId: string): readonly Claim[] {
  return [
    { kind: 'lock source', values: [source] },
    { kind: 'lock callback', values: [source, serviceId] },
  ];
}
