/** Shapes of the lines of T-Server and SIP Server logs, and of the logs of PSDK clients (sources.md#callback-log). */

/** A time of day, with a date or without, as a line of a log begins. Lines of a message begin with a tab, and have none. */
const STAMP = /^ *@?(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[T ])?\d{2}:\d{2}:\d{2}[.,]\d{3,6}(?!\d)/;
/** Copies lose the underscores, and are damaged then; they are events nevertheless. */
const DISTRIBUTED = /distribute[_ ]user[_ ]event\s*:\s*message\s+EventUserEvent\s*$/;
const PSDK_MESSAGE = /'((?:Event|Request)\w+)' \('?\d+'?\)/;
/** Who an event was handed to: `EventUserEvent sent to [508] (0000000c Icon_Voice 192.168.27.50:42678)`. */
const SENT_TO = /\bEventUserEvent sent to \[\d+\]\s*(?:\([\da-f]+\s+(.+?)(?:\s+[\w.:[\]-]+:\d+\))?\s*$)?/i;
const ATTRIBUTE = /^(\s*)Attribute(\w+)(?:\s+(.*))?$/s;
const INDENTATION = /^[ \t]*/;

export type LogStyle = 'tserver' | 'psdk';

export function isStamped(line: string): boolean {
  return STAMP.test(line);
}

/** Whether a user event begins with a line, and how it is printed; null: none does. */
export function eventBegun(line: string): LogStyle | null {
  // Nearly every line of a log is another one.
  if (!line.includes('EventUserEvent')) return null;
  if (DISTRIBUTED.test(line)) return 'tserver';
  return PSDK_MESSAGE.exec(line)?.[1] === 'EventUserEvent' ? 'psdk' : null;
}

/** Whether a message of a PSDK client begins with a line: its lines carry no time stamp where the log writes none. */
export function isPsdkMessage(line: string): boolean {
  return PSDK_MESSAGE.test(line);
}

/** The application that an event was sent to, '' where its name cannot be read; null: the line says no such thing. */
export function sentTo(line: string): string | null {
  const found = SENT_TO.exec(line);
  return found === null ? null : (found[1] ?? '').trim();
}

export interface AttributeLine {
  readonly indentation: number;
  readonly name: string;
  /** As it stands there, without the type that a PSDK client writes before it. */
  readonly value: string;
}

export function attributeOf(line: string): AttributeLine | null {
  const found = ATTRIBUTE.exec(line);
  if (found === null) return null;
  const [, before = '', name = '', value = ''] = found;
  return { indentation: before.length, name, value: value.replace(/^\[\w+\]\s*=(?!\s*KVList)\s*/, '').trim() };
}

export function indentationOf(line: string): number {
  return INDENTATION.exec(line)?.[0].length ?? 0;
}
