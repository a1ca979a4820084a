/**
 * The campaign groups as they stand. Rendered anew for every scrape from the roster, so that a vanished group
 * leaves at once; what hardly changes is kept as it is sent, outside the heap (as strings, every full garbage collection
 * had 100 MB to walk through and held up posts by 150 ms). A scrape of many groups is rendered in slices, between which posts
 * are answered. Counters of a group are in `event-counters.ts`, and dropped there.
 */
import type { LabelledList } from '../domain/campaign-group.js';
import { goalUnit, stateLabel } from '../domain/vocabulary.js';
import type { AbandonmentBoard } from '../live/abandonment-board.js';
import type { Roster, RosterEntry } from '../live/roster.js';
import { DOMAIN_FAMILIES, type Family } from './catalogue.js';
import { boundedLabel, renderLabels, renderValue, withLabels } from './exposition.js';
import { PageText, type PieceMemory } from './page-text.js';
import type { RenderedFamilies } from './shared-pages.js';
import { ShownStates, STATE_LABELS } from './shown-states.js';
import { sliced } from './sliced.js';

export interface DomainMetricsOptions {
  readonly roster: Roster;
  readonly abandonment: AbandonmentBoard;
  readonly unloadedRetentionMs: number;
  readonly maxListsPerGroup: number;
  readonly memory: PieceMemory;
  /** Told how many calling lists were left out of a scrape for the bound. */
  readonly onListsLeftOut: (count: number) => void;
}

type FamilyKey = keyof typeof DOMAIN_FAMILIES;
const FAMILIES = Object.entries(DOMAIN_FAMILIES) as [FamilyKey, Family][];

/** The labels that every series of a group carries. */
interface GroupLabels {
  readonly revision: number;
  readonly rendered: string;
  /** Groups of one source and tenant share it. */
  readonly owner: string;
}

/** Neighbours on the page, and their unchanging lines as they are sent. */
interface Block {
  readonly entries: readonly RosterEntry[];
  readonly revisions: readonly number[];
  readonly firsts: readonly boolean[];
  readonly pieces: readonly (readonly [FamilyKey, Uint8Array])[];
}

export class DomainMetrics {
  readonly #options: DomainMetricsOptions;
  readonly #labels = new WeakMap<RosterEntry, GroupLabels>();
  readonly #states = new ShownStates<RosterEntry>();
  readonly #blocks: Block[] = [];

  constructor(options: DomainMetricsOptions) {
    this.#options = options;
  }

  /** The rendered group labels of an entry. */
  labelsOf(entry: RosterEntry): string {
    return this.#groupLabels(entry).rendered;
  }

  /** An unloaded group stays for a while, so that timelines end on an explicit value; then everything of it goes. */
  isShown({ snapshot, figures }: RosterEntry, nowMs: number): boolean {
    return snapshot.state !== 'not_loaded' || nowMs - figures.lastHeardMs <= this.#options.unloadedRetentionMs;
  }

