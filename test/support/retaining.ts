/** Retention over a store of a test, in one go or slice by slice. */
import { Retention, type RetentionSlice } from '../../src/apply/retention.js';
import { KEPT_FOR_EVER, type RetentionReport, type Retentions } from '../../src/domain/retention.js';
import type { TestStore } from './stores.js';

/** `elapsedMs`: a clock that only runs. */
export function slicesOf(
  store: TestStore,
  nowMs: number,
  retentionMs: Partial<Retentions>,
  elapsedMs = () => performance.now(),
): Generator<RetentionSlice, RetentionReport> {
  const settings = { ...KEPT_FOR_EVER, retentionMs: { ...KEPT_FOR_EVER.retentionMs, ...retentionMs } };
  const clock = { nowMs: () => nowMs };
  return new Retention(store.tables, store.stores, store.transactions, { ...settings, clock, elapsedMs }).run();
}

export function toItsEnd(slices: Generator<RetentionSlice, RetentionReport>): RetentionReport {
  for (let slice = slices.next(); ; slice = slices.next()) if (slice.done) return slice.value;
}

/** A clock on which every look takes long: each slice is the least that one can be. */
export function slowClock(): () => number {
  let looks = 0;
  return () => 1000 * looks++;
}
