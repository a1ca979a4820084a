/** Sends what stands on the metrics pages to a receiver of OTLP, again and again, for sites that have no Prometheus. */
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Logger } from '../domain/log.js';
import { backOffMs, rejectionIn, retryAfterMs } from './answer.js';
import { type MessageOptions, OtlpMessages } from './messages.js';

export interface OtlpPage {
  readonly pieces: readonly (string | Uint8Array)[];
  release(): void;
}

export interface OtlpSettings {
  /** Where requests go, path and all. */
  readonly endpoint: string;
  readonly intervalMs: number;
  readonly headers: readonly (readonly [string, string])[];
}

export interface ExporterOptions extends OtlpSettings, Pick<MessageOptions, 'resource' | 'scopeVersion'> {
  /** Pages of OpenMetrics with all that is to be sent. */
  readonly pages: () => Promise<readonly OtlpPage[]>;
  readonly nowMs: () => number;
  readonly log: Logger;
}

/** What became of the exports of this process. */
export interface OtlpCounts {
  /** That arrived whole. */
  exports: number;
  failures: number;
  /** Of the last one, however it ended; null before. */
  seconds: number | null;
}

const compressed = promisify(gzip);
/**
 * Of a request before it is compressed; receivers take several times as much.
 * @bound bytes of one request of an OTLP export
 * @beyond the export goes on in a further request
 * @seen nowhere: all is sent
 */
const MAX_REQUEST_BYTES = 1024 * 1024;
/**
 * @bound bytes read of an answer to an OTLP export
 * @beyond what comes after is not read
 * @seen nowhere: it says why points were not taken, within a line
 */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Lines made into a request at once: a millisecond or two of work, between which posts are answered. */
const LINES_AT_ONCE = 128;
const REST_MS = 1;
/** Of what a receiver says, in the log. */
const REASON_CHARACTERS = 300;

/**
 * One export at a time and nothing is kept of it: what does not arrive until the next is due is given up, and the next says
 * how things stand then. Counters are cumulative, so that nothing is lost by it.
 */
export class OtlpExporter {
  readonly #options: ExporterOptions;
  readonly #sinceMs: number;
  readonly #ending = new AbortController();
  readonly counts: OtlpCounts = { exports: 0, failures: 0, seconds: null };
  #running: Promise<void> = Promise.resolve();
  #isFailing = false;

  constructor(options: ExporterOptions) {
    this.#options = options;
    this.#sinceMs = options.nowMs();
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Gives up what is under way. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const begunMs = performance.now();
      await this.#export();
      const restMs = Math.max(0, this.#options.intervalMs - (performance.now() - begunMs));
      await wait(restMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Never rejects. */
  async #export(): Promise<void> {
    const begunMs = performance.now();
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(this.#options.intervalMs)]);
    try {
      await this.#send(signal);
      this.counts.exports++;
      this.#note(null);
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      this.counts.failures++;
      this.#note(reasonOf(error));
    }
    this.counts.seconds = (performance.now() - begunMs) / 1000;
  }

  async #send(signal: AbortSignal): Promise<void> {
    const { resource, scopeVersion, nowMs } = this.#options;
    const pages = await this.#options.pages();
    try {
      const messages = new OtlpMessages({
        ...{ resource, scopeVersion, atMs: nowMs(), sinceMs: this.#sinceMs },
        maxBytes: MAX_REQUEST_BYTES,
      });
      let lines = 0;
      for (const line of linesOf(pages)) {
        const request = messages.take(line);
        if (request !== null) await this.#post(request, signal);
        if (++lines % LINES_AT_ONCE === 0) await wait(REST_MS, undefined, { signal });
      }
      const rest = messages.end();
      if (rest !== null) await this.#post(rest, signal);
    } finally {
      for (const page of pages) page.release();
    }
  }

  /** Until it is taken, or never will be, or the time is up. */
  async #post(request: string, signal: AbortSignal): Promise<void> {
    const body = await compressed(request, { level: constants.Z_BEST_SPEED });
    for (let attempt = 0; ; attempt++) {
      const again = await this.#attempt(body, attempt, signal);
      if (again === null) return;
      await wait(again.afterMs, undefined, { signal }).catch(() => {
        throw again.error;
      });
    }
  }

  /** Null: it arrived. Rejects when it is not to be tried again. */
  async #attempt(body: Uint8Array, attempt: number, signal: AbortSignal) {
    const { endpoint, headers, nowMs } = this.#options;
    let response;
    try {
      response = await fetch(endpoint, {
        method: 'POST',
        headers: [...headers, ['Content-Type', 'application/json'], ['Content-Encoding', 'gzip']] as [string, string][],
        body,
        redirect: 'manual',
        signal,
      });
    } catch (error) {
      if (signal.aborted) throw error;
      return { afterMs: backOffMs(attempt), error };
    }
    const text = await beginOf(response);
    const { status } = response;
    if (response.ok) {
      const why = rejectionIn(text);
      if (why !== null) throw new Error(why);
      return null;
    }
    const error = new Error(`the receiver answered ${String(status)}: ${text.slice(0, REASON_CHARACTERS)}`);
    const afterMs = retryAfterMs({ status, retryAfter: response.headers.get('Retry-After') }, attempt, nowMs());
    if (afterMs === null) throw error;
    return { afterMs, error };
  }

  /** In the log when it begins and when it ends. */
  #note(why: string | null): void {
    const { log, endpoint } = this.#options;
    if (why !== null && !this.#isFailing) {
      const next =
        'look whether the receiver runs and takes OTLP over HTTP with JSON there; the next export says all anew';
      log.warn({ why, endpoint, next }, 'metrics could not be exported by OTLP');
    } else if (why === null && this.#isFailing) log.info({ endpoint }, 'metrics are exported by OTLP again');
    this.#isFailing = why !== null;
  }
}

/** Whole lines, however pages are cut into pieces. */
function* linesOf(pages: readonly OtlpPage[]): Generator<string> {
  for (const { pieces } of pages) {
    const decoder = new TextDecoder();
    let rest = '';
    for (const piece of pieces) {
      const text = rest + (typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true }));
      const lines = text.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  }
}

/** A long answer is not read to its end. */
async function beginOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).toString();
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  return error.cause instanceof Error ? error.cause.message : error.message;
}
