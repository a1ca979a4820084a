/** The Express application: which path goes where, in the order in which it matters. */
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../domain/clock.js';
import type { RuleProfile } from '../domain/compliance.js';
import type { Limits } from '../domain/limits.js';
import type { Logger } from '../domain/log.js';
import { ENDPOINTS } from '../domain/quarantine.js';
import type { Pids, Reload } from '../domain/reload.js';
import { callbackEventSchema } from '../gms/callback-schema.js';
import type { Enumerations } from '../domain/vocabulary.js';
import type { PersonalData } from '../reports/callback-rows.js';
import { aboutServiceRoutes } from './about-service.js';
import type { Access } from './access.js';
import { addressIn, clientAddress, inNetworks } from './address.js';
import { Administration } from './administration.js';
import { arrivalRoutes, type Receiving } from './setting-up.js';
import { auditLogRoutes } from './audit-log.js';
import { credentialsOf, IngestGate } from './authenticate.js';
import { callbackRoutes, type CallbackSettings } from './callbacks.js';
import { BodiesBeingRead, readingLimitBytes } from './bodies-being-read.js';
import { campaignGroupRoutes } from './campaign-groups.js';
import type { ClientCertificates } from './client-certificates.js';
import { complianceRoutes } from './compliance.js';
import { docsRoutes, openApiRoutes } from './docs-page.js';
import { forgetRoutes } from './forget.js';
import { forgetCustomerRoutes } from './forget-customer.js';
import { retentionRoutes } from './retention.js';
import { importRoutes } from './imports.js';
import { methodNotAllowed, refuseUndocumented } from './known-parameters.js';
import { landingPage } from './landing-page.js';
import { openApiDocument } from './api-document/document.js';
import { routePage } from './page.js';
import type { ServicePorts } from './ports.js';
import { handleErrors, type Problem, sendProblem } from './problem.js';
import { quarantineRoutes } from './quarantine.js';
import { limitRate, TokenBuckets } from './rate-limit.js';
import { admits, requireSecret } from './reading.js';
import { type NumberHash, phoneHashRoutes } from './phone-hash.js';
import type { RecentArrivals } from './recent-arrivals.js';
import type { WantedSecret } from './refused-secrets.js';
import { patternOf } from './request-target.js';
import { reloadRoutes } from './reload.js';
import { routeReceiving } from './receive.js';
import { securityHeaders } from './security-headers.js';
import { routeMetrics } from './metrics-routes.js';
import { routeHealth } from './service-routes.js';
import { signInRoutes } from './sign-in.js';
import { guardLoopback } from './same-origin.js';
import { SignIns, type SignedOutStore } from './sign-ins.js';
import { streamRoutes } from './stream.js';

/** What a listener answers: posts, questions, or both. Health is asked of every one. */
export type Serves = 'all' | 'receiving' | 'reading';

export interface ApplicationOptions extends ServicePorts {
  readonly serves: Serves;
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
  readonly basePath: string;
  /** Where the built page lies. */
  readonly pageFolder: URL;
  readonly bodyLimitBytes: number;
  readonly access: Access;
  /** Null: senders are not asked for a certificate. */
  readonly clients: ClientCertificates | null;
  readonly pii: PersonalData;
  readonly callbacks: CallbackSettings;
  readonly limits: Limits;
  /** Empty: it has no name. */
  readonly instanceName: string;
  /** The words of campaign groups, as this site has them. */
  readonly words: Enumerations;
  /** Rules about abandoned calls. */
  readonly ruleProfiles: readonly RuleProfile[];
  readonly arrivals: RecentArrivals;
  readonly numberHash: NumberHash;
  readonly receiving: Receiving;
  /** Whether client certificates open the door, at the port that takes posts. */
  readonly hasClients: boolean;
  /** What has ended of the page's sign-ins. */
  readonly signedOut: SignedOutStore;
  readonly pids: Pids;
  readonly reload: () => Promise<Reload>;
  /** JSON schema of what OCS posts, for the API's document. */
  readonly notificationSchema: Readonly<Record<string, unknown>>;
  /** Whether only this machine can reach the listener. */
  readonly isOnLoopback: () => boolean;
  /** While true, every answer ends its connection. */
  readonly isDraining: () => boolean;
}

export function buildApplication(options: ApplicationOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  tellAddresses(app, options.access);
  const headers = securityHeaders();
  if (options.serves !== 'reading') routePosts(app, options, headers);
  else app.use(guardLoopback(options));
  const dress = (response: Response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    if (options.isDraining()) response.setHeader('Connection', 'close');
  };
  app.use((_request, response, next) => {
    dress(response);
    next();
  });
  routeHealth(app, options);
  const document = options.serves === 'receiving' ? null : routeReading(app, options);
  app.use(takeQuestionsOnly(pagesBelow(options.basePath, options.serves)));
  if (document !== null) routePages(app, options, document);
  app.use((request, response) => {
    options.arrivals.turnAway(request, 404, options.serves === 'reading' ? 'reading-port' : 'not-found');
    const detail =
      options.serves === 'receiving'
        ? 'This port takes posts; reading has a port of its own (OCM_READ_PORT).'
        : `See ${options.basePath}/ for what is served here.`;
    sendProblem(response, { status: 404, type: 'not-found', title: 'Nothing at this address', detail });
  });
  const onProblem = (request: Request, { status, type }: Problem) => {
    options.arrivals.turnAway(request, status, type);
  };
  app.use(handleErrors(options.log, randomUUID, dress, onProblem));
  return app;
}

const QUESTIONS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

