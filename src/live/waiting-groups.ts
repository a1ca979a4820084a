/** Groups that the roster has no room for. They come in, those that wait longest first, as soon as there is some. */
import { type GroupFigures, type GroupNo, type GroupSnapshot, MAX_WAITING_GROUPS } from '../domain/campaign-group.js';
import type { Heard } from '../domain/store.js';

export interface WaitingGroup {
  snapshot: GroupSnapshot;
  /** The last commit that told of it; 0: none yet. */
  commitNo: number;
}

export class WaitingGroups {
  readonly #waiting = new Map<GroupNo, WaitingGroup>();

  get(groupNo: GroupNo): WaitingGroup | undefined {
    return this.#waiting.get(groupNo);
  }

  /** Longest waiting first. Whoever comes in may be deleted meanwhile. */
  all(): Iterable<WaitingGroup> {
    return this.#waiting.values();
  }

  /** Beyond the bound nobody waits; nor does an unloaded group, of which there is nothing to see. */
  put(snapshot: GroupSnapshot, commitNo: number): void {
    const { groupNo, state } = snapshot;
    if (state === 'not_loaded') this.#waiting.delete(groupNo);
    else if (this.#waiting.has(groupNo) || this.#waiting.size < MAX_WAITING_GROUPS)
      this.#waiting.set(groupNo, { snapshot, commitNo });
  }

  delete(groupNo: GroupNo): void {
    this.#waiting.delete(groupNo);
  }

  hear({ groupNo, receivedAtMs, lastEventMs, statistics }: Heard): void {
    const waiting = this.#waiting.get(groupNo);
    if (!waiting) return;
    const { snapshot } = waiting;
    const lastHeardMs = Math.max(snapshot.figures.lastHeardMs, receivedAtMs);
    waiting.snapshot = { ...snapshot, figures: { lastEventMs, lastHeardMs, statistics } };
  }

  /** The clock was set. */
  move(moved: (figures: GroupFigures) => GroupFigures): void {
    for (const waiting of this.#waiting.values()) {
      const { snapshot } = waiting;
      waiting.snapshot = { ...snapshot, figures: moved(snapshot.figures) };
    }
  }
}
