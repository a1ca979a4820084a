/** The flow of Node-RED: what somebody who knows it draws, with the same schema and columns as the bare limit. */
import { COLUMNS, CREATE_TABLE, SMALL_SCHEMA } from './small-schema.js';

const PLACEHOLDERS = COLUMNS.map((name) => `$${name}`).join(', ');

/** As SQLite's node binds them, by name; a field that was not posted is null. */
const TO_PARAMETERS = `const { payload } = msg;
msg.params = { $received_ms: Date.now() };
for (const name of ${JSON.stringify(COLUMNS)}) msg.params['$' + name] = payload[name] ?? null;
return msg;`;

const TO_ANSWER = `msg.payload = { outcome: 'stored' };
return msg;`;

/** The node takes any pragma before the first post, so that its commits are as durable as ours: WAL, synchronous=FULL. */
const PREPARE = `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${CREATE_TABLE};`;

type FlowNode = Readonly<Record<string, unknown>>;

export function nodeRedFlow(database: string): readonly FlowNode[] {
  const node = (id: string, type: string, next: readonly string[], more: FlowNode = {}): FlowNode => ({
    ...{ id, type, z: 'flow', name: id, x: 0, y: 0, wires: [next] },
    ...more,
  });
  const script = (func: string) => ({ func, outputs: 1, initialize: '', finalize: '', libs: [] });
  const setTo = (p: string, to: string, tot: string) => ({ rules: [{ t: 'set', p, pt: 'msg', to, tot }] });
  return [
    { id: 'flow', type: 'tab', label: 'campaign groups' },
    { id: 'database', type: 'sqlitedb', db: database, mode: 'RWC' },
    node('begin', 'inject', ['prepared'], { props: [], repeat: '', once: true, onceDelay: 0 }),
    node('prepared', 'change', ['prepare'], setTo('topic', PREPARE, 'str')),
    node('prepare', 'sqlite', [], { mydb: 'database', sqlquery: 'batch', sql: '' }),
    node('post', 'http in', ['schema'], { url: '/ocs/campaign-group-state', method: 'post', upload: false }),
    node('schema', 'change', ['validate'], setTo('schema', JSON.stringify(SMALL_SCHEMA), 'json')),
    node('validate', 'json', ['parameters'], { property: 'payload', action: 'obj', pretty: false }),
    node('parameters', 'function', ['insert'], script(TO_PARAMETERS)),
    node('insert', 'sqlite', ['answer'], {
      ...{ mydb: 'database', sqlquery: 'prepared' },
      sql: `INSERT INTO notifications VALUES (NULL, $received_ms, ${PLACEHOLDERS})`,
    }),
    node('answer', 'function', ['answered'], script(TO_ANSWER)),
    node('answered', 'http response', [], { statusCode: '200', headers: {} }),
    node('fault', 'catch', ['refused'], { scope: ['validate', 'insert'], uncaught: false }),
    node('refused', 'http response', [], { statusCode: '422', headers: {} }),
  ];
}
