import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIMENSIONS } from '../../../src/gms/info-mart.js';
import { type Connection, openForReading, openForWriting } from '../../../src/sqlite/database.js';
import { createInfoMartViews } from '../../../src/sqlite/info-mart-views.js';
import { LegacyTable } from '../../../src/sqlite/legacy-table.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { aRecord, finish, insert, insertAttachment, insertEvent } from '../../support/callback-rows.js';
import { removeFolder } from '../../support/folders.js';
import { aLegacyEvent } from '../../support/legacy-events.js';
import { T0 } from '../../support/notifications.js';

const text = readFileSync(new URL('../../../docs/callback-sql.md', import.meta.url), 'utf8');
const queries = [...text.matchAll(/^```sql\n(.*?)^```/gms)].map(([, sql = '']) => sql);

let folder: string;
let db: Connection;

/** One callback that ended twice, one that is open, one event that could not be applied. */
function fill(writer: Connection): void {
  const start = aRecord({ vq: 'VQ_Sales', channel: 'WEB', accepted: 1, offlineWaitSeconds: 240 });
  const end = { ...start, finalRecord: 1, serviceEndMs: T0 + 600_000, agentAdded: 1, disposition: 'COMPLETED.AGENT' };
  insertEvent(writer, start, { digest: 'start', received: '{"_cb_n_is_snoozed":"0"}' });
  insertEvent(writer, end, { digest: 'end' });
  insertEvent(writer, end, { digest: 'wrap-up', isLate: true });
  finish(writer, end, 'end');
  insertEvent(writer, aRecord({ serviceId: 'service-2' }));
  insertAttachment(writer, 'service-1', 'call-7', '{"_CB_T_CALLBACK_ACCEPTED":"1700000000"}');
  insert(writer, 'callback_interactions', {
    ...{ interaction_id: 'call-7', callback_no: 1, role: 'attached', first_received_ms: T0 },
  });
  insert(writer, 'callback_missing_keys', {
    ...{ day: '2026-11-20', source: 'default', service: 'sales', key: '_CB_T_SERVICE_START', events: 2 },
    ...{ last_received_ms: T0, last_service_id: 'service-3' },
  });
  new LegacyTable(writer).put(aLegacyEvent());
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-callback-sql-'));
  const path = join(folder, 'test.db');
  const writer = openForWriting(path);
  migrate(writer);
  createInfoMartViews(writer);
  fill(writer);
  writer.close();
  db = openForReading(path);
});
afterAll(() => {
  db.close();
  removeFolder(folder);
});

const rowsOf = (part: string) => {
  const sql = queries.find((query) => query.includes(part));
  return db.prepare(sql ?? '').all();
};

describe('the documentation of the callbacks’ SQL', () => {
  it('has queries', () => {
    expect(queries.length).toBeGreaterThanOrEqual(10);
  });

  it.each(queries.map((sql) => [sql.split('\n').join(' ').slice(0, 60), sql]))(
    'has a query that runs: %s',
    (_, sql) => {
      expect(db.prepare(sql).all()).not.toEqual([]);
    },
  );

  it('joins all dimensions without losing an event', () => {
    expect(rowsOf('JOIN CALLBACK_DIM_4')).toHaveLength(4);
  });

  it('counts a callback that ended twice once', () => {
    expect(rowsOf('GROUP BY day\nORDER BY day;')).toEqual([
      { day: '2026-11-20', finished: 1, accepted: 1, connected: 0, successful: 1, offline_wait_seconds: 240 },
    ]);
    expect(rowsOf('GROUP BY queue, channel')).toEqual([
      { queue: 'VQ_Sales', channel: 'WEB', disposition: 'COMPLETED.AGENT', finished: 1, attempts: 0 },
    ]);
  });

  it.each(['CALLBACK_FACT', ...DIMENSIONS.map(({ table }) => table), 'G_CUSTOM_DATA_S', 'G_USERDATA_HISTORY'])(
    'names every column of %s',
    (view) => {
      const columns = db.prepare(`SELECT name FROM pragma_table_info('${view}')`).pluck().all() as string[];
      expect(columns.filter((column) => !text.includes(`\`${column}\``))).toEqual([]);
    },
  );
});
