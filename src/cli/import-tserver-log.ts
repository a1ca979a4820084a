/** Logs of T-Servers and SIP Servers: the user events in them that are about callbacks. */
import type { ImportItem } from '../domain/import.js';
import { visibleLine } from '../domain/visible-text.js';
import { legacyBody } from '../gms/legacy-keys.js';
import { type EventBlock, EventBlocks, MAX_EVENT_BYTES } from '../gms/tserver-log/event-blocks.js';
import { readEvent, type UserEvent } from '../gms/tserver-log/read-event.js';
import { bodyOf, type EventKind, isSentToIcon, kindOf } from '../gms/tserver-log/sort-event.js';
import { withinLimit } from './import-notifications.js';
import type { ImportKind } from './import-run.js';
import type { LineReader, Piece } from './piece-readers.js';
import { table } from './table.js';

export interface TserverLogOptions {
  readonly source: string;
  /** Only events that were distributed on this DN; null: on any. */
  readonly dn: string | null;
  /** The application that is the Interaction Concentrator; null: those whose name says so. */
  readonly icon: string | null;
  /** Bytes of a body that may be received. */
  readonly bodyLimitBytes: number;
}

/** An event about a callback that ICON was not sent: Info Mart has no record of it. */
interface NotSent {
  readonly file: string;
  readonly line: number;
}

/**
 * @bound events that were not sent on to ICON and are listed
 * @beyond they are counted
 * @seen `sent_to_icon` of the summary
 */
const NOT_SENT_LISTED = 1000;
/** People are shown so many; --json lists more. */
const NOT_SENT_SHOWN = 20;

/** The logs of one command. */
export function tserverLogs(options: TserverLogOptions): ImportKind {
  const logs = new TserverLogs(options);
  return {
    maxLineBytes: MAX_EVENT_BYTES + 1,
    resumes: true,
    readerOf: logs.readerOf,
    whenNothing: () => logs.whenNothing,
    more: () => logs.more,
    report: () => logs.report,
  };
}

/** What logs say beside the events about callbacks themselves. */
class TserverLogs {
  readonly #options: TserverLogOptions;
  readonly #notSent: NotSent[] = [];
  readonly #sent = { yes: 0, no: 0, unsaid: 0 };
  #others = 0;

  constructor(options: TserverLogOptions) {
    this.#options = options;
  }

  get more() {
    return { others: this.#others, sent_to_icon: { ...this.#sent, not_sent: this.#notSent } };
  }

  get whenNothing(): string {
    const { dn } = this.#options;
    if (this.#others > 0)
      return `None of ${this.#others} user events is about callbacks${dn === null ? '' : ` on DN ${dn}`}.`;
    return 'No EventUserEvent was found: are these logs of a T-Server or SIP Server, or of a PSDK client, as they were written?';
  }

  get report(): string {
    const { yes, no, unsaid } = this.#sent;
    const told = [
      ['sent on to ICON', String(yes)],
      ['not sent on to ICON', String(no)],
      ['the log does not say', String(unsaid)],
      ['other user events', String(this.#others)],
    ];
    const rows = this.#notSent.slice(0, NOT_SENT_SHOWN).map(({ file, line }) => [visibleLine(file), String(line)]);
    return `${table([], told)}${rows.length === 0 ? '' : table(['NOT SENT ON', 'LINE'], rows)}`;
  }

  readonly readerOf = (file: string, firstLine: number): LineReader => {
    const blocks = new EventBlocks(firstLine);
    const piecesOf = (block: EventBlock | null) => (block === null ? [] : this.#piecesOf(file, block));
    return {
      feed: ({ text }) => piecesOf(blocks.push(text)),
      heldFrom: () => blocks.heldFrom,
      end: () => piecesOf(blocks.end()),
    };
  };

  #piecesOf(file: string, block: EventBlock): readonly Piece[] {
    const reading = readEvent(block);
    switch (reading.kind) {
      case 'empty':
        this.#others++;
        return [];
      case 'damaged':
        // Where the DN is lost too it may be ours.
        if (reading.dn !== null && !this.#isAsked(reading.dn)) return [];
        return [{ line: reading.line, damage: reading.reason, item: this.#item(null, block.lines.join('\n')) }];
      case 'event': {
        const { event } = reading;
        const kind = kindOf(event.pairs);
        const isOurs = kind !== 'other' && this.#isAsked(event.dn);
        if (!isOurs) this.#others++;
        return isOurs ? [{ line: event.line, item: this.#itemOf(file, event, kind) }] : [];
      }
    }
  }

  #isAsked(dn: string | null): boolean {
    return this.#options.dn === null || dn === this.#options.dn;
  }

  #itemOf(file: string, { line, atMs, dn, pairs, sentTo }: UserEvent, kind: EventKind): ImportItem {
    const sentToIcon = isSentToIcon(sentTo, this.#options.icon);
    this.#sent[sentToIcon === null ? 'unsaid' : sentToIcon ? 'yes' : 'no']++;
    if (sentToIcon === false && this.#notSent.length < NOT_SENT_LISTED) this.#notSent.push({ file, line });
    const keys = bodyOf(pairs);
    return this.#item(atMs, kind === 'legacy' ? legacyBody(keys, { dn, sentToIcon }) : keys);
  }

  #item(receivedAtMs: number | null, bytes: string): ImportItem {
    const { source, bodyLimitBytes } = this.#options;
    return withinLimit(
      { endpoint: 'callback-events', source, origin: 'tserver-log', receivedAtMs, bytes },
      bodyLimitBytes,
    );
  }
}
