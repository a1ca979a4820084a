/** The Express application: which path goes where, in the order in which it matters. */
import express, { type Express, type Response } from 'express';
import { randomUUID } from 'node:crypto';
import type { BlockList } from 'node:net';
import type { Clock } from '../domain/clock.js';
import type { Logger } from '../domain/log.js';
import { ENDPOINTS, type RejectionReason } from '../domain/quarantine.js';
import type { Delivery, Receipt, ReplayReport, ReplayRequest, ReportReader } from '../domain/store.js';
import type { Reception } from '../ingest/reception.js';
import type { Roster } from '../ingest/roster.js';
import type { CallbackReader } from '../reports/callback-reader.js';
import { authorizationSecrets, IngestGate, inNetworks, Secrets } from './authenticate.js';
import { aboutServiceRoutes } from './about-service.js';
import { callbackRoutes, type CallbackSettings } from './callbacks.js';
import { campaignGroupRoutes } from './campaign-groups.js';
import { landingPage } from './landing-page.js';
import type { LiveFeed } from './live-feed.js';
import { routePage } from './page.js';
import { refuseUnknownParameters } from './parameters.js';
import { handleErrors, sendProblem } from './problem.js';
import { quarantineRoutes } from './quarantine.js';
import { requireSecret } from './reading.js';
import { routeReceiving } from './receive.js';
import { securityHeaders } from './security-headers.js';
import { routeService } from './service-routes.js';
import { streamRoutes } from './stream.js';

/** What the routes stand on. */
export interface MonitorService {
  readonly roster: Roster;
  readonly reader: ReportReader;
  readonly callbackReader: CallbackReader;
  readonly reception: Reception;
  readonly feed: LiveFeed;
  submit(delivery: Delivery): Promise<Receipt>;
  /** Told why a submitted post could not be made durable. */
  failed(error: unknown): void;
  replay(request: ReplayRequest): Promise<ReplayReport>;
  renderMetrics(): Promise<readonly string[]>;
  renderDomain(): Promise<readonly string[]>;
  /** Null when ready; else what is wrong. */
  whyNotReady(): Promise<string | null>;
  storeSizes(): { readonly main: number; readonly wal: number };
  acknowledge(seconds: number): void;
  reject(source: string, reason: RejectionReason, authenticated: boolean): void;
}

export interface ApplicationOptions {
  readonly service: MonitorService;
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
  readonly basePath: string;
  /** Where the built page lies. */
  readonly pageFolder: URL;
  readonly bodyLimitBytes: number;
  readonly ingestTokens: readonly string[];
  readonly readTokens: readonly string[];
  readonly adminTokens: readonly string[];
  readonly metricsAuth: boolean;
  readonly callbacks: CallbackSettings;
  /** Null: every address may post. */
  readonly ingestNetworks: BlockList | null;
  readonly trustedProxies: BlockList;
  /** While true, every answer ends its connection. */
  readonly isDraining: () => boolean;
}

export function buildApplication(options: ApplicationOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.set('trust proxy', (address: string) => inNetworks(options.trustedProxies, address));
  const headers = securityHeaders();
  routePosts(app, options, headers);
  const dress = (response: Response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    if (options.isDraining()) response.setHeader('Connection', 'close');
  };
  app.use((_request, response, next) => {
    dress(response);
    next();
  });
  routeReading(app, options);
  app.use((_request, response) => {
    const detail = `See ${options.basePath}/ for what is served here.`;
    sendProblem(response, { status: 404, type: 'not-found', title: 'Nothing here', detail });
  });
  app.use(handleErrors(options.log, randomUUID, dress));
  return app;
}

/** The source in the URL of a post. */
const SOURCE_IN_URL = new RegExp(`/(?:ocs|gms)/([A-Za-z0-9._-]{1,64})/(?:${ENDPOINTS.join('|')})`);

function routePosts(app: Express, options: ApplicationOptions, headers: readonly (readonly [string, string])[]): void {
  const { service } = options;
  const gate = new IngestGate({
    tokens: options.ingestTokens,
    networks: options.ingestNetworks,
    onRefused: ({ originalUrl }, reason) => {
      const [, source = 'default'] = SOURCE_IN_URL.exec(originalUrl) ?? [];
      service.reject(source, reason, false);
    },
  });
  routeReceiving(app, {
    basePath: options.basePath,
    gate,
    bodyLimitBytes: options.bodyLimitBytes,
    pii: options.callbacks.pii,
    clock: options.clock,
    submit: (delivery) => service.submit(delivery),
    onFailed: (error) => {
      service.failed(error);
    },
    onAcknowledged: (seconds) => {
      service.acknowledge(seconds);
    },
    onRejected: (source, reason) => {
      service.reject(source, reason, true);
    },
    headers,
    isDraining: options.isDraining,
  });
}

function routeReading(app: Express, options: ApplicationOptions): void {
  const { service, basePath, readTokens, adminTokens, clock, callbacks } = options;
  // Whoever may administer may read; without read tokens everybody may.
  const readers = new Secrets(readTokens.length === 0 ? [] : [...readTokens, ...adminTokens]);
  routeService(app, {
    basePath,
    metrics: () => service.renderMetrics(),
    domainMetrics: () => service.renderDomain(),
    metricsAccess: requireSecret(options.metricsAuth ? readers : new Secrets([])),
    whyNotReady: () => service.whyNotReady(),
  });
  const admins = new Secrets(adminTokens.length > 0 ? adminTokens : readTokens);
  const { pii } = callbacks;
  const { roster, reader, reception } = service;
  const shared = { roster, reader, reception, clock };
  app.use(
    `${basePath}/api/v1`,
    requireSecret(readers),
    refuseUnknownParameters,
    campaignGroupRoutes({ ...shared, pii }),
    aboutServiceRoutes({
      ...shared,
      ...{ version: options.version, basePath, pii },
      storeSizes: () => service.storeSizes(),
      isAnonymous: () => readers.isEmpty,
    }),
    streamRoutes({ feed: service.feed, isAdmitted: (request) => readers.admit(authorizationSecrets(request)) }),
    callbackRoutes({ reader: service.callbackReader, clock, settings: callbacks }),
    quarantineRoutes({
      reader: service.reader,
      replay: (request) => service.replay(request),
      adminSecrets: admins,
      pii,
    }),
  );
  routePage(app, { basePath, folder: options.pageFolder, fallback: landingPage(basePath, options.version) });
}
