/**
 * A process that posts at a fixed rate, whatever the answers do (open loop), and prints how long they took.
 * Usage: tsx bench/steady-load.ts PORT POSTS_PER_SECOND SECONDS GROUPS
 */
import { connect, type Socket } from 'node:net';

const [port = 0, perSecond = 0, seconds = 0, groups = 0] = process.argv.slice(2).map(Number);
const CONNECTIONS = 64;
const TICK_MS = 2;
/** The first posts find this program cold, not the server: they do not count. */
const WARM_UP_SECONDS = 1;

const latenciesMs: number[] = [];
let failed = 0;
let sent = 0;
let answered = 0;

function body(n: number): string {
  const group = 1 + (n % groups);
  return JSON.stringify({
    GSW_USER_EVENT: 'CampaignGroupState',
    GSW_DATE_TIME: (Date.now() / 1000).toFixed(3),
    GSW_TENANT_NAME: 'Environment',
    GSW_TENANT_CCID: '1',
    GSW_CAMPAIGN_GROUP_NAME: `Spring Sale ${group}@Agents North`,
    GSW_CAMPAIGN_GROUP_GUID: `3f2504e0-4f89-11d3-9a0c-${String(group).padStart(12, '0')}`,
    GSW_CAMPAIGN_GROUP_DBID: String(group),
    GSW_GROUP_NAME: 'Agents North',
    GSW_CAMPAIGN_NAME: `Spring Sale ${group}`,
    GSW_QUEUE_NAME: '8001',
    GSW_DIAL_MODE: 1,
    GSW_OPTIMIZE_BY: 2,
    GSW_OPTIMIZE_GOAL: 3,
    GSW_CAMPAIGN_GROUP_STATE: 5,
    GSW_CAMPAIGN_GROUP_ACTION: 9,
    GSW_CAMPAIGN_GROUP_ACTOR: 1,
    GSW_STAT_BUSY_FACTOR: (n % 1000) / 1000,
    GSW_STAT_HIT_RATIO: 0.3127,
    GSW_STAT_OVERDIAL_RATE: 0.0213,
    GSW_STAT_TIME_TO_COMPLETE: 5400,
  });
}

/** A connection with at most one post on its way. Sockets and no HTTP client: the generator must not be the limit. */
class Connection {
  readonly #socket: Socket;
  readonly #onFree: (connection: Connection) => void;
  #read = '';
  #dueMs = 0;

  constructor(onFree: (connection: Connection) => void) {
    this.#onFree = onFree;
    this.#socket = connect(port, '127.0.0.1').setNoDelay().setEncoding('latin1');
    this.#socket.on('data', (text: string) => {
      this.#answered(text);
    });
    this.#socket.on('error', (error) => {
      throw error;
    });
  }

  /** Measured from when the post was due, so that a stalled server cannot hide the posts it held up. */
  post(dueMs: number): void {
    this.#dueMs = dueMs;
    const text = body(sent++);
    this.#socket.write(
      `POST /ocs/campaign-group-state HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    );
  }

  close(): void {
    this.#socket.destroy();
  }

  #answered(text: string): void {
    this.#read += text;
    const end = this.#read.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [, length = 'NaN'] = /\r\ncontent-length: (\d+)/i.exec(this.#read) ?? [];
    if (this.#read.length < end + 4 + Number(length)) return;
    answered++;
    if (this.#dueMs - beginMs >= 1000 * WARM_UP_SECONDS) latenciesMs.push(performance.now() - this.#dueMs);
    if (!this.#read.startsWith('HTTP/1.1 200 ')) failed++;
    this.#read = '';
    this.#onFree(this);
  }
}

/** Posts that are due and have no connection yet, and connections that wait for one: the oldest first. */
const due: number[] = [];
const free: Connection[] = [];
let allAnswered: () => void = () => undefined;
const warmUp = perSecond * WARM_UP_SECONDS;
const total = Math.round(perSecond * seconds + warmUp);
const onFree = (connection: Connection) => {
  const dueMs = due.shift();
  if (dueMs === undefined) free.push(connection);
  else connection.post(dueMs);
  if (answered === total) allAnswered();
};
for (let n = 0; n < CONNECTIONS; n++) free.push(new Connection(onFree));

const beginMs = performance.now();
for (let posted = 0; posted < total;) {
  const nowMs = performance.now();
  for (; posted < total; posted++) {
    const dueMs = beginMs + (1000 * posted) / perSecond;
    if (dueMs > nowMs) break;
    const connection = free.shift();
    if (connection) connection.post(dueMs);
    else due.push(dueMs);
  }
  await new Promise((resolve) => setTimeout(resolve, TICK_MS));
}
await new Promise<void>((resolve) => {
  allAnswered = resolve;
  if (answered === total) resolve();
});
for (const connection of free) connection.close();
latenciesMs.sort((a, b) => a - b);
const quantile = (share: number) =>
  latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(share * latenciesMs.length))];
const { user, system } = process.cpuUsage();
process.stdout.write(
  JSON.stringify({
    posts: latenciesMs.length,
    failed,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    core: (user + system) / 1000 / (performance.now() - beginMs),
  }),
);
