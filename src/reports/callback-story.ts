/** The whole story of one callback, as `/callbacks/{service_id}` tells it. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Callback } from '../domain/callback.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import { maskBody } from '../domain/personal-bodies.js';
import { isIdentifyingKey, maskNumber, maskText } from '../domain/personal-data.js';
import type { KeyValuePair } from '../gms/key-value-pair.js';
import { FIELDS, pairOf } from '../gms/key-value-pairs.js';
import { liveStateOf } from '../gms/live-state.js';
import { findingsOf } from './callback-findings.js';
import type { CallbackStory, EventRow } from './callback-reader.js';
import { callbackColumns, type CallbackView, type PersonalData } from './callback-rows.js';
import { isoTime, type Row, rowOf } from './rows.js';

const DIALS = [1, 2, 3, 4, 5] as const;

/** Lets others have their turn between two bodies: hundreds of large ones take seconds to mask. */
export async function storyRow(story: CallbackStory, view: CallbackView): Promise<Row> {
  const { callback, hasStart, otherSources } = story;
  const { pii } = view;
  const shown = (received: Readonly<Record<string, unknown>>) => shownKeys(received, pii);
  return {
    ...rowOf(callbackColumns(view), callback),
    other_sources: otherSources,
    keys: keysOf(callback.record, pii),
    dials: dialsOf(callback),
    events: await inTurns(story.events, (event) => ({
      sequence: event.sequence,
      received_at: isoTime(event.receivedMs),
      final: event.isFinal,
      after_final: isAfterFinal(event, callback.isFinal),
      counts: event.counts,
      keys: shown(event.received),
    })),
    interactions: story.interactions.map(({ interactionId, role, firstReceivedMs }) => ({
      interaction_id: interactionId,
      role,
      first_received_at: isoTime(firstReceivedMs),
    })),
    attached_data: await inTurns(story.attachments, ({ interactionId, receivedMs, received }) => ({
      interaction_id: interactionId,
      received_at: isoTime(receivedMs),
      keys: shown(received),
    })),
    state_changes: await inTurns(story.notifications, ({ event, receivedMs, received }) => ({
      event,
      state: liveStateOf(event),
      received_at: isoTime(receivedMs),
      body: shown(received),
    })),
    findings: findingsOf(callback, { ...view, hasStart }),
  };
}

/** The rule of AFTER_FINAL in CALLBACK_FACT: a final event that does not count is after the one that does. */
function isAfterFinal({ counts, isFinal, isLate }: EventRow, isOver: boolean): boolean {
  return !counts && (isFinal ? isOver : isLate);
}

async function inTurns<T>(items: readonly T[], show: (item: T) => Row): Promise<Row[]> {
  const rows: Row[] = [];
  for (const item of items) {
    rows.push(show(item));
    await turn();
  }
  return rows;
}

/** All keys of the merged record in the vendor's names and units; null = not reported. */
function keysOf(record: CallbackRecord, pii: PersonalData): Row {
  return Object.fromEntries(
    FIELDS.map((field) => {
      const pair = pairOf(field);
      return [pair.name, shownValue(pair, record[field], pii)] as const;
    }),
  );
}

function shownValue({ name, type, personal }: KeyValuePair, value: number | string | null, pii: PersonalData) {
  if (typeof value === 'number') return type === 'timestamp' ? value / 1000 : value;
  if (value === null || pii === 'full') return value;
  if (personal) return maskNumber(value);
  return isIdentifyingKey(name) ? value : maskText(value);
}

function dialsOf({ record }: Callback) {
  return DIALS.map((n) => ({ n, at: record[`dial${n}Ms`], result: record[`dial${n}Result`] }))
    .filter(({ at, result }) => at !== null || result !== null)
    .map(({ n, at, result }) => ({ n, at: isoTime(at), result }));
}

/** Keys as received, without the customer's numbers unless whole ones were asked for. */
function shownKeys(received: Readonly<Record<string, unknown>>, pii: PersonalData): unknown {
  if (pii === 'full') return received;
  const hidden: unknown = JSON.parse(maskBody(JSON.stringify(received)));
  return hidden;
}
