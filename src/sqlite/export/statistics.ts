/** Statistics for exports, group by group: samples as they were sent, or quarters of an hour; all, or what is new since a mark. */
import { LRUCache } from 'lru-cache';
import { Evidence } from '../../apply/evidence.js';
import type { CampaignTables } from '../../apply/tables.js';
import { hourOf, QUARTER_HOUR_MS, quarterOf, saysFigures } from '../../evidence/quarter-hours.js';
import { eachOnce, placeMs, type TaggedSample } from '../../evidence/sample.js';
import { type ExportedGroup, QUARTERS, SAMPLES } from '../../reports/export/campaign-tables.js';
import type { ExportMark, ExportScope } from '../../reports/export/mark.js';
import { changeOf, type ExportRow, exportRow } from '../../reports/export/table.js';
import { GroupReports } from '../../reports/group-reports.js';
import { campaignTables } from '../campaign-tables.js';
import type { Connection } from '../database.js';
import { SqliteGroupRows } from '../readers/group-reader.js';
import { FORGOTTEN } from '../removal-tables.js';

/** Samples looked at in one transaction, and those of the hour of the last. */
const PAGE = 5000;
const QUARTERS_OF_PAGE = 1000;
/**
 * @bound statements of which an export remembers what they say
 * @beyond the one used longest ago makes room; read again when needed
 */
const CACHED_STATEMENTS = 1000;
const QUARTER = { ms: QUARTER_HOUR_MS, timeZone: 'UTC' };

export interface StatisticsAsked {
  readonly scope: ExportScope;
  readonly toMs: number;
  readonly since: ExportMark | null;
}

interface Group extends ExportedGroup {
  readonly groupNo: number;
}

interface SamplePage {
  readonly samples: readonly TaggedSample[];
  /** Null: this is the last. */
  readonly nextHour: number | null;
}

export class StatisticsExport {
  readonly #db: Connection;
  readonly #tables: CampaignTables;
  readonly #evidence: Evidence;
  readonly #reports: GroupReports;
  readonly #stateCodes = new LRUCache<number, number>({ max: CACHED_STATEMENTS });
  readonly #sql;

  constructor(db: Connection) {
    this.#db = db;
    this.#tables = campaignTables(db);
    this.#evidence = new Evidence(this.#tables);
    this.#reports = new GroupReports(new SqliteGroupRows(db));
    this.#sql = prepare(db);
  }

  *samples(asked: StatisticsAsked): Generator<readonly ExportRow[]> {
    const sinceMs = asked.since?.madeMs ?? null;
    for (const group of this.#groups(asked)) {
      for (const samples of this.#new(group, asked))
        yield samples.map((sample) =>
          exportRow(SAMPLES, this.#exported(group, sample), changeOf(placeMs(sample), sinceMs)),
        );
    }
  }

  *quarters(asked: StatisticsAsked): Generator<readonly ExportRow[]> {
    for (const group of this.#groups(asked)) {
      if (asked.since === null) yield* this.#allQuarters(group, asked);
      else yield* this.#touchedQuarters(group, asked, asked.since);
    }
  }

  /** Of quarters whose samples have gone their sums are there. */
  *#allQuarters(group: Group, { scope: { fromMs }, toMs }: StatisticsAsked): Generator<readonly ExportRow[]> {
    let cursor: string | null = null;
    do {
      const page = { limit: QUARTERS_OF_PAGE, cursor };
      const { items, nextCursor } = this.#reports.statistics(group.campaignGroupId, { fromMs, toMs }, QUARTER, page);
      yield items.map((row) => exportRow(QUARTERS, { ...group, row }, 'added'));
      cursor = nextCursor;
    } while (cursor !== null);
  }

  *#touchedQuarters(group: Group, asked: StatisticsAsked, since: ExportMark): Generator<readonly ExportRow[]> {
    for (const samples of this.#new(group, asked)) {
      const starts = new Set(samples.map((sample) => quarterOf(placeMs(sample))));
      yield [...starts].flatMap((startMs) => {
        const range = { fromMs: startMs, toMs: startMs + QUARTER_HOUR_MS };
        const page = { limit: 1, cursor: null };
        const { items } = this.#reports.statistics(group.campaignGroupId, range, QUARTER, page);
        // A quarter that the mark was made in has more samples now.
        const change = changeOf(startMs, since.madeMs);
        return items.map((row) => exportRow(QUARTERS, { ...group, row }, change));
      });
    }
  }

