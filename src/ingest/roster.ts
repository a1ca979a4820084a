/**
 * The roster: every campaign group as it stands, in memory, for those who show it. Fed by commits after they are
 * durable; a restart rebuilds it from the store. Bounded: beyond `maxGroups` the longest unloaded group makes room,
 * and when none is unloaded the newcomer is left out and counted (its posts are kept all the same).
 */
import type { GroupFigures, GroupSnapshot } from '../domain/campaign-group.js';
import { Rhythm, type RhythmOptions } from '../domain/rhythm.js';
import type { MaintenanceCalendar } from '../domain/maintenance.js';
import { isSilent, type Listening, silentSinceMs } from '../domain/silence.js';
import type { CommitReport, Heard } from '../domain/store.js';

export interface RosterOptions {
  readonly maxGroups: number;
  /** Sources with a rhythm of their own; further ones share one. */
  readonly maxSources: number;
  readonly rhythmOf: (source: string) => RhythmOptions;
  /** Since when this process listens. */
  readonly upSinceMs: number;
  /** Maintenance windows by source. */
  readonly maintenance?: ReadonlyMap<string, MaintenanceCalendar>;
}

/** A group on the roster. `revision` grows with everything but the figures. */
export interface RosterEntry {
  readonly snapshot: GroupSnapshot;
  readonly figures: GroupFigures;
  readonly revision: number;
}

interface MutableEntry {
  snapshot: GroupSnapshot;
  figures: GroupFigures;
  revision: number;
  /** The last commit that told of it; 0: none yet. */
  commitNo: number;
}

export class Roster {
  readonly #options: RosterOptions;
  readonly #byNo = new Map<number, MutableEntry>();
  readonly #byId = new Map<string, MutableEntry>();
  readonly #rhythms = new Map<string, Rhythm>();
  /** Sources that have sent a GSW_STAT_* key; the others run an OCS that sends no statistics. */
  readonly #sendStatistics = new Set<string>();
  #leftOut = 0;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** Groups that were left out for the bound since the start. */
  get leftOut(): number {
    return this.#leftOut;
  }

  get size(): number {
    return this.#byNo.size;
  }

  entries(): Iterable<RosterEntry> {
    return this.#byNo.values();
  }

  get(id: string): RosterEntry | undefined {
    return this.#byId.get(id);
  }

  byNo(groupNo: number): RosterEntry | undefined {
    return this.#byNo.get(groupNo);
  }

  sources(): Iterable<[string, Rhythm]> {
    return this.#rhythms;
  }

  sendsStatistics(source: string): boolean {
    return this.#sendStatistics.has(source);
  }

