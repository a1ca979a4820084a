/** How long what is kept is kept, by class, and what removing the rest has come to. */
import { parseDurationMs } from './duration.js';

/**
 * `notifications`: samples as they were received; those beside a transition stay as history. `rollups`: quarters of an hour.
 * `history`: transitions, sessions, and the samples beside them.
 */
export const RETENTION_CLASSES = ['notifications', 'rollups', 'history', 'callbacks', 'quarantine', 'audit'] as const;
export type RetentionClass = (typeof RETENTION_CLASSES)[number];

/** What is of no class, and goes when nothing that is kept needs it any more. `runs`: of the service itself. */
export const LEFTOVERS = ['statements', 'groups', 'runs', 'missing_keys'] as const;
export type Leftover = (typeof LEFTOVERS)[number];

/** How long rows of each class are kept, milliseconds; 0: for ever. */
export type Retentions = Readonly<Record<RetentionClass, number>>;

export interface RetentionSettings {
  readonly retentionMs: Retentions;
  /** Bytes that the database may use; null: as many as the disk has. */
  readonly storeLimitBytes: number | null;
}

/** Five years, with their leap day: of each audit log. */
export const AUDIT_KEPT_MS = 1826 * 86_400_000;

/** For those who remove nothing. */
export const KEPT_FOR_EVER: RetentionSettings = {
  retentionMs: { notifications: 0, rollups: 0, history: 0, callbacks: 0, quarantine: 0, audit: 0 },
  storeLimitBytes: null,
};

/** What is kept of a class. */
export interface KeptClass {
  /** When its oldest row is of; null: it has none. */
  readonly oldestMs: number | null;
  /** Estimated of some rows. */
  readonly bytes: number;
}

export interface RetentionReport {
  /** When the run ended. */
  readonly atMs: number;
  readonly kept: Readonly<Record<RetentionClass, KeptClass>>;
  /** Rows that it removed. */
  readonly removed: Readonly<Record<RetentionClass, number>>;
  /** Rows that it removed of what is of no class. */
  readonly leftovers: Readonly<Record<Leftover, number>>;
  /** Classes that could not be removed as they should, and why; what the others should lose is gone all the same. */
  readonly failed: readonly { readonly class: RetentionClass; readonly why: string }[];
  /** Bytes of the database that are in use; freed ones are used again. */
  readonly usedBytes: number;
  /** Whether samples went before their time, or something would have to, for the store's limit. */
  readonly isLimited: boolean;
}

/** Rows older than this go; -Infinity: none. */
export function horizonMs(retentionMs: number, nowMs: number): number {
  return retentionMs === 0 ? -Infinity : nowMs - retentionMs;
}

/** Keeps what a campaign group, or a source, has, until a moment. */
export interface Hold {
  readonly id: string;
  /** Of the two one. */
  readonly source: string | null;
  readonly group: string | null;
  readonly untilMs: number;
  readonly why: string;
  readonly madeMs: number;
}

export interface MadeHold extends Hold {
  /** Whether nothing is stored so far of what it keeps: its name may be mistyped. */
  readonly isOfNothing: boolean;
}

/** Until when, of `2027-03-31`, `2027-03-31T12:00:00Z` or a duration from now like `90d`; null when the text is none of them. */
export function holdEndMs(text: string, nowMs: number): number | null {
  const durationMs = parseDurationMs(text);
  if (durationMs !== null) return nowMs + durationMs;
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : atMs;
}

export type NewHold = Omit<Hold, 'id' | 'madeMs'>;
