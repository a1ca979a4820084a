import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NewFile } from '../../../src/node/new-file.js';
import { ParquetFile } from '../../../src/node/parquet-file.js';
import type { ExportRow, Heading } from '../../../src/reports/export/table.js';
import { duckdb } from '../../support/duckdb.js';
import { removeFolder } from '../../support/folders.js';
import { T0 } from '../../support/notifications.js';

const HEADINGS: readonly Heading[] = [
  { name: 'id', kind: 'text' },
  { name: 'at', kind: 'time' },
  { name: 'ratio', kind: 'number' },
  { name: 'events', kind: 'count' },
  { name: 'final', kind: 'flag' },
  { name: 'steps', kind: 'words' },
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-parquet-'));
});
afterAll(() => {
  removeFolder(folder);
});

async function written(name: string, pages: readonly (readonly ExportRow[])[]): Promise<string> {
  const path = join(folder, name);
  await NewFile.write(path, (file) => {
    const parquet = new ParquetFile(file, HEADINGS, 'a test');
    for (const page of pages) parquet.append(page);
    parquet.end();
    return Promise.resolve();
  });
  return path;
}

describe('a file of Parquet, as DuckDB reads it', () => {
  it('has every value under its type, times as moments of UTC, and null where nothing is known', async () => {
    const path = await written('values.parquet', [
      [
        ['Zoë "=1+1"\n漢字', T0 + 1, 0.1, 2 ** 48 - 1, true, ['load', 'start']],
        [null, null, null, null, null, null],
        ['', 0, -0.5, -3, false, []],
      ],
    ]);
    expect(await duckdb(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '${path}')`)).toEqual([
      { column_name: 'id', column_type: 'VARCHAR' },
      { column_name: 'at', column_type: 'TIMESTAMP WITH TIME ZONE' },
      { column_name: 'ratio', column_type: 'DOUBLE' },
      { column_name: 'events', column_type: 'BIGINT' },
      { column_name: 'final', column_type: 'BOOLEAN' },
      { column_name: 'steps', column_type: 'VARCHAR' },
    ]);
    expect(await duckdb(`SELECT * REPLACE (epoch_ms("at") AS "at") FROM '${path}'`)).toEqual([
      {
        id: 'Zoë "=1+1"\n漢字',
        at: String(T0 + 1),
        ratio: 0.1,
        events: String(2 ** 48 - 1),
        final: true,
        steps: 'load start',
      },
      { id: null, at: null, ratio: null, events: null, final: null, steps: null },
      { id: '', at: '0', ratio: -0.5, events: '-3', final: false, steps: '' },
    ]);
  });

  it('has its columns without any row, and rows in several groups', async () => {
    const none = await written('none.parquet', []);
    expect(await duckdb(`SELECT count(*) AS rows, count(DISTINCT "at") AS times FROM '${none}'`)).toEqual([
      { rows: '0', times: '0' },
    ]);
    const row = (n: number): ExportRow => [`row ${n}`, T0 + n, n / 7, n, n % 2 === 0, n % 3 === 0 ? null : ['load']];
    const pages = Array.from({ length: 9 }, (_, page) => Array.from({ length: 5000 }, (_, n) => row(page * 5000 + n)));
    const many = await written('many.parquet', pages);
    const [sums] = await duckdb(`
      SELECT count(*) AS rows, count(DISTINCT id) AS ids, sum(events) AS sum, count(steps) AS told,
        epoch_ms(max("at")) AS newest, sum(CASE WHEN ratio = events / 7 THEN 1 ELSE 0 END) AS exact FROM '${many}'`);
    expect(sums).toEqual({
      rows: '45000',
      ids: '45000',
      sum: String((44_999 * 45_000) / 2),
      told: '30000',
      newest: String(T0 + 44_999),
      exact: '45000',
    });
    const groups = await duckdb(
      `SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata('${many}') ORDER BY ALL`,
    );
    expect(groups.map((group) => group['row_group_num_rows'])).toEqual(['20000', '20000', '5000']);
  });
});
