import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LineSplitter, TextFile, type TextLine } from '../../../src/node/text-lines.js';
import { removeFolder } from '../../support/folders.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-lines-'));
});
afterAll(() => {
  removeFolder(folder);
});

async function read(file: TextFile): Promise<TextLine[]> {
  const lines: TextLine[] = [];
  for await (const some of file.lines()) for (const line of some) lines.push(line);
  return lines;
}
const written = (name: string, bytes: Buffer) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return new TextFile(path, 1000);
};

describe('lines', () => {
  it('are those of the text, wherever it was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'ÿ', '\n', '\r'), maxLength: 8 })), (pieces) => {
        const splitter = new LineSplitter(1000);
        const found = pieces.flatMap((piece) => splitter.feed(piece));
        const last = splitter.end();
        const expected = pieces.join('').split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect([...found, ...(last ? [last] : [])]).toEqual(
          expected.map((line, index) => {
            const text = line.replace(/\r$/, '');
            return { no: index + 1, text, bytes: text.length };
          }),
        );
      }),
    );
  });

  it('that are too long are kept in part, and counted whole', () => {
    const splitter = new LineSplitter(3);
    expect([...splitter.feed('12'), ...splitter.feed('345\n67\n')]).toEqual([
      { no: 1, text: '123', bytes: 5 },
      { no: 2, text: '67', bytes: 2 },
    ]);
  });
});

describe('a file', () => {
  it('is read as it is, or unpacked, in one part or several, and says how far', async () => {
    const text = Buffer.from('eins\nzwei ä\n\ndrei');
    const expected = await read(written('plain', text));
    expect(expected.map((line) => Buffer.from(line.text, 'latin1').toString())).toEqual(['eins', 'zwei ä', '', 'drei']);
    const packed = written('packed', Buffer.concat([gzipSync(text.subarray(0, 7)), gzipSync(text.subarray(7))]));
    expect(await read(packed)).toEqual(expected);
    expect(packed.bytesRead).toBe(packed.sizeBytes);
    expect(await read(written('empty', Buffer.alloc(0)))).toEqual([]);
    expect(await read(written('short', Buffer.from('x')))).toEqual([{ no: 1, text: 'x', bytes: 1 }]);
  });

  it('is read in UTF-16 and behind a mark, as Windows writes it, as it is without', async () => {
    const text = 'eins\r\nzwei ä日\r\n';
    const expected = await read(written('narrow', Buffer.from(text)));
    const wide = Buffer.from(`\ufeff${text}`, 'utf16le');
    for (const bytes of [wide, Buffer.from(wide).swap16(), wide.subarray(2), Buffer.from(`\ufeff${text}`)])
      expect(await read(written('wide', bytes))).toEqual(expected);
    expect(await read(written('wide.gz', gzipSync(wide)))).toEqual(expected);
  });

  it.each([
    ['zip', [0x50, 0x4b, 3, 4, 20, 0]],
    ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd, 0, 0]],
    ['bzip2', [0x42, 0x5a, 0x68, 0x39, 0, 0]],
  ])('that is packed by %s is refused by that name, before anything is read of it', async (packer, bytes) => {
    await expect(read(written('other', Buffer.from(bytes)))).rejects.toThrow(`is packed by ${packer}: unpack it`);
  });

  it('that breaks off where it is packed is read so far, and says so', async () => {
    const whole = gzipSync(Buffer.from('1\n2\n'.repeat(100_000)), { level: 0 });
    const file = written('broken', whole.subarray(0, -20_000));
    const lines: TextLine[] = [];
    await expect(async () => {
      for await (const some of file.lines()) for (const line of some) lines.push(line);
    }).rejects.toThrow('unexpected end of file');
    expect(lines.length).toBeGreaterThan(1000);
  });
});
