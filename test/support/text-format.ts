/** A strict reader of Prometheus's text format 0.0.4, as our pages are to be: one space, no timestamps, no idle comments. */
import type { Sample } from './exposition.js';
import { BadPage, fail, linesIn, METRIC_NAME, sampleIn } from './sample-line.js';

export interface TextFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const DESCRIPTOR = /^# (HELP|TYPE) ([^ ]+) (.*)$/;
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);

/** Throws `BadPage`. */
export function parseTextFormat(page: string | Uint8Array): TextFamily[] {
  const read: (TextFamily & { samples: Sample[] })[] = [];
  const seen = new Set<string>();
  let told: { readonly name: string; readonly help: string } | null = null;
  for (const line of linesIn(page)) {
    if (line === '') continue;
    if (!line.startsWith('#')) {
      const { name, labels, value } = sampleIn(line);
      const family = told === null ? read.at(-1) : undefined;
      if (family === undefined || !isOf(family, name)) fail('a sample outside its family', line);
      const key = JSON.stringify([name, Object.entries(labels).sort()]);
      if (seen.has(key)) fail('a sample twice', line);
      seen.add(key);
      family.samples.push({ name, labels, value });
      continue;
    }
    const [, kind, name = '', value = ''] = DESCRIPTOR.exec(line) ?? fail('a comment', line);
    if (!METRIC_NAME.test(name)) fail('no name', line);
    if (kind === 'HELP') {
      if (told !== null || read.some((one) => one.name === name)) fail('a family in two places', line);
      told = { name, help: helpIn(value) };
    } else {
      if (told?.name !== name) fail('a type without its help before', line);
      if (!TYPES.has(value)) fail('no type', line);
      read.push({ ...told, type: value, samples: [] });
      told = null;
    }
  }
  if (told !== null) fail('help without a type', told.name);
  return read;
}

/** Null: it is a good page. */
export function whyNoTextFormat(page: string | Uint8Array): string | null {
  try {
    parseTextFormat(page);
    return null;
  } catch (error) {
    if (error instanceof BadPage) return error.message;
    throw error;
  }
}

function isOf({ name, type }: TextFamily, sample: string): boolean {
  if (type === 'histogram') return ['_bucket', '_sum', '_count'].some((suffix) => sample === name + suffix);
  return sample === name;
}

/** A line feed and a backslash are escaped in a help, a quote is not. */
function helpIn(text: string): string {
  return text.replaceAll(/\\(.?)/g, (_, letter: string) => {
    if (letter === 'n') return '\n';
    return letter === '\\' ? letter : fail('no escape', text);
  });
}
