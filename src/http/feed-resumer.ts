/** What a client of the live feed missed while it was away: read from the store, as far as it is bounded. */
import type { ReportReader } from '../domain/store.js';
import type { Roster, RosterEntry } from '../live/roster.js';
import type { CallbackReader } from '../reports/callback-reader.js';
import { type FeedRenderer, framing, type Rendered } from './feed-renderer.js';
import type { StreamClient } from './stream-client.js';

/**
 * Items of a kind that a client is given to resume; beyond it it is told to start over.
 * @bound changes sent to a client that resumes, of each kind
 * @beyond it is told to reload
 * @seen the stream
 */
const MAX_RESUMED = 2000;
/** A commit is shown a while after its posts were received: what is resumed overlaps by as much as that may be. */
const OVERLAP_MS = 30_000;

export interface FeedResumerOptions {
  readonly roster: Roster;
  readonly reader: ReportReader;
  readonly callbackReader: CallbackReader;
  /** Told why the store could not be asked; the client starts over. */
  readonly onFailed: (error: unknown) => void;
}

export class FeedResumer {
  readonly #options: FeedResumerOptions;
  readonly #renderer: FeedRenderer;

  constructor(options: FeedResumerOptions, renderer: FeedRenderer) {
    this.#options = options;
    this.#renderer = renderer;
  }

  /** Sends what changed since, or `reset` when that is too much. Who breaks off meanwhile starts from `sinceMs` again. */
  async resume(client: StreamClient, sinceMs: number, nowMs: number): Promise<void> {
    const fromMs = sinceMs - OVERLAP_MS;
    const frameOf = framing(Number.isFinite(sinceMs) ? sinceMs : nowMs);
    const groups = this.#groupsSince(fromMs);
    const [changes, callbacks] = await this.#changesSince(fromMs);
    const isOfOurTime = sinceMs <= nowMs + OVERLAP_MS;
    if (!isOfOurTime || changes === null || callbacks === null || groups.length > MAX_RESUMED) {
      await client.catchUp(frameOf('reset', {}));
      return;
    }
    const send = async (items: Iterable<Rendered>) => {
      for (const { event, row } of items) {
        if (client.isOpen && client.wants(event)) await client.catchUp(frameOf(event, row));
      }
    };
    await send(changes.transitions.map(({ row, withdrawn }) => this.#renderer.transition(row, withdrawn)));
    await send(this.#renderer.callbacks(callbacks));
    await send(this.#renderer.quarantine(changes.quarantine));
    await send(this.#renderer.groups(groups));
  }

  /** Null for what is too much, or could not be read. */
  #changesSince(fromMs: number) {
    const { reader, callbackReader, onFailed } = this.#options;
    const asked = [reader.changes(fromMs, MAX_RESUMED), callbackReader.changed(fromMs, MAX_RESUMED)] as const;
    return Promise.all(asked).catch((error: unknown) => {
      onFailed(error);
      return [null, null] as const;
    });
  }

  /** Groups heard since a time, and those whose silence may have begun or ended in it. */
  #groupsSince(fromMs: number): RosterEntry[] {
    return [...this.#options.roster.entries()].filter(
      ({ snapshot, figures }) => figures.lastHeardMs >= fromMs || snapshot.state === 'running',
    );
  }
}
