/**
 * The obvious program: what a capable developer writes in an afternoon. Express, its JSON parser, ajv with the same
 * schema, and one INSERT of the same columns per request, as durable as ours (WAL, synchronous=FULL).
 */
import Database from 'better-sqlite3';
import express from 'express';
import { compileNotificationSchema } from '../src/node/schemas.js';

const [path = '', port = '0'] = process.argv.slice(2);
const db = new Database(path);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`CREATE TABLE notifications (
  id INTEGER PRIMARY KEY, received_ms INTEGER, source TEXT, dbid TEXT, at_ms INTEGER, state INTEGER, dial_mode INTEGER,
  optimize_by INTEGER, optimize_goal REAL, action INTEGER, actor INTEGER, name TEXT, tenant TEXT, tenant_ccid TEXT,
  guid TEXT, agent_group TEXT, campaign TEXT, template TEXT, queue TEXT,
  busy_ratio REAL, hit_ratio REAL, overdial_ratio REAL, time_to_complete_seconds REAL)`);
const insert = db.prepare(
  `INSERT INTO notifications VALUES (NULL, ${Array.from({ length: 22 }, () => '?').join(', ')})`,
);
const schema = compileNotificationSchema();

const app = express();
app.use(express.json());
app.post('/ocs/campaign-group-state', (request, response) => {
  const body = request.body as Record<string, string | number | null | undefined>;
  const violations = schema.validate(body).filter(({ fatal }) => fatal);
  if (violations.length > 0) {
    response.status(422).json({ violations });
    return;
  }
  insert.run(
    Date.now(),
    'default',
    body['GSW_CAMPAIGN_GROUP_DBID'],
    Math.round(Number(body['GSW_DATE_TIME']) * 1000),
    body['GSW_CAMPAIGN_GROUP_STATE'],
    body['GSW_DIAL_MODE'] ?? null,
    body['GSW_OPTIMIZE_BY'] ?? null,
    body['GSW_OPTIMIZE_GOAL'] ?? null,
    body['GSW_CAMPAIGN_GROUP_ACTION'] ?? null,
    body['GSW_CAMPAIGN_GROUP_ACTOR'] ?? null,
    body['GSW_CAMPAIGN_GROUP_NAME'] ?? null,
    body['GSW_TENANT_NAME'] ?? null,
    body['GSW_TENANT_CCID'] ?? null,
    body['GSW_CAMPAIGN_GROUP_GUID'] ?? null,
    body['GSW_GROUP_NAME'] ?? null,
    body['GSW_CAMPAIGN_NAME'] ?? null,
    body['GSW_CAMPAIGN_TEMPLATE_NAME'] ?? null,
    body['GSW_QUEUE_NAME'] ?? null,
    body['GSW_STAT_BUSY_FACTOR'] ?? null,
    body['GSW_STAT_HIT_RATIO'] ?? null,
    body['GSW_STAT_OVERDIAL_RATE'] ?? null,
    body['GSW_STAT_TIME_TO_COMPLETE'] ?? null,
  );
  response.json({ outcome: 'refresh' });
});
app.listen(Number(port), '127.0.0.1');
