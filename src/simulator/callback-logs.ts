/** The logs of the T-Server and the ICON of a simulated site: each user event about a callback, of what is lost on its way to us, too. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { messageOf, MonitorError } from '../domain/errors.js';
import { IconLogLines } from '../gms/icon-log/encode-icon-log.js';
import { writeUserEvent } from '../gms/tserver-log/write-event.js';
import type { CallbackPost, ToldKeys } from './callbacks/play-callback.js';
import { pairsIn } from './callbacks/tserver-log.js';

const REPORTING_DN = 'REPORTING';
const CLIENTS = ['Icon_Voice', 'Stat_Server'];
const HABIT = { style: 'tserver', stamps: 'short', indentation: 'tabs' } as const;
const QUEUE = 'GUD';

export class CallbackLogs {
  readonly #tserver: WriteStream;
  readonly #icon: WriteStream;
  readonly #iconLines: IconLogLines;
  readonly #written: Promise<unknown>;
  #events = 0;

  /** Begins the files anew, in a folder that is there. Lines of ICON go by the clock of a time zone. */
  constructor(folder: string, timeZone: string, nowMs: number) {
    const opened = (name: string) => createWriteStream(join(folder, name), { encoding: 'latin1' });
    [this.#tserver, this.#icon] = [opened('tserver.log'), opened('icon.log')];
    this.#written = Promise.all([this.#tserver, this.#icon].map((file) => finished(file)));
    // Asked for at the end.
    this.#written.catch(() => undefined);
    this.#iconLines = new IconLogLines(timeZone);
    this.#icon.write(this.#iconLines.head(nowMs));
  }

  notePost({ told }: Pick<CallbackPost, 'told'>): void {
    for (const { telling, keys } of told) if (telling.kind === 'event') this.#note(telling.atMs, keys);
  }

  /** Rejects with OCM_USAGE when they could not be written. */
  async close(): Promise<void> {
    for (const file of [this.#tserver, this.#icon]) file.end();
    await this.#written.catch((cause: unknown) => {
      throw new MonitorError('OCM_USAGE', `the logs of callbacks cannot be written: ${messageOf(cause)}`, { cause });
    });
  }

  #note(atMs: number, keys: ToldKeys['keys']): void {
    const sequence = ++this.#events;
    // T-Server sends keys in their order.
    const pairs = pairsIn(keys).sort((a, b) => (a.key < b.key ? -1 : 1));
    const event = { atMs, dn: REPORTING_DN, sequence, pairs, sentTo: CLIENTS };
    this.#tserver.write(`${writeUserEvent(event, HABIT).join('\n')}\n`);
    const transaction = { queue: QUEUE, no: sequence, records: pairs.length };
    this.#icon.write(this.#iconLines.arrival(atMs, REPORTING_DN));
    for (const step of ['queued', 'begun', 'written'] as const)
      this.#icon.write(this.#iconLines.step(atMs, step, transaction));
  }
}
