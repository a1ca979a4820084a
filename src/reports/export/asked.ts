/** What an export is asked for, and what it tells, whatever store it is of. */
import type { ExportMark, ExportScope } from './mark.js';
import { type ExportRow, type Heading, headingsOf } from './table.js';

export interface ExportAsked {
  readonly scope: ExportScope;
  /** Of moments before it. */
  readonly toMs: number;
  /** Null: all of them. */
  readonly since: ExportMark | null;
  readonly nowMs: number;
}

export interface ExportedTable {
  readonly headings: readonly Heading[];
  readonly key: readonly string[];
  readonly pages: Iterable<readonly ExportRow[]>;
}

export function described(
  table: Parameters<typeof headingsOf>[0] & { readonly key: readonly string[] },
): Omit<ExportedTable, 'pages'> {
  return { headings: headingsOf(table), key: table.key };
}
