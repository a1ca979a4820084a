/** What is exported, and where it ends: read beside whoever writes, some rows at a time. */
import { callbacksTable } from '../../reports/export/callback-table.js';
import { QUARTERS, SAMPLES, SESSIONS, TRANSITIONS } from '../../reports/export/campaign-tables.js';
import { described, type ExportAsked, type ExportedTable } from '../../reports/export/asked.js';
import type { ExportMark } from '../../reports/export/mark.js';
import type { Connection } from '../database.js';
import { exportedCallbacks } from './callbacks.js';
import { checkMark, markNow } from './marks.js';
import { StatisticsExport } from './statistics.js';
import { StepExport } from './steps.js';

interface OpenExport extends ExportedTable {
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
