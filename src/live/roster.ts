/**
 * The roster: every campaign group as it stands, in memory, for those who show it. Fed by commits after they are
 * durable; a restart rebuilds it from the store. Bounded: beyond `maxGroups` the longest unloaded group makes room,
 * and when none is unloaded the newcomer is left out and counted (its posts are kept all the same). Some of those left out
 * wait, and come in as soon as there is room; the others do with their next change. No post costs a look at all groups.
 */
import type { GroupFigures, GroupNo, GroupSnapshot } from '../domain/campaign-group.js';
import type { MaintenanceCalendar } from '../domain/maintenance.js';
import { Pulse } from '../domain/pulse.js';
import type { Rhythm } from '../domain/rhythm.js';
import { isSilent, isSourceSilent, type Expectation, silentSinceMs, type SourceGroup } from '../domain/silence.js';
import type { CommitReport, Heard, Listened } from '../domain/store.js';
import { type Source, Sources, type SourcesOptions } from './sources.js';
import { WaitingGroups } from './waiting-groups.js';

export interface RosterOptions extends SourcesOptions {
  readonly maxGroups: number;
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
  readonly source: Source;
  /** Null until it is heard running. */
  readonly pulse: Pulse | null;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface MutableEntry extends Mutable<RosterEntry> {
  /** The last commit that told of it; 0: none yet. */
  commitNo: number;
}

const NOT_LOADED = 'not_loaded';
const RUNNING = 'running';

export class Roster {
  readonly #options: RosterOptions;
  readonly #byNo = new Map<GroupNo, MutableEntry>();
  readonly #byId = new Map<string, MutableEntry>();
  /** Those that make room, in the order in which they were last heard. */
  readonly #unloaded = new Set<GroupNo>();
  readonly #waiting = new WaitingGroups();
  readonly #sources: Sources;
  #upSinceMs: number;
  /** While posts are not committed nobody is heard. */
  #isSuspended = false;
  /** When they were again. */
  #resumedMs = -Infinity;
  #hasLearned = false;
  #leftOut = 0;

  constructor(options: RosterOptions) {
    this.#options = options;
    this.#sources = new Sources(options);
    this.#upSinceMs = options.upSinceMs;
  }

