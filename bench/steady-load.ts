/**
 * A process that posts at a fixed rate, whatever the answers do (open loop), and prints how long they took.
 * Usage: tsx bench/steady-load.ts PORT POSTS_PER_SECOND SECONDS GROUPS
 */
import { Agent, request } from 'node:http';

const [port = 0, perSecond = 0, seconds = 0, groups = 0] = process.argv.slice(2).map(Number);
const CONNECTIONS = 64;
const TICK_MS = 5;

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, scheduling: 'fifo' });
const startedMs = Math.floor(performance.timeOrigin);
const latenciesMs: number[] = [];
let failed = 0;
let sent = 0;

function body(n: number): string {
  const group = 1 + (n % groups);
  return JSON.stringify({
    GSW_USER_EVENT: 'CampaignGroupState',
    GSW_DATE_TIME: ((startedMs + n) / 1000).toFixed(3),
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

/** Measured from when the post was due, so that a stalled server cannot hide the posts it held up. */
function post(dueMs: number): Promise<void> {
  const text = body(sent++);
  return new Promise((resolve) => {
    const options = { port, host: '127.0.0.1', path: '/ocs/campaign-group-state', method: 'POST', agent };
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
    const sending = request({ ...options, headers }, (response) => {
      response.resume();
      response.on('end', () => {
        latenciesMs.push(performance.now() - dueMs);
        if (response.statusCode !== 200) failed++;
        resolve();
      });
    });
    sending.on('error', () => {
      failed++;
      resolve();
    });
    sending.end(text);
  });
}

const beginMs = performance.now();
const answers: Promise<void>[] = [];
const total = Math.round(perSecond * seconds);
while (answers.length < total) {
  const nowMs = performance.now();
  while (answers.length < total) {
    const dueMs = beginMs + (1000 * answers.length) / perSecond;
    if (dueMs > nowMs) break;
    answers.push(post(dueMs));
  }
  await new Promise((resolve) => setTimeout(resolve, TICK_MS));
}
await Promise.all(answers);
agent.destroy();
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