  #groupLabels(entry: RosterEntry): GroupLabels {
    const known = this.#labels.get(entry);
    if (known?.revision === entry.revision) return known;
    const { source, attributes } = entry.snapshot;
    const owner = JSON.stringify([source, boundedLabel(attributes.tenant)]);
    const labels = { revision: entry.revision, rendered: renderGroupLabels(entry), owner };
    this.#labels.set(entry, labels);
    return labels;
  }

  /** One at a time: see SharedPages. */
  async render(nowMs: number): Promise<RenderedFamilies> {
    const page = new Map(FAMILIES.map(([key]) => [key, new PageText(this.#options.memory)]));
    const lines = new Lines((key, text) => page.get(key)?.add(text));
    const shown = this.#shown(nowMs);
    const owners = new Set<string>();
    let blocks = 0;
    for await (const entries of sliced(shown)) {
      for (const [key, bytes] of this.#blockOf(blocks++, entries, owners).pieces) page.get(key)?.addEncoded(bytes);
      for (const entry of entries) this.#renderChanging(entry, nowMs, lines);
    }
    this.#blocks.length = blocks;
    return {
      families: [...page].map(([key, text]) => [DOMAIN_FAMILIES[key], text.pieces()]),
      release: () => {
        for (const text of page.values()) text.release();
      },
    };
  }

  /** In the order of their numbers: receivers on one database have the same page, whoever heard of which group first. */
  #shown(nowMs: number): RosterEntry[] {
    const shown = [...this.#options.roster.entries()].filter((entry) => {
      const isShown = this.isShown(entry, nowMs);
      if (!isShown) this.#states.leave(entry);
      return isShown;
    });
    return shown.sort((a, b) => a.snapshot.groupNo - b.snapshot.groupNo);
  }

  /**
   * The block at a place on the page: as it was, unless one of its groups changed or others stand there now. `owners`: the
   * sources and tenants of groups before.
   */
  #blockOf(place: number, entries: readonly RosterEntry[], owners: Set<string>): Block {
    const known = this.#blocks[place];
    const firsts = entries.map((entry) => {
      const { owner } = this.#groupLabels(entry);
      return !owners.has(owner) && owners.add(owner) === owners;
    });
    const isSame = (entry: RosterEntry, at: number) =>
      known?.entries[at] === entry && known.revisions[at] === entry.revision && known.firsts[at] === firsts[at];
    if (known?.entries.length === entries.length && entries.every(isSame)) return known;
    const texts = new Map<FamilyKey, PageText>();
    const lines = new Lines((key, text) => {
      const found = texts.get(key) ?? new PageText();
      found.add(text);
      texts.set(key, found);
    });
    entries.forEach((entry, at) => {
      const labels = this.labelsOf(entry);
      this.#renderStates(entry, labels, { isFirst: firsts[at] === true, lines });
      renderUnchanging(entry, labels, lines);
    });
    const pieces = [...texts].flatMap(([key, text]) => text.pieces().map((piece) => [key, piece] as const));
    const block = { entries, revisions: entries.map(({ revision }) => revision), firsts, pieces };
    this.#blocks[place] = block;
    return block;
  }

  /** One-hot. The first group of each source and tenant shows all states, so that a sum by state has them all. */
  #renderStates(entry: RosterEntry, labels: string, { isFirst, lines }: { isFirst: boolean; lines: Lines }): void {
    const current = stateLabel(entry.snapshot.state);
    const states = this.#states.of(entry, current);
    for (const state of isFirst ? STATE_LABELS : states)
      lines.sample('state', withLabels(labels, { state }), state === current ? 1 : 0);
  }

  #renderChanging(entry: RosterEntry, nowMs: number, lines: Lines): void {
    const { snapshot, figures } = entry;
    const labels = this.labelsOf(entry);
    const silent = this.#options.roster.silent(entry, nowMs);
    lines.sample('silent', labels, silent ? 1 : 0);
    lines.sample('lastNotification', labels, figures.lastHeardMs / 1000);
    this.#renderAbandonment(entry, nowMs, lines);
    // A silent or stopped group's last figures are not current: absent, never stale, never 0.
    if (snapshot.state !== 'running' || silent) return;
    const { statistics } = figures;
    lines.sample('busy', labels, statistics.busyRatio);
    lines.sample('hit', labels, statistics.hitRatio);
    lines.sample('overdial', labels, statistics.overdialRatio);
    lines.sample('timeToComplete', labels, statistics.timeToCompleteSeconds);
    if (snapshot.callingLists.length > 0) this.#renderLists(snapshot.callingLists, labels, lines);
  }

  #renderAbandonment(entry: RosterEntry, nowMs: number, lines: Lines): void {
    for (const [profile, { low, high, estimatedRatio }] of this.#options.abandonment.shown(entry, nowMs)) {
      const labels = withLabels(this.labelsOf(entry), { profile });
      lines.sample('abandonmentEstimated', labels, estimatedRatio);
      lines.sample('abandonmentLow', labels, low);
      lines.sample('abandonmentHigh', labels, high);
    }
  }

  #renderLists(lists: readonly LabelledList[], labels: string, lines: Lines): void {
    const { maxListsPerGroup, onListsLeftOut } = this.#options;
    const shown = lists.length > maxListsPerGroup ? [...lists].sort(byLabel).slice(0, maxListsPerGroup) : lists;
    const taken = new Set<string>();
    for (const list of shown) {
      const label = boundedLabel(labelOf(list));
      // Texts that are no Unicode may look alike: one sample a series, or the whole scrape is refused.
      if (taken.has(label)) continue;
      taken.add(label);
      const listLabels = withLabels(labels, { calling_list: label });
      lines.sample('listHit', listLabels, list.hitRatio);
      lines.sample('listTimeToComplete', listLabels, list.timeToCompleteSeconds);
    }
    if (lists.length > taken.size) onListsLeftOut(lists.length - taken.size);
  }
}

