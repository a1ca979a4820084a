/** What was found, byte for byte as it was sent: parsing turns 1.50 into 1.5, and long integers into texts. */
import type { Violation } from '../domain/notification.js';
import { parseExactly, shorten } from './parse-body.js';
import { show } from './violations.js';
import { valuesIn } from './walk-json.js';

export interface Writing {
  /** Texts in which what was found may stand; they are known to be JSON. */
  readonly texts: readonly string[];
  /** What a key means: a violation names a value by its path, its key, or that. */
  readonly meaningOf?: (key: string) => string;
  /** What is better shown as it was read. */
  readonly isHidden?: (source: string) => boolean;
}

/** Violations with what was found as it was sent. Costs nothing where nothing can differ. */
export function asWritten(violations: readonly Violation[], writing: Writing): readonly Violation[] {
  const doubtful = new Set(violations.filter((one) => mayDiffer(one, writing.texts)).map(({ field }) => field));
  if (doubtful.size === 0) return violations;
  const sources = sourcesIn(writing, doubtful);
  return violations.map((violation) => {
    const source = sources.get(violation.field)?.get(violation.found);
    return source === undefined ? violation : { ...violation, found: shorten(source) };
  });
}

/** Texts are shown as they are read; numbers, objects and arrays, and integers that became texts, may not be. */
function mayDiffer({ field, found }: Violation, texts: readonly string[]): boolean {
  if (!/^(?:[-\d{[]|Infinity$|"-?\d{16,})/.test(found)) return false;
  const member = `"${field.slice(field.lastIndexOf('/') + 1)}":${found}`;
  return !texts.some((text) => {
    const at = text.indexOf(member);
    return at !== -1 && /[,}\s]/.test(text.charAt(at + member.length));
  });
}

/** By field, and by how it is shown: the value as sent. */
function sourcesIn(writing: Writing, fields: ReadonlySet<string>) {
  const { texts, meaningOf = (key: string) => key, isHidden = () => false } = writing;
  const sources = new Map<string, Map<string, string>>();
  for (const text of texts) {
    for (const { path, key, start, end } of valuesIn(text)) {
      const names = key === null ? [path] : [path, key, meaningOf(key)];
      const wanted = names.filter((name) => fields.has(name));
      const source = text.slice(start, end);
      if (wanted.length === 0 || source.startsWith('"') || isHidden(source)) continue;
      const shown = show(parseExactly(source));
      for (const name of wanted) note(sources, name, shown, source);
    }
  }
  return sources;
}

function note(sources: Map<string, Map<string, string>>, field: string, shown: string, source: string): void {
  const known = sources.get(field) ?? new Map<string, string>();
  // Of several that are read alike the first will do.
  if (!known.has(shown)) sources.set(field, known.set(shown, source));
}