  silent({ snapshot, figures }: RosterEntry, nowMs: number): boolean {
    const { state, source } = snapshot;
    return isSilent({ state, lastHeardMs: figures.lastHeardMs }, this.#listening(source, nowMs), nowMs);
  }

  /** When the first post that did not come was due; null while the group is not silent. */
  silentSinceMs({ snapshot, figures }: RosterEntry, nowMs: number): number | null {
    const { state, source } = snapshot;
    return silentSinceMs({ state, lastHeardMs: figures.lastHeardMs }, this.#listening(source, nowMs), nowMs);
  }

  /** Sources all of whose running groups are silent: the source is, or the way from it, and no single group. */
  silentSources(nowMs: number): ReadonlySet<string> {
    const heard = new Set<string>();
    const silent = new Set<string>();
    for (const entry of this.#byNo.values()) {
      if (entry.snapshot.state !== 'running') continue;
      (this.silent(entry, nowMs) ? silent : heard).add(entry.snapshot.source);
    }
    return new Set([...silent].filter((source) => !heard.has(source)));
  }

  /** When the maintenance of a source is over or was; null: there was none. */
  quietUntilMs(source: string, nowMs: number): number | null {
    return this.#options.maintenance?.get(source)?.quietUntilMs(nowMs) ?? null;
  }

  #listening(source: string, nowMs: number): Listening {
    const { silenceAfterMs, intervalMs } = this.rhythm(source);
    const quietUntilMs = this.quietUntilMs(source, nowMs);
    return { silenceAfterMs, intervalMs, upSinceMs: this.#options.upSinceMs, quietUntilMs };
  }

  rhythm(source: string): Rhythm {
    const known = this.#rhythms.get(source);
    if (known) return known;
    const key = this.#rhythms.size < this.#options.maxSources ? source : OTHER_SOURCES;
    const rhythm = this.#rhythms.get(key) ?? new Rhythm(this.#options.rhythmOf(source));
    this.#rhythms.set(key, rhythm);
    return rhythm;
  }

  /** The interval at which a source posts, or will; null when it sends no periodic posts. */
  expectedIntervalMs(source: string): number | null {
    return (this.#rhythms.get(source) ?? new Rhythm(this.#options.rhythmOf(source))).intervalMs;
  }

  /** Puts groups on the roster as the store has them. */
  load(snapshots: readonly GroupSnapshot[]): void {
    for (const snapshot of snapshots) this.#put(snapshot);
  }

  /** Takes over what a commit changed, but of no group of which a later one has told. */
  apply({ no, heard, snapshots }: CommitReport): void {
    // Hearings first: a gap belongs to the state before it.
    for (const one of heard) if (this.#isNews(one.groupNo, no)) this.#hear(one);
    for (const snapshot of snapshots) if (this.#isNews(snapshot.groupNo, no)) this.#put(snapshot, no);
  }

  #isNews(groupNo: number, commitNo: number): boolean {
    const entry = this.#byNo.get(groupNo);
    if (entry === undefined) return true;
    if (entry.commitNo > commitNo) return false;
    entry.commitNo = commitNo;
    return true;
  }

  /** Drops groups, and what was learned of a source. */
  forget(groupNos: readonly number[], source: string | null): void {
    for (const groupNo of groupNos) {
      const entry = this.#byNo.get(groupNo);
      if (entry === undefined) continue;
      this.#byNo.delete(groupNo);
      // A group of the same key may have begun anew already.
      if (this.#byId.get(entry.snapshot.id) === entry) this.#byId.delete(entry.snapshot.id);
    }
    if (source === null) return;
    this.#rhythms.delete(source);
    this.#sendStatistics.delete(source);
  }

  #hear({ groupNo, outcome, receivedAtMs, lastEventMs, statistics }: Heard): void {
    const entry = this.#byNo.get(groupNo);
    if (!entry) return;
    const { lastHeardMs } = entry.figures;
    // What was heard before we listened, or before a maintenance ended, says nothing about the gap.
    const quietUntilMs = this.quietUntilMs(entry.snapshot.source, receivedAtMs) ?? 0;
    const observedSinceMs = Math.max(this.#options.upSinceMs, quietUntilMs);
    const isGap = lastHeardMs >= observedSinceMs && receivedAtMs > lastHeardMs && outcome !== 'late';
    if (entry.snapshot.state === 'running' && isGap) {
      const kind = outcome === 'transition' ? 'change' : outcome === 'duplicate' ? 'copy' : 'periodic';
      this.rhythm(entry.snapshot.source).hear(receivedAtMs - lastHeardMs, kind, receivedAtMs);
    }
    entry.figures = { lastEventMs, lastHeardMs: Math.max(lastHeardMs, receivedAtMs), statistics };
  }

  #put(snapshot: GroupSnapshot, commitNo = 0): void {
    this.rhythm(snapshot.source);
    if (snapshot.sendsStatistics && this.#rhythms.has(snapshot.source)) this.#sendStatistics.add(snapshot.source);
    const known = this.#byNo.get(snapshot.groupNo);
    if (known) {
      const { figures } = snapshot;
      known.figures = { ...figures, lastHeardMs: Math.max(figures.lastHeardMs, known.figures.lastHeardMs) };
      known.snapshot = snapshot;
      known.revision++;
      return;
    }
    if (this.#byNo.size >= this.#options.maxGroups && !this.#makeRoom()) {
      this.#leftOut++;
      return;
    }
    const entry = { snapshot, figures: snapshot.figures, revision: 0, commitNo };
    this.#byNo.set(snapshot.groupNo, entry);
    this.#byId.set(snapshot.id, entry);
  }

  #makeRoom(): boolean {
    let oldest: MutableEntry | null = null;
    for (const entry of this.#byNo.values()) {
      if (entry.snapshot.state !== 'not_loaded') continue;
      if (oldest === null || entry.figures.lastHeardMs < oldest.figures.lastHeardMs) oldest = entry;
    }
    if (oldest === null) return false;
    this.#byNo.delete(oldest.snapshot.groupNo);
    this.#byId.delete(oldest.snapshot.id);
    return true;
  }
}

/** The name under which sources beyond the bound are taken together; no source can have it. */
export const OTHER_SOURCES = '(other)';
