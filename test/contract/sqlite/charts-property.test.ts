/** Charts of quarters of an hour on SQLite, asked for on a connection of their own while evidence is written and compacted. */
import fc from 'fast-check';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GroupReports } from '../../../src/reports/group-reports.js';
import { stepsPage } from '../../../src/reports/statistics-steps.js';
import { campaignTables } from '../../../src/sqlite/campaign-tables.js';
import { openForReading, openForWriting } from '../../../src/sqlite/database.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { SqliteGroupRows } from '../../../src/sqlite/readers/group-reader.js';
import { sampleRowsOf } from '../../../src/apply/sample-rows.js';
import { allPages, chartBatches, chartQuestion, chartStore, DBIDS, expectSameSteps } from '../../support/charts.js';
import { removeFolder } from '../../support/folders.js';

const folder = mkdtempSync(join(tmpdir(), 'ocm-charts-'));
const path = join(folder, 'charts.db');
const writing = openForWriting(path);
migrate(writing);
const reading = openForReading(path);
afterAll(() => {
  reading.close();
  writing.close();
  removeFolder(folder);
});

const TABLES = ['journal', 'chunks', 'chunk_hours', 'standing_samples', 'quarter_hours', 'steps', 'statements'];

describe('charts of quarters of an hour on SQLite', () => {
  it('say what the samples say, after every commit', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(chartBatches, chartQuestion, (batches, { range, step, limit }) => {
        for (const table of [...TABLES, 'campaign_groups']) writing.exec(`DELETE FROM ${table}`);
        const tables = campaignTables(writing);
        const { evidence, deliver } = chartStore(tables, (work) => {
          writing.transaction(work).immediate();
        });
        const rows = new SqliteGroupRows(reading);
        const reports = new GroupReports(rows);
        for (const batch of batches) {
          deliver(batch);
          for (const dbid of DBIDS) {
            const group = tables.groups.find('default', dbid);
            if (group === null) continue;
            const found = allPages((page) => {
              const answer = reports.statistics(group.id, range, step, page);
              expect(answer.resolution).toBe('15m');
              return answer;
            }, limit);
            const samples = sampleRowsOf(evidence, group.groupNo);
            expectSameSteps(
              found,
              allPages((page) => stepsPage(samples, range, step, page), 1000),
            );
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
