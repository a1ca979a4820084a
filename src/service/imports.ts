/** Imports of a running service, from their beginning to their end. What was imported is stored batch by batch. */
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import {
  countImported,
  fatesOf,
  type ImportAbout,
  type ImportBatch,
  type ImportCounts,
  type ImportedBatch,
  type ImportEnd,
  type ImportItem,
  NOTHING_IMPORTED,
} from '../domain/import.js';
import type { Receipt } from '../domain/store.js';

/**
 * @bound imports that go on at the same time
 * @beyond the one that sent nothing for longest has to begin again
 * @seen the audit log
 */
const MAX_IMPORTS = 20;

interface Run {
  readonly about: ImportAbout;
  counts: ImportCounts;
}

export class ImportRuns {
  readonly #runs = new LRUCache<string, Run>({ max: MAX_IMPORTS });
  readonly #write: (batch: ImportBatch) => Promise<ImportedBatch>;

  /** `write`: applies a batch durably, and shows what it changed. */
  constructor(write: (batch: ImportBatch) => Promise<ImportedBatch>) {
    this.#write = write;
  }

  /** Returns its id. */
  begin(about: ImportAbout): string {
    const id = randomUUID();
    this.#runs.set(id, { about, counts: NOTHING_IMPORTED });
    return id;
  }

  /** One receipt an item; null: no import of that id goes on. */
  async take(id: string, items: readonly ImportItem[]): Promise<readonly Receipt[] | null> {
    const run = this.#runs.get(id);
    if (run === undefined) return null;
    const { dryRun, raisesHorizon, takesBack = false } = run.about;
    const { receipts } = await this.#write({ items, dryRun, raisesHorizon, takesBack });
    run.counts = countImported(run.counts, receipts.flatMap(fatesOf));
    return receipts;
  }

  /** What it came to; null: no import of that id goes on. */
  end(id: string): ImportEnd | null {
    const run = this.#runs.get(id);
    if (run === undefined) return null;
    this.#runs.delete(id);
    return run;
  }
}
