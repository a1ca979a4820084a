/** Waiting for the first posts, and telling what is wrong with those that come. */
import { visibleLine } from '../domain/visible-text.js';
import type { ServiceAnswer } from './service-call.js';
import { callService } from './service-call.js';
import { type Check, CLOCKS_APART_MS, type Service } from './doctor-checks.js';
import type { CliIo } from './io.js';

const LOOK_MS = 500;

/** As `/api/v1/arrivals` shows them. */
export interface Refused {
  readonly last_at: string;
  readonly first_at: string;
  readonly count: number;
  readonly method: string;
  readonly path: string;
  readonly source: string | null;
  readonly endpoint: string | null;
  readonly status: number | null;
  readonly outcome: string;
  readonly remote_address: string;
  readonly fault: string;
  readonly next: string;
}

export interface Accepted {
  readonly endpoint: string;
  readonly source: string;
  readonly count: number;
  readonly last_at: string;
  readonly outcome: string;
  readonly remote_address: string;
  readonly fault: string | null;
  readonly next: string | null;
}

interface Arrivals {
  readonly refused: readonly Refused[];
  readonly accepted: readonly Accepted[];
}

export interface Watch {
  /** Null: posts of any source will do. */
  readonly source: string | null;
  readonly endpoints: readonly string[];
  readonly waitMs: number;
  /** Posts from here on count, by the clock of the service. */
  readonly sinceMs: number;
}

export interface Watched {
  /** The first good post of each endpoint that was waited for. */
  readonly good: readonly Accepted[];
  readonly missing: readonly string[];
  readonly refused: readonly Refused[];
  /** Good posts that nobody waited for: of another source. */
  readonly elsewhere: readonly Accepted[];
}

/** Ends when a good post has come to every endpoint asked for, when the time is over, or when it is told to. */
export async function watch(service: Service, asked: Watch, io: CliIo, say: (line: string) => void): Promise<Watched> {
  const until = performance.now() + asked.waitMs;
  const told = new Set<string>();
  const tell = (key: string, lines: string) => {
    if (!told.has(key)) say(lines);
    told.add(key);
  };
  for (;;) {
    const seen = judge(await arrivalsOf(service), asked);
    for (const refused of [...seen.refused].reverse()) tell(keyOf(refused), refusedLines(refused));
    for (const one of seen.elsewhere) tell(`${one.source} ${one.endpoint}`, elsewhereLine(one, asked.source));
    for (const one of seen.good) tell(`${one.source} ${one.endpoint}`, goodLines(one));
    const leftMs = until - performance.now();
    if (seen.missing.length === 0 || leftMs <= 0 || io.signal.aborted) {
      if (io.isTerminal) (io.draw ?? io.err)('\r\u001b[K');
      return seen;
    }
    if (io.isTerminal) {
      const missing = visibleLine(seen.missing.join(', '));
      (io.draw ?? io.err)(`\r\u001b[Kwaiting for ${missing}: ${Math.ceil(leftMs / 1000)} s left`);
    }
    await pause(Math.min(LOOK_MS, leftMs), io.signal);
  }
}

function judge({ refused, accepted }: Arrivals, { source, endpoints, sinceMs }: Watch): Watched {
  const fresh = accepted.filter(({ last_at }) => Date.parse(last_at) >= sinceMs);
  const wanted = fresh.filter((one) => source === null || one.source === source);
  const good = wanted.filter(({ endpoint }) => endpoints.includes(endpoint));
  return {
    good,
    missing: endpoints.filter((endpoint) => !good.some((one) => one.endpoint === endpoint)),
    refused: refused.filter(({ last_at }) => Date.parse(last_at) >= sinceMs),
    elsewhere: fresh.filter((one) => !wanted.includes(one)),
  };
}

async function arrivalsOf(service: Service): Promise<Arrivals> {
  const answer = await ask(service, '/api/v1/arrivals').catch(() => null);
  // While it is started anew nobody answers; what comes then waits in the kernel.
  if (answer?.status !== 200) return { refused: [], accepted: [] };
  return JSON.parse(answer.text) as Arrivals;
}

/** Asks where reading is answered. Rejects when nobody answers. */
export function ask({ config, read, token }: Service, path: string): Promise<ServiceAnswer> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return callService(config, read + path, { method: 'GET', headers });
}

/** Senders whose posts are dated later than they came. Behind nothing can be told: a post may repeat an old time. */
export async function senderClocks(service: Service, good: readonly Accepted[]): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { source } of good.filter(({ endpoint }) => endpoint === 'campaign-group-state')) {
    const aheadMs = await mostAheadMs(service, source);
    if (aheadMs <= CLOCKS_APART_MS) continue;
    const found = `the date-time of its posts is ${Math.round(aheadMs / 1000)} s ahead of the clock of the service`;
    checks.push({ name: `clock of ${source}`, result: 'warning', found, next: 'Set the clocks of both hosts by NTP' });
  }
  return checks;
}

interface Groups {
  readonly items: readonly { readonly last_event_at: string; readonly last_heard_at: string }[];
  readonly next_cursor?: string | null;
}

/** By how much a post of any group of a source is dated later than it came; 0 when none is. */
async function mostAheadMs(service: Service, source: string): Promise<number> {
  let mostMs = 0;
  let next = '';
  do {
    const answer = await ask(service, `/api/v1/campaign-groups?source=${source}&limit=1000${next}`).catch(() => null);
    if (answer?.status !== 200) return mostMs;
    const { items, next_cursor } = JSON.parse(answer.text) as Groups;
    for (const item of items) {
      mostMs = Math.max(mostMs, Date.parse(item.last_event_at) - Date.parse(item.last_heard_at));
    }
    next = typeof next_cursor !== 'string' ? '' : `&cursor=${encodeURIComponent(next_cursor)}`;
  } while (next !== '');
  return mostMs;
}

const keyOf = ({ first_at, method, path, outcome, remote_address, fault }: Refused) =>
  [first_at, method, path, outcome, remote_address, fault].join(' ');

function refusedLines({ method, path, status, remote_address, count, fault, next }: Refused): string {
  const times = count > 1 ? `, ${count} times` : '';
  return linesOf(
    `WRONG    ${method} ${path} from ${remote_address}: ${fault} (${status ?? 'no answer'}${times})`,
    `         → ${next}`,
  );
}

function elsewhereLine({ source, endpoint, remote_address }: Accepted, wanted: string | null): string {
  return linesOf(
    `OTHER    a good post to ${endpoint} from ${remote_address}, but under the source ${source}, not ${wanted ?? ''}`,
    `         → Name it in the URI: …/${endpoint === 'campaign-group-state' ? 'ocs' : 'gms'}/${wanted ?? ''}/${endpoint}`,
  );
}

function goodLines({ source, endpoint, remote_address, outcome, fault, next }: Accepted): string {
  const warned = fault === null ? [] : [`         but ${fault}`, `         → ${next ?? ''}`];
  return linesOf(`GOOD     a post to ${endpoint} from ${remote_address}, source ${source}: ${outcome}`, ...warned);
}

/** What senders wrote is part of them: none makes up another line. */
function linesOf(...lines: readonly string[]): string {
  return lines.map((line) => `${visibleLine(line)}\n`).join('');
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
