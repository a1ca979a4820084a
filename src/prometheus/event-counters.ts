import type { CommitReport } from '../domain/store.js';
import type { Roster, RosterEntry } from '../live/roster.js';
import { EVENT_FAMILIES, type Family } from './catalogue.js';
import { type PageFormat, renderCreated, renderFamily } from './exposition.js';
import { PageText, type PieceMemory } from './page-text.js';
import type { MetricsPage } from './shared-pages.js';
import { sliced } from './sliced.js';
import { type LabelSet, TransitionLabels } from './transition-labels.js';

/** How the groups stand on the page: under which labels, and whether at all. */
export interface ShownGroups {
  labelsOf(entry: RosterEntry): string;
  isShown(entry: RosterEntry, nowMs: number): boolean;
}

export interface EventCountersOptions {
  readonly roster: Roster;
  readonly nowMs: () => number;
  readonly groups: ShownGroups;
  readonly memory: PieceMemory;
}

interface Count {
  count: number;
  /** When the first was counted. */
  sinceMs: number;
}

interface Counts {
  /** What was counted; what may come next stands at 0 until then. */
  readonly made: Map<LabelSet, Count>;
  /** Null: none was. */
  withdrawn: Count | null;
}

/** Groups that had to leave the roster whose counts are kept for a while: they may come back, and forgetting takes time. */
const STRANGERS = 1000;

/**
 * Counts transitions as this process derives them first. Never goes down while the process lives. The series of a group
 * leave with its others, and go on where they were when it is shown again: what happened meanwhile is an increase.
 */
export class EventCounters {
  readonly #options: EventCountersOptions;
  readonly #byGroup = new Map<number, Counts>();
  readonly #labels = new TransitionLabels();

  constructor(options: EventCountersOptions) {
    this.#options = options;
  }

  count({ made, withdrawn }: CommitReport): void {
    const { roster } = this.#options;
    const nowMs = this.#options.nowMs();
    // Groups that the roster had no room for have no series; neither do those that had to leave it.
    for (const { groupNo, transition } of made) {
      if (!roster.byNo(groupNo)) continue;
      const { made: counted } = this.#counts(groupNo);
      const labels = this.#labels.of(transition);
      counted.set(labels, oneMore(counted.get(labels), nowMs));
    }
    for (const { groupNo } of withdrawn) {
      if (!roster.byNo(groupNo)) continue;
      const counts = this.#counts(groupNo);
      counts.withdrawn = oneMore(counts.withdrawn, nowMs);
    }
    if (this.#byGroup.size > roster.size + STRANGERS) this.#dropStrangers();
  }

  /** Drops the counters of groups: their numbers may be given to others. */
  dropSeries(groupNos: readonly number[]): void {
    for (const groupNo of groupNos) this.#byGroup.delete(groupNo);
  }

  /** The clock was set. */
  move(byMs: number): void {
    for (const { made, withdrawn } of this.#byGroup.values())
      for (const count of [...made.values(), ...(withdrawn ? [withdrawn] : [])]) count.sinceMs += byMs;
  }

  async render(nowMs: number, format: PageFormat): Promise<MetricsPage> {
    const { roster, groups, memory } = this.#options;
    const { transitions, withdrawn } = EVENT_FAMILIES;
    const made = new PageText(memory);
    const undone = new PageText(memory);
    made.add(renderFamily(transitions, format));
    undone.add(renderFamily(withdrawn, format));
    const shown = [...roster.entries()].filter((entry) => groups.isShown(entry, nowMs));
    for await (const entries of sliced(shown)) {
      for (const entry of entries) {
        const labels = groups.labelsOf(entry);
        const counts = this.#byGroup.get(entry.snapshot.groupNo);
        made.add(this.#transitionsOf(entry, counts?.made ?? NOTHING, { labels, format }));
        undone.add(linesOf(withdrawn, labels, counts?.withdrawn ?? null, format));
      }
    }
    return {
      pieces: [...made.pieces(), ...undone.pieces()],
      release: () => {
        made.release();
        undone.release();
      },
    };
  }

  /** What was counted, and at 0 what may come next: a counter that is born at 1 shows no increase. */
  #transitionsOf(
    { snapshot }: RosterEntry,
    made: ReadonlyMap<LabelSet, Count>,
    { labels, format }: { readonly labels: string; readonly format: PageFormat },
  ): string {
    const { transitions } = EVENT_FAMILIES;
    const open = labels.slice(0, -1);
    let lines = '';
    for (const [set, count] of made) lines += linesOf(transitions, `${open},${set.rendered}`, count, format);
    for (const set of this.#labels.next(snapshot.state))
      if (!made.has(set)) lines += linesOf(transitions, `${open},${set.rendered}`, null, format);
    return lines;
  }

  #dropStrangers(): void {
    const { roster } = this.#options;
    for (const groupNo of this.#byGroup.keys()) if (!roster.byNo(groupNo)) this.#byGroup.delete(groupNo);
  }

  #counts(groupNo: number): Counts {
    const known = this.#byGroup.get(groupNo);
    if (known) return known;
    const counts: Counts = { made: new Map(), withdrawn: null };
    this.#byGroup.set(groupNo, counts);
    return counts;
  }
}

const NOTHING: ReadonlyMap<LabelSet, Count> = new Map();

function oneMore(before: Count | null | undefined, nowMs: number): Count {
  if (!before) return { count: 1, sinceMs: nowMs };
  before.count++;
  return before;
}

/** Of one series. What has counted nothing has no begin: its 0 says all. */
function linesOf(family: Family, labels: string, counted: Count | null, format: PageFormat): string {
  const sample = `${family.name}${labels} ${counted?.count ?? 0}\n`;
  if (format === 'text' || counted === null) return sample;
  return sample + renderCreated(family, labels, counted.sinceMs);
}
