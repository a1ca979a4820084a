/** Logs of one program, in the order in which they were written, by the clock of a time zone. */
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { MonitorError } from '../../domain/errors.js';
import { firstLinesOf, readLines, sizeOfLog } from '../../node/log-files.js';
import { LogClock } from '../../ocs/log/log-clock.js';
import { type LogStart, orderOf, type PlacedLog, startOf } from '../../ocs/log/log-start.js';

export interface LogFiles {
  readonly files: readonly string[];
  /** Of the clock that the lines go by; null: this machine's, unless the logs say that it is not. */
  readonly timeZone: string | null;
  /** Midnight of the date of the first file's first line, written like UTC milliseconds. */
  readonly dateMs: number | null;
}

/** Whoever reads logs. */
export interface LogTaker {
  /** Begins a file. When its first line was written, by its clock, as `LogClock` has it; null: it goes on where the last one ended. */
  readonly begin: (localMs: number | null) => void;
  readonly take: (line: string) => void;
  readonly onProgress: (doneBytes: number, ofBytes: number) => void;
}

type LookedAt = Awaited<ReturnType<typeof lookAt>>;

export class DatedLogs {
  readonly #files: readonly string[];
  readonly #lookedAt: LookedAt;

  private constructor(files: readonly string[], lookedAt: LookedAt) {
    this.#files = files;
    this.#lookedAt = lookedAt;
  }

  /** Throws OCM_USAGE for what cannot be read or dated. */
  static async lookAt(asked: LogFiles): Promise<DatedLogs> {
    return new DatedLogs(asked.files, await lookAt(asked));
  }

  get timeZone(): string {
    return this.#lookedAt.timeZone;
  }

  async read({ begin, take, onProgress }: LogTaker): Promise<void> {
    const { order, sizes } = this.#lookedAt;
    const ofBytes = sizes.reduce((sum, size) => sum + size, 0);
    let doneBytes = 0;
    for (const { index, localMs } of order) {
      begin(localMs);
      await readLines(this.#files[index] ?? '', take, (bytes) => {
        onProgress(doneBytes + bytes, ofBytes);
      });
      doneBytes += sizes[index] ?? 0;
    }
  }
}

/** What can be told of the logs before they are read. */
async function lookAt({ files, dateMs, timeZone }: LogFiles) {
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
