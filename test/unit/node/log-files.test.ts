/** Logs line by line, wherever they are cut while they are read. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLines } from '../../../src/node/log-files.js';
import { removeFolder } from '../../support/folders.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-log-files-'));
});
afterAll(() => {
  removeFolder(folder);
});

async function linesOf(content: Buffer): Promise<string[]> {
  const file = join(folder, 'a.log');
  writeFileSync(file, content);
  const lines: string[] = [];
  await readLines(
    file,
    (line) => lines.push(line),
    () => undefined,
  );
  return lines;
}

const READ_AT_ONCE = 65_536;

it.each([-3, -2, -1, 0, 1, 2])(
  'gives each line whole where what is read at once ends %i bytes behind it',
  async (off) => {
    const first = 'x'.repeat(READ_AT_ONCE - 2 + off);
    const lines = [first, 'second', '', 'y'.repeat(3 * READ_AT_ONCE), 'last'];
    const content = Buffer.from(lines.join('\r\n'));
    expect(await linesOf(content)).toEqual(lines);
    expect(await linesOf(gzipSync(content))).toEqual(lines);
    expect(await linesOf(Buffer.from(`${lines.join('\n')}\n`))).toEqual(lines);
  },
);

it('leaves out the rest of a line that is longer than any', async () => {
  const [longest, next] = ['z'.repeat(1_048_576), 'next'];
  const [first = '', ...others] = await linesOf(Buffer.from(`${longest}${'z'.repeat(500_000)}\n${next}`));
  expect([first.startsWith(longest), first.length <= longest.length + READ_AT_ONCE, others]).toEqual([
    true,
    true,
    [next],
  ]);
});
