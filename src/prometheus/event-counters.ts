import type { CommitReport } from '../domain/store.js';
import type { Roster, RosterEntry } from '../live/roster.js';
import { EVENT_FAMILIES } from './catalogue.js';
import { renderFamily } from './exposition.js';
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
  readonly groups: ShownGroups;
  readonly memory: PieceMemory;
}

interface Counts {
  /** What was counted; what may come next stands at 0 until then. */
  readonly made: Map<LabelSet, number>;
  withdrawn: number;
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
    // Groups that the roster had no room for have no series; neither do those that had to leave it.
    for (const { groupNo, transition } of made) {
      if (!roster.byNo(groupNo)) continue;
      const { made: counted } = this.#counts(groupNo);
      const labels = this.#labels.of(transition);
      counted.set(labels, (counted.get(labels) ?? 0) + 1);
    }
    for (const { groupNo } of withdrawn) if (roster.byNo(groupNo)) this.#counts(groupNo).withdrawn++;
    if (this.#byGroup.size > roster.size + STRANGERS) this.#dropStrangers();
  }

  /** Drops the counters of groups: their numbers may be given to others. */
  dropSeries(groupNos: readonly number[]): void {
    for (const groupNo of groupNos) this.#byGroup.delete(groupNo);
  }

  async render(nowMs: number): Promise<MetricsPage> {
    const { roster, groups, memory } = this.#options;
    const { transitions, withdrawn } = EVENT_FAMILIES;
    const made = new PageText(memory);
    const undone = new PageText(memory);
    made.add(renderFamily(transitions.name, transitions.type, transitions.help));
    undone.add(renderFamily(withdrawn.name, withdrawn.type, withdrawn.help));
    const shown = [...roster.entries()].filter((entry) => groups.isShown(entry, nowMs));
    for await (const entries of sliced(shown)) {
      for (const entry of entries) {
        const labels = groups.labelsOf(entry);
        const counts = this.#byGroup.get(entry.snapshot.groupNo);
        made.add(this.#transitionsOf(entry, labels, counts?.made ?? NOTHING));
        undone.add(`${withdrawn.name}${labels} ${counts?.withdrawn ?? 0}\n`);
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
  #transitionsOf({ snapshot }: RosterEntry, labels: string, made: ReadonlyMap<LabelSet, number>): string {
    const open = `${EVENT_FAMILIES.transitions.name}${labels.slice(0, -1)}`;
    let lines = '';
    for (const [set, count] of made) lines += `${open},${set.rendered} ${count}\n`;
    for (const set of this.#labels.next(snapshot.state)) if (!made.has(set)) lines += `${open},${set.rendered} 0\n`;
    return lines;
  }

  #dropStrangers(): void {
    const { roster } = this.#options;
    for (const groupNo of this.#byGroup.keys()) if (!roster.byNo(groupNo)) this.#byGroup.delete(groupNo);
  }

  #counts(groupNo: number): Counts {
    const known = this.#byGroup.get(groupNo);
    if (known) return known;
    const counts: Counts = { made: new Map(), withdrawn: 0 };
    this.#byGroup.set(groupNo, counts);
    return counts;
  }
}

const NOTHING: ReadonlyMap<LabelSet, number> = new Map();
