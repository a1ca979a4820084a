/**
 * A group's past silences: derived from the signs of life that a store holds at each question, so that a late
 * notification that tells of a silence ends it there as if it had come in time.
 */
import { readCursor, writeCursor } from '../domain/cursor.js';
import { MaintenanceCalendar } from '../domain/maintenance.js';
import { type Gap, NEIGHBOURS, ruleAmong, type Silence, type SilenceRule, silencesIn } from '../domain/silence.js';
import type { Listened, PageRequest, SilencePage, TimeRange } from '../domain/store.js';

/** Signs of life read at once: a page ends early then, with a cursor, so that other readers get their turn. */
const READ_AT_ONCE = 50_000;
/** Rounds of that for the silent time of sessions. */
const MOST_ROUNDS = 4;
/** Of so many of a group's first notifications the one received first tells since when somebody listened, at the latest. */
const FIRST_LOOKED_AT = 100;
/** By more no sender's clock is ahead of ours: its posts would be refused. */
const AHEAD_MS = 3_600_000;
const RUNNING = 'running';

/** Moments of one kind at which a group was heard. */
export interface Moments {
  /** Those of a half-open range, newest first; `limit` at most. */
  within(range: TimeRange, limit: number): readonly number[];
  /** That one and later ones, oldest first; `limit` at most. */
  since(ms: number, limit: number): readonly number[];
}

/** What is held of one group that tells when it was heard, and when nobody listened. */
export interface SilenceRows {
  /** The date-times of its notifications, each once. */
  readonly told: Moments;
  /** When notifications were received that repeat a date-time. */
  readonly repeated: Moments;
  /** When the newest evidence was received, or what it says where that is later; null: there is none. */
  newestMs(): number | null;
  /** Its state from a moment on, as a word; null: nothing is known of that time. */
  stateAt(ms: number): string | null;
  /** Whiles in which copies came that left no evidence, and that reach into a gap; oldest first. */
  copies(gap: Gap): readonly Gap[];
  /** The date-time of its first notification; null: there is none. */
  firstToldMs(): number | null;
  /** When the earliest was received of its `looked` first notifications; null: there is none. */
  firstReceivedMs(looked: number): number | null;
  /** Since when it has every sample; null: since ever. Of the time before nobody can tell a silence. */
  readonly samplesSinceMs: number | null;
  /** Since when this service listens at all; null: nobody knows. */
  firstRunMs(): number | null;
  /** When it was down since, oldest first. */
  downs(): readonly Gap[];
}

/** Silences that begin before a moment, newest first, and from where to read on; null: nothing is left of the range. */
interface Chunk {
  readonly silences: readonly Silence[];
  readonly nextMs: number | null;
}

interface Asked {
  /** Silences that end earlier are left out. */
  readonly fromMs: number;
  readonly listened: Listened;
  readonly rule: SilenceRule;
  readonly calendar: MaintenanceCalendar;
  /** When this service was down. */
  readonly unobserved: readonly Gap[];
}

/** Signs of life, newest first. */
interface Signs {
  readonly times: readonly number[];
  /** Those from here on are complete, but for some before it. */
  readonly sinceMs: number;
  readonly isCut: boolean;
}

export class PastSilences {
  readonly #rows: SilenceRows;

  constructor(rows: SilenceRows) {
    this.#rows = rows;
  }

  /** Whole silences that touch the half-open range, newest first. */
  page(range: TimeRange, { limit, cursor }: PageRequest, listened: Listened): SilencePage {
    const [before] = cursor === null ? [range.toMs] : readCursor('silences', cursor, ['number']);
    const { samplesSinceMs } = this.#rows;
    const firstMs = this.#rows.firstToldMs();
    const knownFromMs = firstMs === null ? null : Math.max(firstMs, samplesSinceMs ?? firstMs);
    const asked = this.#asked(Math.max(range.fromMs, samplesSinceMs ?? range.fromMs), listened);
    if (asked === null || asked.fromMs >= range.toMs) return { items: [], nextCursor: null, knownFromMs, firstMs };
    const { silences, nextMs } = this.#chunk(asked, Math.min(range.toMs, Number(before)));
    const items = silences.slice(0, limit);
    const last = silences.length > limit ? items.at(-1) : undefined;
    const next = last?.fromMs ?? nextMs;
    return { items, nextCursor: next === null ? null : writeCursor('silences', [next]), knownFromMs, firstMs };
  }

