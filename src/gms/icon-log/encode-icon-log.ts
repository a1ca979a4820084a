/** Lines as ICON writes them to its log (reference, "Verify Reporting Data"), by the clock of a time zone. */
import { LocalTime } from '../../domain/local-time.js';
import type { QueueStep } from './icon-line.js';

export interface IconTransaction {
  readonly queue: string;
  readonly no: number;
  readonly records: number;
}

export class IconLogLines {
  readonly #clock: LocalTime;

  constructor(timeZone: string) {
    this.#clock = new LocalTime(timeZone);
  }

  /** What stands at the beginning of every file. */
  head(atMs: number): string {
    return `Local time:       ${this.#local(atMs)}\nUTC time:         ${utcText(atMs)}\n`;
  }

  /** A message of the T-Server about a DN: `EventUserEvent` is told of callbacks, others of calls. */
  arrival(atMs: number, dn: string, event = 'EventUserEvent'): string {
    return this.#line(atMs, `Int 04543 Interaction message "${event}" received from 65200 ("SIP_Server@${dn}")`);
  }

  step(atMs: number, step: QueueStep, { queue, no, records }: IconTransaction): string {
    switch (step) {
      case 'queued':
        return this.#line(
          atMs,
          `Trc 25016 Persistent Queue ${queue}: transaction ${no} is committed. ${records} records written into the queue`,
        );
      case 'begun':
        return this.#line(
          atMs,
          `Trc 25003 Database queue [${queue}]: persistent queue transaction ${no} is being processed.`,
        );
      case 'written':
        return this.#line(
          atMs,
          `Trc 25004 Database queue [${queue}]: persistent queue transaction ${no} is processed, committed and removed. ${records} records are written.`,
        );
    }
  }

  #line(atMs: number, text: string): string {
    return `${this.#local(atMs).slice(11)} ${text}\n`;
  }

  #local(atMs: number): string {
    return utcText(this.#clock.localMs(atMs));
  }
}

function utcText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 23);
}
