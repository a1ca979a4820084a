/** What OCS posts of running campaign groups in rotation, as `bench/post.lua` does, handed to a store without HTTP. */
import type { Delivery } from '../../src/domain/store.js';
import { bodyParts, drawnFigure } from '../post-body.js';

/** Between a post's time and when it is received. */
const LAG_MS = 5;

export class PostSource {
  readonly #parts: readonly ReturnType<typeof bodyParts>[];
  readonly #timeMs: (sent: number) => number;
  #sent = 0;

  /** `timeMs`: the time that a post tells of, by how many were sent before. */
  constructor(groups: number, timeMs: (sent: number) => number) {
    this.#parts = Array.from({ length: groups }, (_, group) => bodyParts(group + 1));
    this.#timeMs = timeMs;
  }

  get sent(): number {
    return this.#sent;
  }

  take(count: number): Delivery[] {
    return Array.from({ length: count }, () => this.#next());
  }

  #next(): Delivery {
    const { before, after } = this.#parts[this.#sent % this.#parts.length] ?? bodyParts(1);
    const atMs = this.#timeMs(this.#sent++);
    const figures = after(drawnFigure(), drawnFigure(), drawnFigure(), 1000 + Math.floor(Math.random() * 9000));
    const bytes = `${before}${(atMs / 1000).toFixed(3)}${figures}`;
    return { endpoint: 'campaign-group-state', source: 'default', receivedAtMs: atMs + LAG_MS, bytes };
  }
}
