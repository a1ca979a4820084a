/**
 * What came lately and what became of it, in memory, for whoever sets senders up. Refused requests are remembered one by
 * one, equal ones together; of good posts only the last of each source and endpoint. No secrets, no bodies.
 */
import type { Request } from 'express';
import type { AcceptedArrival, RefusedArrival, RefusedPosts, SecretPlace } from '../domain/arrival.js';
import type { Clock } from '../domain/clock.js';
import { LastHour } from '../domain/last-hour.js';
import type { Violation } from '../domain/notification.js';
import { type Endpoint, ENDPOINTS } from '../domain/quarantine.js';
import type { QuarantineReceipt, Receipt } from '../domain/store.js';
import type { UnparsedReason, UnparsedRequest } from '../domain/unparsed.js';
import { secondsAhead } from '../ocs/date-time.js';
import type { Access } from './access.js';
import { decoded, shownPath } from './shown-path.js';
import { authorizationSecrets } from './authenticate.js';

/**
 * @bound refused requests remembered, equal ones together
 * @beyond the oldest makes room
 * @seen `/api/v1/arrivals`
 */
const MAX_REFUSED = 50;
/**
 * Requests that could not be read are remembered apart, by reason, so that garbage makes nothing else go.
 * @bound unreadable requests remembered per reason
 * @beyond the oldest of the reason makes room
 * @seen `/api/v1/arrivals`
 */
const MAX_OF_REASON = 5;
/**
 * Of so many a second it is found out what they were; further ones are counted elsewhere.
 * @bound unreadable requests looked into per second and reason
 * @beyond further ones are only counted
 * @seen `ocs_monitor_unparsed_requests_total`
 */
const MAX_UNPARSED_PER_SECOND = 20;
/** Instead of a method and a path that are not known. */
const NOT_KNOWN = '?';
/**
 * Sources and endpoints whose last good post is remembered; the one whose is oldest makes room.
 * @bound sources and endpoints whose last good post is remembered
 * @beyond the oldest makes room
 * @seen `/api/v1/arrivals`
 */
const MAX_ACCEPTED = 400;
/**
 * @bound violations remembered per refused request
 * @beyond further ones are left out
 * @seen `/api/v1/arrivals`
 */
const MAX_VIOLATIONS = 20;
/**
 * @bound warnings remembered per good post
 * @beyond further ones are left out
 * @seen `/api/v1/arrivals`
 */
const MAX_WARNINGS = 20;
const NONE: readonly Violation[] = [];
/** Methods of browsers and checks that look at pages. */
const QUESTIONS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

interface Accepted {
  count: number;
  lastAtMs: number;
  outcome: string;
  warnings: readonly Violation[];
  readonly remoteAddress: string;
}

/** A post that was judged. */
interface Judged {
  readonly endpoint: Endpoint;
  readonly source: string;
  readonly receipt: Receipt;
  readonly status: number;
}

/** Why a request was not applied. */
interface Refused {
  readonly status: number | null;
  readonly outcome: string;
  /** Of what is in quarantine. */
  readonly quarantined?: Pick<QuarantineReceipt, 'id' | 'violations'>;
}

/** Paths at which the API takes a POST or a DELETE. */
const TAKEN = /^\/api\/v1\/(?:forget|quarantine\/replay|phone-hash|reload|session)(?:[/?]|$)/;

export class RecentArrivals {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #basePath: string;
  readonly #refused: Known = new Map();
  readonly #unparsed = new Map<UnparsedReason, Known>();
  /** Of all that may have been meant as posts. */
  readonly #lastHour = new LastHour();
  #lastRefusedMs: number | null = null;
  /** Looked into in this second, by reason: one kind of garbage takes no other's turn. */
  readonly #looked = new Map<UnparsedReason, number>();
  #second = 0;
  readonly #accepted = new Map<Endpoint, Map<string, Accepted>>(ENDPOINTS.map((endpoint) => [endpoint, new Map()]));
  #size = 0;

  constructor(access: Access, clock: Clock, basePath: string) {
    this.#access = access;
    this.#clock = clock;
    this.#basePath = basePath;
  }

  /** Forgets what was found in posts and asked for in requests: a customer is forgotten who may stand there. */
  forgetFound(): void {
    this.#refused.clear();
    this.#unparsed.clear();
    for (const of of this.#accepted.values()) for (const accepted of of.values()) accepted.warnings = NONE;
  }

  /** Told of every post that was judged. A good one costs a look into a map, and nothing is made for it. */
  note(request: Request, { endpoint, source, receipt, status }: Judged): void {
    const faulty = faultyOf(receipt);
    if (faulty !== null) {
      const outcome = faulty.reason.replaceAll('_', '-');
      this.refuse(request, { status, outcome, quarantined: faulty });
    }
    if (status !== 200 || receipt.kind === 'quarantined') return;
    const known = this.#accepted.get(endpoint)?.get(source) ?? this.#remember(request, endpoint, source);
    known.count++;
    known.lastAtMs = this.#clock.nowMs();
    known.outcome = receipt.outcome;
    known.warnings = receipt.kind === 'batch' ? NONE : receipt.warnings;
  }

  #remember(request: Request, endpoint: Endpoint, source: string): Accepted {
    if (this.#size >= MAX_ACCEPTED) this.#dropOldest();
    else this.#size++;
    const accepted = { count: 0, lastAtMs: 0, outcome: '', warnings: NONE, remoteAddress: request.ip ?? '' };
    this.#accepted.get(endpoint)?.set(source, accepted);
    return accepted;
  }

  #dropOldest(): void {
    let oldest: { readonly of: Map<string, Accepted>; readonly source: string; readonly lastAtMs: number } | null =
      null;
    for (const of of this.#accepted.values()) {
      for (const [source, { lastAtMs }] of of)
        if (oldest === null || lastAtMs < oldest.lastAtMs) oldest = { of, source, lastAtMs };
    }
    oldest?.of.delete(oldest.source);
  }

