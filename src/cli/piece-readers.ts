/** How the pieces of a file are made: of its lines, or of its bytes. */
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
  /** What remains at the end of the file. */
  end(): readonly Piece[];
}

/** Pieces, and the line up to which the file is read. */
export interface Pieces {
  readonly pieces: readonly Piece[];
  readonly line: number;
}

/** Makes pieces of the bytes of one file. */
export interface ByteReader {
  read(bytes: AsyncIterable<Buffer>): AsyncIterable<Pieces>;
}

export type PieceReader = LineReader | ByteReader;

export async function* piecesIn(text: TextFile, reader: PieceReader): AsyncGenerator<Pieces> {
  if ('read' in reader) {
    yield* reader.read(text.bytes());
    return;
  }
  let last = 0;
  for await (const lines of text.lines()) {
    last = lines.at(-1)?.no ?? last;
    yield { pieces: lines.flatMap((line) => reader.feed(line)), line: last };
  }
  yield { pieces: reader.end(), line: last };
}
