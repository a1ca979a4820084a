/** Compares logs of an OCS with what is held, beside a running service or without one. */
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { Config } from '../../config/config.js';
import { MonitorError } from '../../domain/errors.js';
import type { ImportItem } from '../../domain/import.js';
import type { Enumerations } from '../../domain/vocabulary.js';
import { firstLinesOf, readLines, sizeOfLog } from '../../node/log-files.js';
import { enumerationsWith } from '../../ocs/enumerations.js';
import { LogClock } from '../../ocs/log/log-clock.js';
import { LogReader } from '../../ocs/log/log-reader.js';
import { type LogStart, orderOf, type PlacedLog, startOf } from '../../ocs/log/log-start.js';
import { decodeLineIn } from '../../ocs/log/log-text.js';
import { type LogAudit, OcsLogAudit, type StatesOfLog } from '../../reports/ocs-log/audit.js';
import { backfillItems } from '../../reports/ocs-log/backfill.js';
import { openBesideWriter } from '../../sqlite/database.js';
import { SqliteHeldRows } from '../../sqlite/readers/held-rows-reader.js';
import { mustExist } from './commands.js';

export interface AuditRequest {
  readonly files: readonly string[];
  readonly source: string;
  /** Where OCS should post to; null: only paths are judged. */
  readonly url: URL | null;
  /** Of the clock that the lines go by; null: this machine's, unless the logs say that it is not. */
  readonly timeZone: string | null;
  /** Midnight of the date of the first file's first line, written like UTC milliseconds. */
  readonly dateMs: number | null;
  readonly toleranceMs: number;
  readonly nowMs: number;
  /** Whether missing changes of state are to be brought back. */
  readonly asksForStates: boolean;
}

export interface AuditOutcome extends LogAudit {
  readonly lines: number;
  readonly unreadable: number;
  readonly timeZone: string;
  /** Whether anything was ever stored of the source. */
  readonly isSourceKnown: boolean;
  /** Missing changes of state as evidence, where it is proven what they said and it was asked for. */
  readonly backfill: readonly ImportItem[];
}

type AuditConfig = Pick<Config, 'sqlitePath' | 'enumerations' | 'sources'>;

/** What a byte may stand for that is no UTF-8, where nothing else is configured for a source. */
const OTHER_ENCODING = 'windows-1252';

/** Throws OCM_USAGE for what cannot be read or dated, OCM_UNAVAILABLE when there is no database yet. */
export async function auditOcsLogs(
  config: AuditConfig,
  asked: AuditRequest,
  onProgress: (doneBytes: number, ofBytes: number) => void,
): Promise<AuditOutcome> {
  const { source, nowMs } = asked;
  mustExist(config);
  const { order, timeZone, sizes } = await lookAt(asked);
  const enumerations = enumerationsWith(config.enumerations);
  const db = openBesideWriter(config.sqlitePath);
  try {
    const rows = new SqliteHeldRows(db, { source, nowMs, enumerations });
    const encoding = config.sources.get(source)?.encoding ?? OTHER_ENCODING;
    const reader = new LogReader(timeZone, decodeLineIn(encoding));
    const audit = new OcsLogAudit(asked, rows);
    const ofBytes = sizes.reduce((sum, size) => sum + size, 0);
    let doneBytes = 0;
    for (const { index, localMs } of order) {
      reader.begin(localMs);
      const onLine = (line: string) => {
        const entry = reader.read(line);
        if (reader.lastMs !== null) audit.cover(reader.lastMs);
        if (entry !== null) audit.take(entry);
      };
      await readLines(asked.files[index] ?? '', onLine, (bytes) => {
        onProgress(doneBytes + bytes, ofBytes);
      });
      doneBytes += sizes[index] ?? 0;
    }
    const done = audit.finish();
    const backfill = done.states === null ? [] : itemsOf({ ...done, states: done.states }, rows, asked, enumerations);
    return { ...done, ...reader.counts, timeZone, isSourceKnown: rows.groupNos().size > 0, backfill };
  } finally {
    db.close();
  }
}

function itemsOf(
  { states, nameOf }: LogAudit & { readonly states: StatesOfLog },
  rows: SqliteHeldRows,
  { source, toleranceMs }: AuditRequest,
  enumerations: Enumerations,
): readonly ImportItem[] {
  return rows.atOneMoment(() =>
    backfillItems(states.lost(toleranceMs), {
      ...{ source, rows, enumerations, nameOf },
      isWhole: states.isWhole,
      tellsOfChange: (groupNo, held) => states.tellsOfChange(groupNo, held),
      isUnexpected: (nameNo, { dateTimeMs }) => states.isUnexpected(nameNo, dateTimeMs),
    }),
  );
}

/** What can be told of the logs before they are read. */
async function lookAt({ files, dateMs, timeZone }: AuditRequest) {
  const sizes = files.map(sizeOfLog);
  const paths = files.map((file) => realpathSync(file));
  const again = files.find((_, index) => paths.indexOf(paths[index] ?? '') !== index);
  if (again !== undefined) throw new MonitorError('OCM_USAGE', `${again} is named twice: its lines would count twice`);
  const starts: LogStart[] = [];
  for (const file of files) starts.push(startOf(basename(file), await firstLinesOf(file)));
  const order = orderOf(starts, dateMs);
  if (order === null)
    throw new MonitorError(
      'OCM_USAGE',
      `${files[0] ?? ''} does not say on which date it begins: add --date YYYY-MM-DD`,
    );
  return { sizes, order, timeZone: zoneOf({ files, starts, order, timeZone }) };
}

interface Zoned {
  readonly files: readonly string[];
  readonly starts: readonly LogStart[];
  readonly order: readonly PlacedLog[];
  readonly timeZone: string | null;
}

/** A log that goes by another clock than this machine's would prove every notification missing: that is asked for. */
function zoneOf({ files, starts, order, timeZone }: Zoned): string {
  if (timeZone !== null) return timeZone;
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const { index, localMs } of order) {
    const { offsetMs = null } = starts[index] ?? {};
    if (offsetMs === null || localMs === null) continue;
    const clock = new LogClock(here);
    const hereMs = clock.offsetMs(clock.atDate(localMs));
    if (hereMs === offsetMs) continue;
    const ahead = `${offsetMs / 3_600_000} h ahead of UTC, and this machine's (${here}) ${hereMs / 3_600_000} h`;
    const message = `${files[index] ?? ''} goes by a clock that is ${ahead}: add --tz with the time zone of that OCS`;
    throw new MonitorError('OCM_USAGE', message);
  }
  return here;
}
