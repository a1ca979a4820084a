/** Compares logs of an OCS with what is held, beside a running service or without one. */
import type { Config } from '../../config/config.js';
import type { ImportItem } from '../../domain/import.js';
import type { Enumerations } from '../../domain/vocabulary.js';
import { enumerationsWith } from '../../ocs/enumerations.js';
import { LogReader } from '../../ocs/log/log-reader.js';
import { decodeLineIn } from '../../ocs/log/log-text.js';
import { type LogAudit, OcsLogAudit, type StatesOfLog } from '../../reports/ocs-log/audit.js';
import { backfillItems, type BackfillSetup } from '../../reports/ocs-log/backfill.js';
import { betterBy, type ChangeLine, SAME_MOMENT_MS } from '../../reports/ocs-log/other-clock.js';
import type { Held } from '../held.js';
import { withHeld } from '../open-held.js';
import { DatedLogs, type LogFiles } from './dated-logs.js';

export interface AuditRequest extends LogFiles {
  readonly source: string;
  /** Where OCS should post to; null: only paths are judged. */
  readonly url: URL | null;
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
  /** By how much later the lines would fit what is held; null: nothing says that they were read by a wrong clock. */
  readonly fitsLaterMs: number | null;
}

export interface AuditWork {
  readonly onProgress: (doneBytes: number, ofBytes: number) => void;
  /** Given missing changes of state as evidence, where it is proven what they said; if it was asked for. */
  readonly bringBack: (items: Iterable<ImportItem>) => Promise<void>;
}

type SourceRows = ReturnType<Held['ofSource']>;

/** What a byte may stand for that is no UTF-8, where nothing else is configured for a source. */
const OTHER_ENCODING = 'windows-1252';

/** Throws OCM_USAGE for what cannot be read or dated, OCM_UNAVAILABLE when there is no database yet. */
export function auditOcsLogs(
  config: Config,
  asked: AuditRequest,
  { onProgress, bringBack }: AuditWork,
): Promise<AuditOutcome> {
  const { source, nowMs } = asked;
  return withHeld(config, async (held) => {
    const logs = await DatedLogs.lookAt(asked);
    const { timeZone } = logs;
    const enumerations = enumerationsWith(config.enumerations);
    const rows = held.ofSource({ source, nowMs, enumerations });
    const encoding = config.sources.get(source)?.encoding ?? OTHER_ENCODING;
    const reader = new LogReader(timeZone, decodeLineIn(encoding));
    const audit = new OcsLogAudit(asked, rows);
    const begin = (localMs: number | null) => {
      reader.begin(localMs);
    };
    const take = (line: string) => {
      const entry = reader.read(line);
      if (reader.lastMs !== null) audit.cover(reader.lastMs);
      if (entry !== null) audit.take(entry);
    };
    await logs.read({ begin, take, onProgress });
    const done = audit.finish();
    const fitsLaterMs = logs.isClockProven ? null : fitsLater(done, rows);
    const outcome = { ...done, ...reader.counts, timeZone, isSourceKnown: rows.groupNos().size > 0, fitsLaterMs };
    // By a wrong clock nothing is told of any moment.
    const states = fitsLaterMs === null ? done.states : null;
    if (states !== null) await bringBack(itemsOf({ ...done, states }, rows, asked, enumerations));
    return outcome;
  });
}

function fitsLater({ sampled, nameOf }: LogAudit, rows: SourceRows): number | null {
  const groupNos = rows.groupNos();
  const isHeldAt = ({ nameNo, atMs }: ChangeLine) => {
    const moment = { fromMs: atMs - SAME_MOMENT_MS, toMs: atMs + SAME_MOMENT_MS + 1 };
    // What a log told before says nothing of its own clock.
    const isTold = (groupNo: number) => rows.held(groupNo, moment).some(({ isRetold }) => !isRetold);
    return (groupNos.get(nameOf(nameNo)) ?? []).some(isTold);
  };
  return rows.atOneMoment(() => betterBy(sampled, isHeldAt));
}

/** Group by group, each read at one moment: what is brought back of one says nothing of another. */
function* itemsOf(
  { states, nameOf }: LogAudit & { readonly states: StatesOfLog },
  rows: SourceRows,
  { source, toleranceMs }: AuditRequest,
  enumerations: Enumerations,
): Generator<ImportItem> {
  const setup: BackfillSetup = {
    ...{ source, rows, enumerations, nameOf },
    isWhole: states.isWhole,
    tellsOfChange: (groupNo, held) => states.tellsOfChange(groupNo, held),
    isUnexpected: (nameNo, { dateTimeMs }) => states.isUnexpected(nameNo, dateTimeMs),
  };
  for (const lost of states.lostByGroup(toleranceMs)) yield* rows.atOneMoment(() => backfillItems(lost, setup));
}
