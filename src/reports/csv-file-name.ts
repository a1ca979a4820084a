/** What a file of CSV is called: its list, whose it is, and its range, so that a folder of them tells one from another. */
import type { LocalTime } from '../domain/local-time.js';
import type { TimeRange } from '../domain/store.js';

export interface CsvFile {
  /** The path below the API, such as `/callbacks/details`. */
  readonly path: string;
  /** Whose list it is, such as a campaign group's name; it takes the place of all of the path but its end. */
  readonly subject: string | null;
  /** Null: the list has none. */
  readonly range: TimeRange | null;
  readonly zone: LocalTime;
  readonly nowMs: number;
}

/** Characters of a group’s name in that of a file: file systems take 255 bytes. */
const SUBJECT_LENGTH = 60;

/** `attachment`, with a name for clients that read ASCII only beside the whole one (RFC 6266). */
export function contentDisposition(file: CsvFile): string {
  const name = fileName(file);
  const ascii = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\w.-]/gu, '_');
  const whole = ascii === name ? '' : `; filename*=UTF-8''${encodeURIComponent(name)}`;
  return `attachment; filename="${ascii}"${whole}`;
}

function fileName({ path, subject, range, zone, nowMs }: CsvFile): string {
  const parts = path.split('/').filter((part) => part !== '');
  const list = subject === null ? parts.join('-') : `${parts.at(-1) ?? ''}_${words(subject)}`;
  const ends = range === null ? [] : rangeWords(range, zone, nowMs);
  return `${[list.replace(/[^\p{L}\p{N}\p{M}._-]+/gu, '_'), ...ends].join('_')}.csv`;
}

/** Letters and digits of any script; all else would have a meaning for some shell, file system or header. */
function words(text: string): string {
  const [...characters] = text.normalize('NFC').replace(/[^\p{L}\p{N}\p{M}._-]+/gu, '-');
  return (
    characters
      .slice(0, SUBJECT_LENGTH)
      .join('')
      .replace(/^[-.]+|[-.]+$/g, '') || 'unnamed'
  );
}

/** A range that is open ends with the export. */
function rangeWords({ fromMs, toMs }: TimeRange, zone: LocalTime, nowMs: number): readonly string[] {
  const end = momentWords(Math.max(fromMs, Math.min(toMs, nowMs)), zone);
  return fromMs === 0 ? ['until', end] : [momentWords(fromMs, zone), end];
}

/** `2026-11-01`, or `2026-11-01T0930` where it is not midnight. */
function momentWords(ms: number, zone: LocalTime): string {
  const local = new Date(zone.localMs(ms)).toISOString();
  const [date = '', time = ''] = local.split('T');
  const clock = time.slice(0, 5).replace(':', '');
  return clock === '0000' ? date : `${date}T${clock}`;
}
