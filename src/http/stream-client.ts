/** One connection of the stream: what it is sent, and how much of it may wait. */
import type { Response } from 'express';
import { once } from 'node:events';

export const STREAM_EVENTS = ['transition', 'statistics', 'callback', 'quarantine'] as const;
export type StreamEvent = (typeof STREAM_EVENTS)[number];

/**
 * Bytes that may wait for a slow client; beyond it the connection ends, and the client resumes.
 * @bound bytes waiting for one stream client
 * @beyond it is cut off, and resumes
 * @seen `ocs_monitor_stream_dropped_total`
 */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** While it catches up, a client is given more when less than this waits. */
const CATCH_UP_BYTES = 128 * 1024;

/** How long a client has for the end of what it was sent. */
const LAST_WORDS_MS = 500;

export class StreamClient {
  readonly #response: Response;
  readonly #events: ReadonlySet<StreamEvent>;
  readonly #isAdmitted: () => boolean | Promise<boolean>;
  readonly #onOverflow: () => void;
  /** What came while it catches up; null once it has. */
  #held: string[] | null = [];
  #heldBytes = 0;

  constructor(
    response: Response,
    options: {
      readonly events: ReadonlySet<StreamEvent>;
      /** Whether it may still read: tokens may be withdrawn while it is connected. */
      readonly isAdmitted: () => boolean | Promise<boolean>;
      readonly onOverflow: () => void;
    },
  ) {
    this.#response = response;
    this.#events = options.events;
    this.#isAdmitted = options.isAdmitted;
    this.#onOverflow = options.onOverflow;
  }

  wants(event: StreamEvent): boolean {
    return this.#events.has(event);
  }

  /** Whether it may still read. */
  async isAdmitted(): Promise<boolean> {
    return this.#isAdmitted();
  }

  get isOpen(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** Sends what happened just now; while the client catches up it waits for that. */
  send(frame: string): void {
    if (this.#held === null) {
      this.#write(frame);
      return;
    }
    this.#held.push(frame);
    this.#heldBytes += frame.length;
    if (this.#heldBytes > MAX_BUFFERED_BYTES) this.#overflow();
  }

  /** Sends what happened before; resolves when there is room for more, or the client has gone. */
  async catchUp(frame: string): Promise<void> {
    this.#write(frame);
    while (this.isOpen && this.#response.writableLength > CATCH_UP_BYTES) {
      await Promise.race([once(this.#response, 'drain'), once(this.#response, 'close')]);
    }
  }

  /** From now on it is sent everything at once. */
  caughtUp(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const frame of held) this.#write(frame);
  }

  /** Ends the connection; one that reads too slowly even for its end is cut off. */
  end(): void {
    this.#held = [];
    this.#response.end();
    setTimeout(() => this.#response.destroy(), LAST_WORDS_MS).unref();
  }

  #write(frame: string): void {
    if (!this.isOpen) return;
    this.#response.write(frame);
    if (this.#response.writableLength > MAX_BUFFERED_BYTES) this.#overflow();
  }

  #overflow(): void {
    if (!this.isOpen) return;
    this.#onOverflow();
    this.#response.destroy();
  }
}
