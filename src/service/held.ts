/** What is held, for commands that read it: beside whoever writes, and whatever store it is in. */
import type { Customer } from '../apply/customers/customer-search.js';
import type { HeldOfCustomer } from '../apply/customers/held-of-customer.js';
import type { HeldOf } from '../apply/held-samples.js';
import type { Notification } from '../domain/notification.js';
import type { QuarantinedBody } from '../domain/quarantine.js';
import type { Page, PageRequest, QuarantineFilter, TimeRange } from '../domain/store.js';
import type { CallbackRowReader } from '../reports/callback-row-reader.js';
import type { ExportAsked, ExportedTable } from '../reports/export/asked.js';
import type { ExportMark } from '../reports/export/mark.js';
import type { NeighbourRows } from '../reports/ocs-log/backfill.js';
import type { HeldRows } from '../reports/ocs-log/held-rows.js';

interface OpenExport extends ExportedTable {
  /** What is committed later, and perhaps some of what was told, is told by the next export; null: none can go on from this one. */
  readonly mark: ExportMark | null;
}

export interface ComplianceDays {
  /** When the first transition took place; null: there is none. */
  firstMs(source: string | null): number | null;
  /** Lines of a day, group by group. */
  day(day: TimeRange, source: string | null): Iterable<readonly string[]>;
}

/** A connection that only reads. Its methods answer at once, and throw OCM_UNAVAILABLE when there is nothing to read from. */
export interface Held {
  quarantine(filter: QuarantineFilter, page: PageRequest): Page<QuarantinedBody>;
  quarantinedBody(id: string): { readonly row: QuarantinedBody; readonly bytes: string } | null;
  readonly callbacks: CallbackRowReader;
  /**
   * Notifications of a range, group by group, some at a time: each piece is read by itself, so that whoever writes is not
   * kept from anything meanwhile. Of a group that is removed meanwhile no more comes. `source` null: of all.
   */
  notifications(asked: TimeRange & { readonly source: string | null }): Iterable<readonly Notification[]>;
  /** Throws OCM_UNAVAILABLE when it cannot go on from the mark; where exports have none it is of all. */
  export(asked: ExportAsked): OpenExport;
  compliance(): ComplianceDays;
  ofSource(of: HeldOf): HeldRows & NeighbourRows;
  /** When the callback events of a source were received, in order; the range is half-open. */
  eventTimes(source: string, range: TimeRange): Iterable<number>;
  /** All that is held of a customer, table by table, some rows at a time. */
  ofCustomer(who: Customer): Iterable<HeldOfCustomer>;
  /** The key for the hashes of numbers that was made for the database; null: none was needed. */
  numberKey(): string | null;
  close(): Promise<void>;
}
