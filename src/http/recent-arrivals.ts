/**
 * What came lately and what became of it, in memory, for whoever sets senders up. Refused requests are remembered one by
 * one, equal ones together; of good posts only the last of each source and endpoint. No secrets, no bodies.
 */
import type { Request } from 'express';
import type { AcceptedArrival, RefusedArrival, SecretPlace } from '../domain/arrival.js';
import type { Clock } from '../domain/clock.js';
import type { Violation } from '../domain/notification.js';
import { type Endpoint, ENDPOINTS } from '../domain/quarantine.js';
import type { QuarantineReceipt, Receipt } from '../domain/store.js';
import { secondsAhead } from '../ocs/date-time.js';
import type { Access } from './access.js';
import { shownPath } from './arrival-path.js';
import { authorizationSecrets } from './authenticate.js';

const MAX_REFUSED = 50;
/** Sources and endpoints whose last good post is remembered; the one whose is oldest makes room. */
const MAX_ACCEPTED = 400;
const MAX_VIOLATIONS = 20;
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

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class RecentArrivals {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #basePath: string;
  readonly #refused = new Map<string, Mutable<RefusedArrival>>();
  readonly #accepted = new Map<Endpoint, Map<string, Accepted>>(ENDPOINTS.map((endpoint) => [endpoint, new Map()]));
  #size = 0;

  constructor(access: Access, clock: Clock, basePath: string) {
    this.#access = access;
    this.#clock = clock;
    this.#basePath = basePath;
  }

  /** Told of every post that was judged. A good one costs a look into a map, and nothing is made for it. */
  note(request: Request, { endpoint, source, receipt, status }: Judged): void {
    const faulty = faultyOf(receipt);
    if (faulty !== null) {
      const outcome = faulty.reason.replaceAll('_', '-');
      this.refuse(request, { status, outcome, quarantined: faulty });
    }
    if (status !== 200 || receipt.outcome === 'quarantined') return;
    const known = this.#accepted.get(endpoint)?.get(source) ?? this.#remember(request, endpoint, source);
    known.count++;
    known.lastAtMs = this.#clock.nowMs();
    known.outcome = receipt.outcome;
    known.warnings = 'warnings' in receipt ? receipt.warnings : NONE;
  }

  #remember(request: Request, endpoint: Endpoint, source: string): Accepted {
    if (this.#size >= MAX_ACCEPTED) this.#forgetOldest();
    else this.#size++;
    const accepted = { count: 0, lastAtMs: 0, outcome: '', warnings: NONE, remoteAddress: request.ip ?? '' };
    this.#accepted.get(endpoint)?.set(source, accepted);
    return accepted;
  }

  #forgetOldest(): void {
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
    const isReceiving = /^\/(?:ocs|gms|t)(?:[/?#]|$)/i.test(path) && request.originalUrl.startsWith(this.#basePath);
    const isQuestion = QUESTIONS.has(request.method) || (path.startsWith('/api/v1/') && status !== 404);
    if (isReceiving || !isQuestion) this.refuse(request, { status, outcome });
  }

  /** Told of every request that was refused and may have been meant as a post. */
  refuse(request: Request, { status, outcome, quarantined }: Refused): void {
    const nowMs = this.#clock.nowMs();
    const { doors } = this.#access;
    const all = [doors.ingest, doors.readers, doors.admins];
    const isSecret = (text: string) => all.some((secrets) => !secrets.isEmpty && secrets.admit([text]));
    const path = shownPath(request.originalUrl, isSecret);
    const method = request.method.slice(0, 20);
    const remoteAddress = request.ip ?? '';
    const violations = (quarantined?.violations ?? []).slice(0, MAX_VIOLATIONS);
    const offered = placesIn(request, this.#basePath);
    // Bodies with the same faults are one, whatever was found there.
    const faults = violations.map(({ field, rule }) => `${field} ${rule}`).join('\n');
    const isReadToken = !doors.readers.isEmpty && doors.readers.admit(offered.map(({ secret }) => secret));
    const places = offered.map(({ place }) => place);
    const key = [method, path, status, outcome, remoteAddress, places, isReadToken, faults].join('\n');
    const before = this.#refused.get(key);
    this.#refused.delete(key);
    this.#refused.set(key, {
      ...{ firstAtMs: before?.firstAtMs ?? nowMs, lastAtMs: nowMs, count: (before?.count ?? 0) + 1 },
      ...{ method, path, status, outcome, remoteAddress, violations, ...this.#addressed(path) },
      bytes: lengthOf(request),
      contentEncoding: request.headers['content-encoding']?.slice(0, 40) ?? null,
      offered: places,
      isReadToken,
      quarantineId: quarantined?.id ?? null,
      clockAheadSeconds: secondsAhead(violations, nowMs),
    });
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > MAX_REFUSED && oldest !== undefined) this.#refused.delete(oldest);
  }

  /** Newest first. */
  refused(): RefusedArrival[] {
    return [...this.#refused.values()].reverse();
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
    const rest = path.slice(this.#basePath.length).replace(/^\/t\/\*\*\*/, '');
    const [, source = 'default', word] = /^\/(?:ocs|gms)(?:\/([^/]+))?\/([^/]+)\/?$/i.exec(rest) ?? [];
    const endpoint = ENDPOINTS.find((one) => one === word?.toLowerCase()) ?? null;
    return { endpoint, source: endpoint === null ? null : source };
  }
}

/** Of several events the first that was faulty. */
function faultyOf(receipt: Receipt): QuarantineReceipt | null {
  if (receipt.outcome === 'quarantined') return receipt;
  if (receipt.outcome !== 'batch') return null;
  return receipt.items.find((item) => item.outcome === 'quarantined') ?? null;
}

/** Where a request carries something that may be a secret. */
function placesIn(request: Request, basePath: string): { readonly place: SecretPlace; readonly secret: string }[] {
  const { headers, originalUrl } = request;
  const [, inPath = ''] = /^\/t\/([^/?#]+)/.exec(originalUrl.slice(basePath.length)) ?? [];
  const [authorized = ''] = authorizationSecrets(request);
  const isBasic = /^basic/i.test(headers.authorization ?? '');
  const key = headers['x-api-key'];
  const inQuery: unknown = request.query['token'];
  const offers: [SecretPlace, unknown][] = [
    [isBasic ? 'basic' : 'bearer', authorized],
    ['x-api-key', key],
    ['query', Array.isArray(inQuery) ? inQuery[0] : inQuery],
    ['path', inPath],
  ];
  return offers.flatMap(([place, secret]) => (typeof secret === 'string' && secret !== '' ? [{ place, secret }] : []));
}

function lengthOf({ headers }: Request): number | null {
  const length = Number(headers['content-length'] ?? NaN);
  return Number.isSafeInteger(length) ? length : null;
}
