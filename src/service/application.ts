/** What the application of every listener stands on: the ports of the service, and what the site says. */
import type { Clock } from '../domain/clock.js';
import type { RuleProfile } from '../domain/compliance.js';
import { MonitorError } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';
import type { Logger } from '../domain/log.js';
import type { Pids, Reload } from '../domain/reload.js';
import type { ApplicationOptions } from '../http/application.js';
import type { CallbackSettings } from '../http/callbacks.js';
import type { NumberHash } from '../http/phone-hash.js';
import type { ServicePorts } from '../http/ports.js';
import { RecentArrivals } from '../http/recent-arrivals.js';
import { readSchema } from '../node/schema-files.js';
import { type EnumerationOverrides, enumerationsWith } from '../ocs/enumerations.js';
import type { PersonalData } from '../reports/callback-rows.js';
import type { AccessInForce } from './access-in-force.js';
import { SignedOutFile } from './signed-out-file.js';

/** What the site says that requests are answered by. */
export interface SiteSettings {
  readonly basePath: string;
  readonly bodyLimitBytes: number;
  /** Empty: it has no name. */
  readonly instanceName: string;
  readonly pii: PersonalData;
  readonly overdialLimit: number;
  readonly ruleProfiles: readonly RuleProfile[];
  readonly enumerations: EnumerationOverrides;
  /** The file of what has ended of the page's sign-ins. */
  readonly signedOutPath: string;
  readonly callbackTtlMs: number;
  readonly maxClockAheadMs: number;
  readonly tenants: CallbackSettings['tenants'];
  readonly tollPerMinute: number | null;
  readonly callbackCapacity: CallbackSettings['capacity'];
  /** Where posts go. */
  readonly port: number;
  /** Null: to the port that is asked. */
  readonly readPort: number | null;
}

export interface ApplicationDependencies {
  readonly log: Logger;
  readonly clock: Clock;
  readonly version: string;
  /** Where the built page lies. */
  readonly pageFolder: URL;
  readonly pids?: Pids;
  readonly numberHash: NumberHash;
  /** Without it there is nothing to reload. Throws OCM_RELOAD_FAILED. */
  readonly reload?: () => Promise<Reload>;
}

/** Of every listener; what each adds is said where it is opened. */
export type SharedOptions = Omit<ApplicationOptions, 'serves' | 'clients' | 'isDraining' | 'isOnLoopback'>;

export function sharedOptions(
  site: SiteSettings,
  dependencies: ApplicationDependencies,
  live: AccessInForce,
  ports: ServicePorts,
): SharedOptions {
  const { log, clock, version, pageFolder, numberHash, pids, reload } = dependencies;
  const { basePath, bodyLimitBytes, instanceName, pii } = site;
  return {
    ...ports,
    log,
    clock,
    version,
    pageFolder,
    basePath,
    bodyLimitBytes,
    instanceName,
    pii,
    access: live.access,
    numberHash,
    arrivals: new RecentArrivals(live.access, clock, basePath),
    // With a port of its own for reading, posts go to another than the one that is asked.
    receiving: { tls: live.tls !== null, port: site.readPort === null ? null : site.port },
    hasClients: live.clients !== null,
    signedOut: new SignedOutFile(site.signedOutPath, log, clock),
    callbacks: callbackSettings(site),
    words: enumerationsWith(site.enumerations),
    ruleProfiles: site.ruleProfiles,
    limits: { ...LIMITS, overdialRatio: site.overdialLimit },
    pids: pids ?? { parent: null, child: process.pid },
    reload: reload ?? nothingToReload,
    notificationSchema: readSchema('campaign-group-state.schema.json'),
  };
}

function nothingToReload(): Promise<Reload> {
  return Promise.reject(new MonitorError('OCM_RELOAD_FAILED', 'this process cannot be reloaded'));
}

function callbackSettings(site: SiteSettings): CallbackSettings {
  const { maxClockAheadMs, tenants, tollPerMinute } = site;
  return { ttlMs: site.callbackTtlMs, maxClockAheadMs, tenants, tollPerMinute, capacity: site.callbackCapacity };
}
