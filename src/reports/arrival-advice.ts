/** What is wrong with a post that was not applied, and what to do next: one line each. Shown by `doctor` and the page. */
import { type AcceptedArrival, type RefusedArrival, UNKNOWN_SENDER } from '../domain/arrival.js';
import type { Violation } from '../domain/notification.js';
import { DATE_TIME } from '../ocs/date-time.js';
import { ENDPOINTS } from '../domain/quarantine.js';
import { UNPARSED_REASONS } from '../domain/unparsed.js';
import { UNPARSED_ADVICE } from './unparsed-advice.js';

export interface Advice {
  /** What is wrong. */
  readonly fault: string;
  /** What to do next. */
  readonly next: string;
}

const RIGHT_PATHS =
  '/ocs/{source}/campaign-group-state for OCS; /gms/{source}/callback-events, …/attached-data, …/status-notifications for callbacks';
const VIOLATIONS_TOLD = 5;

export function adviceOn(arrival: RefusedArrival, basePath: string): Advice {
  const { outcome, status } = arrival;
  const told = TOLD[outcome];
  if (told) return told(arrival, basePath);
  return { fault: `it was answered with ${status ?? 'nothing'} (${outcome})`, next: "See this service's log." };
}

const TOLD: Readonly<Record<string, (arrival: RefusedArrival, basePath: string) => Advice>> = {
  ...Object.fromEntries(UNPARSED_REASONS.map((reason) => [reason.replaceAll('_', '-'), () => UNPARSED_ADVICE[reason]])),
  'not-found': (arrival, basePath) => wrongPath(arrival, basePath),
  'reading-port': () => ({
    fault: 'wrong port: this one is for reading (OCM_READ_PORT)',
    next: 'Posts go to OCM_PORT.',
  }),
  'method-not-allowed': (arrival, basePath) => wrongMethod(arrival, basePath),
  unauthorized: (arrival) => noSecret(arrival),
  forbidden: (arrival) => forbiddenAddress(arrival),
  'cross-origin': () => ({
    fault: 'a web page made a browser post it: Origin or Sec-Fetch-Site is of another site',
    next: 'OCS and GMS send neither header. If a proxy adds Origin, let it leave that out; a page of yours takes its name in OCM_PUBLIC_NAMES.',
  }),
  misdirected: () => ({
    fault: 'it names another service in Host',
    next: 'Posts are taken under any name; whoever reads needs a name of OCM_PUBLIC_NAMES, or localhost.',
  }),
  'too-large': ({ bytes }) => ({
    fault: `too large${bytes === null ? '' : `: ${bytes} bytes`}`,
    next: 'Raise OCM_BODY_LIMIT, if this is what the sender means to send.',
  }),
  encoding: ({ contentEncoding }) => ({
    fault: `compressed body (Content-Encoding: ${contentEncoding ?? 'not said'})`,
    next: 'Turn off compression of requests at the sender, or at the proxy in between.',
  }),
  'not-json': (arrival) => ({
    fault: `not readable as JSON: ${toldViolations(arrival.violations)}`,
    next: quarantined(arrival),
  }),
  'bad-timestamp': (arrival) => badDateTime(arrival),
  schema: (arrival) => wrongFields(arrival),
  'missing-key': (arrival) => missingKeys(arrival),
  internal: (arrival) => ({ fault: 'this service failed to process it', next: quarantined(arrival) }),
  unavailable: () => ({
    fault: 'it could not be stored; it was answered 503 and is lost',
    next: 'Look at the disk and at the log of this service.',
  }),
  overloaded: () => ({
    fault: 'more came than could be stored; it was answered 503 and is lost',
    next: 'Look at the disk: its writes are what posts wait for. Fewer posts, or a faster disk, end it.',
  }),
  damaged: () => ({
    fault: 'the database is damaged; it was answered 503 and is lost',
    next: 'See the log of this service, and docs/runbooks.md.',
  }),
  unfinished: () => ({
    fault: 'too many bodies were begun and not ended; this one had waited longest',
    next: 'Look who sends halves of posts: a proxy that does not pass bodies on, or an attack.',
  }),
  'too-many-requests': () => ({
    fault: 'too many requests from one address: this is a limit for reading',
    next: 'Posts are never refused for their number: post to /ocs/{source}/campaign-group-state.',
  }),
  'bad-parameter': () => ({
    fault: 'a parameter of its URL cannot be read',
    next: 'A receiving address takes no parameter but ?token=.',
  }),
  aborted: () => ({
    fault: 'the sender went away before its body was complete',
    next: "Look at what is in between: a proxy, a firewall, OCS's http-response-timeout.",
  }),
  'bad-request': () => ({
    fault: 'its URL cannot be decoded',
    next: 'Percent-encode everything in the URI but letters, digits and - . _ ~.',
  }),
};

