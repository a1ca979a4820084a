/** What is exported, and where it ends: read beside whoever writes, some rows at a time. */
import { callbacksTable } from '../../reports/export/callback-table.js';
import { QUARTERS, SAMPLES, SESSIONS, TRANSITIONS } from '../../reports/export/campaign-tables.js';
import type { ExportMark, ExportScope } from '../../reports/export/mark.js';
import { type ExportRow, type Heading, headingsOf } from '../../reports/export/table.js';
import type { Connection } from '../database.js';
import { exportedCallbacks } from './callbacks.js';
import { checkMark, markNow } from './marks.js';
import { StatisticsExport } from './statistics.js';
import { StepExport } from './steps.js';

export interface ExportAsked {
  readonly scope: ExportScope;
  readonly toMs: number;
  readonly since: ExportMark | null;
  readonly nowMs: number;
}

export interface OpenExport {
  readonly headings: readonly Heading[];
  readonly key: readonly string[];
  readonly pages: Iterable<readonly ExportRow[]>;
  /** What is committed later, and perhaps some of what was told, is told by the next export. */
  readonly mark: ExportMark;
}

/** Throws OCM_UNAVAILABLE when it cannot go on from the mark. */
export function openExport(db: Connection, { scope, toMs, since, nowMs }: ExportAsked): OpenExport {
  const mark = db.transaction(() => {
    if (since !== null) checkMark(db, since);
    return markNow(db, scope, nowMs);
  })();
  const asked = { scope, toMs, since, mark };
  switch (scope.what) {
    case 'transitions':
      return { ...described(TRANSITIONS), pages: new StepExport(db).transitions(asked), mark };
    case 'sessions':
      return { ...described(SESSIONS), pages: new StepExport(db).sessions(asked), mark };
    case 'callbacks':
      return { ...described(callbacksTable(scope.pii)), pages: exportedCallbacks(db, asked), mark };
    case 'statistics':
      return scope.resolution === 'samples'
        ? { ...described(SAMPLES), pages: new StatisticsExport(db).samples(asked), mark }
        : { ...described(QUARTERS), pages: new StatisticsExport(db).quarters(asked), mark };
  }
}

function described(table: Parameters<typeof headingsOf>[0] & { readonly key: readonly string[] }) {
  return { headings: headingsOf(table), key: table.key };
}
