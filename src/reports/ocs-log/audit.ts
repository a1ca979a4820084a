/**
 * Compares what OCS says it sent with what is held of it, clock hour by clock hour, so that logs of any length take little
 * memory. The outcome depends on the set of lines and on what is held, not on the order in which they come.
 */
import { MonitorError } from '../../domain/errors.js';
import { ownText } from '../../domain/own-text.js';
import type { LogEntry } from '../../ocs/log/log-reader.js';
import { align, NOBODY, type Timed } from './align.js';
import { Compared } from './compared.js';
import { Coverage } from './coverage.js';
import type { HeldRows } from './held-rows.js';
import { HourComparison } from './hour-comparison.js';
import { type ChangeLine, SampledChanges } from './other-clock.js';
import { HOUR_MS, type SentLine, SentLines } from './sent-lines.js';
import { StateLines } from './state-lines.js';
import { type Expected, shownUri, slipOf } from './uris.js';

/**
 * @bound names of campaign groups in the logs of an audit
 * @beyond the audit ends, and says so
 * @seen the answer
 */
const MAX_NAMES = 100_000;
/**
 * @bound other URIs that an audit names
 * @beyond further ones are counted together
 * @seen `misdirected` of the answer
 */
const MAX_URIS = 1000;
/**
 * @bound lines of an audit that are older than the hours it has done with
 * @beyond the audit ends, and says so
 * @seen the answer
 */
const MAX_LATE = 1_000_000;
/** An hour is done with when the log has gone on by so much: threads write past one another, and clocks are set. */
const SETTLES_MS = 600_000;
const OTHER_URIS = '(others)';

export interface AuditSettings extends Expected {
  readonly toleranceMs: number;
  /** Whether missing changes of state are to be brought back. */
  readonly asksForStates: boolean;
}

export interface Misdirected {
  readonly uri: string;
  readonly count: number;
  readonly slip: string;
}

export interface LogAudit {
  readonly compared: Compared;
  readonly nameOf: (nameNo: number) => string;
  readonly misdirected: readonly Misdirected[];
  /** OCS tells of no notification at all. */
  readonly isTraceOff: boolean;
  /** Lines about notifications to this source from before samples are kept: nobody can tell any more. */
  readonly beforeHorizon: number;
  /** From the first to the last notification in the log; null: there is none. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** What there was of changes of state; null: it was not asked for. */
  readonly states: StatesOfLog | null;
  /** Some of the lines about changes of state, by which the clock is tested. */
  readonly sampled: readonly ChangeLine[];
}

/** What it takes to bring missing changes of state back. */
export interface StatesOfLog extends Pick<StateLines, 'lostByGroup' | 'tellsOfChange'> {
  /** Whether the log tells of all that happened between two moments. */
  readonly isWhole: (fromMs: number, toMs: number) => boolean;
  /** Whether evidence of a name and a moment is in no line of the log. */
  readonly isUnexpected: (nameNo: number, atMs: number) => boolean;
}

export class OcsLogAudit {
  readonly #settings: AuditSettings;
  readonly #rows: HeldRows;
  readonly #compared: Compared;
  readonly #coverage = new Coverage();
  readonly #hours: HourComparison;
  readonly #nameNos = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #uris = new Map<string, { slip: string | null; count: number }>();
  /** By clock hour. */
  readonly #open = new Map<number, SentLines>();
  /** When the first of these ends; it need not be looked at before. */
  #soonestEndMs = Infinity;
  readonly #late = new SentLines();
  readonly #states: StateLines | null;
  readonly #sampled = new SampledChanges();
  #notifications = 0;
  #beforeHorizon = 0;

