/**
 * A line of a file of notifications: a body as it was received, alone, or wrapped with what is known of its receipt:
 *
 *     {"received_at":"2026-11-20T08:00:00.123Z","source":"eu-1","body":{…}}
 *
 * `body` is the body's JSON, taken byte for byte; or, as a text, what was received; `body_base64` its bytes. `origin` says
 * where something comes from that was no post, as our export writes it.
 */
import { parseInstant } from '../domain/instant.js';
import { type Body, isBody } from '../domain/json.js';
import { LocalTime } from '../domain/local-time.js';
import { type ImportedFrom, type Origin, ORIGINS } from '../domain/origin.js';
import { isSourceName } from '../domain/source.js';
import { endOfString } from './walk-json.js';

export interface Captured {
  /** Of the body, one character a byte. */
  readonly bytes: string;
  /** Null: not said. So do the others. */
  readonly source: string | null;
  readonly origin: ImportedFrom | null;
  readonly receivedAtMs: number | null;
}

const WRAPPER_KEYS: ReadonlySet<string> = new Set(['received_at', 'source', 'origin', 'body', 'body_base64']);
const UTC = new LocalTime('UTC');

/** `line`: one character a byte. What is no wrapper is a body, whatever it is; a text says what is wrong with a wrapper. */
export function readCaptured(line: string): Captured | string {
  const wrapper = wrapperIn(line);
  if (wrapper === null) return { bytes: line, source: null, origin: null, receivedAtMs: null };
  const { source = null, origin = null, received_at: receivedAt = null } = wrapper;
  const receivedAtMs = receivedAt === null ? null : instantOf(receivedAt);
  if (!isSource(source)) return 'source should be the name of a source';
  if (!isOrigin(origin)) return `origin should be one of ${ORIGINS.join(', ')}`;
  if (Number.isNaN(receivedAtMs)) return 'received_at should be a time in ISO 8601, or epoch seconds';
  const bytes = bodyIn(wrapper, line);
  if (bytes === null) return 'a wrapper should have a body: an object, its text, or body_base64';
  return { bytes, source, origin: origin === 'post' ? null : origin, receivedAtMs };
}

function isSource(said: unknown): said is string | null {
  return said === null || (typeof said === 'string' && isSourceName(said));
}

function isOrigin(said: unknown): said is Origin | null {
  return said === null || ORIGINS.some((one) => one === said);
}

/** Null for whatever is a body by itself. */
function wrapperIn(line: string): Body | null {
  // Cheaper than to look at every body: none has such a key by itself.
  if (!line.includes('"body')) return null;
  try {
    const value: unknown = JSON.parse(line);
    if (!isBody(value)) return null;
    const keys = Object.keys(value);
    const isWrapper = keys.every((key) => WRAPPER_KEYS.has(key)) && ('body' in value || 'body_base64' in value);
    return isWrapper ? value : null;
  } catch {
    return null;
  }
}

/** NaN when it is none. */
function instantOf(said: unknown): number {
  const text = typeof said === 'number' || typeof said === 'string' ? String(said) : '';
  return parseInstant(text, UTC) ?? NaN;
}

function bodyIn({ body, body_base64: base64 }: Body, line: string): string | null {
  if (typeof base64 === 'string' && body === undefined) return Buffer.from(base64, 'base64').toString('latin1');
  if (base64 !== undefined) return null;
  if (typeof body === 'object' && body !== null) return memberText(line, 'body');
  if (typeof body !== 'string') return null;
  // The file is in UTF-8, and so is what the text was received as, or nobody could have written it so.
  const { body: text } = JSON.parse(Buffer.from(line, 'latin1').toString('utf8')) as { readonly body: string };
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text of a member of the outermost object; of several of one name the last, as JSON.parse has it. */
function memberText(text: string, name: string): string | null {
  let found: string | null = null;
  for (let at = text.indexOf('{') + 1; at < text.length;) {
    const open = text.indexOf('"', at);
    if (open === -1) break;
    const colon = endOfValue(text, endOfString(text, open) + 1, ':');
    const end = endOfValue(text, colon + 1, ',');
    if (JSON.parse(text.slice(open, endOfString(text, open) + 1)) === name) found = text.slice(colon + 1, end).trim();
    at = end + 1;
  }
  return found;
}

/** Where a character stands outside of all texts and of what is in brackets, or the bracket that ends what is around it. */
function endOfValue(text: string, from: number, char: string): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const here = text.charAt(at);
    if (here === '"') at = endOfString(text, at);
    else if (here === '{' || here === '[') depth++;
    else if (depth === 0 && (here === char || here === '}')) return at;
    else if (here === '}' || here === ']') depth--;
  }
  return text.length;
}
