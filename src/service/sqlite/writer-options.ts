/** What the writer's thread makes of its data before the lock is free. */
import { judging } from '../judging.js';
import { type WriterOptions } from '../../sqlite/writer.js';
import type { WriterThreadData } from './writer-thread-data.js';

/** All that the writer needs and no database decides: made before the lock is free. */
export function writerOptions(data: WriterThreadData): WriterOptions {
  const { path, maxHeads, quarantineLimitBytes, retention, lockWaitMs, keepsLedger, numberKey, socketOutlived } = data;
  const { cachedCharacters } = data;
  return {
    ...judging(data),
    path,
    maxHeads,
    quarantineLimitBytes,
    retention,
    lockWaitMs,
    keepsLedger,
    numberKey,
    socketOutlived,
    ...(cachedCharacters !== undefined && { cachedCharacters }),
  };
}
