/** What came of the posts of each source. Sources beyond a bound share their series. */
import { Counter, Gauge } from 'prom-client';
import type { Violation } from '../domain/notification.js';
import { type QuarantineCount, REJECTION_REASONS, type RejectionReason } from '../domain/quarantine.js';
import { type BatchReceipt, CALLBACK_OUTCOMES, type Delivery, OUTCOMES, type Receipt } from '../domain/store.js';
import { OTHER_SOURCES } from '../live/sources.js';
import type { Named } from './computed-metrics.js';

/** Warnings are counted by what kind of thing was odd. */
const WARNING_RULES = [
  'absent',
  'unknown_number',
  'unknown_word',
  'unknown_field',
  'duplicate_key',
  'bad_value',
] as const;

const EVERY_OUTCOME: ReadonlySet<string> = new Set([...OUTCOMES, ...CALLBACK_OUTCOMES, 'quarantined', 'spooled']);

export class SourceCounters {
  readonly #maxSources: number;
  /** Those with series, by when these began. */
  readonly #sources = new Map<string, number>();
  readonly #nowMs: () => number;
  readonly #notifications;
  readonly #rejected;
  readonly #warnings;
  readonly #quarantined;

  constructor(named: Named, { maxSources, nowMs }: { readonly maxSources: number; readonly nowMs: () => number }) {
    this.#maxSources = maxSources;
    this.#nowMs = nowMs;
    this.#notifications = new Counter({
      ...named(
        'notifications_total',
        'Notifications and callback records stored, by outcome; quarantined ones included.',
      ),
      labelNames: ['source', 'outcome'],
    });
    this.#rejected = new Counter({
      ...named('rejected_total', 'Posts that were not applied, by reason; those of the quarantine included.'),
      labelNames: ['source', 'reason'],
    });
    this.#warnings = new Counter({
      ...named('warnings_total', 'Oddities in notifications that were applied all the same, by kind.'),
      labelNames: ['source', 'rule'],
    });
    this.#quarantined = new Gauge({
      ...named('quarantined', 'Bodies held in quarantine and not replayed.'),
      labelNames: ['source', 'reason'],
    });
    this.#label('default', true);
  }

  /** Posts that were made durable, each with its receipt. */
  count(receipts: readonly Receipt[], deliveries: readonly Delivery[]): void {
    // prom-client looks a label set up at every call: one call a label set and commit, not one a post.
    const outcomes = new Map<string, Map<string, number>>();
    const add = (source: string, outcome: string, posts: number) => {
      const bySource = outcomes.get(source) ?? new Map<string, number>();
      outcomes.set(source, bySource.set(outcome, (bySource.get(outcome) ?? 0) + posts));
    };
    const note = (source: string, receipt: Exclude<Receipt, BatchReceipt>) => {
      add(source, receipt.outcome, 1);
      if (receipt.kind === 'quarantined') this.#rejected.inc({ source, reason: receipt.reason });
      else for (const warning of receipt.warnings) this.#warnings.inc({ source, rule: ruleOf(warning) });
    };
    receipts.forEach((receipt, index) => {
      const source = this.#label(deliveries[index]?.source ?? 'default', true);
      if (receipt.kind === 'batch') for (const item of receipt.items) note(source, item);
      else note(source, receipt);
      const { coalesced } = deliveries[index] ?? {};
      if (coalesced && receipt.kind !== 'quarantined') add(source, 'coalesced', coalesced.length);
    });
    for (const [source, counts] of outcomes) {
      for (const [outcome, posts] of counts) this.#notifications.inc({ source, outcome }, posts);
    }
  }

  /** A post turned away before or instead of being stored. Strangers do not get series of their own. */
  reject(source: string, reason: RejectionReason, authenticated: boolean): void {
    this.#rejected.inc({ source: this.#label(source, authenticated), reason });
  }

  /** What the quarantine holds. */
  holds(counts: readonly QuarantineCount[]): void {
    this.#quarantined.reset();
    this.#quarantined.set({ source: 'default', reason: 'schema' }, 0);
    for (const { source, reason, rows } of counts)
      this.#quarantined.inc({ source: this.#label(source, true), reason }, rows);
  }

  /** When the series of a source began; undefined where it has none of its own. */
  sinceMs(source: string): number | undefined {
    return this.#sources.get(source);
  }

  /** The clock was set. */
  move(byMs: number): void {
    for (const [source, sinceMs] of this.#sources) this.#sources.set(source, sinceMs + byMs);
  }

  /** Drops the series of a source. */
  dropSeries(source: string): void {
    if (!this.#sources.delete(source)) return;
    for (const outcome of EVERY_OUTCOME) this.#notifications.remove({ source, outcome });
    for (const reason of REJECTION_REASONS) this.#rejected.remove({ source, reason });
    for (const rule of WARNING_RULES) this.#warnings.remove({ source, rule });
    this.#label('default', true);
  }

  /** The label of a source; counters of a new one start at 0. */
  #label(source: string, mayBeNew: boolean): string {
    if (this.#sources.has(source)) return source;
    if (!mayBeNew || this.#sources.size >= this.#maxSources) return OTHER_SOURCES;
    this.#sources.set(source, this.#nowMs());
    for (const outcome of EVERY_OUTCOME) this.#notifications.inc({ source, outcome }, 0);
    for (const reason of REJECTION_REASONS) this.#rejected.inc({ source, reason }, 0);
    for (const rule of WARNING_RULES) this.#warnings.inc({ source, rule }, 0);
    return source;
  }
}

function ruleOf({ rule }: Violation): (typeof WARNING_RULES)[number] {
  if (rule === 'present') return 'absent';
  if (rule === 'a known number') return 'unknown_number';
  if (rule === 'a known word') return 'unknown_word';
  if (rule === 'a known field') return 'unknown_field';
  return rule.startsWith('a key stands') ? 'duplicate_key' : 'bad_value';
}
