/**
 * The campaign groups in the text format. Rendered anew for every scrape from the roster, so that a vanished group
 * leaves at once; what hardly changes is rendered once per revision. A scrape of many groups is rendered in slices,
 * between which posts are answered.
 */
import type { CallingListFigures } from '../domain/notification.js';
import { goalUnit, stateLabel, STATES } from '../domain/vocabulary.js';
import type { Roster, RosterEntry } from '../ingest/roster.js';
import { DOMAIN_FAMILIES, type Family } from './catalogue.js';
import { boundedLabel, renderFamily, renderLabels, renderValue, withLabels } from './exposition.js';
import { sliced } from './sliced.js';

export interface DomainMetricsOptions {
  readonly roster: Roster;
  readonly unloadedRetentionMs: number;
  readonly maxListsPerGroup: number;
  /** Told how many calling lists were left out of a scrape for the bound. */
  readonly onListsLeftOut: (count: number) => void;
}

type FamilyKey = keyof typeof DOMAIN_FAMILIES;
const FAMILIES = Object.entries(DOMAIN_FAMILIES) as [FamilyKey, Family][];
const STATE_LABELS = [...STATES, 'unknown'] as const;

/** The lines of one group that change only with its revision. */
interface Fixed {
  readonly revision: number;
  readonly labels: string;
  readonly lines: Partial<Record<FamilyKey, string>>;
}

export class DomainMetrics {
  readonly #options: DomainMetricsOptions;
  readonly #fixed = new WeakMap<RosterEntry, Fixed>();
  #underWay: Promise<string[]> | null = null;

  constructor(options: DomainMetricsOptions) {
    this.#options = options;
  }

  /** The exposition in pieces, to be sent in order. Scrapes that overlap share one rendering. */
  render(nowMs: number): Promise<readonly string[]> {
    this.#underWay ??= this.#render(nowMs).finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  /** The rendered group labels of an entry. */
  labelsOf(entry: RosterEntry): string {
    return this.#fixedOf(entry).labels;
  }

  async #render(nowMs: number): Promise<string[]> {
    const pieces = new Map<FamilyKey, string[]>(
      FAMILIES.map(([key, { name, type, help }]) => [key, [renderFamily(name, type, help)]]),
    );
    const shown = [...this.#options.roster.entries()].filter((entry) => this.#isShown(entry, nowMs));
    for await (const entries of sliced(shown)) {
      const slice = new Lines();
      for (const entry of entries) this.#renderEntry(entry, nowMs, slice);
      for (const [key, text] of slice.byFamily) pieces.get(key)?.push(text);
    }
    return [...pieces.values()].flat();
  }

  /** An unloaded group stays for a while, so that timelines end on an explicit value; then everything of it goes. */
  #isShown({ snapshot, figures }: RosterEntry, nowMs: number): boolean {
    return snapshot.state !== 'not_loaded' || nowMs - figures.lastHeardMs <= this.#options.unloadedRetentionMs;
  }

  #renderEntry(entry: RosterEntry, nowMs: number, lines: Lines): void {
    const { snapshot, figures } = entry;
    const { labels, lines: fixed } = this.#fixedOf(entry);
    for (const key in fixed) lines.add(key as FamilyKey, fixed[key as FamilyKey] ?? '');
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

  #renderLists(lists: readonly CallingListFigures[], labels: string, lines: Lines): void {
    const names = new Set<string>();
    for (const list of lists.slice(0, this.#options.maxListsPerGroup)) {
      const plain = boundedLabel(list.name);
      const name = names.has(plain) ? boundedLabel(`${list.name} (${list.dbid ?? 'no DBID'})`) : plain;
      if (names.has(name)) continue;
      names.add(name);
      const listLabels = withLabels(labels, { calling_list: name });
      lines.sample('listHit', listLabels, list.hitRatio);
      lines.sample('listTimeToComplete', listLabels, list.timeToCompleteSeconds);
    }
    if (lists.length > names.size) this.#options.onListsLeftOut(lists.length - names.size);
  }

  #fixedOf(entry: RosterEntry): Fixed {
    const known = this.#fixed.get(entry);
    if (known?.revision === entry.revision) return known;
    const fixed = renderFixed(entry);
    this.#fixed.set(entry, fixed);
    return fixed;
  }
}

function renderFixed({ snapshot, revision }: RosterEntry): Fixed {
  const { attributes } = snapshot;
  const labels = renderLabels({
    source: snapshot.source,
    tenant: boundedLabel(attributes.tenant),
    campaign_group: boundedLabel(attributes.name),
    dbid: boundedLabel(snapshot.dbid),
  });
  const lines = new Lines();
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
  return { revision, labels, lines: Object.fromEntries(lines.byFamily) };
}

/** A word of an open table as a label: bounded, `none` when nothing is said. */
function labelWord(word: string | null): string {
  if (word === null) return 'none';
  return word.startsWith('unknown(') ? 'unknown' : boundedLabel(word);
}

/** Lines in the making, by family. */
class Lines {
  readonly byFamily = new Map<FamilyKey, string>();

  add(key: FamilyKey, text: string): void {
    this.byFamily.set(key, (this.byFamily.get(key) ?? '') + text);
  }

  /** One sample; none for null, because no value is invented. */
  sample(key: FamilyKey, labels: string, value: number | null): void {
    if (value !== null) this.add(key, `${DOMAIN_FAMILIES[key].name}${labels} ${renderValue(value)}\n`);
  }
}
