/** Exports a table: all of a range, or what changed since an export before. */
import { existsSync, readFileSync } from 'node:fs';
import type { Config } from '../config/config.js';
import { messageOf, MonitorError } from '../domain/errors.js';
import { LAST_INSTANT_MS } from '../domain/instant.js';
import { visibleLine } from '../domain/visible-text.js';
import { replaceFile } from '../node/new-file.js';
import { type Exported, type ExportMark, type ExportScope, readMark, writeMark } from '../reports/export/mark.js';
import { withHeld } from '../service/open-held.js';
import { type Format, FORMATS, type Written, writeRows } from './export-output.js';
import type { CliIo } from './io.js';
import type { Parsed } from './options.js';

export interface TableAsked {
  readonly what: Exported;
  /** Null: not said. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly source: string | null;
  readonly out: string | null;
}

const NO_MARK =
  'receivers that share a database have no common count of changes, by which an export could go on: leave out --since and --mark, and export all';

export async function exportTable(config: Config, asked: TableAsked, parsed: Parsed, io: CliIo): Promise<void> {
  const { what, out, toMs } = asked;
  const format = formatOf(parsed, out);
  const markFile = textOf(parsed, 'mark');
  if (markFile !== null && toMs !== null)
    throw new MonitorError('OCM_USAGE', 'an export up to --to has no mark: leave out --mark, or --to');
  const since = sinceOf(parsed, markFile);
  const scope = since === null ? newScope(asked, parsed, config) : goingOn(since, asked, parsed, config);
  const request = { scope, toMs: toMs ?? LAST_INSTANT_MS, since, nowMs: io.clock.nowMs() };
  const { written, mark, key } = await withHeld(config, async (held) => {
    const open = held.export(request);
    if (open.mark === null && (since ?? markFile) !== null) throw new MonitorError('OCM_USAGE', NO_MARK);
    const mark = open.mark === null ? null : writeMark(open.mark);
    return { written: await writeRows(open, { format, out }, io), mark, key: open.key };
  });
  // What is behind a mark that was kept is whole.
  if (markFile !== null && mark !== null) replaceFile(markFile, `${mark}\n`);
  tell(parsed, io, { what, format, file: out, key, ...written, mark: toMs === null ? mark : null });
}

interface Summary extends Written {
  readonly what: Exported;
  readonly format: Format;
  readonly file: string | null;
  readonly key: readonly string[];
  readonly mark: string | null;
}

/** On standard output stand the rows, where they have no file. */
function tell({ own }: Parsed, io: CliIo, summary: Summary): void {
  const write = summary.file === null ? io.err : io.out;
  if (own['json'] === true) {
    write(`${JSON.stringify(summary)}\n`);
    return;
  }
  const { file, rows, corrected, withdrawn, bytes, mark } = summary;
  const counts = `${rows} rows (${corrected} corrected, ${withdrawn} withdrawn)`;
  write(`${file === null ? counts : `${visibleLine(file)}: ${counts}, ${bytes ?? 0} bytes`}.\n`);
  if (mark !== null) write(`Go on from here with: --since ${mark}\n`);
}

function formatOf(parsed: Parsed, out: string | null): Format {
  const said = textOf(parsed, 'format') ?? 'ndjson';
  const format = FORMATS.find((one) => one === said);
  if (format === undefined) throw new MonitorError('OCM_USAGE', `--format should be one of ${FORMATS.join(', ')}`);
  if (format === 'parquet' && out?.endsWith('.gz') === true)
    throw new MonitorError('OCM_USAGE', 'parquet is packed within: leave .gz out of its name');
  return format;
}

/** Null: there is none yet, and the export is of all. */
function sinceOf(parsed: Parsed, markFile: string | null): ExportMark | null {
  const said = textOf(parsed, 'since');
  if (said !== null && markFile !== null) throw new MonitorError('OCM_USAGE', 'of --since and --mark takes one');
  if (said !== null) return readMark(said);
  return markFile !== null && existsSync(markFile) ? readMark(markIn(markFile)) : null;
}

function markIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new MonitorError('OCM_UNAVAILABLE', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function newScope({ what, source, fromMs }: TableAsked, parsed: Parsed, { pii }: Config): ExportScope {
  return { what, resolution: resolutionOf(parsed, what) ?? '15m', source, fromMs: fromMs ?? 0, pii };
}

/** A mark says what it is of: what is said besides has to be the same. */
function goingOn({ scope }: ExportMark, asked: TableAsked, parsed: Parsed, { pii }: Config): ExportScope {
  const { what, source, fromMs, toMs } = asked;
  if (scope.what !== what) throw new MonitorError('OCM_USAGE', `the mark is of ${scope.what}, not of ${what}`);
  if (toMs !== null) throw new MonitorError('OCM_USAGE', 'an export since a mark goes up to now: leave out --to');
  const resolution = resolutionOf(parsed, what);
  const said = { resolution, source, fromMs, pii: what === 'callbacks' ? pii : null };
  const other = (Object.keys(said) as (keyof typeof said)[]).find(
    (name) => said[name] !== null && said[name] !== scope[name],
  );
  if (other === undefined) return scope;
  const option = other === 'fromMs' ? '--from' : other === 'pii' ? 'pii' : `--${other}`;
  throw new MonitorError(
    'OCM_USAGE',
    `the mark is of an export with another ${option}: without it, all is exported anew`,
  );
}

function resolutionOf(parsed: Parsed, what: Exported): ExportScope['resolution'] | null {
  const said = textOf(parsed, 'resolution');
  if (said === null) return null;
  if (what !== 'statistics') throw new MonitorError('OCM_USAGE', '--resolution is for statistics');
  if (said !== '15m' && said !== 'samples') {
    throw new MonitorError('OCM_USAGE', '--resolution should be 15m or samples');
  }
  return said;
}

function textOf({ own }: Parsed, name: string): string | null {
  const said = own[name];
  return typeof said === 'string' ? said : null;
}
