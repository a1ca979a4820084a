/**
 * Server-sent events over fetch. EventSource would hide why it fails, wait as long as it likes, and give up on a
 * status that is not 200 together with the place where it was; this resumes with Last-Event-ID whatever happened.
 */
import { FROM_PAGE } from './api.js';

export interface StreamEvent {
  readonly type: string;
  readonly data: string;
}

export interface StreamOptions {
  readonly url: string;
  readonly onOpen: () => void;
  readonly onEvent: (event: StreamEvent) => void;
  /** Told that the connection is gone, and when the next attempt is. */
  readonly onLost: (error: unknown, retryInMs: number) => void;
}

const FIRST_RETRY_MS = 400;
const LAST_RETRY_MS = 10_000;
/** The service sends at least a comment in this time; a silent connection is a dead one. */
const SILENCE_MS = 45_000;

export class EventStream {
  readonly #options: StreamOptions;
  #lastId = '';
  #failures = 0;
  #current: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /** Connects, or tries again at once. */
  connect(): void {
    clearTimeout(this.#timer);
    this.#current?.abort();
    const current = new AbortController();
    this.#current = current;
    this.#read(current)
      .catch((error: unknown) => error)
      .then((error) => {
        if (this.#current === current) this.#retry(error);
      })
      .catch(() => undefined);
  }

  /** Tries at once when it is waiting for its turn. */
  hurry(): void {
    if (this.#current === null && !this.#closed) this.connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#current?.abort();
    this.#current = null;
  }

  /** Starts from now at the next connection. */
  forget(): void {
    this.#lastId = '';
  }

  #retry(error: unknown): void {
    this.#current = null;
    if (this.#closed) return;
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LAST_RETRY_MS) * (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => {
      this.connect();
    }, waitMs);
    this.#options.onLost(error, waitMs);
  }

  async #read(current: AbortController): Promise<void> {
    const headers: Record<string, string> = { ...FROM_PAGE, Accept: 'text/event-stream' };
    if (this.#lastId !== '') headers['Last-Event-ID'] = this.#lastId;
    const { signal } = current;
    const response = await fetch(this.#options.url, { headers, signal, cache: 'no-store' });
    if (!response.ok || response.body === null) throw new StreamRefused(response.status);
    this.#failures = 0;
    this.#options.onOpen();
    const parser = new EventParser(this.#options.onEvent);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const watchdog = setTimeout(() => {
        current.abort(new Error('nothing was heard of the service'));
      }, SILENCE_MS);
      const { done, value } = await reader.read().finally(() => {
        clearTimeout(watchdog);
      });
      if (done) return;
      parser.push(value);
      this.#lastId = parser.lastId ?? this.#lastId;
    }
  }
}

export class StreamRefused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the service answered ${status}`);
    this.status = status;
  }
}

/** Cuts text as it comes into events (HTML standard, section 9.2.6). */
export class EventParser {
  readonly #onEvent: (event: StreamEvent) => void;
  #rest = '';
  #type = '';
  #data: string[] = [];
  #id: string | null = null;
  #lastId: string | null = null;

  constructor(onEvent: (event: StreamEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** The id of the newest whole event, with data or without. */
  get lastId(): string | null {
    return this.#lastId;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === '') {
      if (this.#data.length > 0) this.#onEvent({ type: this.#type || 'message', data: this.#data.join('\n') });
      this.#lastId = this.#id;
      this.#type = '';
      this.#data = [];
      return;
    }
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event') this.#type = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id') this.#id = value;
  }
}