  /** Groups that were left out for the bound since the start. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Since when this process listens. */
  get upSinceMs(): number {
    return this.#upSinceMs;
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

  byNo(groupNo: GroupNo): RosterEntry | undefined {
    return this.#byNo.get(groupNo);
  }

  /** Sources with their rhythm, those beyond the bound as one. */
  sources(): Iterable<[string, Rhythm]> {
    return this.#sources.rhythms();
  }

  sendsStatistics(source: string): boolean {
    return this.#sources.get(source)?.sendsStatistics ?? false;
  }

  /** The database is away: nobody is heard, and nobody is silent. */
  suspend(): void {
    this.#isSuspended = true;
  }

  /** Silence is judged again, by what is heard from now on. */
  resume(nowMs: number): void {
    this.#isSuspended = false;
    this.#resumedMs = nowMs;
  }

  /** Whether what is shown stands as it was when the database went away. */
  get isStale(): boolean {
    return this.#isSuspended;
  }

  silent(entry: RosterEntry, nowMs: number): boolean {
    return !this.#isSuspended && isSilent(heardOf(entry), this.#expectation(entry, nowMs), nowMs);
  }

  /** When the first post that did not come was due; null while the group is not silent. */
  silentSinceMs(entry: RosterEntry, nowMs: number): number | null {
    if (this.#isSuspended) return null;
    return silentSinceMs(heardOf(entry), this.#expectation(entry, nowMs), nowMs);
  }

  /** What the silences of a group are told by. */
  listened(entry: RosterEntry, nowMs: number): Listened {
    const { snapshot, figures, source } = entry;
    return {
      rule: source.rhythm.past,
      maintenance: this.#options.maintenance?.get(source.name)?.windows ?? [],
      isRunning: snapshot.state === RUNNING,
      heardMs: figures.lastHeardMs,
      silentSinceMs: this.silentSinceMs(entry, nowMs),
      nowMs,
    };
  }

  /** Sources that are silent as a whole, see `isSourceSilent`. */
  silentSources(nowMs: number): ReadonlySet<string> {
    return this.#allSilent(nowMs, ({ name }) => name);
  }

  /** The same for `sources()`: those that are taken together are one. */
  silentLabels(nowMs: number): ReadonlySet<string> {
    return this.#allSilent(nowMs, ({ label }) => label);
  }

  #allSilent(nowMs: number, nameOf: (source: Source) => string): ReadonlySet<string> {
    const heard = new Set<string>();
    const suspects = new Set<string>();
    for (const entry of this.#byNo.values()) {
      if (entry.snapshot.state === RUNNING) (this.silent(entry, nowMs) ? suspects : heard).add(nameOf(entry.source));
    }
    for (const name of heard) suspects.delete(name);
    if (suspects.size === 0) return suspects;
    const groups = new Map<string, SourceGroup[]>([...suspects].map((name) => [name, []]));
    for (const entry of this.#byNo.values()) groups.get(nameOf(entry.source))?.push(this.#inSource(entry, nowMs));
    return new Set([...suspects].filter((name) => isSourceSilent(groups.get(name) ?? [])));
  }

  #inSource(entry: RosterEntry, nowMs: number): SourceGroup {
    const expected = this.#expectation(entry, nowMs);
    const heard = heardOf(entry);
    return {
      isRunning: heard.state === RUNNING,
      hasEnded: entry.snapshot.ended !== null,
      isSilent: isSilent(heard, expected, nowMs),
      lastHeardMs: heard.lastHeardMs,
      silenceAfterMs: expected.silenceAfterMs,
    };
  }

  /** When the maintenance of a source is over or was; null: there was none. */
  quietUntilMs(source: string, nowMs: number): number | null {
    return this.#options.maintenance?.get(source)?.quietUntilMs(nowMs) ?? null;
  }

  #expectation({ source: { name, rhythm }, pulse }: RosterEntry, nowMs: number): Expectation {
    return {
      silenceAfterMs: pulse === null ? rhythm.silenceAfterMs : rhythm.silenceAfterOf(pulse),
      intervalMs: pulse === null ? rhythm.intervalMs : rhythm.intervalOf(pulse),
      upSinceMs: Math.max(this.#upSinceMs, this.#resumedMs),
      quietUntilMs: this.quietUntilMs(name, nowMs),
    };
  }

  rhythm(source: string): Rhythm {
    return this.#sources.rhythm(source);
  }

  /** The interval at which a source posts, or will; null when it sends no periodic posts. */
  expectedIntervalMs(source: string): number | null {
    return this.rhythm(source).intervalMs;
  }

  /** Intervals that were learned and are to be written down, as they are hereby; in most cases there is none. */
  intervalsToKeep(): ReadonlyMap<string, number> {
    if (!this.#hasLearned) return NONE;
    this.#hasLearned = false;
    return this.#sources.toKeep();
  }

  /**
   * The clock was set: what this process heard moves with it, so that what is silent stays silent and nothing else becomes
   * so. What was heard before it began stays.
   */
  move(byMs: number): void {
    const moved = <T extends GroupFigures>(figures: T): T =>
      figures.lastHeardMs < this.#upSinceMs ? figures : { ...figures, lastHeardMs: figures.lastHeardMs + byMs };
    for (const entry of this.#byNo.values()) {
      entry.figures = moved(entry.figures);
      entry.pulse?.move(byMs);
    }
    this.#waiting.move(moved);
    for (const [, rhythm] of this.#sources.rhythms()) rhythm.move(byMs);
    this.#upSinceMs += byMs;
    this.#resumedMs += byMs;
  }

  /**
   * Puts groups on the roster as the store has them: beyond the bound, those that were unloaded longest stay out. The store
   * has left out further ones, `leftOut` of them loaded. Nothing was heard later than `nowMs`, whatever an earlier run with
   * another clock wrote down.
   */
  load(stored: readonly GroupSnapshot[], { leftOut = 0, nowMs = Infinity } = {}): void {
    const snapshots = stored.map((snapshot) => notAfter(snapshot, nowMs));
    this.#leftOut += leftOut;
    const unloaded = snapshots.filter(({ state }) => state === NOT_LOADED);
    unloaded.sort((a, b) => a.figures.lastHeardMs - b.figures.lastHeardMs);
    const isTooMany = this.#byNo.size + snapshots.length > this.#options.maxGroups;
    const loaded = () => snapshots.filter(({ state }) => state !== NOT_LOADED);
    for (const snapshot of isTooMany ? [...unloaded, ...loaded()] : snapshots) this.#put(snapshot);
    for (const { groupNo } of unloaded) this.#noteUnloaded(groupNo);
  }

  /**
   * Puts groups as the store has them in the place of all that is shown, but of those of which a later commit than `no` has
   * told. What was posted meanwhile nobody here has heard: it listens anew from now on. Returns the groups that are gone.
   */
  loadAnew(
    stored: readonly GroupSnapshot[],
    { no, leftOut, nowMs }: { readonly no: number; readonly leftOut: number; readonly nowMs: number },
  ): readonly GroupNo[] {
    const held = new Set(stored.map(({ groupNo }) => groupNo));
    const shown = [...this.#byNo].filter(([groupNo, { commitNo }]) => commitNo <= no && !held.has(groupNo));
    const waiting = [...this.#waiting.all()].filter(({ commitNo }) => commitNo <= no);
    for (const { snapshot } of waiting) this.#waiting.delete(snapshot.groupNo);
    const gone = shown.map(([groupNo]) => groupNo);
    for (const groupNo of gone) this.#remove(groupNo);
    for (const entry of this.#byNo.values()) entry.pulse = null;
    this.#upSinceMs = nowMs;
    const news = stored.filter(({ groupNo }) => this.#isNews(groupNo, no));
    this.load(news, { leftOut, nowMs });
    return gone;
  }

  /**
   * Takes over what a commit changed, but of no group of which a later one has told. Nothing was heard later than `nowMs`:
   * a post that came while the clock was ahead may be committed when it is right again.
   */
  apply({ no, heard, snapshots }: Pick<CommitReport, 'no' | 'heard' | 'snapshots'>, nowMs = Infinity): void {
    // Hearings first: a gap belongs to the state before it.
    for (const one of heard) {
      if (!this.#isNews(one.groupNo, no)) continue;
      this.#hear(one.receivedAtMs <= nowMs ? one : { ...one, receivedAtMs: nowMs });
    }
    for (const snapshot of snapshots) if (this.#isNews(snapshot.groupNo, no)) this.#put(notAfter(snapshot, nowMs), no);
  }

  #isNews(groupNo: GroupNo, commitNo: number): boolean {
    const entry = this.#byNo.get(groupNo) ?? this.#waiting.get(groupNo);
    if (entry === undefined) return true;
    if (entry.commitNo > commitNo) return false;
    entry.commitNo = commitNo;
    return true;
  }

  /** Drops groups, and what was learned of a source; those that wait for room come in. */
  forget(groupNos: readonly GroupNo[], source: string | null): void {
    for (const groupNo of groupNos) {
      this.#waiting.delete(groupNo);
      this.#remove(groupNo);
    }
    if (source !== null) this.#sources.forget(source);
    this.admit();
  }

  /** Lets groups in that wait for room, as long as there is any. Apart from `apply`, so that an unloading is shown before. */
  admit(): void {
    for (const { snapshot, commitNo } of this.#waiting.all()) {
      if (!this.#hasRoom()) return;
      this.#enter(snapshot, commitNo);
    }
  }

  #hear(heard: Heard): void {
    const { groupNo, receivedAtMs, lastEventMs, statistics } = heard;
    const entry = this.#byNo.get(groupNo);
    if (!entry) {
      this.#waiting.hear(heard);
      return;
    }
    const { lastHeardMs } = entry.figures;
    if (entry.snapshot.state === RUNNING) this.#count(entry, heard);
    else if (entry.snapshot.state === NOT_LOADED) this.#noteUnloaded(groupNo);
    entry.figures = { lastEventMs, lastHeardMs: Math.max(lastHeardMs, receivedAtMs), statistics };
  }

  /** Counts a post of a running group. */
  #count(entry: MutableEntry, heard: Heard): void {
    const { source, figures } = entry;
    const { receivedAtMs, outcome, atMs } = heard;
    if (receivedAtMs < figures.lastHeardMs && outcome !== 'late') return;
    // What was heard before we listened, or before a maintenance ended, says nothing about the gap.
    const quietUntilMs = this.quietUntilMs(source.name, receivedAtMs) ?? 0;
    const pulse = (entry.pulse ??= new Pulse());
    if (!pulse.hasBegun || figures.lastHeardMs < Math.max(this.#upSinceMs, quietUntilMs)) {
      if (outcome === 'transition') pulse.begin(receivedAtMs);
      else pulse.beginWith(receivedAtMs, atMs);
    } else if (source.rhythm.hear(pulse, heard, figures.lastEventMs)) this.#hasLearned = true;
  }

  #put(snapshot: GroupSnapshot, commitNo = 0): void {
    const known = this.#byNo.get(snapshot.groupNo);
    if (known) this.#renew(known, snapshot);
    else if (this.#hasRoom()) this.#enter(snapshot, commitNo);
    else {
      this.#leftOut++;
      this.#waiting.put(snapshot, commitNo);
    }
  }

  #renew(known: MutableEntry, snapshot: GroupSnapshot): void {
    const { figures, state } = snapshot;
    known.figures = { ...figures, lastHeardMs: Math.max(figures.lastHeardMs, known.figures.lastHeardMs) };
    if (state === RUNNING && known.snapshot.state !== RUNNING) {
      known.pulse ??= new Pulse();
      known.pulse.begin(known.figures.lastHeardMs);
    }
    known.snapshot = snapshot;
    known.revision++;
    if (snapshot.sendsStatistics) this.#sources.noteStatistics(known.source);
    if (state === NOT_LOADED) this.#noteUnloaded(snapshot.groupNo);
    else this.#unloaded.delete(snapshot.groupNo);
  }

  /** There must be room. */
  #enter(snapshot: GroupSnapshot, commitNo: number): void {
    const { groupNo, id, figures, state, sendsStatistics } = snapshot;
    if (this.#byNo.size >= this.#options.maxGroups) this.#makeRoom();
    this.#waiting.delete(groupNo);
    const source = this.#sources.enter(snapshot.source);
    const entry: MutableEntry = { snapshot, figures, revision: 0, source, pulse: null, commitNo };
    if (state === RUNNING && figures.lastHeardMs >= this.#upSinceMs) {
      entry.pulse = new Pulse();
      entry.pulse.beginWith(figures.lastHeardMs, figures.lastEventMs);
    }
    if (sendsStatistics) this.#sources.noteStatistics(source);
    this.#byNo.set(groupNo, entry);
    this.#byId.set(id, entry);
    if (state === NOT_LOADED) this.#noteUnloaded(groupNo);
  }

  #hasRoom(): boolean {
    return this.#byNo.size < this.#options.maxGroups || this.#unloaded.size > 0;
  }

  #makeRoom(): void {
    const [longest] = this.#unloaded;
    if (longest !== undefined) this.#remove(longest);
  }

  #remove(groupNo: GroupNo): void {
    const entry = this.#byNo.get(groupNo);
    if (entry === undefined) return;
    this.#byNo.delete(groupNo);
    this.#unloaded.delete(groupNo);
    // A group of the same key may have begun anew already.
    if (this.#byId.get(entry.snapshot.id) === entry) this.#byId.delete(entry.snapshot.id);
    this.#sources.leave(entry.source);
  }

  #noteUnloaded(groupNo: GroupNo): void {
    if (!this.#byNo.has(groupNo)) return;
    this.#unloaded.delete(groupNo);
    this.#unloaded.add(groupNo);
  }
}

const NONE: ReadonlyMap<string, number> = new Map();

function notAfter(snapshot: GroupSnapshot, nowMs: number): GroupSnapshot {
  const { figures } = snapshot;
  return figures.lastHeardMs <= nowMs ? snapshot : { ...snapshot, figures: { ...figures, lastHeardMs: nowMs } };
}

function heardOf({ snapshot, figures }: RosterEntry) {
  return { state: snapshot.state, lastHeardMs: figures.lastHeardMs };
}
