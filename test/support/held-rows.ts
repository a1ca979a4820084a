/** What is held of a source, in memory: the other side of an audit of its sender's log. */
import type { Gap } from '../../src/domain/silence.js';
import type { TimeRange } from '../../src/domain/store.js';
import type { HeldNotification, HeldRows } from '../../src/reports/ocs-log/held-rows.js';

export interface HeldGroup {
  readonly name: string;
  readonly held: readonly HeldNotification[];
  readonly copies?: readonly Gap[];
  /** What was received in them cannot be read. */
  readonly damaged?: readonly TimeRange[];
}

export function heldNotification(name: string, atMs: number, more: Partial<HeldNotification> = {}): HeldNotification {
  const times = { placeMs: atMs, dateTimeMs: atMs, receivedMs: atMs + 20 };
  return {
    ...times,
    isRepeat: false,
    statementNo: 1,
    tag: 0,
    name,
    bearing: 'running',
    isRunning: true,
    isRetold: false,
    ...more,
  };
}

export class MemoryHeldRows implements HeldRows {
  readonly samplesSinceMs: number | null;
  readonly #groups: readonly HeldGroup[];
  readonly #downs: readonly Gap[];

  constructor(groups: readonly HeldGroup[], samplesSinceMs: number | null = null, downs: readonly Gap[] = []) {
    this.#groups = groups;
    this.samplesSinceMs = samplesSinceMs;
    this.#downs = downs;
  }

  downs(): readonly Gap[] {
    return this.#downs;
  }

  groupNos(): ReadonlyMap<string, readonly number[]> {
    const names = new Set(this.#groups.map(({ name }) => name));
    const nosOf = (name: string) => this.#groups.flatMap((group, no) => (group.name === name ? [no] : []));
    return new Map([...names].map((name) => [name, nosOf(name)]));
  }

  held(groupNo: number, { fromMs, toMs }: TimeRange): HeldNotification[] {
    return (this.#groups[groupNo]?.held ?? [])
      .filter(({ placeMs }) => placeMs >= fromMs && placeMs < toMs)
      .sort((a, b) => a.placeMs - b.placeMs);
  }

  copies(groupNo: number, { fromMs, toMs }: TimeRange): Gap[] {
    return (this.#groups[groupNo]?.copies ?? []).filter((copy) => copy.toMs > fromMs && copy.fromMs < toMs);
  }

  isDamaged(groupNo: number, { fromMs, toMs }: TimeRange): boolean {
    return (this.#groups[groupNo]?.damaged ?? []).some((one) => one.toMs > fromMs && one.fromMs < toMs);
  }

  atOneMoment<T>(read: () => T): T {
    return read();
  }
}
