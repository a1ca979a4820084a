/** What an administrator who sets senders up asks: what must be set where, and what has come so far. */
import { type Request, Router } from 'express';
import type { AcceptedArrival, RefusedArrival, RefusedPosts } from '../domain/arrival.js';
import type { Clock } from '../domain/clock.js';
import { isSourceName } from '../domain/source.js';
import { MonitorError } from '../domain/errors.js';
import type { Roster } from '../live/roster.js';
import { adviceOn, adviceOnAccepted } from '../reports/arrival-advice.js';
import type { PersonalData } from '../reports/callback-rows.js';
import { firstSteps, type Installation } from '../reports/first-steps.js';
import { shownViolations } from '../reports/quarantine-view.js';
import { isoTime } from '../reports/rows.js';
import type { Access } from './access.js';
import { Parameters } from './parameters.js';
import type { PostCounts } from './ports.js';
import type { RecentArrivals } from './recent-arrivals.js';

export interface ArrivalRoutes {
  readonly arrivals: RecentArrivals;
  readonly roster: Roster;
  readonly access: Access;
  readonly clock: Clock;
  readonly basePath: string;
  readonly bodyLimitBytes: number;
  readonly pii: PersonalData;
  /** Whether client certificates open the door. */
  readonly hasClients: boolean;
  /** Where posts are received, when that is another port than the one that is asked. */
  readonly receiving: Receiving;
  readonly counts: PostCounts;
}

export interface Receiving {
  readonly tls: boolean;
  /** Null: at the port that is asked. */
  readonly port: number | null;
}

export function arrivalRoutes(options: ArrivalRoutes): Router {
  const { arrivals, basePath, pii, clock } = options;
  const router = Router();
  router.get('/arrivals', (_request, response) => {
    response.json({
      now: isoTime(clock.nowMs()),
      refused: arrivals.refused().map((arrival) => refusedRow(arrival, basePath, pii)),
      accepted: arrivals.accepted().map((arrival) => acceptedRow(arrival, pii)),
    });
  });
  router.get('/first-steps', (request, response) => {
    const source = new Parameters(request).text('source') ?? 'default';
    if (!isSourceName(source))
      throw new MonitorError('OCM_BAD_PARAMETER', 'source should be 1 to 64 of A-Z a-z 0-9 . _ -');
    const installation = installationOf(options, source, originOf(request, options.receiving));
    response.json({
      now: isoTime(clock.nowMs()),
      installation: installationRow(installation),
      steps: firstSteps(installation),
    });
  });
  return router;
}

/** The address by which we were asked is one by which this machine can be reached. */
function originOf({ protocol, host, hostname }: Request, { tls, port }: Receiving): string {
  // What is no host name is nothing to print as part of a URL.
  const isHost = typeof host === 'string' && /^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i.test(host);
  if (port === null) return `${protocol}://${isHost ? host : 'monitor'}`;
  return `${tls ? 'https' : 'http'}://${isHost ? hostname : 'monitor'}:${port}`;
}

function installationOf(options: ArrivalRoutes, source: string, origin: string): Installation {
  const { access, roster, hasClients, receiving } = options;
  const { doors } = access;
  const intervalMs = roster.expectedIntervalMs(source);
  let groups = 0;
  for (const { snapshot } of roster.entries()) if (snapshot.source === source) groups++;
  return {
    origins: [origin],
    basePath: options.basePath,
    source,
    tls: receiving.tls,
    secret: hasClients ? (doors.ingest.isEmpty ? 'certificate' : 'either') : doors.ingest.isEmpty ? 'none' : 'token',
    intervalSeconds: intervalMs === null ? null : Math.max(1, Math.round(intervalMs / 1000)),
    // Of a source that has none yet, it is about as large as the others.
    groups: groups === 0 ? (roster.size === 0 ? null : roster.size) : groups,
    ackP99Seconds: options.counts.ackP99Seconds(),
    bodyLimitBytes: options.bodyLimitBytes,
    limitsNetworks: doors.ingestNetworks !== null,
    pii: options.pii,
  };
}

function installationRow(installation: Installation) {
  const { origins, basePath, source, tls, secret, groups, pii, ackP99Seconds } = installation;
  return {
    origins,
    base_path: basePath,
    source,
    tls,
    secret,
    groups,
    pii,
    interval_seconds: installation.intervalSeconds,
    // JSON has no Infinity.
    ack_p99_seconds: ackP99Seconds === Infinity ? null : ackP99Seconds,
    ack_beyond_measure: ackP99Seconds === Infinity,
    body_limit_bytes: installation.bodyLimitBytes,
    limits_networks: installation.limitsNetworks,
  };
}

function refusedRow(arrival: RefusedArrival, basePath: string, pii: PersonalData) {
  const shown = { ...arrival, violations: shownViolations(arrival.violations, pii) };
  return {
    first_at: isoTime(arrival.firstAtMs),
    last_at: isoTime(arrival.lastAtMs),
    count: arrival.count,
    last_hour: arrival.lastHour,
    method: arrival.method,
    path: arrival.path,
    source: arrival.source,
    endpoint: arrival.endpoint,
    status: arrival.status,
    outcome: arrival.outcome,
    remote_address: arrival.remoteAddress,
    bytes: arrival.bytes,
    content_encoding: arrival.contentEncoding,
    offered: arrival.offered,
    quarantine_id: arrival.quarantineId,
    violations: shown.violations,
    clock_ahead_seconds: arrival.clockAheadSeconds,
    ...adviceOn(shown, basePath),
  };
}

function acceptedRow(arrival: AcceptedArrival, pii: PersonalData) {
  const shown = { ...arrival, warnings: shownViolations(arrival.warnings, pii) };
  const advice = adviceOnAccepted(shown);
  return {
    endpoint: arrival.endpoint,
    source: arrival.source,
    count: arrival.count,
    last_at: isoTime(arrival.lastAtMs),
    outcome: arrival.outcome,
    remote_address: arrival.remoteAddress,
    warnings: shown.warnings,
    fault: advice?.fault ?? null,
    next: advice?.next ?? null,
  };
}

/** What stands on the wall. */
export function refusedPostsRow({ lastHour, lastAtMs, most }: RefusedPosts, basePath: string, pii: PersonalData) {
  return {
    last_hour: lastHour,
    last_at: isoTime(lastAtMs),
    most: most === null ? null : refusedRow(most, basePath, pii),
  };
}
