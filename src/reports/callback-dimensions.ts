/** What the callback summary can be asked by. */
import { comparable, dispositionOf, OTHER_SUB_STATE } from '../domain/callback.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import { MonitorError } from '../domain/errors.js';
import { maskText } from '../domain/personal-data.js';
import { FIELDS, pairOf } from '../gms/key-value-pairs.js';
import type { ReportedCallback } from './callback-outcome.js';
import { type Interval, INTERVALS } from '../domain/local-time.js';

/** The vendor's word for what is not reported. */
export const UNKNOWN = 'UNKNOWN';

/** Dimensions that hold a value of the record, and its field. */
const FIELD_OF = {
  queue: 'vq',
  channel: 'channel',
  type: 'callbackType',
  offer_type: 'offerType',
  offer_timing: 'offerTiming',
  disposition: 'disposition',
  connect_order: 'connectOrder',
  call_direction: 'callDirection',
  final_dial_result: 'finalDialResult',
  dialog_result: 'dialogResult',
  target: 'finalTarget',
} as const satisfies Readonly<Record<string, keyof CallbackRecord>>;

type RecordDimension = keyof typeof FIELD_OF;
/** Dimensions that stand in a column of their own. */
export type ValueDimension = RecordDimension | 'tenant' | 'source';
export type Dimension = Interval | ValueDimension;

const RECORD_DIMENSIONS = Object.keys(FIELD_OF) as readonly RecordDimension[];
export const DIMENSIONS: readonly Dimension[] = [...INTERVALS, ...RECORD_DIMENSIONS, 'tenant', 'source'];

/** Name of a tenant's DBID. */
export type TenantName = (dbid: number) => string;

export interface Grouping {
  readonly interval: Interval | null;
  readonly dimensions: readonly ValueDimension[];
}

/** `day,queue` as dimensions. @throws MonitorError OCM_BAD_PARAMETER for one that is not known, or is named twice. */
export function parseDimensions(text: string): readonly Dimension[] {
  const names = text.split(',').map((name) => name.trim());
  return names.map((name, at) => {
    const found = DIMENSIONS.find((dimension) => dimension === name);
    if (found === undefined || names.indexOf(name) !== at) {
      throw new MonitorError('OCM_BAD_PARAMETER', `by should be some of ${DIMENSIONS.join(', ')}, each once`);
    }
    return found;
  });
}

/** @throws MonitorError OCM_BAD_PARAMETER when more than one interval is asked for. */
export function groupingOf(by: readonly Dimension[]): Grouping {
  const intervals = by.filter((one): one is Interval => INTERVALS.some((interval) => interval === one));
  if (intervals.length > 1) {
    throw new MonitorError('OCM_BAD_PARAMETER', `by should have one of ${INTERVALS.join(', ')} at most`);
  }
  const dimensions = by.filter((one): one is ValueDimension => !INTERVALS.some((interval) => interval === one));
  return { interval: intervals[0] ?? null, dimensions };
}

/** The vendor's spelling of its words, by what they are compared by. */
const SPELLINGS: ReadonlyMap<string, string> = new Map(
  FIELDS.flatMap((field) => (pairOf(field).words ?? []).map((word) => [comparable(word), word] as const)),
);

/** A callback's value of a dimension, `UNKNOWN` when it reports none. */
export function valueOf(dimension: ValueDimension, callback: ReportedCallback, tenantName: TenantName): string {
  const { record, source } = callback;
  if (dimension === 'source') return source;
  if (dimension === 'tenant') return record.tenantDbid === null ? UNKNOWN : tenantName(record.tenantDbid);
  const value = record[FIELD_OF[dimension]];
  if (value === null || value.trim() === '') return UNKNOWN;
  if (dimension === 'disposition') return dispositionShown(value, callback.isFinal);
  if (pairOf(FIELD_OF[dimension]).type !== 'word') return value.trim();
  const word = comparable(value);
  return SPELLINGS.get(word) ?? word;
}

/** `STATE.SUB_STATE` in the vendor's form; an agent's text as it is, but for numbers in it. */
export function dispositionShown(disposition: string, isFinal: boolean): string {
  const { state, subState } = dispositionOf(disposition, isFinal);
  if (subState === OTHER_SUB_STATE) return maskText(disposition.trim());
  return subState === null ? state : `${state}.${subState}`;
}
