/**
 * What Prometheus would have stored of the scrapes, in the notation of promtool's rule tests: equal values in runs, and a
 * stale marker where a series has left a scrape or the scrape failed.
 */

/** One series: what it was scraped as, and its samples so far. */
interface Samples {
  readonly written: string[];
  value: string;
  /** Scrapes with this value in a row. */
  run: number;
  /** Number of the next scrape that is to be written. */
  next: number;
}

export interface WrittenSeries {
  readonly series: string;
  readonly values: string;
}

const STALE = 'stale';

export class ScrapedSeries {
  readonly #wanted: ReadonlySet<string>;
  readonly #series = new Map<string, Samples>();
  #scrapes = 0;

  /** `wanted`: names of metrics; others are not kept. */
  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  /** The scrape of a target, by the labels that Prometheus adds; null: it failed. To be called for each target in turn. */
  take(text: string | null, target: Readonly<Record<string, string>>): void {
    const added = Object.entries(target).map(([label, value]) => `${label}="${value}"`);
    this.#note(`up{${added.join(',')}}`, text === null ? '0' : '1');
    for (const line of text?.split('\n') ?? []) {
      const name = /^[a-z_]+/.exec(line)?.[0];
      if (name === undefined || !this.#wanted.has(name)) continue;
      const end = line.lastIndexOf(' ');
      const labels = line.slice(name.length, end).replace(/^\{|\}$/g, '');
      this.#note(`${name}{${[...(labels === '' ? [] : [labels]), ...added].join(',')}}`, line.slice(end + 1));
    }
  }

  /** Ends the moment of a scrape. */
  next(): void {
    this.#scrapes++;
  }

  /** Ends the day: each series with its samples. */
  end(): readonly WrittenSeries[] {
    return [...this.#series].map(([series, samples]) => {
      flush(samples);
      const rest = samples.next < this.#scrapes ? [STALE] : [];
      return { series, values: [...samples.written, ...rest].join(' ') };
    });
  }

  #note(series: string, value: string): void {
    let samples = this.#series.get(series);
    if (samples === undefined) {
      samples = { written: [], value, run: 0, next: 0 };
      this.#series.set(series, samples);
    }
    const missed = this.#scrapes - samples.next;
    if (missed > 0 || samples.value !== value) {
      flush(samples);
      if (missed > 0) gap(samples, missed);
      samples.value = value;
    }
    samples.run++;
    samples.next = this.#scrapes + 1;
  }
}

function flush(samples: Samples): void {
  const { written, value, run } = samples;
  if (run === 1) written.push(value);
  else if (run > 1) written.push(`${value}x${String(run - 1)}`);
  samples.run = 0;
}

/** Scrapes without the series: the first of them marks its end, unless it had not begun. */
function gap({ written }: Samples, missed: number): void {
  const rest = written.length > 0 ? missed - 1 : missed;
  if (written.length > 0) written.push(STALE);
  if (rest > 0) written.push(`_x${String(rest)}`);
}
