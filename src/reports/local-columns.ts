/** In CSV: beside every column of times one that shows what a clock on the wall showed, which a spreadsheet reads as a date. */
import type { LocalTime } from '../domain/local-time.js';
import { type Columns, type Row, rowOf } from './rows.js';

const TIME_NAME = /(?:^|_)(?:at|from|to|since|until|start|end|before)$/;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Whether a column of the API holds times: its name says so. */
export function isTimeColumn(name: string): boolean {
  return TIME_NAME.test(name);
}

/** `at` has `at_local` behind it; without a zone there are no more columns than in JSON. */
export function withLocalTimes<T>(columns: Columns<T>, zone: LocalTime | null): LocalColumns<T> {
  const names = Object.keys(columns);
  if (zone === null) return { names, rowOf: (item) => rowOf(columns, item) };
  const times = names.filter(isTimeColumn);
  return {
    names: names.flatMap((name) => (isTimeColumn(name) ? [name, localName(name)] : [name])),
    rowOf: (item) => {
      const row = rowOf(columns, item);
      return { ...row, ...Object.fromEntries(times.map((name) => [localName(name), localText(row[name], zone)])) };
    },
  };
}

export interface LocalColumns<T> {
  readonly names: readonly string[];
  readonly rowOf: (item: T) => Row;
}

const localName = (name: string): string => `${name}_local`;

/** `2026-11-20 09:30:00`: no offset and no fractions, with which a spreadsheet would take it for a text. */
function localText(value: unknown, zone: LocalTime): string | null {
  if (typeof value !== 'string' || !ISO_TIME.test(value)) return null;
  return new Date(zone.localMs(Date.parse(value))).toISOString().slice(0, 19).replace('T', ' ');
}