  silentMs(times: readonly TimeRange[], listened: Listened): (number | null)[] {
    const sinceMs = this.#rows.samplesSinceMs ?? -Infinity;
    const firstMs = Math.min(...times.map(({ fromMs }) => fromMs));
    const asked = this.#asked(Math.max(firstMs, sinceMs), listened);
    if (asked === null) return times.map(() => 0);
    const silences: Silence[] = [];
    let beforeMs: number | null = Math.max(...times.map(({ toMs }) => toMs));
    for (let round = 0; round < MOST_ROUNDS && beforeMs !== null; round++) {
      const chunk: Chunk = this.#chunk(asked, beforeMs);
      silences.push(...chunk.silences);
      beforeMs = chunk.nextMs;
    }
    const knownFromMs = Math.max(beforeMs ?? -Infinity, sinceMs);
    return times.map((time) => (time.fromMs < knownFromMs ? null : sharedMs(time, silences, listened.nowMs)));
  }

  #asked(fromMs: number, listened: Listened): Asked | null {
    const { rule, maintenance } = listened;
    if (rule === null) return null;
    const calendar = new MaintenanceCalendar(maintenance);
    const startMs = this.#rows.firstRunMs() ?? -Infinity;
    const heardMs = this.#rows.firstReceivedMs(FIRST_LOOKED_AT) ?? Infinity;
    const unobserved = [{ fromMs: -Infinity, toMs: Math.min(startMs, heardMs) }, ...this.#rows.downs()];
    return { fromMs, listened, rule, calendar, unobserved };
  }

