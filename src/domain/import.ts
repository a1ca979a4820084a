/** What an import hands over, and what it is told: in batches, so that posts get in between. */
import type { ImportedFrom } from './origin.js';
import type { CommitReport, Delivery, Receipt } from './store.js';

/** A body from elsewhere, as it was received there, or as it would have been posted. */
export interface ImportItem extends Pick<Delivery, 'endpoint' | 'source' | 'bytes' | 'oversize'> {
  readonly origin: ImportedFrom;
  /** Null: not known; then what it says of its own time counts. */
  readonly receivedAtMs: number | null;
}

export interface ImportBatch {
  /** At most `MAX_IMPORT_ITEMS`. */
  readonly items: readonly ImportItem[];
  /** Only say what would become of them. */
  readonly dryRun: boolean;
  /** Take evidence however old it is, though retention has removed what lay beside it. */
  readonly raisesHorizon: boolean;
}

export interface ImportedBatch {
  /** One an item, in order. */
  readonly receipts: readonly Receipt[];
  /** What its commit changed; null for a dry run. */
  readonly report: CommitReport | null;
}

/**
 * @bound items of an import in one transaction
 * @beyond the request is refused
 * @seen the answer
 */
export const MAX_IMPORT_ITEMS = 200;

/** What became of items, added up. */
export interface ImportCounts {
  readonly imported: number;
  readonly duplicates: number;
  /** Events from before there were callback records, kept beside them. */
  readonly legacy: number;
  readonly quarantined: number;
}

export const NOTHING_IMPORTED: ImportCounts = { imported: 0, duplicates: 0, legacy: 0, quarantined: 0 };

/** Of a body with several events it says what became of each. */
export function countImported(before: ImportCounts, receipts: readonly Receipt[]): ImportCounts {
  let { imported, duplicates, legacy, quarantined } = before;
  for (const { outcome } of receipts.flatMap(eachOf)) {
    if (outcome === 'duplicate') duplicates++;
    else if (outcome === 'legacy') legacy++;
    else if (outcome === 'quarantined') quarantined++;
    else imported++;
  }
  return { imported, duplicates, legacy, quarantined };
}

/** What a receipt says, item by item. */
export function eachOf(receipt: Receipt): readonly Exclude<Receipt, { readonly kind: 'batch' }>[] {
  return receipt.kind === 'batch' ? receipt.items : [receipt];
}
