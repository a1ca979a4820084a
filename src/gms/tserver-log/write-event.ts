/** Writes user events as T-Servers and PSDK clients log them: the other direction of reading. */
import { type LogStyle } from './log-lines.js';
import { packedBytes, type Pair, type PairValue } from './user-data.js';

export interface WrittenEvent {
  readonly atMs: number;
  readonly dn: string;
  readonly sequence: number;
  readonly pairs: readonly Pair[];
  /** Applications that it is sent on to. */
  readonly sentTo: readonly string[];
}

/** How a log is written. Logs differ in all of it (sources.md#callback-log). */
export interface LogHabit {
  readonly style: LogStyle;
  /** Times of day, or dates too. */
  readonly stamps: 'short' | 'long';
  /** Copies have spaces for tabs, or nothing. */
  readonly indentation: 'tabs' | 'spaces' | 'none';
}

/** The lines of one event, with those that say whom it was sent to. One character a byte. */
export function writeUserEvent(event: WrittenEvent, habit: LogHabit): string[] {
  return habit.style === 'psdk' ? psdkLines(event, habit) : tserverLines(event, habit);
}

/** Time of day, or date and time, of the UTC clock. */
export function stampOf(atMs: number, stamps: LogHabit['stamps']): string {
  const iso = new Date(atMs).toISOString().slice(0, -1);
  return stamps === 'long' ? iso : iso.slice('yyyy-mm-ddT'.length);
}

function tserverLines(event: WrittenEvent, habit: LogHabit): string[] {
  const { atMs, dn, sequence, pairs, sentTo } = event;
  const [one, two] = indentations(habit);
  const stamp = stampOf(atMs, habit.stamps);
  const attribute = (name: string, value: string) => `${one}Attribute${name}${between(habit)}${value}`;
  return [
    `@${stamp}0 [0] 8.1.000.62 distribute_user_event: message EventUserEvent`,
    attribute('EventSequenceNumber', sequence.toString(16).padStart(16, '0')),
    attribute('CustomerID', `'Environment'`),
    attribute('TimeinuSecs', String((atMs % 1000) * 1000)),
    attribute('TimeinSecs', `${Math.floor(atMs / 1000)} (${stampOf(atMs, 'short').slice(0, 8)})`),
    attribute('UserEvent', 'EventUserEvent'),
    attribute('UserData', `[${packedBytes(pairs)}] ${hexPair(pairs.length)} 00 00..`),
    ...pairs.flatMap((pair) => tserverPair(pair, two, habit)),
    attribute('ReferenceID', String(sequence % 1000)),
    attribute('ThisDN', `'${dn}'`),
    ...sentTo.map(
      (name, index) =>
        `${stamp} Trc 04542 EventUserEvent sent to [${508 + index}] (${hexOf(index + 2, 8)} ${name} 192.168.27.50:${42_000 + index})`,
    ),
  ];
}

function tserverPair({ key, value }: Pair, indentation: string, habit: LogHabit): string[] {
  const [one] = indentations(habit);
  if (typeof value !== 'object') {
    const written = typeof value === 'string' ? `'${value}'` : String(value);
    return `${indentation}'${key}'${between(habit)}${written}`.split('\n');
  }
  return [`${indentation}'${key}'(list) `, ...value.flatMap((pair) => tserverPair(pair, indentation + one, habit))];
}

function psdkLines({ atMs, dn, sequence, pairs }: WrittenEvent, habit: LogHabit): string[] {
  const stamp = stampOf(atMs, habit.stamps);
  return [
    `${stamp} DEBUG [SelectorThread] - Proxy got message 'EventUserEvent' ('96')`,
    'message attributes:',
    `AttributeEventSequenceNumber [long] = ${sequence}`,
    'Time            = ComplexClass(TimeStamp):',
    `\tAttributeTimeinuSecs [int] = ${(atMs % 1000) * 1000}`,
    `\tAttributeTimeinSecs [int] = ${Math.floor(atMs / 1000)}`,
    'AttributeUserEvent [int] = 96 [EventUserEvent]',
    'AttributeUserData [bstr] = KVList: ',
    ...pairs.flatMap((pair) => psdkPair(pair, '\t\t')),
    `AttributeThisDN [str] = "${dn}"`,
  ];
}

function psdkPair({ key, value }: Pair, indentation: string): string[] {
  if (typeof value === 'object') {
    return [`${indentation}'${key}' [list] = KVList:`, ...value.flatMap((pair) => psdkPair(pair, `${indentation}\t`))];
  }
  return `${indentation}'${key}' ${psdkValue(value)}`.split('\n');
}

function psdkValue(value: Exclude<PairValue, readonly Pair[]>): string {
  return typeof value === 'string' ? `[str] = "${value}"` : `[int] = ${value}`;
}

function indentations({ indentation }: LogHabit): readonly [string, string] {
  switch (indentation) {
    case 'tabs':
      return ['\t', '\t\t'];
    case 'spaces':
      return ['        ', '                '];
    case 'none':
      return ['', ''];
  }
}

function between({ indentation }: LogHabit): string {
  return indentation === 'tabs' ? '\t' : ' ';
}

function hexPair(count: number): string {
  const hex = hexOf(count, 4);
  return `${hex.slice(0, 2)} ${hex.slice(2)}`;
}

function hexOf(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
