/** The vendor's columns as schemas/vendor-columns.csv lists them. */
import { readFileSync } from 'node:fs';

export interface VendorColumn {
  readonly table: string;
  readonly column: string;
  /** '' where the vendor's page was not found. */
  readonly type: string;
  readonly isMandatory: boolean;
}

export function vendorColumns(): VendorColumn[] {
  const text = readFileSync(new URL('../../schemas/vendor-columns.csv', import.meta.url), 'utf8');
  const [, ...lines] = text.trim().split('\n');
  return lines.map((line) => {
    const [table = '', column = '', type = '', mandatory = ''] = line.split(',');
    return { table, column, type, isMandatory: mandatory === 'M' };
  });
}

const LONGEST: Readonly<Record<string, number>> = {
  'numeric(19)': 1e19,
  'numeric(16)': 1e16,
  'numeric(1)': 10,
  int: 2 ** 31,
};

/** Whether a value may stand in a column; SQL's null as null. */
export function fits({ type, isMandatory }: VendorColumn, value: unknown): boolean {
  if (value === null) return !isMandatory;
  const most = LONGEST[type];
  if (most !== undefined) return Number.isSafeInteger(value) && Math.abs(Number(value)) < most;
  const [, length] = /^varchar(?:\((\d+)\))?$/.exec(type) ?? [];
  return typeof value === 'string' && value.length <= Number(length ?? Infinity);
}
