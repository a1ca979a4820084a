/**
 * What a line of the log of Interaction Concentrator (ICON) tells of callbacks, behind its time stamp: user events that
 * arrive, and records on their way into its database (sources.md#callback-log). The number of a message counts before its words.
 */

/** `queued`: written into ICON's own queue; `begun`: on its way into the database; `written`: there. */
export const QUEUE_STEPS = ['queued', 'begun', 'written'] as const;
export type QueueStep = (typeof QUEUE_STEPS)[number];

export type IconMessage =
  /** A user event that was distributed on a DN. */
  | { readonly message: 'arrival'; readonly dn: string }
  /** `transaction`: its queue and number. `records` null: the line does not say how many. */
  | { readonly message: QueueStep; readonly transaction: string; readonly records: number | null }
  | { readonly message: 'unreadable' };

const STEPS: Readonly<Record<string, QueueStep>> = { '25016': 'queued', '25003': 'begun', '25004': 'written' };
const ARRIVAL = '04543';
/** Short (`Int 04543 …`) and full records (`Int host application GCTI-42-04543 …`). */
const MESSAGE = /\s(?:[A-Za-z]+\s+|.*?GCTI-\d+-)(04543|25016|25003|25004)\s+(.*\S)\s*$/sy;
/** Which message of the T-Server it is. */
const RECEIVED = /\bmessage\s+"?(\w+)"?\s+received\s+from\b/i;
/** `("SIP_Server@REPORTING")`: names of applications may contain @, and DNs seldom do. */
const ON_DN = /@([^@"()]+)"?\)?\s*$/;
const QUEUE = /\bqueue\s+\[?([^\]:\s]+)\]?\s*:/i;
const TRANSACTION = /\btransaction\s+(\d+)/i;
const RECORDS = /\b(\d+)\s+records?\b/i;

/** Null: nothing of it. */
export function iconMessageOf(line: string, { end }: { readonly end: number }): IconMessage | null {
  MESSAGE.lastIndex = end;
  const [, number, text = ''] = MESSAGE.exec(line) ?? [];
  if (number === undefined) return null;
  return number === ARRIVAL ? arrivalIn(text) : stepIn(text, STEPS[number] ?? 'queued');
}

/** Calls are told of by messages of the same number. */
function arrivalIn(text: string): IconMessage | null {
  const name = RECEIVED.exec(text)?.[1];
  if (name === undefined) return { message: 'unreadable' };
  if (name !== 'EventUserEvent') return null;
  const dn = ON_DN.exec(text)?.[1]?.trim();
  return dn === undefined ? { message: 'unreadable' } : { message: 'arrival', dn };
}

function stepIn(text: string, message: QueueStep): IconMessage {
  const [queue, no] = [QUEUE.exec(text)?.[1], TRANSACTION.exec(text)?.[1]];
  if (queue === undefined || no === undefined) return { message: 'unreadable' };
  const records = RECORDS.exec(text)?.[1];
  return { message, transaction: `${queue} ${no}`, records: records === undefined ? null : Number(records) };
}
