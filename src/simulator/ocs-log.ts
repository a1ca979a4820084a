/** The log of a simulated OCS: a line for each notification, those that are lost on the way too. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { messageOf, MonitorError } from '../domain/errors.js';
import { type GroupEvent, OcsLogLines } from '../ocs/log/encode-log.js';
import { ENUMERATIONS } from '../ocs/enumerations.js';
import type { Post, RealChange } from './account.js';

/** Written down of a post about a group, when it is sent or lost. */
export interface LoggedPost {
  readonly post: Post;
  readonly name: string;
  readonly uri: string;
  readonly atMs: number;
}

export class OcsLog {
  readonly #file: WriteStream;
  readonly #lines: OcsLogLines;
  readonly #written: Promise<void>;

  /** By the clock of a time zone. Begins the file anew. */
  constructor(path: string, timeZone: string, nowMs: number) {
    this.#lines = new OcsLogLines({ timeZone, hasDates: false });
    this.#file = createWriteStream(path);
    this.#written = finished(this.#file);
    // Asked for at the end.
    this.#written.catch(() => undefined);
    this.#file.write(this.#lines.head(nowMs));
  }

  note({ post, name, uri, atMs }: LoggedPost): void {
    const event = post.change === null ? null : groupEventOf(post.change);
    if (event !== null) this.#file.write(this.#lines.line(atMs, { event, name }));
    const kind = post.change === null ? 'periodic' : 'state';
    this.#file.write(this.#lines.line(atMs, { event: kind, name, uri }));
  }

  /** Rejects with OCM_USAGE when it could not be written. */
  async close(): Promise<void> {
    this.#file.end();
    await this.#written.catch((cause: unknown) => {
      throw new MonitorError('OCM_USAGE', `the log cannot be written: ${messageOf(cause)}`, { cause });
    });
  }
}

/** Changes of mode or goal, and the first steps of an unload, have no line of their own. */
function groupEventOf({ action, toState }: Pick<RealChange, 'action' | 'toState'>): GroupEvent | null {
  const isUnloaded = ENUMERATIONS.state.get(toState) === 'not_loaded';
  switch (ENUMERATIONS.action.get(action)) {
    case 'load':
      return 'loaded';
    case 'start':
      return 'started';
    case 'stop':
      return 'stopped';
    case 'force_unload':
      return 'force unloaded';
    case 'unload':
      return isUnloaded ? 'unloaded' : null;
    case undefined:
    default:
      return null;
  }
}