function forbiddenAddress({ remoteAddress }: RefusedArrival): Advice {
  const fault = `forbidden address: ${remoteAddress} may not post`;
  if (remoteAddress.startsWith(UNKNOWN_SENDER)) {
    const proxy = remoteAddress.slice(UNKNOWN_SENDER.length);
    return {
      fault,
      next: `The proxy ${proxy} names no address in X-Forwarded-For: let it pass on the sender's. If it cannot, take it out of OCM_TRUSTED_PROXIES and name the proxy itself in OCM_INGEST_NETWORKS.`,
    };
  }
  return {
    fault,
    next: `Add ${remoteAddress} to OCM_INGEST_NETWORKS. If it is a proxy, name it in OCM_TRUSTED_PROXIES instead, and the sender behind it in OCM_INGEST_NETWORKS.`,
  };
}

/** What a good post was warned of, and what its name gives away; null when there is nothing to say. */
export function adviceOnAccepted({ warnings }: AcceptedArrival): Advice | null {
  if (warnings.length === 0) return null;
  if (warnings.some(({ rule }) => rule === 'in the encoding of its source')) {
    return {
      fault: `texts are not in the expected encoding: ${toldViolations(warnings)}`,
      next: "Name the encoding of OCS in the configuration file: sources: {NAME: {encoding: windows-1252}}; OCS's option encoding says which.",
    };
  }
  return {
    fault: `applied with warnings: ${toldViolations(warnings)}`,
    next: 'Nothing is lost; check whether the sender means it.',
  };
}

function wrongMethod(arrival: RefusedArrival, basePath: string): Advice {
  const { method, path, endpoint } = arrival;
  if (endpoint === null) {
    return { ...wrongPath(arrival, basePath), fault: `wrong path: ${path} is there to be read and takes no ${method}` };
  }
  return {
    fault: `wrong method: the address is right, but it takes POST, not ${method}`,
    next: 'OCS posts; browsers and health checks do not. There is nothing to do unless OCS sent this, or a proxy changed the method on a redirect.',
  };
}

function wrongPath({ path, method }: RefusedArrival, basePath: string): Advice {
  const fault = `wrong path: nothing takes a ${method} at ${path}`;
  const wanted = RIGHT_PATHS.replaceAll('/ocs/', `${basePath}/ocs/`).replaceAll('/gms/', `${basePath}/gms/`);
  if (basePath !== '' && !path.startsWith(`${basePath}/`)) {
    return { fault, next: `Everything is served below ${basePath} (OCM_BASE_PATH): ${wanted}.` };
  }
  const near = nearTo(path.slice(basePath.length));
  return { fault, next: `${near}Posts go to ${wanted}.` };
}

/** What is most likely meant by a wrong path; empty when nothing is. */
function nearTo(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  const endpoint = ENDPOINTS.find((one) => segments.some((segment) => segment.toLowerCase() === one));
  const family = endpoint === 'campaign-group-state' ? 'ocs' : 'gms';
  if (endpoint !== undefined) {
    if (segments.at(-1)?.toLowerCase() !== endpoint) return `Nothing may follow ${endpoint}. `;
    if (segments.indexOf(family) > 0 && segments[0] !== 't') return `Before /${family} only /t/TOKEN may stand. `;
    if (!segments.includes(family)) return `${endpoint} belongs below /${family}. `;
    return `Between /${family}/ and ${endpoint} there may be one name: 1 to 64 characters of A-Z a-z 0-9 . _ -. `;
  }
  if (segments.includes('ocs')) return 'After /ocs/{source}/ comes campaign-group-state. ';
  if (segments.includes('gms')) return 'After /gms/{source}/ comes the kind of record. ';
  return '';
}

