/**
 * Reads of a group's silences: derived from the evidence at each question, so that a late notification that tells of a
 * silence ends it there as if it had come in time.
 */
import { readCursor, writeCursor } from '../domain/cursor.js';
import { MaintenanceCalendar } from '../domain/maintenance.js';
import { type Gap, NEIGHBOURS, ruleAmong, type Silence, type SilenceRule, silencesIn } from '../domain/silence.js';
import type { Listened, PageRequest, SilencePage, TimeRange } from '../domain/store.js';
import type { Connection } from './database.js';

/** Signs of life read at once: a page ends early then, with a cursor, so that other readers get their turn. */
const READ_AT_ONCE = 50_000;
/** Rounds of that for the silent time of sessions. */
const MOST_ROUNDS = 4;
/** Of so many of a group's first notifications the one received first tells since when somebody listened, at the latest. */
const FIRST_LOOKED_AT = 100;
/** By more no sender's clock is ahead of ours: its posts would be refused. */
const AHEAD_MS = 3_600_000;
const RUNNING = 'running';

/** Silences that begin before a moment, newest first, and from where to read on; null: nothing is left of the range. */
interface Chunk {
  readonly silences: readonly Silence[];
  readonly nextMs: number | null;
}

/** A question about one group. */
interface Asked {
  readonly group: number;
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

export class SilenceReader {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  /** Whole silences that touch the half-open range, newest first. */
  page(group: number, range: TimeRange, { limit, cursor }: PageRequest, listened: Listened): SilencePage {
    const [before] = cursor === null ? [range.toMs] : readCursor('silences', cursor, ['number']);
    const asked = this.#asked(group, range.fromMs, listened);
    const knownFromMs = this.#sql.firstAt.pluck().get({ group }) as number | null;
    if (asked === null) return { items: [], nextCursor: null, knownFromMs };
    const { silences, nextMs } = this.#chunk(asked, Math.min(range.toMs, Number(before)));
    const items = silences.slice(0, limit);
    const last = silences.length > limit ? items.at(-1) : undefined;
    const next = last?.fromMs ?? nextMs;
    return { items, nextCursor: next === null ? null : writeCursor('silences', [next]), knownFromMs };
  }

  silentMs(group: number, times: readonly TimeRange[], listened: Listened): (number | null)[] {
    const firstMs = Math.min(...times.map(({ fromMs }) => fromMs));
    const asked = this.#asked(group, firstMs, listened);
    if (asked === null) return times.map(() => 0);
    const silences: Silence[] = [];
    let beforeMs: number | null = Math.max(...times.map(({ toMs }) => toMs));
    for (let round = 0; round < MOST_ROUNDS && beforeMs !== null; round++) {
      const chunk: Chunk = this.#chunk(asked, beforeMs);
      silences.push(...chunk.silences);
      beforeMs = chunk.nextMs;
    }
    const knownFromMs = beforeMs ?? -Infinity;
    return times.map((time) => (time.fromMs < knownFromMs ? null : sharedMs(time, silences, listened.nowMs)));
  }

  #asked(group: number, fromMs: number, listened: Listened): Asked | null {
    const { rule, maintenance } = listened;
    if (rule === null) return null;
    const calendar = new MaintenanceCalendar(maintenance);
    const startMs = this.#sql.firstRun.pluck().get() as number | null;
    const heardMs = this.#sql.firstHeard.pluck().get({ group, looked: FIRST_LOOKED_AT }) as number | null;
    const toMs = Math.min(startMs ?? -Infinity, heardMs ?? Infinity);
    const unobserved = [{ fromMs: -Infinity, toMs }, ...(this.#sql.downs.all() as Gap[])];
    return { group, fromMs, listened, rule, calendar, unobserved };
  }

  #chunk(asked: Asked, beforeMs: number): Chunk {
    const { group, fromMs } = asked;
    const signs = this.#signs(group, fromMs, beforeMs);
    const found = this.#present(asked);
    for (const { gap, neighboursMs } of gapsOf(signs, { fromMs, beforeMs }, asked.rule)) {
      const state = this.#sql.stateAt.pluck().get(group, gap.fromMs) as string | undefined;
      if (state === RUNNING) found.push(...this.#within(asked, gap, ruleAmong(asked.rule, neighboursMs)));
    }
    const silences = found
      .filter((one) => one.fromMs < beforeMs && (one.toMs === null || one.toMs > fromMs))
      .filter((one) => !signs.isCut || one.fromMs >= signs.sinceMs)
      .sort((a, b) => b.fromMs - a.fromMs);
    return { silences, nextMs: signs.isCut ? signs.sinceMs : null };
  }

  /** Since the last that was stored of the group: what the roster knows goes before what could be derived. */
  #present(asked: Asked): Silence[] {
    const { group, listened, rule } = asked;
    const { heardMs, nowMs, isRunning } = listened;
    const newestMs = this.#newestMs(group);
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

  /** When the newest evidence was received, or what it says where that is later. */
  #newestMs(group: number): number | null {
    const newest = this.#sql.newest.get({ group }) as { at_ms: number; received_ms: number } | undefined;
    if (newest === undefined) return null;
    const repeat = this.#sql.newestRepeat.pluck().get({ group }) as number | null;
    return Math.max(newest.at_ms, newest.received_ms, repeat ?? 0);
  }

