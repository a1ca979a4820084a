/**
 * What is exported, whole: read beside whoever writes, some rows at a time. An export that goes on where another ended needs
 * numbers of changes, which receivers of one database do not have in common.
 */
import type { Enumerations } from '../../domain/vocabulary.js';
import { callbacksTable } from '../../reports/export/callback-table.js';
import { QUARTERS, SAMPLES, SESSIONS, TRANSITIONS } from '../../reports/export/campaign-tables.js';
import { described, type ExportedTable } from '../../reports/export/asked.js';
import type { BlockingConnection } from '../blocking/blocking-connection.js';
import type { RangeAsked } from './asked.js';
import { exportedCallbacks } from './callbacks.js';
import { exportedQuarters, exportedSamples } from './statistics.js';
import { exportedSessions, exportedTransitions } from './steps.js';

/** `words`: under which history is told. */
export function openExport(db: BlockingConnection, words: Enumerations, asked: RangeAsked): ExportedTable {
  const { what, resolution, pii } = asked.scope;
  switch (what) {
    case 'transitions':
      return { ...described(TRANSITIONS), pages: exportedTransitions(db, asked) };
    case 'sessions':
      return { ...described(SESSIONS), pages: exportedSessions(db, asked) };
    case 'callbacks':
      return { ...described(callbacksTable(pii)), pages: exportedCallbacks(db, asked) };
    case 'statistics':
      return resolution === 'samples'
        ? { ...described(SAMPLES), pages: exportedSamples(db, asked) }
        : { ...described(QUARTERS), pages: exportedQuarters(db, words, asked) };
  }
}
