/** Files of bodies as they were received, one a line: see `ingest/captured-line.ts`. */
import type { ImportItem } from '../domain/import.js';
import { type Captured, readCaptured } from '../ingest/captured-line.js';
import { sha256Digest } from '../node/digest.js';
import type { TextLine } from '../node/text-lines.js';
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
const UTF8_MARK = '\u00ef\u00bb\u00bf';

/** Longer than any line that holds a body within the limit. */
export function notificationLineBytes(bodyLimitBytes: number): number {
  return WRITTEN_BYTES * bodyLimitBytes + WRAPPER_BYTES;
}

export function notificationLines({ source, bodyLimitBytes }: NotificationLinesOptions): LineReader {
  return {
    feed: ({ no, text, bytes }: TextLine): readonly Piece[] => {
      const line = no === 1 && text.startsWith(UTF8_MARK) ? text.slice(UTF8_MARK.length) : text;
      if (line.trim() === '') return [];
      if (bytes > text.length) {
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
