/** How often which mandatory key was missing, by day, source and callback service. */
import type { MissingKeyRows } from './callback-rows.js';

/** Callback services told apart per day and source, so that made-up names cannot fill the table. */
const SERVICES_PER_DAY = 200;

export interface MissingKeys {
  readonly source: string;
  /** Name of the callback service, where the event says it. */
  readonly service: string | null;
  readonly serviceId: string | null;
  readonly receivedAtMs: number;
  readonly keys: readonly string[];
}

/** Counts the mandatory keys that an event lacked. */
export function countMissingKeys(rows: MissingKeyRows, missing: MissingKeys): void {
  const { source, serviceId, receivedAtMs, keys } = missing;
  if (keys.length === 0) return;
  const day = new Date(receivedAtMs).toISOString().slice(0, 10);
  const said = missing.service ?? '';
  const isNew = !rows.hasService(day, source, said);
  const service = isNew && rows.countServices(day, source) >= SERVICES_PER_DAY ? '(other)' : said;
  for (const key of keys) rows.count({ day, source, service, key, receivedAtMs, serviceId });
}
