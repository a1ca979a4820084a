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
  /** In order; each is made when its turn has come. */
  readonly items: Iterable<ImportItem>;
  readonly dryRun: boolean;
  /** They are to go again. */
  readonly takesBack: boolean;
}

export interface Backfilled extends ImportCounts {
  /** Items that these are of. */
  readonly found: number;
  /** There may be more: the command was interrupted. */
  readonly interrupted: boolean;
}

export const NOTHING_BACKFILLED: Backfilled = { ...NOTHING_IMPORTED, found: 0, interrupted: false };

/** What became of them. Ends between two batches when the command is interrupted: the rest is found by the next audit. */
export async function backfill(
  context: ImportContext,
  { files, source, items, dryRun, takesBack }: BackfillRequest,
): Promise<Backfilled> {
  const { parsed, io } = context;
  const { service, ...own } = parsed.own;
  const about = { what: BACKFILL, files: named(files), source, dryRun, raisesHorizon: false, takesBack };
  const asked = { ...context, parsed: { ...parsed, own: { ...own, url: service } }, addressOption: '--service' };
  let [counts, found]: [ImportCounts, number] = [NOTHING_IMPORTED, 0];
  // Where there is nothing, no import begins.
  let target: Awaited<ReturnType<typeof openImport>> | null = null;
  try {
    for (const batch of inBatches(items)) {
      if (io.signal.aborted) break;
      target ??= await openImport(asked, about);
      counts = countImported(counts, (await target.take(batch)).flat());
      found += batch.length;
    }
    await target?.end();
  } finally {
    await target?.close();
  }
  return { ...counts, found, interrupted: io.signal.aborted };
}

function* inBatches(items: Iterable<ImportItem>): Generator<readonly ImportItem[]> {
  let batch: ImportItem[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < MAX_IMPORT_ITEMS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function named(files: readonly string[]): readonly string[] {
  const others = files.length - FILES_NAMED;
  return others > 0 ? [...files.slice(0, FILES_NAMED), `and ${others} more`] : files;
}