  #chunk(asked: Asked, beforeMs: number): Chunk {
    const { fromMs } = asked;
    const signs = this.#signs(fromMs, beforeMs);
    const found = this.#present(asked);
    for (const { gap, neighboursMs } of gapsOf(signs, { fromMs, beforeMs }, asked.rule)) {
      // What stood between has gone.
      if (gap.fromMs < (this.#rows.samplesSinceMs ?? -Infinity)) continue;
      if (this.#rows.stateAt(gap.fromMs) !== RUNNING) continue;
      found.push(...this.#within(asked, gap, ruleAmong(asked.rule, neighboursMs)));
    }
    const silences = found
      .filter((one) => one.fromMs < beforeMs && (one.toMs === null || one.toMs > fromMs))
      .filter((one) => !signs.isCut || one.fromMs >= signs.sinceMs)
      .sort((a, b) => b.fromMs - a.fromMs);
    return { silences, nextMs: signs.isCut ? signs.sinceMs : null };
  }

  /** Since the last that was stored of the group: what the roster knows goes before what could be derived. */
  #present(asked: Asked): Silence[] {
    const { listened, rule } = asked;
    const { heardMs, nowMs, isRunning } = listened;
    const newestMs = this.#rows.newestMs();
    if (!isRunning || newestMs === null) return [];
    const silentSinceMs = sinceWhen(listened, newestMs, rule);
    const sinceMs = Math.max(newestMs, heardMs);
    // What was heard since says nothing new: a copy, or something about an earlier time.
    const earlier = this.#within(asked, { fromMs: newestMs, toMs: sinceMs }, rule);
    // That the last part goes on until now is for the roster to say.
    const ended = this.#within(asked, { fromMs: sinceMs, toMs: nowMs }, rule).filter(({ toMs }) => toMs !== nowMs);
    const closed = [...earlier, ...ended].filter(({ toMs }) => silentSinceMs === null || (toMs ?? 0) <= silentSinceMs);
    return silentSinceMs === null ? closed : [...closed, { fromMs: silentSinceMs, toMs: null, isAtLeast: true }];
  }

  /** The silences in a gap, but for when copies came that left no evidence. */
  #within({ calendar, unobserved }: Asked, gap: Gap, rule: SilenceRule): Silence[] {
    if (gap.toMs - gap.fromMs <= rule.silenceAfterMs) return [];
    const down = unobserved.filter(({ fromMs, toMs }) => toMs > gap.fromMs && fromMs < gap.toMs);
    const quiet = [...down, ...calendar.within(gap.fromMs, gap.toMs)].sort((a, b) => a.fromMs - b.fromMs);
    const found: Silence[] = [];
    let sinceMs = gap.fromMs;
    for (const { fromMs, toMs } of [...this.#rows.copies(gap), { fromMs: gap.toMs, toMs: gap.toMs }]) {
      found.push(...silencesIn({ fromMs: sinceMs, toMs: fromMs }, rule, quiet));
      sinceMs = Math.max(sinceMs, toMs);
    }
    return found;
  }

  /** As statistics have it: a date-time that was told before is told by when it came. */
  #signs(fromMs: number, beforeMs: number): Signs {
    const kinds = [this.#rows.told, this.#rows.repeated];
    const lists = kinds.map((moments) => moments.within({ fromMs, toMs: beforeMs }, READ_AT_ONCE));
    const full = lists.filter(({ length }) => length === READ_AT_ONCE);
    const isCut = full.length > 0;
    const sinceMs = isCut ? Math.max(...full.map((list) => list.at(-1) ?? fromMs)) : fromMs;
    const nearest = kinds.flatMap((moments) => moments.within({ fromMs: -Infinity, toMs: sinceMs }, NEIGHBOURS + 1));
    const following = kinds.flatMap((moments) => moments.since(beforeMs, NEIGHBOURS + 1));
    const read = lists.flat().filter((ms) => ms >= sinceMs);
    const before = newestFirst(nearest).slice(0, NEIGHBOURS + 1);
    const after = newestFirst(following).slice(-NEIGHBOURS - 1);
    return { times: [...after, ...newestFirst(read), ...before], sinceMs, isCut };
  }
}

/** As the roster has it, unless it began with a clock that was set forward since: then what is stored is newer. */
function sinceWhen({ silentSinceMs, nowMs }: Listened, newestMs: number, rule: SilenceRule): number | null {
  const isOld = silentSinceMs !== null && newestMs - silentSinceMs > AHEAD_MS && newestMs <= nowMs;
  if (!isOld) return silentSinceMs;
  return nowMs - newestMs > rule.silenceAfterMs ? newestMs + rule.intervalMs : null;
}

function newestFirst(times: number[]): number[] {
  return times.sort((a, b) => b - a).filter((ms, index) => ms !== times[index - 1]);
}

/** Gaps that may hold silences, with the lengths of those around. */
function gapsOf({ times, sinceMs, isCut }: Signs, { fromMs, beforeMs }: TimeBefore, { silenceAfterMs }: SilenceRule) {
  const found: { gap: Gap; neighboursMs: number[] }[] = [];
  for (let n = 0; n + 1 < times.length; n++) {
    const gap = { fromMs: times[n + 1] ?? 0, toMs: times[n] ?? 0 };
    if (gap.toMs - gap.fromMs <= silenceAfterMs || gap.fromMs >= beforeMs) continue;
    // The rest is read later.
    if (isCut ? gap.toMs <= sinceMs : gap.toMs <= fromMs) continue;
    found.push({ gap, neighboursMs: neighboursOf(times, n) });
  }
  return found;
}

interface TimeBefore {
  readonly fromMs: number;
  readonly beforeMs: number;
}

function neighboursOf(times: readonly number[], index: number): number[] {
  const lengths: number[] = [];
  for (let n = Math.max(0, index - NEIGHBOURS); n <= index + NEIGHBOURS && n + 1 < times.length; n++)
    if (n !== index) lengths.push((times[n] ?? 0) - (times[n + 1] ?? 0));
  return lengths;
}

function sharedMs({ fromMs, toMs }: TimeRange, silences: readonly Silence[], nowMs: number): number {
  return silences.reduce(
    (sum, one) => sum + Math.max(0, Math.min(toMs, one.toMs ?? nowMs) - Math.max(fromMs, one.fromMs)),
    0,
  );
}
