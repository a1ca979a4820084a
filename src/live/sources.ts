/**
 * The sources that have a group on the roster. A bounded number have a rhythm of their own, the rest one together; whoever
 * is among the rest comes out of it when a place is free.
 */
import { Rhythm, type RhythmOptions } from '../domain/rhythm.js';

/** The name under which sources beyond the bound are taken together; no source can have it. */
export const OTHER_SOURCES = '(other)';
/** Sources without a group whose learned interval is remembered. */
const REMEMBERED = 1000;

export interface SourcesOptions {
  /** Sources with a rhythm of their own, besides those that the configuration names. */
  readonly maxSources: number;
  /** Sources that the configuration names: they always have one. */
  readonly named?: ReadonlySet<string>;
  readonly rhythmOf: (source: string) => RhythmOptions;
  /** Intervals learned before this process began. */
  readonly keptIntervals?: ReadonlyMap<string, number>;
}

/** A source with at least one group on the roster. */
export interface Source {
  readonly name: string;
  /** Its name, or that under which it is taken together with others. */
  readonly label: string;
  readonly rhythm: Rhythm;
  /** Whether it has sent a GSW_STAT_* key; else it is an OCS that sends no statistics. */
  readonly sendsStatistics: boolean;
}

interface Mutable {
  readonly name: string;
  label: string;
  rhythm: Rhythm;
  sendsStatistics: boolean;
  groups: number;
}

export class Sources {
  readonly #options: SourcesOptions;
  readonly #known = new Map<string, Mutable>();
  readonly #intervals: Map<string, number>;
  /** Known ones with a rhythm of their own that takes a place. */
  #places = 0;
  #rest: { readonly rhythm: Rhythm; sources: number } | null = null;

  constructor(options: SourcesOptions) {
    this.#options = options;
    this.#intervals = new Map(options.keptIntervals);
  }

  get(name: string): Source | undefined {
    return this.#known.get(name);
  }

  /** Label to rhythm, each once. */
  *rhythms(): Generator<[string, Rhythm]> {
    for (const { name, label, rhythm } of this.#known.values()) if (label === name) yield [name, rhythm];
    if (this.#rest) yield [OTHER_SOURCES, this.#rest.rhythm];
  }

  /** The rhythm of a source, or that it will have. */
  rhythm(name: string): Rhythm {
    return this.#known.get(name)?.rhythm ?? this.#ownRhythm(name);
  }

  /** A group of a source came onto the roster. */
  enter(name: string): Source {
    const known = this.#known.get(name);
    if (known) {
      known.groups++;
      return known;
    }
    const isOwn = this.#isNamed(name) || this.#places < this.#options.maxSources;
    const source = {
      name,
      ...(isOwn ? { label: name, rhythm: this.#takePlace(name) } : { label: OTHER_SOURCES, rhythm: this.#joinRest() }),
      sendsStatistics: false,
      groups: 1,
    };
    this.#known.set(name, source);
    return source;
  }

  /** A group of it left the roster; with the last one the source goes. */
  leave({ name }: Source): void {
    const known = this.#known.get(name);
    if (known === undefined || --known.groups > 0) return;
    this.#known.delete(name);
    if (known.label === OTHER_SOURCES) this.#leaveRest();
    else {
      this.#remember(name, known.rhythm);
      if (!this.#isNamed(name)) this.#places--;
      this.#promote();
    }
  }

  noteStatistics({ name }: Source): void {
    const known = this.#known.get(name);
    if (known) known.sendsStatistics = true;
  }

  /** What was learned of a source goes. */
  forget(name: string): void {
    this.#intervals.delete(name);
    const known = this.#known.get(name);
    if (known === undefined) return;
    known.sendsStatistics = false;
    if (known.label === name) known.rhythm = this.#ownRhythm(name);
  }

  /** Learned intervals that are to be written down, by label. */
  toKeep(): Map<string, number> {
    const found = new Map<string, number>();
    for (const [label, rhythm] of this.rhythms()) {
      const intervalMs = rhythm.keep();
      if (intervalMs !== null) found.set(label, Math.round(intervalMs));
    }
    return found;
  }

  #isNamed(name: string): boolean {
    return this.#options.named?.has(name) ?? false;
  }

  #ownRhythm(name: string): Rhythm {
    return new Rhythm(this.#options.rhythmOf(name), this.#intervals.get(name) ?? null);
  }

  #takePlace(name: string): Rhythm {
    if (!this.#isNamed(name)) this.#places++;
    return this.#ownRhythm(name);
  }

  #joinRest(): Rhythm {
    this.#rest ??= { rhythm: this.#ownRhythm(OTHER_SOURCES), sources: 0 };
    this.#rest.sources++;
    return this.#rest.rhythm;
  }

  #leaveRest(): void {
    if (this.#rest === null || --this.#rest.sources > 0) return;
    this.#remember(OTHER_SOURCES, this.#rest.rhythm);
    this.#rest = null;
  }

  /** Gives a free place to the first of the rest. */
  #promote(): void {
    if (this.#rest === null || this.#places >= this.#options.maxSources) return;
    for (const source of this.#known.values()) {
      if (source.label !== OTHER_SOURCES) continue;
      source.label = source.name;
      source.rhythm = this.#takePlace(source.name);
      this.#leaveRest();
      return;
    }
  }

  #remember(name: string, { seenMs }: Rhythm): void {
    if (seenMs === null) return;
    this.#intervals.delete(name);
    this.#intervals.set(name, seenMs);
    const [oldest] = this.#intervals.keys();
    if (this.#intervals.size > REMEMBERED && oldest !== undefined) this.#intervals.delete(oldest);
  }
}
