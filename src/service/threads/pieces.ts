/** Groups or callbacks handed over at once while starting. */
const HANDED_AT_ONCE = 1000;

/** In pieces, so that no message is too large. */
export function inPieces<T>(items: Iterable<T>, send: (items: readonly T[]) => void): void {
  let piece: T[] = [];
  for (const item of items) {
    piece.push(item);
    if (piece.length < HANDED_AT_ONCE) continue;
    send(piece);
    piece = [];
  }
  send(piece);
}
