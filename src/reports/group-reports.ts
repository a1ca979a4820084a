/** What the API answers of single campaign groups, and of what was done to them: made of a store's rows. */
import { abandonmentOf, type AbandonmentAsked, type PeriodAbandonment } from '../domain/abandonment.js';
import { rowOf, type StatisticsSample } from '../domain/aggregate.js';
import { periodOf } from '../domain/compliance.js';
import { readCursor, writeCursor } from '../domain/cursor.js';
import type {
  ActionsRequest,
  ActionsRow,
  CallingListRow,
  Listened,
  Page,
  PageRequest,
  ReportReader,
  SessionRow,
  SilencePage,
  StatisticsPage,
  StatisticsRow,
  Resolution,
  TimeRange,
} from '../domain/store.js';
import { type AbandonmentRows, beganMs, dialedOf } from './abandonment.js';
import { type ActionRows, actionsPage } from './actions-by-day.js';
import { callingListsPage, type NewestFigures } from './newest-list-figures.js';
import { pageOf } from './page.js';
import { PastSilences, type SilenceRows } from './past-silences.js';
import { type SessionRows, sessionsPage } from './sessions.js';
import { areOfQuarters, inQuarters, type QuarterRows, quartersPage } from './statistics-quarters.js';
import { type SampleRows, stepsPage } from './statistics-steps.js';

/** Where a sample stands among those of its group: by its moment, then by these. */
export interface SamplePlace {
  readonly atMs: number;
  readonly receivedMs: number;
  readonly statementNo: number;
  readonly tag: number;
}

export interface PlacedSample extends SamplePlace {
  readonly sample: StatisticsSample;
}

export interface GroupSampleRows extends SampleRows {
  /** Those of the half-open range before a place, newest first; `limit` at most. */
  before(range: TimeRange, place: SamplePlace, limit: number): readonly PlacedSample[];
}

/** What is held of one group. */
export interface GroupRows {
  readonly samples: GroupSampleRows;
  readonly quarters: QuarterRows;
  /** Since when it has every sample; null: since ever. Of the time before there are quarters of an hour. */
  readonly samplesSinceMs: number | null;
  readonly sessions: SessionRows;
  readonly silences: SilenceRows;
  readonly abandonment: AbandonmentRows;
  /** Each of its lists with what was said of it last. */
  readonly lists: () => readonly NewestFigures[];
}

/** Answers at once, and sees what is committed. */
export interface GroupRowReader {
  /** By its public id; null: there is none. */
  group(id: string): GroupRows | null;
  actions(asked: ActionsRequest): ActionRows;
  /** Does work that sees the store as of one moment, whatever is committed meanwhile. */
  atOneMoment<T>(work: () => T): T;
}

/** The part of `ReportReader` that is made here. */
export type GroupReportReader = Pick<
  ReportReader,
  'actions' | 'statistics' | 'sessions' | 'silences' | 'silentMs' | 'callingLists' | 'abandonment'
>;

const EMPTY = { items: [], nextCursor: null };

/** The methods of `GroupReportReader`, at once. */
export class GroupReports {
  readonly #rows: GroupRowReader;

  constructor(rows: GroupRowReader) {
    this.#rows = rows;
  }

  actions(asked: ActionsRequest, range: TimeRange, page: PageRequest): Page<ActionsRow> {
    return this.#rows.atOneMoment(() => actionsPage(this.#rows.actions(asked), range, asked.timeZone, page));
  }

  statistics(groupId: string, range: TimeRange, step: Resolution | null, page: PageRequest): StatisticsPage {
    const none: StatisticsPage = { ...EMPTY, resolution: 'samples' };
    return this.#ofGroup(groupId, none, (group) => statisticsPage(group, range, step, page));
  }

  sessions(groupId: string, range: TimeRange, page: PageRequest): Page<SessionRow> {
    return this.#ofGroup(groupId, EMPTY, ({ sessions }) => sessionsPage(sessions, range, page));
  }

  silences(groupId: string, range: TimeRange, page: PageRequest, listened: Listened): SilencePage {
    const none = { ...EMPTY, knownFromMs: null, firstMs: null };
    return this.#ofGroup(groupId, none, ({ silences }) => new PastSilences(silences).page(range, page, listened));
  }

  silentMs(groupId: string, times: readonly TimeRange[], listened: Listened): readonly (number | null)[] {
    const none = times.map(() => null);
    return this.#ofGroup(groupId, none, ({ silences }) => new PastSilences(silences).silentMs(times, listened));
  }

  callingLists(groupId: string, page: PageRequest): Page<CallingListRow> {
    return this.#ofGroup(groupId, EMPTY, ({ lists }) => callingListsPage(lists(), page));
  }

  abandonment({ groups: asked, leftOut, profile, atMs }: AbandonmentAsked): PeriodAbandonment {
    return this.#rows.atOneMoment(() => {
      const groups = asked.flatMap(({ id, rule }) => {
        const rows = this.#rows.group(id);
        return rows === null ? [] : [{ id, rule, ...rows }];
      });
      const begins = groups.map(beganMs).filter((ms) => ms !== null);
      const period = periodOf(profile, begins.length === 0 ? null : Math.min(...begins), atMs);
      const dialed = dialedOf(groups, period);
      const told = { ...dialed, leftOut: dialed.leftOut + leftOut };
      return { ...abandonmentOf(told, profile.limitRatio), period };
    });
  }

  #ofGroup<T>(id: string, none: T, answer: (group: GroupRows) => T): T {
    return this.#rows.atOneMoment(() => {
      const group = this.#rows.group(id);
      return group === null ? none : answer(group);
    });
  }
}

/**
 * Steps of whole quarters of an hour come of these, others of samples. Where samples have gone from the range, steps are of
 * quarters, too, and longer than those that were asked for.
 */
function statisticsPage(
  { samples, quarters, samplesSinceMs }: GroupRows,
  range: TimeRange,
  step: Resolution | null,
  page: PageRequest,
): StatisticsPage {
  if (step === null) return { ...samplesPage(samples, range, page), resolution: 'samples' };
  if (areOfQuarters(quarters, step, range)) return { ...quartersPage(quarters, range, step, page), resolution: '15m' };
  const firstMs = Math.max(range.fromMs, quarters.oldestStoredMs() ?? Infinity);
  const isThinned = samplesSinceMs !== null && firstMs < Math.min(samplesSinceMs, range.toMs);
  const coarse = inQuarters(step);
  if (isThinned && areOfQuarters(quarters, coarse, range))
    return { ...quartersPage(quarters, range, coarse, page), resolution: '15m' };
  return { ...stepsPage(samples, range, step, page), resolution: 'samples' };
}

/** The samples themselves, newest first. */
function samplesPage(rows: GroupSampleRows, range: TimeRange, { limit, cursor }: PageRequest): Page<StatisticsRow> {
  const newest = { atMs: range.toMs, receivedMs: -1, statementNo: -1, tag: -1 };
  return pageOf(
    rows.before(range, cursor === null ? newest : placeIn(cursor), limit + 1),
    limit,
    ({ sample }) => rowOf(sample),
    ({ atMs, receivedMs, statementNo, tag }) => writeCursor('samples', [atMs, receivedMs, statementNo, tag]),
  );
}

function placeIn(cursor: string): SamplePlace {
  const place = readCursor('samples', cursor, ['number', 'number', 'number', 'number']);
  const [atMs = 0, receivedMs = 0, statementNo = 0, tag = 0] = place.map(Number);
  return { atMs, receivedMs, statementNo, tag };
}
