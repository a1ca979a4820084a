/** Logs of one program, in the order in which they were written, by the clock of a time zone. */
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { MonitorError } from '../../domain/errors.js';
import { visibleLine } from '../../domain/visible-text.js';
import { firstLinesOf, readLines, sizeOfLog } from '../../node/log-files.js';
import { LogClock } from '../../ocs/log/log-clock.js';
import { isSameLog, type LogStart, orderOf, type PlacedLog, startOf } from '../../ocs/log/log-start.js';

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

  /** Whether the logs themselves say how far their clock is from UTC: of each it was seen to be the zone's. */
  get isClockProven(): boolean {
    return this.#lookedAt.isClockProven;
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
  if (again !== undefined) throw faulty(again, 'is named twice: its lines would count twice');
  const starts: LogStart[] = [];
  for (const file of files) starts.push(startOf(basename(file), await firstLinesOf(file)));
  const stranger = files.find((_, index) => (sizes[index] ?? 0) > 0);
  if (stranger !== undefined && starts.every(({ timeMs }) => timeMs === null))
    throw faulty(
      stranger,
      'is no log: none of its first lines begins with a time. Is it the right file, as it was written?',
    );
  refuseCopies(files, starts);
  const order = orderOf(starts, dateMs);
  if (order === null) throw faulty(files[0] ?? '', 'does not say on which date it begins: add --date YYYY-MM-DD');
  const isClockProven = starts.every(({ offsetMs, timeMs }) => offsetMs !== null || timeMs === null);
  return { sizes, order, isClockProven, timeZone: zoneOf({ files, starts, order, timeZone }) };
}

function faulty(file: string, words: string): MonitorError {
  return new MonitorError('OCM_USAGE', `${visibleLine(file)} ${words}`);
}

/** A log beside its own copy, packed, or as it was when it was shorter: what its lines tell would have happened twice. */
function refuseCopies(files: readonly string[], starts: readonly LogStart[]): void {
  const known: [string, LogStart][] = [];
  for (const [index, start] of starts.entries()) {
    const file = files[index] ?? '';
    const [original] = known.find(([, other]) => isSameLog(other, start)) ?? [];
    if (original !== undefined)
      throw faulty(
        file,
        `begins with the lines of ${visibleLine(original)}, which would count twice: name the longer one`,
      );
    known.push([file, start]);
  }
}

interface Zoned {
  readonly files: readonly string[];
  readonly starts: readonly LogStart[];
  readonly order: readonly PlacedLog[];
  readonly timeZone: string | null;
}

/** A log that goes by another clock would prove every notification missing, or received in place of another. */
function zoneOf({ files, starts, order, timeZone }: Zoned): string {
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = timeZone ?? here;
  const clock = new LogClock(zone);
  for (const { index, localMs } of order) {
    const { offsetMs = null } = starts[index] ?? {};
    if (offsetMs === null || localMs === null) continue;
    const zoneMs = clock.offsetMs(localMs - offsetMs);
    if (zoneMs === offsetMs) continue;
    const ahead = `goes by a clock that is ${offsetMs / 3_600_000} h ahead of UTC`;
    throw faulty(
      files[index] ?? '',
      timeZone === null
        ? `${ahead}, and this machine's (${here}) ${zoneMs / 3_600_000} h: add --tz with the time zone of that OCS`
        : `${ahead}, as its head says, and ${zone} was ${zoneMs / 3_600_000} h then: is --tz the time zone of that machine?`,
    );
  }
  return zone;
}