function takeQuestionsOnly(pages: RegExp): RequestHandler {
  return (request, _response, next) => {
    if (!QUESTIONS.has(request.method) && pages.test(request.path)) throw methodNotAllowed(['GET']);
    next();
  };
}

/** Paths beside the API that are there to be read. */
function pagesBelow(basePath: string, serves: Serves): RegExp {
  const pages =
    serves === 'receiving'
      ? '/healthz|/readyz'
      : '|/healthz|/readyz|/metrics(?:/domain)?|/docs(?:/[^/]+)?|/assets/[^/]+';
  return new RegExp(`^${patternOf(basePath)}(?:${pages})/?$`, 'i');
}

/** Express takes what stands in X-Forwarded-For for an address as it is, with port and brackets: ours reads it. */
function tellAddresses(app: Express, access: Access): void {
  app.set('trust proxy', (address: string | undefined) =>
    inNetworks(access.doors.trustedProxies, addressIn(address ?? '') ?? ''),
  );
  Object.defineProperty(app.request, 'ip', {
    configurable: true,
    enumerable: true,
    get(this: Request) {
      return clientAddress(this, access.doors.trustedProxies);
    },
  });
}

/** The source in the URL of a post. */
const SOURCE_IN_URL = new RegExp(`/(?:ocs|gms)/([A-Za-z0-9._-]{1,64})/(?:${ENDPOINTS.join('|')})`, 'i');

function routePosts(app: Express, options: ApplicationOptions, headers: readonly (readonly [string, string])[]): void {
  const { basePath, access, clients, bodyLimitBytes, counts, turnedAway } = options;
  const gate = new IngestGate({
    access,
    clients,
    onRefused: (request, reason) => {
      const source = SOURCE_IN_URL.exec(request.originalUrl)?.[1] ?? 'default';
      counts.reject(source, reason, false);
      if (reason === 'unauthorized') turnedAway.refused('ingest', request.ip ?? '');
    },
  });
  routeReceiving(app, {
    basePath,
    gate,
    bodyLimitBytes,
    reading: new BodiesBeingRead(readingLimitBytes(bodyLimitBytes)),
    pii: options.pii,
    clock: options.clock,
    posts: options.posts,
    readiness: options.readiness,
    counts,
    arrivals: options.arrivals,
    headers,
    guard: guardLoopback(options),
    isDraining: options.isDraining,
  });
}

/** What one address, and one token at an address, may ask of the API. A page asks some ten times a minute. */
const READING_RATE = { ofAddress: { perSecond: 400, burst: 4000 }, ofToken: { perSecond: 200, burst: 2000 } };
/**
 * Clients whose rate is remembered.
 * @bound clients whose questions are rated
 * @beyond the one that asked longest ago starts anew
 * @seen `ocs_monitor_rate_limited_total`
 */
const MAX_CLIENTS = 10_000;

/** Everything that is read but pages; returns the API's document. */
function routeReading(app: Express, options: ApplicationOptions) {
  const { basePath, access, clock, pii, version, turnedAway, work, reader } = options;
  const signIns = new SignIns(clock, options.signedOut);
  const callbackSchema = callbackEventSchema();
  const document = openApiDocument({
    version,
    basePath,
    notificationSchema: options.notificationSchema,
    callbackSchema,
  });
  const nowMs = () => performance.now();
  const byAddress = new TokenBuckets({ ...READING_RATE.ofAddress, maxClients: MAX_CLIENTS, nowMs });
  const byToken = new TokenBuckets({ ...READING_RATE.ofToken, maxClients: MAX_CLIENTS, nowMs });
  const tooOften = () => {
    turnedAway.askedTooOften();
  };
  const refused = (listener: WantedSecret) => (request: Request) => {
    turnedAway.refused(listener, request.ip ?? '');
  };
  routeMetrics(app, {
    basePath,
    metrics: options.metrics,
    metricsAccess: requireSecret(() => access.doors.metricsReaders, signIns, refused('read')),
  });
  const administration = new Administration({ access, signIns, clock, work, onRefused: refused('admin') });
  const readers = () => access.doors.readers;
  app.use(
    `${basePath}/api/v1`,
    limitRate(byAddress, (request) => request.ip ?? '', tooOften),
    limitRate(byToken, (request) => `${request.ip ?? ''} ${credentialsOf(request)}`, tooOften),
    signInRoutes({ signIns, access, clock, basePath, onRefused: refused('read') }),
    requireSecret(readers, signIns, refused('read')),
    refuseUndocumented(document),
    campaignGroupRoutes(options),
    complianceRoutes(options),
    aboutServiceRoutes(options),
    streamRoutes({ feed: options.feed, isAdmitted: (request) => admits(request, readers(), signIns) }),
    callbackRoutes({ reader: options.callbackReader, clock, pii, settings: options.callbacks }),
    phoneHashRoutes(options),
    quarantineRoutes({ reader, work, administration, pii }),
    auditLogRoutes({ reader, administration }),
    reloadRoutes({ reload: options.reload, administration }),
    arrivalRoutes(options),
    forgetRoutes({ work, administration }),
    forgetCustomerRoutes({ work, administration, arrivals: options.arrivals }),
    importRoutes({ work, administration, bodyLimitBytes: options.bodyLimitBytes }),
    retentionRoutes({ work, administration, storeFiles: options.storeFiles, clock }),
    openApiRoutes(document),
  );
  return document;
}

function routePages(
  app: Express,
  options: ApplicationOptions,
  document: Parameters<typeof docsRoutes>[0]['document'],
): void {
  const { basePath, pageFolder: folder, version } = options;
  app.use(basePath === '' ? '/' : basePath, docsRoutes({ document, basePath, folder }));
  routePage(app, { basePath, folder, fallback: landingPage(basePath, version) });
}
