/** How the pieces of a file are made: of its lines, or of its bytes. */
import { MonitorError } from '../domain/errors.js';
import type { ImportItem } from '../domain/import.js';
import type { TextFile, TextLine } from '../node/text-lines.js';

/** Something that was read: an item, or what is damaged. */
export interface Piece {
  /** Where it begins. */
  readonly line: number;
  /** What is to be imported. */
  readonly item?: ImportItem;
  /** Why there is nothing to import, or what is wrong with the item, which quarantine is to keep then. */
  readonly damage?: string;
}

/** Makes pieces of the lines of one file, in order. It is given each line once. */
export interface LineReader {
  feed(line: TextLine): readonly Piece[];
  /** Where that begins of which it has made no piece yet; null: it has made pieces of all. */
  heldFrom(): number | null;
  /** What remains at the end of the file. */
  end(): readonly Piece[];
}

/** Pieces, and the line up to which the file is read. */
export interface Pieces {
  readonly pieces: readonly Piece[];
  readonly line: number;
  /** The line at which an import would have to go on; null: at none. */
  readonly next: number | null;
}

/** Makes pieces of the bytes of one file. */
export interface ByteReader {
  read(bytes: AsyncIterable<Buffer>): AsyncIterable<Pieces>;
}

export type PieceReader = LineReader | ByteReader;

/** `firstLine`: what comes before is passed over, by whoever reads lines. Throws OCM_USAGE for a file that has fewer. */
export async function* piecesIn(text: TextFile, reader: PieceReader, firstLine: number): AsyncGenerator<Pieces> {
  if ('read' in reader) {
    yield* reader.read(text.bytes());
    return;
  }
  let last = firstLine - 1;
  let seen = 0;
  for await (const lines of text.lines()) {
    const pieces = lines.flatMap((line) => (line.no < firstLine ? [] : reader.feed(line)));
    seen = lines.at(-1)?.no ?? seen;
    last = Math.max(last, seen);
    yield { pieces, line: last, next: reader.heldFrom() ?? last + 1 };
  }
  // What was read to its end may be where an import goes on: behind its last line.
  if (seen < firstLine - 1) {
    throw new MonitorError(
      'OCM_USAGE',
      `--resume says line ${firstLine} of a file that has ${seen}: is it the file of which the import was interrupted?`,
    );
  }
  yield { pieces: reader.end(), line: last, next: last + 1 };
}