  #within({ calendar, unobserved }: Asked, gap: Gap, rule: SilenceRule): Silence[] {
    if (gap.toMs - gap.fromMs <= rule.silenceAfterMs) return [];
    const down = unobserved.filter(({ fromMs, toMs }) => toMs > gap.fromMs && fromMs < gap.toMs);
    const quiet = [...down, ...calendar.within(gap.fromMs, gap.toMs)].sort((a, b) => a.fromMs - b.fromMs);
    return silencesIn(gap, rule, quiet);
  }

  /** As statistics have it: a date-time that was told before is told by when it came. */
  #signs(group: number, fromMs: number, beforeMs: number): Signs {
    const place = { group, from: fromMs, before: beforeMs, limit: READ_AT_ONCE };
    const lists = [this.#sql.times, this.#sql.repeats].map((sql) => sql.pluck().all(place) as number[]);
    const full = lists.filter(({ length }) => length === READ_AT_ONCE);
    const isCut = full.length > 0;
    const sinceMs = isCut ? Math.max(...full.map((list) => list.at(-1) ?? fromMs)) : fromMs;
    const around = { group, from: -Infinity, limit: NEIGHBOURS + 1 };
    const nearest = [this.#sql.times, this.#sql.repeats].flatMap(
      (sql) => sql.pluck().all({ ...around, before: sinceMs }) as number[],
    );
    const following = [this.#sql.timesAfter, this.#sql.repeatsAfter].flatMap(
      (sql) => sql.pluck().all({ group, from: beforeMs, limit: NEIGHBOURS + 1 }) as number[],
    );
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

function prepare(db: Connection) {
  const times = 'SELECT DISTINCT at_ms FROM evidence WHERE group_no = @group';
  const repeats = `SELECT at_ms + lag_ms AS time_ms FROM evidence INDEXED BY evidence_repeats
    WHERE group_no = @group AND tag <> 0`;
  return {
    times: db.prepare(`${times} AND at_ms >= @from AND at_ms < @before ORDER BY at_ms DESC LIMIT @limit`),
    timesAfter: db.prepare(`${times} AND at_ms >= @from ORDER BY at_ms LIMIT @limit`),
    repeats: db.prepare(`${repeats} AND at_ms + lag_ms >= @from AND at_ms + lag_ms < @before
      ORDER BY at_ms + lag_ms DESC LIMIT @limit`),
    repeatsAfter: db.prepare(`${repeats} AND at_ms + lag_ms >= @from ORDER BY at_ms + lag_ms LIMIT @limit`),
    newest: db.prepare(`
      SELECT at_ms, at_ms + lag_ms AS received_ms FROM evidence WHERE group_no = @group ORDER BY at_ms DESC LIMIT 1`),
    newestRepeat: db.prepare(`
      SELECT max(at_ms + lag_ms) FROM evidence INDEXED BY evidence_repeats WHERE group_no = @group AND tag <> 0`),
    stateAt: db.prepare(`
      SELECT state FROM steps WHERE group_no = ? AND at_ms <= ?
      ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT 1`),
    firstAt: db.prepare('SELECT min(at_ms) FROM evidence WHERE group_no = @group'),
    firstHeard: db.prepare(`
      SELECT min(received_ms) FROM (
        SELECT at_ms + lag_ms AS received_ms FROM evidence WHERE group_no = @group ORDER BY at_ms LIMIT @looked)`),
    firstRun: db.prepare('SELECT min(started_ms) FROM uptime'),
    downs: db.prepare(`
      SELECT alive_ms AS fromMs, next_ms AS toMs FROM (
        SELECT alive_ms, lead(started_ms) OVER (ORDER BY started_ms, run_no) AS next_ms FROM uptime)
      WHERE next_ms > alive_ms ORDER BY alive_ms`),
  };
}
