/** The order in which the times of one callback can only be, and where its clock shows another one. */
import type { CallbackRecord } from '../domain/callback-record.js';

/** Hosts that keep time are no further apart, and times are whole seconds. */
const TOLERANCE_MS = 2000;

type Time = { [K in keyof CallbackRecord]: CallbackRecord[K] extends number | null ? K : never }[keyof CallbackRecord];

/** What happens after what stands before it, where both happen. */
const ORDERS: readonly (readonly Time[])[] = [
  ['offeredMs', 'acceptedMs', 'readyMs', 'dial1Ms', 'dial2Ms', 'dial3Ms', 'dial4Ms', 'dial5Ms', 'serviceEndMs'],
  ['acceptedMs', 'customerConnectedMs', 'serviceEndMs'],
];

export interface OutOfOrder {
  readonly earlier: Time;
  /** What can only come after it, and is said to have come before. */
  readonly later: Time;
  readonly byMs: number;
}

/** Each time that lies before the one that it can only follow. */
export function timesOutOfOrder(record: CallbackRecord): readonly OutOfOrder[] {
  const found: OutOfOrder[] = [];
  const compare = (earlier: Time, later: Time) => {
    const byMs = (record[earlier] ?? -Infinity) - (record[later] ?? Infinity);
    if (byMs > TOLERANCE_MS) found.push({ earlier, later, byMs });
  };
  for (const order of ORDERS) {
    const said = order.filter((time) => record[time] !== null);
    said.slice(1).forEach((later, at) => {
      compare(said[at] ?? later, later);
    });
  }
  // Of several attempts nobody says which one the customer was connected by.
  if (record.attempts === 1) compare('dial1Ms', 'customerConnectedMs');
  if (!mayBeAppointment(record)) compare('serviceStartMs', 'serviceEndMs');
  return found;
}

/** The start of the service may be an appointment that was called off: later than the request, and nobody was called. */
function mayBeAppointment(record: CallbackRecord): boolean {
  const { serviceStartMs, acceptedMs, offeredMs, dial1Ms, lastDialMs, customerConnectedMs } = record;
  const isCalled = dial1Ms !== null || lastDialMs !== null || customerConnectedMs !== null;
  return !isCalled && (serviceStartMs ?? 0) > Math.max(acceptedMs ?? 0, offeredMs ?? 0);
}
