import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delimiterOf } from '../../../src/domain/table-rows.js';
import { type CsvRow, csvRows } from '../../../src/node/csv-rows.js';
import { decodeLineIn } from '../../../src/ocs/log/log-text.js';

const decode = decodeLineIn('windows-1252');
const HEADER = ['KEYNAME', 'VALUE', 'ADDED_TS'];

/** Node's Buffer has no UTF-16 of the other order. */
const bigEndian = (text: string) => Buffer.from(text, 'utf16le').swap16();
const windows1252 = (text: string) => Buffer.from(text.replaceAll('€', '\u0080'), 'latin1');
const ENCODINGS = {
  'UTF-8': (text: string) => Buffer.from(text),
  'UTF-8 with a mark': (text: string) => Buffer.from(`\ufeff${text}`),
  'UTF-16': (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'UTF-16, big end first': (text: string) => bigEndian(`\ufeff${text}`),
  'UTF-16 without a mark': (text: string) => Buffer.from(text, 'utf16le'),
  'UTF-16, big end first, without a mark': (text: string) => bigEndian(text),
  'Windows-1252': windows1252,
} as const satisfies Record<string, (text: string) => Buffer>;

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const to = from + (sizes[turn % sizes.length] ?? bytes.length);
    yield bytes.subarray(from, to);
    await Promise.resolve();
    from = to;
  }
}

async function rowsOf(bytes: Buffer, sizes: readonly number[] = [bytes.length]): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  for await (const some of csvRows(cut(bytes, sizes), (header) => delimiterOf(header, []))) rows.push(...some);
  return rows;
}

const values = fc.string({
  unit: fc.constantFrom('a', 'B', ' ', '"', ',', ';', '\t', '|', '\n', '\r\n', 'ü', '€'),
  maxLength: 6,
});
const tables = fc.array(fc.tuple(values, values, values), { maxLength: 12 });
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

function written(row: readonly string[], delimiter: string): string {
  const quoted = (value: string) =>
    /["\r\n]/.test(value) || value.includes(delimiter) ? `"${value.replaceAll('"', '""')}"` : value;
  return row.map(quoted).join(delimiter);
}

describe('rows of a delimited file', () => {
  it.each(Object.entries(ENCODINGS))(
    'are read as they were written, wherever the file is cut: %s',
    async (_, encode) => {
      const delimiters = fc.constantFrom(',', ';', '\t', '|');
      await fc.assert(
        fc.asyncProperty(
          tables,
          delimiters,
          fc.constantFrom('\n', '\r\n'),
          fc.boolean(),
          sizes,
          async (table, delimiter, end, isEnded, cuts) => {
            const lines = [HEADER, ...table].map((row) => written(row, delimiter));
            const rows = await rowsOf(encode(lines.join(end) + (isEnded ? end : '')), cuts);
            let line = 1;
            const expected = [HEADER, ...table].map((fields, index) => {
              const begins = line;
              line += (lines[index] ?? '').split('\n').length;
              return { line: begins, fields, text: lines[index], flaw: null };
            });
            const found = rows.map(({ fields, text, ...rest }) => ({
              ...rest,
              fields: fields.map(decode),
              text: decode(text),
            }));
            expect(found).toEqual(expected);
          },
        ),
      );
    },
  );

  it('that are damaged are told with their line and text, and keep none of the others', async () => {
    const damages = fc.constantFrom('x"y,1,2', '"a"b,1,2', 'k,"v" w,"3"', 'k,"a\nb"c",1');
    const good = fc.constant('k,"two\nlines",1');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(good, damages), { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n'),
        sizes,
        async (lines, end, cuts) => {
          const rows = await rowsOf(Buffer.from([HEADER.join(','), ...lines, ''].join(end)), cuts);
          let line = 2;
          const expected = lines.map((text) => {
            const begins = line;
            line += text.split('\n').length;
            return text.startsWith('k,"two')
              ? { line: begins, flaw: null }
              : { line: begins, flaw: expect.any(String) as unknown };
          });
          expect(rows.slice(1).map(({ line: begins, flaw }) => ({ line: begins, flaw }))).toEqual(expected);
          expect(rows.slice(1).map(({ text }) => text)).toEqual(lines);
        },
      ),
    );
  });

  it('end where a quote is never closed, and where a row is longer than any', async () => {
    expect((await rowsOf(Buffer.from('A,B\n1,2\n3,"4\n5,6\n'))).at(-1)).toMatchObject({
      line: 3,
      flaw: 'a quote that is never closed',
    });
    const long = await rowsOf(Buffer.from(`A,B\n1,"${'x'.repeat(2_000_000)}`), [65_536]);
    expect(long).toHaveLength(2);
    expect(long[1]).toMatchObject({
      line: 2,
      fields: [],
      flaw: expect.stringContaining('more than 1048576 bytes') as unknown,
    });
  });

  it('begin behind what a spreadsheet says of its delimiter; empty lines are none', async () => {
    const rows = await rowsOf(Buffer.from('sep=;\r\nA;B\r\n\r\n1,5;2\r\n\r\n'));
    expect(rows.map(({ line, fields }) => [line, fields])).toEqual([
      [2, ['A', 'B']],
      [4, ['1,5', '2']],
    ]);
    expect(await rowsOf(Buffer.alloc(0))).toEqual([]);
    expect((await rowsOf(Buffer.from('A')))[0]?.fields).toEqual(['A']);
  });
});
