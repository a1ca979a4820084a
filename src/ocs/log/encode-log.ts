/** Lines as OCS writes them to its log at level Trace (reference, "Log Messages"), by the clock of a time zone. */
import { LocalTime } from '../../domain/local-time.js';

/** Something OCS writes down about a campaign group. */
export type OcsLogEvent =
  | { readonly event: 'state' | 'periodic'; readonly name: string; readonly uri: string }
  | { readonly event: GroupEvent; readonly name: string };

export type GroupEvent = keyof typeof GROUP_EVENTS;

const GROUP_EVENTS = {
  loaded: '52000',
  started: '52001',
  stopped: '52002',
  'force unloaded': '52003',
  unloaded: '52004',
} as const;

export interface OcsLogHabits {
  readonly timeZone: string;
  /** Whether every line says its date. */
  readonly hasDates: boolean;
}

export class OcsLogLines {
  readonly #clock: LocalTime;
  readonly #hasDates: boolean;

  constructor({ timeZone, hasDates }: OcsLogHabits) {
    this.#clock = new LocalTime(timeZone);
    this.#hasDates = hasDates;
  }

  /** What stands at the beginning of every file. */
  head(atMs: number): string {
    return `Local time:       ${this.#local(atMs)}\nUTC time:         ${utcText(atMs)}\n`;
  }

  line(atMs: number, said: OcsLogEvent): string {
    const time = this.#local(atMs);
    return `${this.#hasDates ? time : time.slice(11)} Trc ${messageOf(said)}\n`;
  }

  #local(atMs: number): string {
    return utcText(this.#clock.localMs(atMs));
  }
}

function messageOf(said: OcsLogEvent): string {
  if (!('uri' in said)) return `${GROUP_EVENTS[said.event]} Campaign Group ${said.name} has been ${said.event}`;
  const about = `HTTP status notification CampaignGroupState for Campaign Group ${said.name} to ${said.uri}`;
  return said.event === 'state' ? `81000 Sending ${about}` : `81001 Sending periodic ${about}`;
}

function utcText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 23);
}
