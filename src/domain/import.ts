/** What an import hands over, and what it is told: in batches, so that posts get in between. */
import type { ImportedFrom } from './origin.js';
import type { BatchReceipt, CommitReport, Delivery, QuarantineReceipt, Receipt } from './store.js';

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
  /** Take back what a log or a table told, as if it had never been. Left out: it is brought in. */
  readonly takesBack?: boolean;
}

/** What an import is about, as it is said at its beginning and written in the audit log. */
export interface ImportAbout extends Pick<ImportBatch, 'dryRun' | 'raisesHorizon' | 'takesBack'> {
  /** What files of which kind hold, like `notifications`. */
  readonly what: string;
  readonly files: readonly string[];
  /** Of which all is, where it was asked for; left out, or null: as the files say. */
  readonly source?: string | null;
}

/** An import that has ended. */
export interface ImportEnd {
  readonly about: ImportAbout;
  readonly counts: ImportCounts;
}

/** The same for the audit log. */
export function importDetail(about: ImportAbout, counts?: ImportCounts) {
  const { what, files, source = null, dryRun, raisesHorizon, takesBack = false } = about;
  const way = { dry_run: dryRun, raise_horizon: raisesHorizon, ...(takesBack && { take_back: true }) };
  return { what, files, ...(source !== null && { source }), ...way, ...counts };
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

export function countImported(before: ImportCounts, fates: readonly ItemFate[]): ImportCounts {
  let { imported, duplicates, legacy, quarantined } = before;
  for (const { outcome } of fates) {
    if (outcome === 'duplicate') duplicates++;
    else if (outcome === 'legacy') legacy++;
    else if (outcome === 'quarantined') quarantined++;
    else imported++;
  }
  return { imported, duplicates, legacy, quarantined };
}

/** What became of an item, or of one event of it. */
export interface ItemFate {
  readonly outcome: Exclude<Receipt, BatchReceipt>['outcome'];
  /** Why it was quarantined; null: it was not. */
  readonly why: string | null;
}

/** Of several events in one body each has its own. */
export function fatesOf(receipt: Receipt): readonly ItemFate[] {
  const one = (of: Exclude<Receipt, BatchReceipt>): ItemFate => {
    return { outcome: of.outcome, why: of.outcome === 'quarantined' ? whyOf(of) : null };
  };
  return receipt.outcome === 'batch' ? receipt.items.map(one) : [one(receipt)];
}

/** The reason in a word, and the first rule that was broken; never what was found, which may be a customer's. */
function whyOf({ reason, violations: [first] }: QuarantineReceipt): string {
  return first === undefined ? reason : `${reason}: ${first.field || 'the body'} should be ${first.rule}`;
}
