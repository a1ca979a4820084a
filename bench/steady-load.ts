/**
 * A process that posts at a fixed rate, whatever the answers do (open loop), and prints how long they took, a line of JSON
 * for each window. Usage: tsx bench/steady-load.ts '{"port":8080,"perSecond":1000,"seconds":10,"groups":1000}'
 */
import { bodyParts, drawnFigure } from './post-body.js';
import { Connection } from './steady-connection.js';
import type { SteadyOptions, Window } from './steady.js';

const CONNECTIONS = 64;
const TICK_MS = 2;
/** The first posts find this program cold, not the server: they do not count. */
const WARM_UP_SECONDS = 1;

const options = JSON.parse(process.argv[2] ?? '{}') as SteadyOptions;
const { port, perSecond, seconds, groups, windowSeconds = seconds, spanMs = null } = options;
const path = options.source === undefined ? '/ocs/campaign-group-state' : `/ocs/${options.source}/campaign-group-state`;
const parts = Array.from({ length: groups }, (_, group) => bodyParts(group + 1));
const total = Math.round(perSecond * (seconds + WARM_UP_SECONDS));

let latenciesMs: number[] = [];
let [sent, answered, failed] = [0, 0, 0];
let windowEndMs = Infinity;
let cpuBefore = process.cpuUsage();
let windowBeganMs = 0;
let allAnswered: () => void = () => undefined;

/** A week may be told in an hour: then the posts' own time runs faster, and ends now. */
const toldEndMs = Date.now() + 1000 * (seconds + WARM_UP_SECONDS);
function toldMs(): number {
  return spanMs === null ? Date.now() : toldEndMs - spanMs * (1 - sent / total);
}

function request(): string {
  const { before, after } = parts[sent % groups] ?? bodyParts(1);
  const at = (toldMs() / 1000).toFixed(3);
  sent++;
  const secondsToComplete = 1000 + Math.floor(Math.random() * 9000);
  const body = `${before}${at}${after(drawnFigure(), drawnFigure(), drawnFigure(), secondsToComplete)}`;
  return (
    `POST ${path} HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

function closeWindow(): void {
  latenciesMs.sort((a, b) => a - b);
  const quantile = (share: number) =>
    latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(share * latenciesMs.length))] ?? NaN;
  const { user, system } = process.cpuUsage(cpuBefore);
  const core = (user + system) / 1000 / (performance.now() - windowBeganMs);
  const window: Window = { posts: latenciesMs.length, failed, p50Ms: quantile(0.5), p99Ms: quantile(0.99), core };
  process.stdout.write(`${JSON.stringify(window)}\n`);
  latenciesMs = [];
  openWindow();
}

function openWindow(): void {
  windowBeganMs = performance.now();
  windowEndMs = windowBeganMs + 1000 * windowSeconds;
  cpuBefore = process.cpuUsage();
}

/** Posts that are due and have no connection yet, and connections that wait for one: the oldest first. */
const due: number[] = [];
const free: Connection[] = [];
const beginMs = performance.now();

/** Measured from when a post could have been sent, so that a stalled server cannot hide the posts it held up. */
function onAnswer(connection: Connection, dueMs: number, isOk: boolean): void {
  answered++;
  if (!isOk) failed++;
  if (dueMs - beginMs >= 1000 * WARM_UP_SECONDS) {
    if (windowEndMs === Infinity) openWindow();
    latenciesMs.push(performance.now() - dueMs);
  }
  const next = due.shift();
  if (next === undefined) free.push(connection);
  else connection.post(request(), next);
  if (answered === total) allAnswered();
}

for (let n = 0; n < CONNECTIONS; n++) free.push(new Connection(port, onAnswer));
for (let posted = 0; posted < total;) {
  const nowMs = performance.now();
  for (; posted < total; posted++) {
    const dueMs = beginMs + (1000 * posted) / perSecond;
    if (dueMs > nowMs) break;
    // That it is sent with its tick, a millisecond or two late, is this program's doing.
    const connection = free.shift();
    if (connection) connection.post(request(), nowMs);
    else due.push(nowMs);
  }
  if (nowMs >= windowEndMs && windowSeconds < seconds) closeWindow();
  await new Promise((resolve) => setTimeout(resolve, TICK_MS));
}
await new Promise<void>((resolve) => {
  allAnswered = resolve;
  if (answered === total) resolve();
});
for (const connection of free) connection.close();
if (latenciesMs.length > 0) closeWindow();
