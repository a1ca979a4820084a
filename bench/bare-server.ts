/**
 * The limit: a bare node:http server over the same schema, decoder, group commit and store. It lacks what makes a
 * receiver: Express, helmet, authentication, metrics, logs.
 */
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';
import { readConfig } from '../src/config/config.js';
import type { Delivery, NotificationReceipt } from '../src/domain/store.js';
import { GroupCommit } from '../src/ingest/group-commit.js';
import { writerThreadData } from '../src/service/sqlite/commands.js';
import { WriterClient } from '../src/sqlite/threads/writer-client.js';

const [path = '', port = '0'] = process.argv.slice(2);
const config = readConfig({ store: `sqlite:${path}` }, {}, null);
const worker = new Worker(new URL('../dist/service/sqlite/writer-thread.js', import.meta.url), {
  workerData: writerThreadData(config, { lockWaitMs: 0, keepsLedger: true }),
});
const { client } = await WriterClient.start(worker, { onDeath: () => process.exit(1) });
const commits = new GroupCommit({
  writer: client,
  maxWaiting: 20_000,
  maxWaitingBytes: Infinity,
  publish: () => undefined,
});

const server = createServer({ keepAliveTimeout: 620_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const bytes = (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)).toString('latin1');
    const delivery: Delivery = { endpoint: 'campaign-group-state', source: 'default', receivedAtMs: Date.now(), bytes };
    void commits.submit(delivery).then((receipt) => {
      const { outcome, id } = receipt as NotificationReceipt;
      const text = JSON.stringify({ outcome, id });
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
      response.end(text);
    });
  });
});
server.listen(Number(port), '127.0.0.1');
