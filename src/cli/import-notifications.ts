/** Files of bodies as they were received, one a line: see `ingest/captured-line.ts`. */
import { MonitorError } from '../domain/errors.js';
import type { ImportItem } from '../domain/import.js';
import { visibleLine } from '../domain/visible-text.js';
import { type Captured, readCaptured } from '../ingest/captured-line.js';
import { sha256Digest } from '../node/digest.js';
import { isPlainFile } from '../node/input-file.js';
import { TextFile, type TextLine } from '../node/text-lines.js';
import type { LineReader, Piece } from './piece-readers.js';

export interface NotificationLinesOptions {
  /** Null: the one that a line says, else `default`. */
  readonly source: string | null;
  /** Bytes of a body that may be received. */
  readonly bodyLimitBytes: number;
}

/** Of a body that is too large so much is kept, as of a post. */
const PREFIX_BYTES = 4096;
/** A byte in a text of JSON takes six at most; beside it stands what is known of its receipt. */
const WRITTEN_BYTES = 6;
const WRAPPER_BYTES = 4096;

/** So many lines at the begin of a file tell what it is; one with fewer does no harm. */
const LINES_LOOKED_AT = 10;
const LOOKED_AT_BYTES = 16_384;
/** In every body that can be applied, whatever is wrong with it; or what a wrapper has. */
const OF_NOTIFICATIONS = /GSW_|"body/i;

/**
 * Files that hold something else altogether would fill the quarantine line by line, and take the place of what was received.
 * Throws OCM_USAGE. What can be read but once is taken as it comes.
 */
export async function refuseOthers(files: readonly string[]): Promise<readonly string[]> {
  for (const file of files) {
    if (!isPlainFile(file)) continue;
    const lines = await firstLinesOf(file);
    if (lines.length < LINES_LOOKED_AT || lines.some(({ text }) => OF_NOTIFICATIONS.test(text))) continue;
    throw new MonitorError(
      'OCM_USAGE',
      `${visibleLine(file)} holds no notifications: in its first ${LINES_LOOKED_AT} lines there is no key GSW_…, and no body. ` +
        'What OCS logs is for audit --ocs-log, logs of T-Servers for import tserver-log, tables of ICON for import icon',
    );
  }
  return files;
}

async function firstLinesOf(file: string): Promise<readonly TextLine[]> {
  const text = new TextFile(file, LOOKED_AT_BYTES);
  const found: TextLine[] = [];
  try {
    for await (const lines of text.lines()) {
      found.push(...lines.filter((line) => line.text.trim() !== ''));
      if (found.length >= LINES_LOOKED_AT) break;
    }
  } catch (error) {
    // What cannot be read to its end is told of where it is read.
    if (error instanceof MonitorError) throw error;
  } finally {
    text.stop();
  }
  return found.slice(0, LINES_LOOKED_AT);
}

/** Longer than any line that holds a body within the limit. */
export function notificationLineBytes(bodyLimitBytes: number): number {
  return WRITTEN_BYTES * bodyLimitBytes + WRAPPER_BYTES;
}

export function notificationLines({ source, bodyLimitBytes }: NotificationLinesOptions): LineReader {
  return {
    feed: ({ no, text: line, bytes }: TextLine): readonly Piece[] => {
      if (line.trim() === '') return [];
      if (bytes > line.length) {
        return [{ line: no, damage: `a line of ${bytes} bytes: no body within OCM_BODY_LIMIT is as long` }];
      }
      const captured = readCaptured(line);
      if (typeof captured === 'string') return [{ line: no, damage: captured }];
      return [{ line: no, item: itemOf(captured, source, bodyLimitBytes) }];
    },
    heldFrom: () => null,
    end: () => [],
  };
}

function itemOf(captured: Captured, source: string | null, bodyLimitBytes: number): ImportItem {
  const { bytes, receivedAtMs, origin } = captured;
  const item: ImportItem = {
    endpoint: 'campaign-group-state',
    source: source ?? captured.source ?? 'default',
    origin: origin ?? 'import',
    receivedAtMs,
    bytes,
  };
  return withinLimit(item, bodyLimitBytes);
}

/** Of a body that is too large a prefix, as of a post. */
export function withinLimit(item: ImportItem, bodyLimitBytes: number): ImportItem {
  const { bytes } = item;
  if (bytes.length <= bodyLimitBytes) return item;
  const oversize = { size: bytes.length, isExact: true, digest: sha256Digest(bytes.slice(0, bodyLimitBytes)) };
  return { ...item, bytes: bytes.slice(0, PREFIX_BYTES), oversize };
}
