/** The tables of what callbacks were merged from, as every database has them. */
import { recordOf, type Stored } from '../../gms/record-columns.js';
import type {
  AttachmentRow,
  FinishedCallback,
  InteractionRow,
  NotificationRow,
} from '../../reports/callback-reader.js';
import type { HeldEvent } from '../../reports/callback-row-reader.js';
import { callbackOf } from './callback-row.js';

/** Of a row with the column `has_start`. */
export function finishedOf(row: Stored): FinishedCallback {
  return { ...callbackOf(row), hasStart: row['has_start'] === 1 };
}

export function heldEventOf(row: Stored): HeldEvent {
  return {
    sequence: Number(row['event_sequence']),
    receivedMs: Number(row['received_ms']),
    isFinal: row['final_record'] === 1,
    isLate: row['is_late'] === 1,
    digest: String(row['digest']),
    record: recordOf(row),
    received: received(row),
  };
}

export function attachmentOf(row: Stored): AttachmentRow {
  return {
    interactionId: String(row['interaction_id']),
    receivedMs: Number(row['received_ms']),
    received: received(row),
  };
}

export function interactionOf(row: Stored): InteractionRow {
  return {
    interactionId: String(row['interaction_id']),
    role: String(row['role']),
    firstReceivedMs: Number(row['first_received_ms']),
  };
}

export function notificationOf(row: Stored): NotificationRow {
  return {
    event: String(row['event']),
    receivedMs: Number(row['received_ms']),
    received: received(row),
  };
}

function received(row: Stored): Readonly<Record<string, unknown>> {
  return JSON.parse(String(row['received'])) as Readonly<Record<string, unknown>>;
}
