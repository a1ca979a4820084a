import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { abandonmentOf } from '../../../src/domain/abandonment.js';
import type { RuleProfile } from '../../../src/domain/compliance.js';
import { campaignGroupId } from '../../../src/domain/identity.js';
import { dialedOf } from '../../../src/reports/abandonment.js';
import { GroupReports } from '../../../src/reports/group-reports.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { SqliteGroupRows } from '../../../src/sqlite/readers/group-reader.js';
import { openCampaigns } from '../../support/campaign-stores.js';
import { DIALED_DBID, dialedLife, INTERVAL_MS, periodAbout } from '../../support/dialed-lives.js';
import { dialedRows } from '../../support/dialed-rows.js';
import { removeFolder } from '../../support/folders.js';
import { emptyCampaigns } from '../../support/held-evidence.js';
import { digest } from '../../support/notifications.js';

const folder = mkdtempSync(join(tmpdir(), 'ocm-abandonment-'));
let db: Connection;
beforeAll(() => {
  db = openForWriting(join(folder, 'abandonment.db'));
  migrate(db);
});
afterAll(() => {
  db.close();
  removeFolder(folder);
});

const RULE = { silenceAfterMs: 3 * INTERVAL_MS, intervalMs: INTERVAL_MS, isFixed: true };
const ID = campaignGroupId('default', DIALED_DBID, digest);

describe('abandonment as SQLite has it', () => {
  it('is that of the definition: same sessions, same reasons, same verdict', () => {
    for (let seed = 0; seed < 40; seed++) {
      const { arrived, downs, endMs } = dialedLife(seed);
      const period = periodAbout({ endMs }, seed);
      emptyCampaigns(db);
      db.exec('DELETE FROM uptime');
      const starts = [0, ...downs.map(({ toMs }) => toMs)];
      starts.forEach((startedMs, n) => {
        db.prepare('INSERT INTO uptime (started_ms, alive_ms) VALUES (?, ?)').run(startedMs, downs[n]?.fromMs ?? endMs);
      });
      const campaigns = openCampaigns(db);
      db.transaction(() => {
        for (const notification of arrived) campaigns.apply(notification);
      })();
      const profile: RuleProfile = {
        name: 'own',
        limitRatio: 0.03,
        per: 'campaign_group',
        periodMs: period.toMs - period.fromMs,
        window: 'rolling',
      };
      const asked = { groups: [{ id: ID, rule: RULE }], leftOut: 0, profile, atMs: period.toMs };
      const { period: toldPeriod, ...told } = new GroupReports(new SqliteGroupRows(db)).abandonment(asked);
      const rows = dialedRows(ID, arrived, downs, RULE);
      expect(told, `seed ${seed}`).toEqual(abandonmentOf(dialedOf([rows], period), profile.limitRatio));
      expect(toldPeriod).toEqual(period);
    }
  });

  it('is within, of nothing, where no group is known', () => {
    const profile = { name: 'own', limitRatio: 0.03, per: 'campaign', periodMs: 1000, window: 'successive' } as const;
    const asked = { groups: [{ id: 'nobody', rule: null }], leftOut: 0, profile, atMs: 5000 };
    expect(new GroupReports(new SqliteGroupRows(db)).abandonment(asked)).toMatchObject({
      verdict: 'within',
      low: null,
      sessions: [],
      period: { fromMs: 5000, toMs: 5000 },
    });
  });
});
