/** What a sender is told of its post, by endpoint (contract section 3). */
import type { Endpoint, QuarantineReason } from '../domain/quarantine.js';
import type {
  BatchReceipt,
  CallbackReceipt,
  NotificationReceipt,
  QuarantineReceipt,
  Receipt,
  SpooledReceipt,
} from '../domain/store.js';
import type { PersonalData } from '../reports/callback-rows.js';
import { shownViolations } from '../reports/quarantine-view.js';
import { problemJson } from './problem.js';

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const PROBLEM_TYPE = 'application/problem+json';

const STATUS_OF: Readonly<Record<QuarantineReason, number>> = {
  not_json: 400,
  too_large: 413,
  too_old: 422,
  schema: 422,
  bad_timestamp: 422,
  missing_key: 422,
  internal: 422,
};

/** Numbers of customers in what is found fault with are masked like everywhere, unless `pii` is `full`. */
export function replyTo(endpoint: Endpoint, receipt: Receipt, pii: PersonalData): Reply {
  switch (receipt.kind) {
    case 'notification':
      return notification(masked(receipt, pii));
    case 'callback':
      return callback(masked(receipt, pii));
    // No post is one: imports are.
    case 'legacy':
      return { status: 200, type: JSON_TYPE, text: JSON.stringify({ outcome: receipt.outcome }) };
    case 'spooled':
      return spooled(masked(receipt, pii));
    case 'batch':
      return batch(receipt.items.map((item) => masked(item, pii)));
    case 'quarantined':
      return refusal(endpoint, masked(receipt, pii));
  }
}

type Masked = NotificationReceipt | CallbackReceipt | QuarantineReceipt | SpooledReceipt;

function masked<T extends Masked>(receipt: T, pii: PersonalData): T {
  if (receipt.kind === 'quarantined') {
    const { violations } = receipt;
    return { ...receipt, violations: shownViolations(violations, pii) };
  }
  const { warnings } = receipt;
  return warnings.length === 0 ? receipt : { ...receipt, warnings: shownViolations(warnings, pii) };
}

function notification({ outcome, id, warnings }: NotificationReceipt): Reply {
  const text =
    warnings.length === 0 ? `{"outcome":"${outcome}","id":"${id}"}` : JSON.stringify({ outcome, id, warnings });
  return { status: 200, type: JSON_TYPE, text };
}

function callback(receipt: CallbackReceipt): Reply {
  return { status: 200, type: JSON_TYPE, text: JSON.stringify(callbackRow(receipt)) };
}

function callbackRow({ outcome, serviceId, warnings }: CallbackReceipt | SpooledReceipt) {
  return { outcome, service_id: serviceId, ...(warnings.length > 0 && { warnings }) };
}

/** Kept here while the database is away. */
function spooled(receipt: SpooledReceipt): Reply {
  const { outcome, id, serviceId, warnings } = receipt;
  const ofNotification = { outcome, id, ...(warnings.length > 0 && { warnings }) };
  const text = JSON.stringify(serviceId === null ? ofNotification : callbackRow(receipt));
  return { status: 200, type: JSON_TYPE, text };
}

/** One item an event, in order. 200 when any was recorded or known: the sender need not send those again. */
function batch(items: BatchReceipt['items']): Reply {
  const rows = items.map((item) =>
    item.kind === 'quarantined'
      ? { outcome: item.outcome, quarantine_id: item.id, violations: item.violations }
      : callbackRow(item),
  );
  if (items.some(({ kind }) => kind !== 'quarantined')) {
    return { status: 200, type: JSON_TYPE, text: JSON.stringify({ items: rows }) };
  }
  const violations = items.flatMap((item, index) =>
    item.kind === 'quarantined'
      ? item.violations.map(({ field, ...rest }) => ({ field: `${index}/${field}`, ...rest }))
      : [],
  );
  const problem = problemJson({
    status: 422,
    type: 'missing-key',
    title: 'None of the events can be applied',
    detail: 'Each is kept in quarantine by itself and can be replayed; every violation is listed.',
    violations,
  });
  return { status: 422, type: PROBLEM_TYPE, text: `${problem.slice(0, -1)},"items":${JSON.stringify(rows)}}` };
}

/** GMS counts nothing but 200 as delivered, and a status notification in quarantine is kept: 200 (facts: httpcb). */
function refusal(endpoint: Endpoint, { id, violations, reason }: QuarantineReceipt): Reply {
  const status = STATUS_OF[reason];
  if (endpoint === 'status-notifications' && status !== 413) {
    const text = JSON.stringify({ outcome: 'quarantined', quarantine_id: id, violations });
    return { status: 200, type: JSON_TYPE, text };
  }
  const kept = reason === 'too_large' ? 'Its first bytes are kept' : 'The body is kept';
  const title =
    status === 400
      ? 'The body cannot be read'
      : status === 413
        ? 'The body is too large'
        : endpoint === 'campaign-group-state'
          ? 'The notification cannot be applied'
          : 'The record cannot be applied';
  const text = problemJson({
    status,
    type: reason.replaceAll('_', '-'),
    title,
    detail: `${kept} in quarantine${status === 413 ? '' : ' and can be replayed'}; every violation is listed.`,
    violations,
    quarantineId: id,
  });
  return { status, type: PROBLEM_TYPE, text };
}
