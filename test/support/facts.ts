/** The vendor's facts that the registry is held against: a table next to the project's folder, read in place. */
import { existsSync, readFileSync } from 'node:fs';

const CALLBACK_KVPS = new URL('../../../shared/facts/callback_kvps.csv', import.meta.url);

/** Whether the table is there; without it nothing can be held against it. */
export const HAS_FACTS = existsSync(CALLBACK_KVPS);

export interface KvpFact {
  readonly name: string;
  readonly type: string;
  readonly words: readonly string[];
  readonly isMandatory: boolean;
  readonly isAttached: boolean;
  readonly parameter: string | null;
  readonly version: string | null;
  readonly table: string | null;
  readonly columns: readonly string[];
  /** Whether the reference describes it, rather than naming it only. */
  readonly isDescribed: boolean;
}

export function kvpFacts(): KvpFact[] {
  const [header, ...rows] = csvRows(readFileSync(CALLBACK_KVPS, 'utf8'));
  if (!header) throw new Error('the table of key-value pairs is empty');
  return rows.map((row) => {
    const cell = (name: string) => {
      const value = row[header.indexOf(name)];
      if (value === undefined) throw new Error(`no ${name} in ${row.join(',')}`);
      return value;
    };
    const list = (name: string) => cell(name).split('|').filter(Boolean);
    return {
      name: cell('name'),
      type: cell('type'),
      words: list('enum_values'),
      isMandatory: cell('mandatory') === 'yes',
      isAttached: cell('must_also_be_attached_data') === 'yes',
      parameter: cell('request_parameter') || null,
      version: cell('introduced_version') || null,
      table: cell('info_mart_table') || null,
      columns: list('info_mart_column'),
      isDescribed: cell('seed_source') === 'table',
    };
  });
}

/** Rows of RFC 4180 CSV without line breaks in cells. */
function csvRows(text: string): string[][] {
  const lines = text.split(/\r?\n/).filter(Boolean);
  const cell = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g;
  return lines.map((line) =>
    [...line.matchAll(cell)].map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? ''),
  );
}