function labelOf({ label, name }: LabelledList): string {
  return label ?? name;
}

/** Whichever order they are sent in, the same lists are left out. */
function byLabel(a: LabelledList, b: LabelledList): number {
  return labelOf(a) < labelOf(b) ? -1 : 1;
}

function renderGroupLabels({ snapshot: { source, attributes, dbid } }: RosterEntry): string {
  return renderLabels({
    source,
    tenant: boundedLabel(attributes.tenant),
    campaign_group: boundedLabel(attributes.name),
    dbid: boundedLabel(dbid),
  });
}

/** What changes only with the revision. */
function renderUnchanging({ snapshot }: RosterEntry, labels: string, lines: Lines): void {
  const { attributes } = snapshot;
  const info = {
    id: snapshot.id,
    guid: boundedLabel(attributes.guid),
    tenant_ccid: boundedLabel(attributes.tenantCcid),
    campaign: boundedLabel(attributes.campaign),
    group: boundedLabel(attributes.group),
    template: boundedLabel(attributes.template),
    queue: boundedLabel(attributes.queue),
  };
  lines.sample('info', withLabels(labels, info), 1);
  lines.sample('stateCode', labels, snapshot.stateCode);
  lines.sample('stateSince', labels, snapshot.stateSinceMs / 1000);
  if (snapshot.ended !== null) lines.sample('end', withLabels(labels, { how: snapshot.ended.how }), 1);
  if (snapshot.state === 'running') {
    const optimizeBy = labelWord(snapshot.optimizeBy);
    const dialing = { dial_mode: labelWord(snapshot.dialMode), optimize_by: optimizeBy };
    if (snapshot.dialMode !== null || snapshot.optimizeBy !== null)
      lines.sample('dialing', withLabels(labels, dialing), 1);
    const goalLabels = withLabels(labels, { optimize_by: optimizeBy });
    const unit = snapshot.optimizeGoal === null ? null : goalUnit(snapshot.optimizeBy);
    if (unit === 'ratio') lines.sample('goalRatio', goalLabels, (snapshot.optimizeGoal ?? 0) / 100);
    if (unit === 'seconds') lines.sample('goalSeconds', goalLabels, snapshot.optimizeGoal);
  }
}

/** A word of an open table as a label: bounded, `none` when nothing is said. */
function labelWord(word: string | null): string {
  if (word === null) return 'none';
  return word.startsWith('unknown(') ? 'unknown' : boundedLabel(word);
}

/** Puts samples into words. */
class Lines {
  /** Takes lines of a family. */
  readonly add: (key: FamilyKey, lines: string) => void;

  constructor(add: (key: FamilyKey, lines: string) => void) {
    this.add = add;
  }

  /** One sample; none for null, because no value is invented. */
  sample(key: FamilyKey, labels: string, value: number | null): void {
    if (value !== null) this.add(key, `${DOMAIN_FAMILIES[key].name}${labels} ${renderValue(value)}\n`);
  }
}