  #groups({ scope: { source } }: StatisticsAsked): Group[] {
    return this.#sql.groups.all(source) as Group[];
  }

  /** Samples that came since the mark and say any figure, by their places, whole hours at once. */
  *#new({ groupNo }: Group, { scope: { fromMs }, toMs, since }: StatisticsAsked): Generator<readonly TaggedSample[]> {
    const page = this.#db.transaction((hour: number): SamplePage => {
      this.#evidence.refresh();
      return this.#page(groupNo, hour, toMs, since);
    });
    for (let hour: number | null = hourOf(fromMs); hour !== null;) {
      const { samples, nextHour } = page.deferred(hour);
      const within = (sample: TaggedSample) => placeMs(sample) >= fromMs && placeMs(sample) < toMs;
      yield samples.filter((sample) => within(sample) && saysFigures(sample.statistics));
      hour = nextHour;
    }
  }

  /**
   * What the journal has behind the mark, and what chunks have that were written since: the journal gives its rows to chunks,
   * so that some of these were there before. They are told again.
   */
  #page(groupNo: number, fromHour: number, toMs: number, since: ExportMark | null): SamplePage {
    const entries = this.#evidence.journal().entriesOf(groupNo, since === null ? undefined : since.entryNo + 1);
    const inJournal = new Map<number, TaggedSample[]>();
    for (const sample of this.#tables.journal.samples(entries)) {
      const hour = hourOf(placeMs(sample));
      const ofHour = inJournal.get(hour);
      if (ofHour === undefined) inJournal.set(hour, [sample]);
      else ofHour.push(sample);
    }
    const chunkNo = since?.chunkNo ?? 0;
    const inChunks = this.#sql.hours.all(groupNo, chunkNo, fromHour, hourOf(toMs - 1)) as number[];
    const hours = [...new Set([...inChunks, ...inJournal.keys()])].filter((hour) => hour >= fromHour);
    const samples: TaggedSample[] = [];
    for (const hour of hours.sort((a, b) => a - b)) {
      if (samples.length >= PAGE) return { samples, nextHour: hour };
      const chunks = this.#tables.chunks.blocks(groupNo, hour).filter((chunk) => chunk.chunkNo > chunkNo);
      const ofChunks = chunks.flatMap((chunk) => this.#evidence.samplesOf(chunk) ?? []);
      samples.push(...eachOnce([...ofChunks, ...(inJournal.get(hour) ?? [])]));
    }
    return { samples, nextHour: null };
  }

  #exported({ campaignGroupId, source, dbid }: Group, sample: TaggedSample) {
    const { atMs, receivedMs, statementNo, tag, statistics } = sample;
    const known = this.#stateCodes.get(statementNo);
    const stateCode = known ?? this.#tables.statements.byNo(statementNo).statement.stateCode;
    if (known === undefined) this.#stateCodes.set(statementNo, stateCode);
    const group = { campaignGroupId, source, dbid };
    return { ...group, placeMs: placeMs(sample), atMs, receivedMs, statementNo, tag, stateCode, statistics };
  }
}

function prepare(db: Connection) {
  return {
    groups: db.prepare(`
      SELECT group_no AS groupNo, id AS campaignGroupId, source, dbid FROM campaign_groups
      WHERE source <> '${FORGOTTEN}' AND source = coalesce(?, source) ORDER BY group_no`),
    hours: db
      .prepare(
        `SELECT DISTINCT hour FROM chunk_hours WHERE group_no = ? AND chunk_no > ? AND hour >= ? AND hour <= ?
         ORDER BY hour`,
      )
      .pluck(),
  };
}
