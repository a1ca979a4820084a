/** Callbacks as they are exported: the whole record, and what is known of its events. No cell depends on when it is asked for. */
import { type Callback, dispositionOf } from '../../domain/callback.js';
import type { CallbackRecord } from '../../domain/callback-record.js';
import { maskNumber } from '../../domain/personal-data.js';
import type { KeyType } from '../../gms/key-value-pair.js';
import { FIELDS, pairOf } from '../../gms/key-value-pairs.js';
import { columnOf } from '../../gms/record-columns.js';
import { dispositionShown } from '../callback-dimensions.js';
import type { PersonalData } from '../callback-rows.js';
import type { ColumnKind, ExportColumn, ExportTable } from './table.js';

const KINDS: Readonly<Record<KeyType, ColumnKind>> = {
  integer: 'count',
  timestamp: 'time',
  seconds: 'count',
  flag: 'flag',
  word: 'text',
  text: 'text',
};

/** Customers' numbers are masked, but for `full`. */
export function callbacksTable(pii: PersonalData): ExportTable<Callback> {
  return {
    key: ['source', 'service_id'],
    columns: [
      { name: 'source', kind: 'text', of: ({ source }) => source },
      { name: 'service_id', kind: 'text', of: ({ serviceId }) => serviceId },
      { name: 'state', kind: 'text', of: ({ record, isFinal }) => dispositionOf(record.disposition, isFinal).state },
      {
        name: 'sub_state',
        kind: 'text',
        of: ({ record, isFinal }) => dispositionOf(record.disposition, isFinal).subState,
      },
      { name: 'final', kind: 'flag', of: ({ isFinal }) => isFinal },
      { name: 'ended_at', kind: 'time', of: ({ endedMs }) => endedMs },
      ...FIELDS.filter((field) => field !== 'serviceId' && field !== 'finalRecord').map((field) =>
        recordColumn(field, pii),
      ),
      { name: 'phone_hash', kind: 'text', of: ({ phoneHash }) => phoneHash },
      { name: 'ani_hash', kind: 'text', of: ({ aniHash }) => aniHash },
      { name: 'first_received_at', kind: 'time', of: ({ firstReceivedMs }) => firstReceivedMs },
      { name: 'last_event_at', kind: 'time', of: ({ lastEventMs }) => lastEventMs },
      { name: 'events', kind: 'count', of: ({ events }) => events },
      { name: 'late_events', kind: 'count', of: ({ lateEvents }) => lateEvents },
      { name: 'attachments', kind: 'count', of: ({ attachments }) => attachments },
      { name: 'live_event', kind: 'text', of: ({ live }) => live?.event ?? null },
      { name: 'live_at', kind: 'time', of: ({ live }) => live?.atMs ?? null },
    ],
  };
}

function recordColumn(field: keyof CallbackRecord, pii: PersonalData): ExportColumn<Callback> {
  const { type, personal } = pairOf(field);
  const name = columnOf(field).replace(/_ms$/, '_at');
  const of = ({ record, isFinal }: Callback) => {
    const value = record[field];
    if (value === null) return null;
    if (type === 'flag') return value === 1;
    if (pii === 'full' || typeof value !== 'string') return value;
    if (field === 'disposition') return dispositionShown(value, isFinal);
    return personal ? maskNumber(value) : value;
  };
  return { name, kind: KINDS[type], of };
}