  /** Told of every problem document that is sent. What can't have been meant as a post is not remembered. */
  turnAway(request: Request, status: number, outcome: string): void {
    const path = request.originalUrl.slice(this.#basePath.length);
    const isBelow = request.originalUrl.toLowerCase().startsWith(this.#basePath.toLowerCase());
    const isReceiving = isBelow && /^\/(?:ocs|gms|t)(?:[/?#]|$)/i.test(path);
    // What the API takes by POST may answer 404, too: it has nothing of that name.
    const isQuestion =
      QUESTIONS.has(request.method) || (path.startsWith('/api/v1/') && (status !== 404 || TAKEN.test(path)));
    if (isReceiving || !isQuestion) this.refuse(request, { status, outcome });
  }

  /** Told of every request that was refused and may have been meant as a post. */
  refuse(request: Request, { status, outcome, quarantined }: Refused): void {
    const nowMs = this.#clock.nowMs();
    const { doors } = this.#access;
    const path = this.#shown(request.originalUrl);
    const method = request.method.slice(0, 20);
    const remoteAddress = request.ip ?? '';
    const violations = (quarantined?.violations ?? []).slice(0, MAX_VIOLATIONS);
    const offered = placesIn(request, this.#basePath);
    // Bodies with the same faults are one, whatever was found there.
    const faults = violations.map(({ field, rule }) => `${field} ${rule}`).join('\n');
    const isReadToken = !doors.readers.isEmpty && doors.readers.admit(offered.map(({ secret }) => secret));
    const places = offered.map(({ place }) => place);
    const key = [method, path, status, outcome, remoteAddress, places, isReadToken, faults].join('\n');
    this.#count({ method, status }, nowMs);
    const arrival = {
      method,
      path,
      status,
      outcome,
      remoteAddress,
      violations,
      ...this.#addressed(path),
      bytes: lengthOf(request),
      contentEncoding: request.headers['content-encoding']?.slice(0, 40) ?? null,
      offered: places,
      isReadToken,
      quarantineId: quarantined?.id ?? null,
      clockAheadSeconds: secondsAhead(violations, nowMs),
    };
    remember(this.#refused, key, { arrival, nowMs, most: MAX_REFUSED });
  }

  /** Told of what never became a request. A flood of it costs little and is remembered in part. */
  refuseUnparsed({ reason, status, method, target, address }: UnparsedRequest): void {
    const nowMs = this.#clock.nowMs();
    const second = Math.floor(nowMs / 1000);
    if (this.#second !== second) this.#looked.clear();
    this.#second = second;
    this.#count({ method, status }, nowMs);
    const looked = this.#looked.get(reason) ?? 0;
    if (looked >= MAX_UNPARSED_PER_SECOND) return;
    this.#looked.set(reason, looked + 1);
    const path = target === '' ? NOT_KNOWN : this.#shown(target);
    const arrival = {
      method: method || NOT_KNOWN,
      path,
      status,
      outcome: reason.replaceAll('_', '-'),
      remoteAddress: address,
      ...this.#addressed(path),
      violations: NONE,
      bytes: null,
      contentEncoding: null,
      offered: [],
      isReadToken: false,
      quarantineId: null,
      clockAheadSeconds: null,
    };
    const known: Known = this.#unparsed.get(reason) ?? new Map<string, Remembered>();
    this.#unparsed.set(reason, known);
    remember(known, [method, path, status, address].join('\n'), { arrival, nowMs, most: MAX_OF_REASON });
  }

  /** The clock was set. */
  move(byMs: number): void {
    for (const sources of this.#accepted.values()) for (const known of sources.values()) known.lastAtMs += byMs;
    this.#lastHour.move(byMs);
    if (this.#lastRefusedMs !== null) this.#lastRefusedMs += byMs;
    for (const refused of [this.#refused, ...this.#unparsed.values()].flatMap((known) => [...known.values()])) {
      refused.firstAtMs += byMs;
      refused.lastAtMs += byMs;
      refused.lastHour.move(byMs);
    }
  }

  /** Newest first. */
  refused(): RefusedArrival[] {
    const unparsed = [...this.#unparsed.values()].flatMap((ofReason) => [...ofReason.values()]);
    const all = [...unparsed, ...this.#refused.values()].reverse();
    const nowMs = this.#clock.nowMs();
    return all
      .sort((one, other) => other.lastAtMs - one.lastAtMs)
      .map(({ lastHour, arrival, ...rest }) => ({ ...arrival, ...rest, lastHour: lastHour.count(nowMs) }));
  }

  /** Of what may have been meant as a post, and was not taken. */
  refusedPosts(): RefusedPosts {
    const lastHour = this.#lastHour.count(this.#clock.nowMs());
    const [first, ...rest] = this.refused().filter((one) => isRefusedPost(one) && one.lastHour > 0);
    const most = rest.reduce((best, one) => (one.lastHour > (best?.lastHour ?? 0) ? one : best), first) ?? null;
    return { lastHour, lastAtMs: this.#lastRefusedMs, most };
  }

  #count(request: Pick<RefusedArrival, 'method' | 'status'>, nowMs: number): void {
    if (!isRefusedPost(request)) return;
    this.#lastHour.add(nowMs);
    this.#lastRefusedMs = nowMs;
  }

  /** The path of a request, without secrets. */
  #shown(target: string): string {
    const { ingest, readers, admins } = this.#access.doors;
    const all = [ingest, readers, admins].filter((secrets) => !secrets.isEmpty);
    return shownPath(target, (text) => all.some((secrets) => secrets.admit([text])));
  }

  /** Newest first. */
  accepted(): AcceptedArrival[] {
    const found: AcceptedArrival[] = [];
    for (const [endpoint, sources] of this.#accepted) {
      for (const [source, { warnings, ...rest }] of sources)
        found.push({ endpoint, source, ...rest, warnings: warnings.slice(0, MAX_WARNINGS) });
    }
    return found.sort((one, other) => other.lastAtMs - one.lastAtMs);
  }

  #addressed(path: string): Pick<RefusedArrival, 'source' | 'endpoint'> {
    const rest = path.slice(this.#basePath.length).replace(/^\/t\/\*\*\*/i, '');
    const [, source = 'default', word] = /^\/(?:ocs|gms)(?:\/([^/]+))?\/([^/]+)\/?$/i.exec(rest) ?? [];
    const endpoint = ENDPOINTS.find((one) => one === word?.toLowerCase()) ?? null;
    return { endpoint, source: endpoint === null ? null : source };
  }
}

/** Equal requests, by what makes them equal. */
type Known = Map<string, Remembered>;

interface Remembered {
  readonly arrival: Omit<RefusedArrival, 'firstAtMs' | 'lastAtMs' | 'count' | 'lastHour'>;
  firstAtMs: number;
  lastAtMs: number;
  count: number;
  readonly lastHour: LastHour;
}

interface ToRemember extends Pick<Remembered, 'arrival'> {
  readonly nowMs: number;
  /** Beyond so many the one that came longest ago goes. */
  readonly most: number;
}

/** Equal ones are one. */
function remember(known: Known, key: string, { arrival, nowMs, most }: ToRemember): void {
  const { firstAtMs = nowMs, count = 0, lastHour = new LastHour() } = known.get(key) ?? {};
  known.delete(key);
  lastHour.add(nowMs);
  known.set(key, { arrival, firstAtMs, lastAtMs: nowMs, count: count + 1, lastHour });
  const [oldest] = known.keys();
  if (known.size > most && oldest !== undefined) known.delete(oldest);
}

/** A browser or a check that looks at a receiving address posts nothing; what was answered 200 is in quarantine, and taken. */
function isRefusedPost({ method, status }: Pick<RefusedArrival, 'method' | 'status'>): boolean {
  return status !== 200 && !QUESTIONS.has(method);
}

/** Of several events the first that was faulty. */
function faultyOf(receipt: Receipt): QuarantineReceipt | null {
  if (receipt.kind === 'quarantined') return receipt;
  if (receipt.kind !== 'batch') return null;
  return receipt.items.find((item) => item.kind === 'quarantined') ?? null;
}

/** Where a request carries something that may be a secret. */
function placesIn(request: Request, basePath: string): { readonly place: SecretPlace; readonly secret: string }[] {
  const { headers, originalUrl } = request;
  const inPath = /^\/t\/([^/?#]+)/i.exec(originalUrl.slice(basePath.length))?.[1] ?? '';
  const [authorized = ''] = authorizationSecrets(request);
  const isBasic = /^basic/i.test(headers.authorization ?? '');
  const key = headers['x-api-key'];
  const inQuery: unknown = request.query['token'];
  const offers: [SecretPlace, unknown][] = [
    [isBasic ? 'basic' : 'bearer', authorized],
    ['x-api-key', key],
    ['query', Array.isArray(inQuery) ? inQuery[0] : inQuery],
    ['path', decoded(inPath)],
  ];
  return offers.flatMap(([place, secret]) => (typeof secret === 'string' && secret !== '' ? [{ place, secret }] : []));
}

function lengthOf({ headers }: Request): number | null {
  const length = Number(headers['content-length'] ?? NaN);
  return Number.isSafeInteger(length) ? length : null;
}
