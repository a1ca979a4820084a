/** Statistics for exports, group by group: samples as they were sent, or quarters of an hour. */
import type { TimeRange } from '../../domain/store.js';
import type { Enumerations } from '../../domain/vocabulary.js';
import { HOUR_MS, hourOf, QUARTER_HOUR_MS, saysFigures } from '../../evidence/quarter-hours.js';
import { placeMs, type TaggedSample } from '../../evidence/sample.js';
import { type ExportedGroup, QUARTERS, SAMPLES } from '../../reports/export/campaign-tables.js';
import { type ExportRow, exportRow } from '../../reports/export/table.js';
import { GroupReports } from '../../reports/group-reports.js';
import type { BlockingConnection } from '../blocking/blocking-connection.js';
import { PostgresGroupRows } from '../readers/group-reader.js';
import { type GroupEvidence, groupEvidence } from '../readers/group-evidence.js';
import { named } from '../readers/named-sql.js';
import type { RangeAsked } from './asked.js';

/** Samples looked at in one transaction, and those of the hour of the last. */
const PAGE = 5000;
const QUARTERS_OF_PAGE = 1000;
const QUARTER = { ms: QUARTER_HOUR_MS, timeZone: 'UTC' };

interface Group extends ExportedGroup {
  readonly groupNo: number;
}

/** Of quarters whose samples have gone their sums are there. */
export function* exportedQuarters(
  db: BlockingConnection,
  words: Enumerations,
  { scope: { source, fromMs }, toMs }: RangeAsked,
): Generator<readonly ExportRow[]> {
  const reports = new GroupReports(new PostgresGroupRows(db, words));
  for (const { campaignGroupId, dbid, source: ofSource } of db.all<Group>(GROUPS, { source })) {
    const group = { campaignGroupId, source: ofSource, dbid };
    let cursor: string | null = null;
    do {
      const page = { limit: QUARTERS_OF_PAGE, cursor };
      const { items, nextCursor } = reports.statistics(group.campaignGroupId, { fromMs, toMs }, QUARTER, page);
      yield items.map((row) => exportRow(QUARTERS, { ...group, row }, 'added'));
      cursor = nextCursor;
    } while (cursor !== null);
  }
}

/** Samples that say any figure, by their places, whole hours at once. */
export function* exportedSamples(
  db: BlockingConnection,
  { scope: { source, fromMs }, toMs }: RangeAsked,
): Generator<readonly ExportRow[]> {
  for (const group of db.all<Group>(GROUPS, { source })) {
    for (let nextMs: number | null = fromMs; nextMs !== null;) {
      const range: TimeRange = { fromMs: nextMs, toMs };
      const page = db.atOneMoment(() =>
        samplePage(groupEvidence(db, { source: group.source, groupNo: group.groupNo }), group, range),
      );
      yield page.rows;
      ({ nextMs } = page);
    }
  }
}

function samplePage(held: GroupEvidence, group: Group, { fromMs, toMs }: TimeRange) {
  const samples: TaggedSample[] = [];
  let lastHour = -Infinity;
  let looked = 0;
  for (const sample of held.evidence.inOrder.forwards(group.groupNo, fromMs, toMs)) {
    const hour = hourOf(placeMs(sample));
    if (looked >= PAGE && hour > lastHour) return { rows: rowsOf(held, group, samples), nextMs: hour * HOUR_MS };
    lastHour = hour;
    looked++;
    if (saysFigures(sample.statistics)) samples.push(sample);
  }
  return { rows: rowsOf(held, group, samples), nextMs: null };
}

function rowsOf({ tables }: GroupEvidence, group: Group, samples: readonly TaggedSample[]): ExportRow[] {
  const { campaignGroupId, source, dbid } = group;
  const stateCodes = new Map<number, number>();
  return samples.map((sample) => {
    const { atMs, receivedMs, statementNo, tag, statistics } = sample;
    const stateCode = stateCodes.get(statementNo) ?? tables.statements.byNo(statementNo).statement.stateCode;
    stateCodes.set(statementNo, stateCode);
    const told = {
      campaignGroupId,
      source,
      dbid,
      placeMs: placeMs(sample),
      atMs,
      receivedMs,
      statementNo,
      tag,
      stateCode,
    };
    return exportRow(SAMPLES, { ...told, statistics }, 'added');
  });
}

const GROUPS = named(`
  SELECT group_no AS "groupNo", id AS "campaignGroupId", source, dbid FROM campaign_groups
  WHERE forgotten = 0 AND (@source::text IS NULL OR source = @source) ORDER BY group_no`);
