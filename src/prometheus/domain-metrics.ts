/**
 * The campaign groups in the text format. Rendered anew for every scrape from the roster, so that a vanished group
 * leaves at once; what hardly changes is kept as it is sent, outside the heap (as strings, every full garbage collection
 * had 100 MB to walk through and held up posts by 150 ms). A scrape of many groups is rendered
 * in slices, between which posts are answered.
 */
import type { LabelledList } from '../domain/campaign-group.js';
import { goalUnit, stateLabel, STATES } from '../domain/vocabulary.js';
import type { Roster, RosterEntry } from '../ingest/roster.js';
import { DOMAIN_FAMILIES, type Family } from './catalogue.js';
import { boundedLabel, renderFamily, renderLabels, renderValue, withLabels } from './exposition.js';
import { PageText, type PieceMemory } from './page-text.js';
import type { Page } from './shared-pages.js';
import { sliced } from './sliced.js';

export interface DomainMetricsOptions {
  readonly roster: Roster;
  readonly unloadedRetentionMs: number;
  readonly maxListsPerGroup: number;
  readonly memory: PieceMemory;
  /** Told how many calling lists were left out of a scrape for the bound. */
  readonly onListsLeftOut: (count: number) => void;
}

type FamilyKey = keyof typeof DOMAIN_FAMILIES;
const FAMILIES = Object.entries(DOMAIN_FAMILIES) as [FamilyKey, Family][];
const STATE_LABELS = [...STATES, 'unknown'] as const;

/** The labels that every series of a group carries. */
interface GroupLabels {
  readonly revision: number;
  readonly rendered: string;
}

/** Neighbours on the page, and their unchanging lines as they are sent. */
interface Block {
  readonly entries: readonly RosterEntry[];
  readonly revisions: readonly number[];
  readonly pieces: readonly (readonly [FamilyKey, Uint8Array])[];
}

export class DomainMetrics {
  readonly #options: DomainMetricsOptions;
  readonly #labels = new WeakMap<RosterEntry, GroupLabels>();
  readonly #blocks: Block[] = [];

  constructor(options: DomainMetricsOptions) {
    this.#options = options;
  }

  /** The rendered group labels of an entry. */
  labelsOf(entry: RosterEntry): string {
    const known = this.#labels.get(entry);
    if (known?.revision === entry.revision) return known.rendered;
    const rendered = renderGroupLabels(entry);
    this.#labels.set(entry, { revision: entry.revision, rendered });
    return rendered;
  }

  /** One at a time: see SharedPages. */
  async render(nowMs: number): Promise<Page> {
    const page = new Map<FamilyKey, PageText>();
    for (const [key, { name, type, help }] of FAMILIES) {
      const text = new PageText(this.#options.memory);
      text.add(renderFamily(name, type, help));
      page.set(key, text);
    }
    const lines = new Lines((key, text) => page.get(key)?.add(text));
    const shown = [...this.#options.roster.entries()].filter((entry) => this.#isShown(entry, nowMs));
    let blocks = 0;
    for await (const entries of sliced(shown)) {
      for (const [key, bytes] of this.#blockOf(blocks++, entries).pieces) page.get(key)?.addEncoded(bytes);
      for (const entry of entries) this.#renderChanging(entry, nowMs, lines);
    }
    this.#blocks.length = blocks;
    const texts = [...page.values()];
    return {
      pieces: texts.flatMap((text) => text.pieces()),
      release: () => {
        for (const text of texts) text.release();
      },
    };
  }

  /** The block at a place on the page: as it was, unless one of its groups changed or others stand there now. */
  #blockOf(place: number, entries: readonly RosterEntry[]): Block {
    const known = this.#blocks[place];
    const isSame = (entry: RosterEntry, at: number) =>
      known?.entries[at] === entry && known.revisions[at] === entry.revision;
    if (known?.entries.length === entries.length && entries.every(isSame)) return known;
    const texts = new Map<FamilyKey, PageText>();
    const lines = new Lines((key, text) => {
      const found = texts.get(key) ?? new PageText();
      found.add(text);
      texts.set(key, found);
    });
    for (const entry of entries) renderUnchanging(entry, this.labelsOf(entry), lines);
    const pieces = [...texts].flatMap(([key, text]) => text.pieces().map((piece) => [key, piece] as const));
    const block = { entries, revisions: entries.map(({ revision }) => revision), pieces };
    this.#blocks[place] = block;
    return block;
  }

  /** An unloaded group stays for a while, so that timelines end on an explicit value; then everything of it goes. */
  #isShown({ snapshot, figures }: RosterEntry, nowMs: number): boolean {
    return snapshot.state !== 'not_loaded' || nowMs - figures.lastHeardMs <= this.#options.unloadedRetentionMs;
  }

  #renderChanging(entry: RosterEntry, nowMs: number, lines: Lines): void {
    const { snapshot, figures } = entry;
    const labels = this.labelsOf(entry);
    const silent = this.#options.roster.silent(entry, nowMs);
    lines.sample('silent', labels, silent ? 1 : 0);
    lines.sample('lastNotification', labels, figures.lastHeardMs / 1000);
    // A silent or stopped group's last figures are not current: absent, never stale, never 0.
    if (snapshot.state !== 'running' || silent) return;
    const { statistics } = figures;
    lines.sample('busy', labels, statistics.busyRatio);
    lines.sample('hit', labels, statistics.hitRatio);
    lines.sample('overdial', labels, statistics.overdialRatio);
    lines.sample('timeToComplete', labels, statistics.timeToCompleteSeconds);
    if (snapshot.callingLists.length > 0) this.#renderLists(snapshot.callingLists, labels, lines);
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
  const current = stateLabel(snapshot.state);
  for (const state of STATE_LABELS) lines.sample('state', withLabels(labels, { state }), state === current ? 1 : 0);
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
