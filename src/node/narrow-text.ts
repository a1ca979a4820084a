/** Text files as Windows writes them: in two bytes a character, or with a mark in front. */

/** How the bytes of a text begin: its encoding where it has two bytes a character, and the bytes of its mark. */
export function beginningOf(head: Uint8Array): {
  readonly wide: 'utf-16le' | 'utf-16be' | null;
  readonly mark: number;
} {
  const [first, second, third] = head;
  if (first === 0xef && second === 0xbb && third === 0xbf) return { wide: null, mark: 3 };
  if (first === 0xff && second === 0xfe) return { wide: 'utf-16le', mark: 2 };
  if (first === 0xfe && second === 0xff) return { wide: 'utf-16be', mark: 2 };
  // What is read here begins with ASCII: names of columns, times, braces.
  if (first !== 0 && second === 0) return { wide: 'utf-16le', mark: 0 };
  return { wide: first === 0 && second !== 0 && second !== undefined ? 'utf-16be' : null, mark: 0 };
}

/** The same in UTF-8 where it has two bytes a character; without its mark. */
export async function* narrow(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | null = Buffer.alloc(0);
  let decoder: Decoder | null = null;
  for await (const chunk of chunks) {
    let bytes: Buffer = chunk;
    if (head !== null) {
      head = Buffer.concat([head, chunk]);
      if (head.length < 4) continue;
      [bytes, decoder] = opened(head);
      head = null;
    }
    yield decoder === null ? bytes : Buffer.from(decoder.decode(bytes, { stream: true }), 'utf8');
  }
  if (head !== null) {
    const [bytes, wide] = opened(head);
    yield wide === null ? bytes : Buffer.from(wide.decode(bytes), 'utf8');
  } else if (decoder !== null) yield Buffer.from(decoder.decode(), 'utf8');
}

type Decoder = InstanceType<typeof TextDecoder>;

function opened(head: Buffer): [Buffer, Decoder | null] {
  const { wide, mark } = beginningOf(head);
  return [head.subarray(mark), wide === null ? null : new TextDecoder(wide)];
}
