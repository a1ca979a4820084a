/** Importing where no service runs: under the writer's lock. */
import { type ImportAbout, importDetail, type ImportItem } from '../../domain/import.js';
import type { Receipt } from '../../domain/store.js';
import type { Clock } from '../../domain/clock.js';
import { ImportRuns } from '../imports.js';
import { atRest } from '../at-rest.js';
import { mustExist, startWriter } from './commands.js';
import type { WriterSettings } from './writer-thread-data.js';

/** An import that goes on. */
export interface Importing {
  /** Applies a batch, durably unless it is a dry run: one receipt an item. */
  take(items: readonly ImportItem[]): Promise<readonly Receipt[]>;
  /** Writes down what it came to. */
  end(): Promise<void>;
  /** Lets go of the database; after `end`, or in its place when something has failed. */
  close(): Promise<void>;
}

/** Throws OCM_LOCKED when a service runs: then it is the one to ask; OCM_UNAVAILABLE when there is no database yet. */
export async function importAtRest(config: WriterSettings, about: ImportAbout, clock: Clock): Promise<Importing> {
  mustExist(config);
  const { client, close } = await startWriter(config);
  const runs = new ImportRuns((batch) => client.importBatch(batch));
  try {
    await client.audit(atRest('import.begin', importDetail(about), clock.nowMs()));
  } catch (error) {
    await close();
    throw error;
  }
  const id = runs.begin(about);
  return {
    take: async (items) => (await runs.take(id, items)) ?? [],
    end: async () => {
      await client.audit(atRest('import', importDetail(about, runs.end(id)?.counts), clock.nowMs()));
    },
    close,
  };
}