  constructor(settings: AuditSettings, rows: HeldRows) {
    this.#settings = settings;
    this.#rows = rows;
    this.#states = settings.asksForStates ? new StateLines() : null;
    this.#compared = new Compared(rows.downs());
    const named = { noOf: (name: string) => this.#noOf(name), nameOf: (no: number) => this.#names[no] ?? '' };
    const [compared, coverage, states] = [this.#compared, this.#coverage, this.#states];
    this.#hours = new HourComparison({ rows, named, compared, coverage, states, ...settings });
  }

  /** To be told of every line that says a time, so that a hole in the log is none of what was received. */
  cover(atMs: number): void {
    this.#coverage.line(atMs);
    if (this.#notifications > 0) this.#openHour(atMs);
  }

  take(entry: LogEntry): void {
    if (entry.message !== 'notification') {
      this.#states?.message(this.#noOf(entry.name), entry.atMs, entry.id);
      return;
    }
    const { atMs, kind } = entry;
    this.#notifications++;
    this.#coverage.notification(atMs);
    if (!this.#isOurs(entry.uri)) return;
    if (atMs < (this.#rows.samplesSinceMs ?? -Infinity)) {
      this.#beforeHorizon++;
      return;
    }
    const line = { atMs, kind, nameNo: this.#noOf(entry.name) };
    this.#openHour(atMs).add(line);
    if (kind === 'state') this.#sampled.note(line);
    if (this.#late.length > MAX_LATE) throw outOfOrder();
    this.#closeUntil(atMs - SETTLES_MS - 2 * this.#settings.toleranceMs);
  }

  finish(): LogAudit {
    this.#closeUntil(Infinity);
    this.#placeLate();
    const { firstMs, lastMs } = this.#coverage;
    // Before the first and after the last one nobody can tell whether OCS would have said so.
    this.#compared.keepUnexpected(({ atMs }) => atMs >= (firstMs ?? Infinity) && atMs <= (lastMs ?? -Infinity));
    return {
      compared: this.#compared,
      nameOf: (nameNo) => this.#names[nameNo] ?? '',
      misdirected: this.#misdirected(),
      isTraceOff: this.#notifications === 0,
      beforeHorizon: this.#beforeHorizon,
      fromMs: firstMs,
      toMs: lastMs,
      states: this.#states && this.#statesOfLog(this.#states),
      sampled: this.#sampled.lines,
    };
  }

  #statesOfLog(states: StateLines): StatesOfLog {
    const { unexpected } = this.#compared;
    const byName = new Map<number, Set<number>>();
    for (const [nameNo, indices] of unexpected.byName()) {
      byName.set(nameNo, new Set(indices.map((index) => unexpected.at(index).atMs)));
    }
    return {
      lostByGroup: (toleranceMs) => states.lostByGroup(toleranceMs),
      tellsOfChange: (groupNo, evidence) => states.tellsOfChange(groupNo, evidence),
      isWhole: (fromMs, toMs) => this.#coverage.isWhole(fromMs, toMs),
      isUnexpected: (nameNo, atMs) => byName.get(nameNo)?.has(atMs) === true,
    };
  }

  /** Where a line of a moment belongs. */
  #openHour(atMs: number): SentLines {
    const hour = Math.floor(atMs / HOUR_MS);
    const known = this.#open.get(hour);
    if (known !== undefined) return known;
    if (this.#hours.has(hour * HOUR_MS)) return this.#late;
    const lines = new SentLines();
    this.#open.set(hour, lines);
    this.#soonestEndMs = Math.min(this.#soonestEndMs, (hour + 1) * HOUR_MS);
    return lines;
  }

  #closeUntil(settledMs: number): void {
    if (this.#soonestEndMs > settledMs) return;
    const hours = [...this.#open.keys()].filter((hour) => (hour + 1) * HOUR_MS <= settledMs);
    for (const hour of hours.sort((a, b) => a - b)) {
      const lines = this.#open.get(hour);
      if (lines !== undefined) this.#hours.compare(hour * HOUR_MS, lines, this.#open.get(hour + 1) ?? null);
      this.#open.delete(hour);
    }
    this.#soonestEndMs = Math.min(...[...this.#open.keys()].map((hour) => (hour + 1) * HOUR_MS));
  }

  /** Lines of hours that were done with may be what evidence had nothing to go with. */
  #placeLate(): void {
    const { unexpected } = this.#compared;
    const byName = unexpected.byName();
    const taken = new Set<number>();
    for (const [nameNo, indices] of this.#late.byName()) {
      const inTime = (a: Timed, b: Timed) => a.atMs - b.atMs;
      const late = indices.map((index) => this.#late.at(index)).sort(inTime);
      const held = (byName.get(nameNo) ?? [])
        .map((index) => ({ index, atMs: unexpected.at(index).atMs, kind: null }))
        .sort(inTime);
      align(late, held, this.#settings.toleranceMs).forEach((partner, index) => {
        const line = late[index];
        if (line !== undefined) this.#compared.note(line, partner === NOBODY ? this.#lostAs(line) : 'received');
        if (partner !== NOBODY) taken.add(held[partner]?.index ?? NOBODY);
      });
    }
    if (taken.size > 0) this.#compared.keepUnexpected((_, index) => !taken.has(index));
  }

  #lostAs(line: SentLine): 'missing' | 'damaged' {
    return this.#hours.isDamaged(line) ? 'damaged' : 'missing';
  }

  #isOurs(uri: string): boolean {
    const known = this.#uris.get(uri);
    if (known !== undefined) {
      known.count++;
      return known.slip === null;
    }
    const slip = slipOf(uri, this.#settings);
    const isFull = slip !== null && this.#uris.size >= MAX_URIS;
    const entry = (isFull ? this.#uris.get(OTHER_URIS) : undefined) ?? { slip, count: 0 };
    entry.count++;
    this.#uris.set(isFull ? OTHER_URIS : ownText(uri), entry);
    return slip === null;
  }

  #misdirected(): Misdirected[] {
    const byShown = new Map<string, Misdirected>();
    for (const [uri, { slip, count }] of this.#uris) {
      if (slip === null) continue;
      const shown = shownUri(uri);
      byShown.set(shown, { uri: shown, slip, count: count + (byShown.get(shown)?.count ?? 0) });
    }
    return [...byShown.values()].sort((a, b) => b.count - a.count || (a.uri < b.uri ? -1 : 1));
  }

  #noOf(name: string): number {
    const known = this.#nameNos.get(name);
    if (known !== undefined) return known;
    if (this.#names.length >= MAX_NAMES) {
      const message = `more than ${MAX_NAMES} names of campaign groups: are these logs of one OCS? Give fewer files at once`;
      throw new MonitorError('OCM_USAGE', message);
    }
    const own = ownText(name);
    const no = this.#names.push(own) - 1;
    this.#nameNos.set(own, no);
    return no;
  }
}

function outOfOrder(): MonitorError {
  const message = `more than ${MAX_LATE} lines are older than others before them: give the logs of one OCS at once, and --date where files do not say theirs`;
  return new MonitorError('OCM_USAGE', message);
}
