/** What the API answers of single campaign groups, and of what was done to them: made of a store's rows. */
import { rowOf, type StatisticsSample } from '../domain/aggregate.js';
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
  StatisticsRow,
  Resolution,
  TimeRange,
} from '../domain/store.js';
import { type ActionRows, actionsPage } from './actions-by-day.js';
import { callingListsPage, type NewestFigures } from './newest-list-figures.js';
import { pageOf } from './page.js';
import { PastSilences, type SilenceRows } from './past-silences.js';
import { type SessionRows, sessionsPage } from './sessions.js';
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
  readonly sessions: SessionRows;
  readonly silences: SilenceRows;
  /** Each of its lists with what was said of it last. */
  readonly lists: () => readonly NewestFigures[];
}

/** Answers at once, and sees what is committed. */
export interface GroupRowReader {
  /** By its public id; null: there is none. */
  group(id: string): GroupRows | null;
  actions(asked: ActionsRequest): ActionRows;
}

/** The part of `ReportReader` that is made here. */
export type GroupReportReader = Pick<
  ReportReader,
  'actions' | 'statistics' | 'sessions' | 'silences' | 'silentMs' | 'callingLists'
>;

const EMPTY = { items: [], nextCursor: null };

/** The methods of `GroupReportReader`, at once. */
export class GroupReports {
  readonly #rows: GroupRowReader;

  constructor(rows: GroupRowReader) {
    this.#rows = rows;
  }

  actions(asked: ActionsRequest, range: TimeRange, page: PageRequest): Page<ActionsRow> {
    return actionsPage(this.#rows.actions(asked), range, asked.timeZone, page);
  }

  statistics(groupId: string, range: TimeRange, step: Resolution | null, page: PageRequest): Page<StatisticsRow> {
    const group = this.#rows.group(groupId);
    if (group === null) return EMPTY;
    return step === null ? samplesPage(group.samples, range, page) : stepsPage(group.samples, range, step, page);
  }

  sessions(groupId: string, range: TimeRange, page: PageRequest): Page<SessionRow> {
    const group = this.#rows.group(groupId);
    return group === null ? EMPTY : sessionsPage(group.sessions, range, page);
  }

  silences(groupId: string, range: TimeRange, page: PageRequest, listened: Listened): SilencePage {
    const group = this.#rows.group(groupId);
    if (group === null) return { ...EMPTY, knownFromMs: null };
    return new PastSilences(group.silences).page(range, page, listened);
  }

  silentMs(groupId: string, times: readonly TimeRange[], listened: Listened): readonly (number | null)[] {
    const group = this.#rows.group(groupId);
    return group === null ? times.map(() => null) : new PastSilences(group.silences).silentMs(times, listened);
  }

  callingLists(groupId: string, page: PageRequest): Page<CallingListRow> {
    const group = this.#rows.group(groupId);
    return group === null ? EMPTY : callingListsPage(group.lists(), page);
  }
}

/** The samples themselves, newest first. */
function samplesPage(rows: GroupSampleRows, range: TimeRange, { limit, cursor }: PageRequest): Page<StatisticsRow> {
  const newest = { atMs: range.toMs, receivedMs: -1, statementNo: -1, tag: -1 };
  return pageOf(
    rows.before(range, cursor === null ? newest : placeIn(cursor), limit + 1),
    limit,
    ({ atMs, sample }) => rowOf(atMs, [sample]),
    ({ atMs, receivedMs, statementNo, tag }) => writeCursor('samples', [atMs, receivedMs, statementNo, tag]),
  );
}

function placeIn(cursor: string): SamplePlace {
  const place = readCursor('samples', cursor, ['number', 'number', 'number', 'number']);
  const [atMs = 0, receivedMs = 0, statementNo = 0, tag = 0] = place.map(Number);
  return { atMs, receivedMs, statementNo, tag };
}
