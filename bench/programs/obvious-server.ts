/**
 * The obvious program: what a capable developer writes in an afternoon. Express, its JSON parser, ajv with the published
 * schema, and one INSERT of all columns per request, as durable as ours (WAL, synchronous=FULL).
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import Database from 'better-sqlite3';
import express from 'express';
import { readFileSync } from 'node:fs';
import { COLUMNS, CREATE_TABLE } from './small-schema.js';

type Fields = Readonly<Record<string, unknown>>;

const [path = '', port = '0'] = process.argv.slice(2);
const db = new Database(path);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(CREATE_TABLE);
const insert = db.prepare(`INSERT INTO notifications VALUES (NULL, ?, ${COLUMNS.map(() => '?').join(', ')})`);
const schema: unknown = JSON.parse(
  readFileSync(new URL('../../schemas/campaign-group-state.schema.json', import.meta.url), 'utf8'),
);
const isNotification = new Ajv2020({ strict: false, allErrors: true }).compile<Fields>(schema as object);

const app = express();
app.use(express.json());
app.post('/ocs/campaign-group-state', (request, response) => {
  const body: unknown = request.body;
  if (!isNotification(body)) {
    response.status(422).json({ violations: isNotification.errors });
    return;
  }
  insert.run(Date.now(), ...COLUMNS.map((name) => body[name] ?? null));
  response.json({ outcome: 'stored' });
});
app.listen(Number(port), '127.0.0.1');
