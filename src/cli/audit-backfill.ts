/** Brings missing changes of state back, or takes them back: through the running service, or under the writer's lock. */
import {
  type ImportCounts,
  countImported,
  type ImportItem,
  MAX_IMPORT_ITEMS,
  NOTHING_IMPORTED,
} from '../domain/import.js';
import { type ImportContext, openImport } from './import-target.js';

/** As the audit log names such an import. */
const BACKFILL = 'ocs-log';

/** The audit log names so many files. */
const FILES_NAMED = 100;

export interface BackfillRequest {
  readonly files: readonly string[];
  readonly source: string;
  readonly items: readonly ImportItem[];
  readonly dryRun: boolean;
  /** They are to go again. */
  readonly takesBack: boolean;
}

/** What became of them. Ends between two batches when the command is interrupted: the rest is found by the next audit. */
export async function backfill(
  context: ImportContext,
  { files, source, items, dryRun, takesBack }: BackfillRequest,
): Promise<ImportCounts> {
  if (items.length === 0) return NOTHING_IMPORTED;
  const { parsed, io } = context;
  const { service, ...own } = parsed.own;
  const about = { what: BACKFILL, files: named(files), source, dryRun, raisesHorizon: false, takesBack };
  const target = await openImport({ ...context, parsed: { ...parsed, own: { ...own, url: service } } }, about);
  let counts = NOTHING_IMPORTED;
  try {
    for (let from = 0; from < items.length && !io.signal.aborted; from += MAX_IMPORT_ITEMS) {
      const fates = await target.take(items.slice(from, from + MAX_IMPORT_ITEMS));
      counts = countImported(counts, fates.flat());
    }
    await target.end();
  } finally {
    await target.close();
  }
  return counts;
}

function named(files: readonly string[]): readonly string[] {
  const others = files.length - FILES_NAMED;
  return others > 0 ? [...files.slice(0, FILES_NAMED), `and ${others} more`] : files;
}
