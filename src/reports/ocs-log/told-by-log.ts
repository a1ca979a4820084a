/** Evidence that a log told, as what takes it back: of each campaign group the last first, to where the one before it stands. */
import type { ImportItem } from '../../domain/import.js';
import type { Notification } from '../../domain/notification.js';
import { encodeNotification } from '../../ocs/encode-notification.js';

/**
 * @bound changes of one campaign group that an undo has in memory
 * @beyond those before them are read once more when these are taken back
 */
const MAX_OF_GROUP = 20_000;

interface Told {
  readonly atMs: number;
  readonly item: ImportItem;
}

/** `read`: all notifications of a source in pages, group by group; it may be called again. */
export function* toldByLog(
  read: () => Iterable<readonly Notification[]>,
  maxOfGroup = MAX_OF_GROUP,
): Generator<ImportItem, void> {
  /** By DBID: up to when there are more; null: nothing was read yet. */
  let cuts: ReadonlyMap<string, number> | null = null;
  do {
    const left = new Map<string, number>();
    let latest = new Latest('', maxOfGroup);
    for (const page of read()) {
      for (const notification of page) {
        const { dbid, statement } = notification;
        const beforeMs: number = cuts === null ? Infinity : (cuts.get(dbid) ?? -Infinity);
        if (statement.origin !== 'ocs-log' || notification.atMs >= beforeMs) continue;
        if (latest.dbid !== dbid) {
          yield* latest.end(left);
          latest = new Latest(dbid, maxOfGroup);
        }
        latest.add(notification);
      }
    }
    yield* latest.end(left);
    cuts = left;
  } while (cuts.size > 0);
}

/** The latest changes of a group. */
class Latest {
  readonly dbid: string;
  readonly #max: number;
  #told: Told[] = [];
  /** Those before it are left out. */
  #fromMs = -Infinity;

  constructor(dbid: string, max: number) {
    this.dbid = dbid;
    this.#max = max;
  }

  add(notification: Notification): void {
    const { source, atMs } = notification;
    if (atMs < this.#fromMs) return;
    const bytes = encodeNotification(notification);
    const about = { endpoint: 'campaign-group-state', source, origin: 'ocs-log', receivedAtMs: null } as const;
    this.#told.push({ atMs, item: { ...about, bytes } });
    if (this.#told.length > 2 * this.#max) this.#cut();
  }

  /** The last first. Notes in `left` up to when there are others. */
  *end(left: Map<string, number>): Generator<ImportItem, void> {
    if (this.#fromMs !== -Infinity) left.set(this.dbid, this.#fromMs);
    const told = this.#told;
    this.#told = [];
    for (const { item } of told.sort((a, b) => b.atMs - a.atMs)) yield item;
  }

  /** What is of one moment stays together. */
  #cut(): void {
    const told = this.#told.sort((a, b) => a.atMs - b.atMs);
    let from = told.length - this.#max;
    while (from > 0 && told[from - 1]?.atMs === told[from]?.atMs) from--;
    if (from === 0) return;
    this.#fromMs = told[from]?.atMs ?? this.#fromMs;
    this.#told = told.slice(from);
  }
}
