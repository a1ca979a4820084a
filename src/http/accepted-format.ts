/** Which format of metrics a scraper asks for (RFC 9110, section 12.5.1). */
import type { MetricsFormat } from './ports.js';

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const FORMATS: Readonly<Record<MetricsFormat, { readonly type: string; readonly version: string }>> = {
  text: { type: 'text/plain', version: '0.0.4' },
  openmetrics: { type: 'application/openmetrics-text', version: '1.0.0' },
};

/**
 * OpenMetrics where it is preferred to the text format 0.0.4, that otherwise, whatever else is asked for: a page in a format
 * too many does more than none. Of parameters only the version counts: how names are escaped is one to every scraper, as
 * ours need none.
 */
export function acceptedFormat(accept: string | undefined): MetricsFormat {
  const ranges = mediaRanges(accept ?? '');
  return qualityOf('openmetrics', ranges) > qualityOf('text', ranges) ? 'openmetrics' : 'text';
}

/** That of the most exact range that it is in; 0 when it is in none. */
function qualityOf(format: MetricsFormat, ranges: readonly MediaRange[]): number {
  const fitting = ranges.map((range) => ({ ...range, exactness: exactnessOf(range, FORMATS[format]) }));
  const best = Math.max(...fitting.map(({ exactness }) => exactness));
  return best > 0 ? Math.max(...fitting.filter(({ exactness }) => exactness === best).map((it) => it.quality)) : 0;
}

function exactnessOf({ type, parameters }: MediaRange, wanted: { type: string; version: string }): number {
  if (type === '*/*') return 1;
  if (type === `${wanted.type.slice(0, wanted.type.indexOf('/'))}/*`) return 2;
  const version = parameters.get('version');
  if (type !== wanted.type || (version !== undefined && version !== wanted.version)) return 0;
  return version === undefined ? 3 : 4;
}

/** What cannot be read is passed over. */
function mediaRanges(accept: string): MediaRange[] {
  return splitOutsideQuotes(accept, ',').flatMap((range) => {
    const [type = '', ...rest] = splitOutsideQuotes(range, ';').map((part) => part.trim());
    const parameters = new Map(rest.map(parameterIn));
    const said = parameters.get('q') ?? '1';
    return QUALITY.test(said) ? [{ type: type.toLowerCase(), parameters, quality: Number(said) }] : [];
  });
}

const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

function parameterIn(text: string): readonly [string, string] {
  const [name = '', ...value] = text.split('=');
  const said = value.join('=').trim();
  const quoted = /^"(?<inner>.*)"$/.exec(said)?.groups?.['inner'];
  return [name.trim().toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? said];
}

/** A comma or semicolon within quotes does not divide. */
function splitOutsideQuotes(text: string, divider: ',' | ';'): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') isQuoted = !isQuoted;
    else if (character === '\\' && isQuoted) at++;
    else if (character === divider && !isQuoted) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}
