/** Texts that hold JSON: opened, with whatever was found fault with in them. */
import { type Body, isBody } from '../domain/json.js';
import { isWrapper, MAX_WRAPPERS } from '../gms/event-keys.js';
import { type BodyViolation, parseBody, type ParsedBody } from './parse-body.js';
import { type Undecoded, undecodedTexts } from './undecoded-text.js';

export type Parsed = Extract<ParsedBody, { ok: true }>;

/** The object or array that a text holds; null for any other text. The text is decoded already. */
export function parseWithin(text: string): Parsed | null {
  if (!/^\s*[{[]/.test(text)) return null;
  const within = parseBody(text, (decoded) => decoded);
  return within.ok ? within : null;
}

/** A body whose wrappers are objects, and what became known by opening them. */
interface Opened {
  readonly value: Body;
  readonly violations: readonly BodyViolation[];
  readonly undecoded: readonly Undecoded[];
  /** The texts that were opened. */
  readonly texts: readonly string[];
}

/** A body whose `UserData` is JSON in a text, as forms have it, with the object it means; wrappers within wrappers too. */
export function openWrappers(value: Body, undecoded: readonly Undecoded[], depth = MAX_WRAPPERS, path = ''): Opened {
  const nothing: Opened = { value, violations: [], undecoded, texts: [] };
  const wrappers = depth === 0 ? [] : Object.entries(value).filter(([key]) => isWrapper(key));
  return wrappers.reduce<Opened>((before, [key, wrapped]) => {
    const at = path === '' ? key : `${path}/${key}`;
    const text = typeof wrapped === 'string' ? parseWithin(wrapped) : null;
    const inner = text === null ? wrapped : text.value;
    if (!isBody(inner)) return before;
    const lost = text === null ? before.undecoded : lostWithin(text, at, before.undecoded);
    const opened = openWrappers(inner, lost, depth - 1, at);
    return {
      value: { ...before.value, [key]: opened.value },
      violations: [...before.violations, ...(text?.violations ?? []), ...opened.violations],
      undecoded: opened.undecoded,
      texts: [...before.texts, ...(text === null ? [] : [text.text]), ...opened.texts],
    };
  }, nothing);
}

/** What could not be decoded in a text, told by the texts within it, where their bytes can be told apart. */
function lostWithin({ value, text }: Parsed, at: string, undecoded: readonly Undecoded[]): readonly Undecoded[] {
  const bytes = undecoded.find(([path]) => path === at)?.[1];
  if (bytes === undefined) return undecoded;
  const within = undecodedTexts(value, text, bytes);
  if (within.length === 0) return undecoded;
  return [
    ...undecoded.filter(([path]) => path !== at),
    ...within.map(([path, lost]): Undecoded => [path === '' ? at : `${at}/${path}`, lost]),
  ];
}
