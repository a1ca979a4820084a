import type { CommitReport } from '../domain/store.js';
import type { Transition } from '../domain/transition.js';
import type { Roster, RosterEntry } from '../ingest/roster.js';
import { EVENT_FAMILIES } from './catalogue.js';
import { renderFamily, renderLabels } from './exposition.js';
import { PageText, type PieceMemory } from './page-text.js';
import type { Page } from './shared-pages.js';
import { sliced } from './sliced.js';

type What = Pick<Transition, 'action' | 'actor' | 'inferred'>;

/** The labels by which transitions are counted, one object a set: groups share them. Bounded, as their words are. */
class LabelSets {
  readonly #known = new Map<string, LabelSet>();

  of({ action, actor, inferred }: What): LabelSet {
    const labels = { action: closed(action), actor: closed(actor), inferred: String(inferred) };
    const key = `${labels.action};${labels.actor};${labels.inferred}`;
    const known = this.#known.get(key);
    if (known) return known;
    const fresh = { rendered: renderLabels(labels).slice(1) };
    this.#known.set(key, fresh);
    return fresh;
  }
}

interface LabelSet {
  /** The end of a series' labels: `action="…",actor="…",inferred="…"}`. */
  readonly rendered: string;
}

/** Label sets that every loaded group has from the start: a counter born at 1 would show no increase. */
const BORN_AT_ZERO: readonly What[] = [
  ...(['load', 'unload', 'start', 'stop', 'set_dial_mode'] as const).flatMap((action) =>
    (['client', 'automatic'] as const).map((actor) => ({ action, actor, inferred: false })),
  ),
  { action: null, actor: 'unknown', inferred: true },
];

interface Counts {
  /** What was counted; the sets that everybody has stand at 0 until then. */
  readonly made: Map<LabelSet, number>;
  withdrawn: number;
}

/** Groups that had to leave the roster whose counts are kept for a while: they may come back, and forgetting takes time. */
const STRANGERS = 1000;

/** Counts transitions as this process derives them first. Never goes down while the process lives. */
export class EventCounters {
  readonly #roster: Roster;
  readonly #labelsOf: (entry: RosterEntry) => string;
  readonly #memory: PieceMemory;
  readonly #byGroup = new Map<number, Counts>();
  readonly #labelSets = new LabelSets();
  readonly #bornAtZero = BORN_AT_ZERO.map((what) => this.#labelSets.of(what));

  constructor(roster: Roster, labelsOf: (entry: RosterEntry) => string, memory: PieceMemory) {
    this.#roster = roster;
    this.#labelsOf = labelsOf;
    this.#memory = memory;
  }

  count({ made, withdrawn }: CommitReport): void {
    // Groups that the roster had no room for have no series; neither do those that had to leave it.
    for (const { groupNo, transition } of made) {
      if (!this.#roster.byNo(groupNo)) continue;
      const { made: counted } = this.#counts(groupNo);
      const labels = this.#labelSets.of(transition);
      counted.set(labels, (counted.get(labels) ?? 0) + 1);
    }
    for (const { groupNo } of withdrawn) if (this.#roster.byNo(groupNo)) this.#counts(groupNo).withdrawn++;
    if (this.#byGroup.size > this.#roster.size + STRANGERS) this.#forgetStrangers();
  }

  /** Drops the counters of groups: their numbers may be given to others. */
  forget(groupNos: readonly number[]): void {
    for (const groupNo of groupNos) this.#byGroup.delete(groupNo);
  }

  async render(): Promise<Page> {
    const { transitions, withdrawn } = EVENT_FAMILIES;
    const made = new PageText(this.#memory);
    const undone = new PageText(this.#memory);
    made.add(renderFamily(transitions.name, transitions.type, transitions.help));
    undone.add(renderFamily(withdrawn.name, withdrawn.type, withdrawn.help));
    for await (const entries of sliced([...this.#roster.entries()])) {
      for (const entry of entries) {
        const known = this.#byGroup.get(entry.snapshot.groupNo);
        if (!known && entry.snapshot.state === 'not_loaded') continue;
        const counts = known ?? this.#counts(entry.snapshot.groupNo);
        const labels = this.#labelsOf(entry);
        const open = `${transitions.name}${labels.slice(0, -1)}`;
        const add = (set: LabelSet, count: number) => {
          made.add(`${open},${set.rendered} ${count}\n`);
        };
        for (const set of this.#bornAtZero) add(set, counts.made.get(set) ?? 0);
        for (const [set, count] of counts.made) if (!this.#bornAtZero.includes(set)) add(set, count);
        undone.add(`${withdrawn.name}${labels} ${counts.withdrawn}\n`);
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

  #forgetStrangers(): void {
    for (const groupNo of this.#byGroup.keys()) if (!this.#roster.byNo(groupNo)) this.#byGroup.delete(groupNo);
  }

  #counts(groupNo: number): Counts {
    const known = this.#byGroup.get(groupNo);
    if (known) return known;
    const counts: Counts = { made: new Map(), withdrawn: 0 };
    this.#byGroup.set(groupNo, counts);
    return counts;
  }
}

function closed(word: string | null): string {
  if (word === null) return 'none';
  return word.startsWith('unknown(') ? 'unknown' : word;
}