const PLACES =
  'Authorization: Bearer, the password of Basic, X-Api-Key, ?token= and /t/TOKEN/ at the start of the path';

const PLACE_NAMES = {
  bearer: 'Authorization: Bearer',
  basic: 'the password of Basic',
  'x-api-key': 'X-Api-Key',
  query: '?token=',
  path: '/t/…/',
} as const;

function noSecret({ offered, isReadToken }: RefusedArrival): Advice {
  if (offered.length === 0) {
    return {
      fault: `no secret: nothing in ${PLACES}`,
      next: 'Put one of OCM_INGEST_TOKENS in the URI, as /t/TOKEN/ before /ocs or /gms.',
    };
  }
  const where = offered.map((place) => PLACE_NAMES[place]).join(' and ');
  if (isReadToken) {
    return { fault: `wrong secret in ${where}: a token for reading`, next: 'Posting takes one of OCM_INGEST_TOKENS.' };
  }
  return {
    fault: `wrong secret in ${where}`,
    next: 'Compare it with OCM_INGEST_TOKENS: complete, percent-encoded in a URI, without quotes or spaces. A changed token takes effect after: ocs-monitor reload',
  };
}

function badDateTime(arrival: RefusedArrival): Advice {
  const { violations, clockAheadSeconds: seconds } = arrival;
  const bad = violations.find(({ field }) => field === DATE_TIME);
  if (!bad || bad.found === 'nothing') return wrongFields(arrival);
  const besides = violations.filter((violation) => violation !== bad);
  const more = besides.length === 0 ? '' : `; besides, ${toldFields(besides)}`;
  if (seconds === null) {
    return {
      fault: `wrong date-time: ${DATE_TIME} is ${bad.found}${more}`,
      next: 'It should be UTC seconds since 1970 with milliseconds, like "1763689560.123".',
    };
  }
  const apart = `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'}`;
  return {
    fault: `wrong date-time: ${DATE_TIME} is ${apart} the clock here${more}`,
    next: 'Set the clocks of both hosts by NTP. OCM_MAX_CLOCK_AHEAD limits how far ahead is accepted. If the difference is whole hours, the time is not in UTC.',
  };
}

function wrongFields(arrival: RefusedArrival): Advice {
  return { fault: `wrong fields: ${toldFields(arrival.violations)}`, next: quarantined(arrival) };
}

function toldFields(violations: readonly Violation[]): string {
  const missing = violations.filter(({ found, rule }) => found === 'nothing' || rule === 'present');
  const rest = violations.filter((violation) => !missing.includes(violation));
  const parts = [
    ...(missing.length > 0 ? [`missing ${missing.map(({ field }) => field).join(', ')}`] : []),
    ...(rest.length > 0 ? [toldViolations(rest)] : []),
  ];
  return parts.join('; ');
}

function missingKeys(arrival: RefusedArrival): Advice {
  if (arrival.endpoint === 'campaign-group-state') return wrongFields(arrival);
  const { fault } = wrongFields(arrival);
  return {
    fault: fault.replace(/^wrong fields/, 'a record that Info Mart would drop'),
    next: `The strategy must send it. A replay takes the record as it is only when a final one of the same callback is held. ${quarantined(arrival)}`,
  };
}

function quarantined({ quarantineId }: RefusedArrival): string {
  if (quarantineId === null) return 'Kept in quarantine; see: ocs-monitor quarantine list';
  return `The body is kept; see it with: ocs-monitor quarantine show ${quarantineId}`;
}

function toldViolations(violations: readonly Violation[]): string {
  if (violations.length === 0) return 'no reason was kept';
  const told = violations
    .slice(0, VIOLATIONS_TOLD)
    .map(({ field, rule, found }) => `${field === '' ? 'the body' : field} should be ${rule}, not ${found}`);
  const more = violations.length - told.length;
  return told.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
