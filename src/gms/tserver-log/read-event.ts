/** From the lines of one event to what it says, or to where it is damaged. Nothing is guessed. */
import type { EventBlock } from './event-blocks.js';
import { attributeOf, type LogStyle } from './log-lines.js';
import { declaredBy, type Flaw, type Pair, readUserData } from './user-data.js';

/** A user event that is whole: its user data has as many pairs and bytes as the log says it has. */
export interface UserEvent {
  /** Line of the log in which it begins, from 1. */
  readonly line: number;
  /** When the T-Server distributed it, UTC. */
  readonly atMs: number;
  /** The DN it was distributed on; null: it does not say. */
  readonly dn: string | null;
  readonly pairs: readonly Pair[];
  /** False where the log declares no size, as those of PSDK clients. */
  readonly isChecked: boolean;
  /** Applications that it was sent on to; null: the log does not say. */
  readonly sentTo: readonly string[] | null;
}

export type EventReading =
  | { readonly kind: 'event'; readonly event: UserEvent }
  | { readonly kind: 'damaged'; readonly line: number; readonly reason: string; readonly dn: string | null }
  /** An event without user data. */
  | { readonly kind: 'empty' };

export function readEvent(block: EventBlock): EventReading {
  const { style, line, cut, sentTo } = block;
  const parts = partsOf(withoutReturns(block.lines), style);
  const dn = textOf(parts.attributes.get('ThisDN'));
  const damaged = (flaw: Flaw): EventReading => ({ kind: 'damaged', line: line + flaw.line, reason: flaw.reason, dn });
  if (cut !== null) return damaged({ line: 0, reason: cut });
  const { data } = parts;
  if (data === null) return { kind: 'empty' };
  if (data.flaw !== null) return damaged(data.flaw);
  const atMs = timeOf(parts.attributes);
  if (atMs === null) return damaged({ line: 0, reason: 'AttributeTimeinSecs is missing or cannot be read' });
  return { kind: 'event', event: { line, atMs, dn, pairs: data.pairs, isChecked: style === 'tserver', sentTo } };
}

type Data = { readonly pairs: readonly Pair[]; readonly flaw: null } | { readonly flaw: Flaw };

interface Parts {
  readonly attributes: ReadonlyMap<string, string>;
  /** User data; null: there is none. Flaws stand where they are among all lines. */
  readonly data: Data | null;
}

function partsOf(lines: readonly string[], style: LogStyle): Parts {
  const index = lines.findIndex((text) => attributeOf(text)?.name === 'UserData');
  if (index === -1) return { attributes: attributesOf(lines), data: null };
  const declared = declaredBy(attributeOf(lines[index] ?? '')?.value ?? '', style);
  const { pairs, end, flaw } = readUserData(lines.slice(index + 1), style, declared ?? null);
  const attributes = attributesOf([...lines.slice(0, index), ...lines.slice(index + 1 + end)]);
  if (declared === undefined) {
    return { attributes, data: { flaw: { line: index, reason: 'AttributeUserData does not say its size' } } };
  }
  const data = flaw === null ? { pairs, flaw } : { flaw: { ...flaw, line: index + 1 + flaw.line } };
  return { attributes, data };
}

/** Where the first line ends with a carriage return, each does, and it is no part of a value. */
function withoutReturns(lines: readonly string[]): readonly string[] {
  return lines[0]?.endsWith('\r') === true ? lines.map((line) => line.replace(/\r$/, '')) : lines;
}

/** The first of a name counts: an event has each once. */
function attributesOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const line of lines) {
    const attribute = attributeOf(line);
    if (attribute !== null && !attributes.has(attribute.name)) attributes.set(attribute.name, attribute.value);
  }
  return attributes;
}

function textOf(value: string | undefined): string | null {
  const text = /^(['"])(.*)\1$/s.exec(value ?? '')?.[2];
  return text === undefined || text === '' ? null : text;
}

/** The clock in parentheses is local, and no date: only the seconds of UTC time count. */
function timeOf(attributes: ReadonlyMap<string, string>): number | null {
  const seconds = /^(\d{9,10})(?:\s|$)/.exec(attributes.get('TimeinSecs') ?? '')?.[1];
  if (seconds === undefined) return null;
  const micros = /^\d{1,6}$/.exec(attributes.get('TimeinuSecs') ?? '')?.[0] ?? '0';
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
