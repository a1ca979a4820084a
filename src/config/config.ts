/** Configuration: the settings in four layers (flag > environment > file > default), every fault named at once. */
import { readProfiles } from './compliance-file.js';
import { faultsBetween } from './config-checks.js';
import {
  type ConfigFile,
  readCapacityFile,
  readConfigFile,
  readEnumerations,
  readSecretFile,
  readSources,
  scalar,
  type SourceSettings,
} from './config-file.js';
import { type StorePlace, storePlace } from './config-store.js';
import { namesPostgres, withoutPassword } from './postgres-address.js';
import { faultIn, type Kind, numberIn, tenantsIn } from './config-values.js';
import { otlpSettings, type OtlpSettings } from './otlp-settings.js';
import type { RuleProfile } from '../domain/compliance.js';
import { MonitorError } from '../domain/errors.js';
import { isLoopback } from '../domain/loopback.js';
import { AUDIT_KEPT_MS, type RetentionSettings } from '../domain/retention.js';
import type { EnumerationOverrides } from '../ocs/enumerations.js';
import type { CapacityFile } from '../reports/callback-capacity.js';
import { SECRET_FILES, type Setting, type SettingName, SETTINGS, variableOf } from './settings.js';

interface CommonConfig extends Addresses {
  /** Null: plain HTTP. */
  readonly tls: TlsPaths | null;
  readonly basePath: string;
  readonly ingestTokens: readonly string[];
  readonly readTokens: readonly string[];
  readonly adminTokens: readonly string[];
  readonly ingestNetworks: readonly string[];
  readonly trustedProxies: readonly string[];
  /** Names, with or without a port, by which browsers reach the service. */
  readonly publicNames: readonly string[];
  readonly metricsAuth: boolean;
  readonly intervalMs: number | null;
  readonly silenceAfterMs: number | null;
  readonly maxClockAheadMs: number;
  readonly bodyLimitBytes: number;
  readonly drainTimeoutMs: number | null;
  readonly unloadedRetentionMs: number;
  readonly quarantineLimitBytes: number;
  /** What may wait on this machine for a server that is away. */
  readonly spoolLimitBytes: number;
  readonly retention: RetentionSettings;
  readonly maxGroups: number;
  readonly maxListsPerGroup: number;
  readonly maxSources: number;
  readonly metricsDomain: 'inline' | 'separate';
  /** Null: metrics are not exported. */
  readonly otlp: OtlpSettings | null;
  readonly callbackTtlMs: number;
  /** Agents for callbacks per weekly slot; null: nobody said. */
  readonly callbackCapacity: CapacityFile | null;
  /** Tenant DBIDs of callbacks to names. */
  readonly tenants: ReadonlyMap<number, string>;
  /** Empty: it has no name. */
  readonly instanceName: string;
  readonly overdialLimit: number;
  /** Rules about abandoned calls: those that are always there, and the site's own. */
  readonly ruleProfiles: readonly RuleProfile[];
  readonly tollPerMinute: number | null;
  readonly pii: 'masked' | 'full';
  readonly piiKey: string | null;
  readonly logLevel: string;
  readonly sources: ReadonlyMap<string, SourceSettings>;
  readonly enumerations: EnumerationOverrides;
  /** `OCM_…` variables no setting is known for: a misspelling, or another version's. */
  readonly unknownVariables: readonly string[];
}

/** Of a store in a file. */
export type SqliteConfig = CommonConfig & Extract<StorePlace, { readonly postgres: null }>;
/** Of a database server that receivers share. */
export type PostgresConfig = CommonConfig & Extract<StorePlace, { readonly sqlitePath: null }>;
export type Config = SqliteConfig | PostgresConfig;

export interface TlsPaths {
  readonly certPath: string;
  readonly keyPath: string;
  /** Null: senders are not asked for a certificate. */
  readonly clientCaPath: string | null;
}

/** What is said on the command line: setting names to texts. */
export type Flags = Partial<Record<SettingName, string>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export const DEFAULT_INTERVAL_MS = 10_000;

const NO_LIMIT = `${variableOf('store_limit')} belongs to SQLite: leave it out, and watch the disk of the PostgreSQL server`;

const DRAIN_INTERVALS = 1.2;

/** How often senders post, and how long the end waits for them. */
interface Rhythm {
  readonly drainTimeoutMs: number | null;
  readonly intervalMs: number | null;
  readonly sources: ReadonlyMap<string, { readonly intervalMs: number | null }>;
}

/** A little more than the longest interval, so that every sender in it posts once and sees `Connection: close`. */
export function drainMsOf({ drainTimeoutMs, intervalMs, sources }: Rhythm): number {
  const intervals = [
    intervalMs ?? DEFAULT_INTERVAL_MS,
    ...[...sources.values()].map((source) => source.intervalMs ?? 0),
  ];
  return drainTimeoutMs ?? DRAIN_INTERVALS * (Math.max(...intervals) || DEFAULT_INTERVAL_MS);
}

/** The process's environment; nobody else reads it. */
export const processEnvironment = (): Environment => process.env;

/** Where a service listens. */
export interface Addresses {
  readonly host: string;
  readonly port: number;
  /** Where reading is listened for when `readPort` is set; that of `host` unless said. */
  readonly readHost: string;
  /** Null: reading and receiving share `host` and `port`. */
  readonly readPort: number | null;
}

/**
 * Reads all layers. A service on sockets that are bound X * open is decided by that one, whatever the layers say now. Throws OCM_CONFIG whose message lists every fault.
 */
export function readConfig(
  flags: Flags,
  environment: Environment,
  configFile: string | null,
  bound: Addresses | null = null,
): Config {
  const faults: string[] = [];
  const file = configFile === null ? {} : readConfigFile(configFile, faults);
  const said = new Said(flags, environment, file, faults);
  const store = said.text('store');
  const config: Config = {
    ...storePlace(
      store,
      { passwordFile: said.text('store_password_file'), stateFolder: said.text('state_folder') },
      faults,
    ),
    host: said.text('host'),
    port: said.number('port'),
    readHost: said.text('read_host') || said.text('host'),
    readPort: readPort(said, faults),
    tls: tlsPaths(said, faults),
    basePath: said.text('base_path').replace(/\/+$/, ''),
    ingestTokens: said.list('ingest_tokens'),
    readTokens: said.list('read_tokens'),
    adminTokens: said.list('admin_tokens'),
    ingestNetworks: said.list('ingest_networks'),
    trustedProxies: said.list('trusted_proxies'),
    publicNames: said.list('public_names'),
    metricsAuth: said.flag('metrics_auth'),
    intervalMs: said.optional('periodic_interval'),
    silenceAfterMs: said.optional('silence_after'),
    maxClockAheadMs: said.number('max_clock_ahead'),
    bodyLimitBytes: said.number('body_limit'),
    drainTimeoutMs: said.optional('drain_timeout'),
    unloadedRetentionMs: said.number('unloaded_retention'),
    quarantineLimitBytes: said.number('quarantine_limit'),
    spoolLimitBytes: said.number('spool_limit'),
    retention: retentionIn(said),
    maxGroups: said.number('max_groups'),
    maxListsPerGroup: said.number('max_lists_per_group'),
    maxSources: said.number('max_sources'),
    metricsDomain: (said.text('metrics_domain') ||
      (namesPostgres(store) ? 'separate' : 'inline')) as Config['metricsDomain'],
    otlp: otlpSettings(
      {
        endpoint: said.text('otlp_endpoint'),
        intervalMs: said.number('otlp_interval'),
        headersFile: said.text('otlp_headers_file'),
      },
      faults,
    ),
    callbackTtlMs: said.number('callback_ttl'),
    callbackCapacity: readCapacityFile(said.text('callback_capacity'), faults),
    tenants: tenantsIn(said.text('tenants')),
    instanceName: said.text('instance_name'),
    overdialLimit: said.number('overdial_limit'),
    tollPerMinute: said.optional('toll_per_minute'),
    pii: said.text('pii') as Config['pii'],
    piiKey: said.text('pii_key') || null,
    logLevel: said.text('log_level'),
    sources: readSources(file['sources'], faults),
    ruleProfiles: readProfiles(file['compliance'], faults),
    enumerations: readEnumerations(file['enumerations'], faults),
    unknownVariables: Object.keys(environment).filter((name) => name.startsWith('OCM_') && !KNOWN_VARIABLES.has(name)),
    ...bound,
  };
  checkExposure(config, said.flag('allow_anonymous'), faults);
  if (config.postgres !== null && config.retention.storeLimitBytes !== null) faults.push(NO_LIMIT);
  faults.push(...faultsBetween(config, DEFAULT_INTERVAL_MS));
  if (faults.length > 0) {
    throw new MonitorError(
      'OCM_CONFIG',
      `the configuration has ${faults.length} fault(s):\n  - ${faults.map((fault) => said.located(fault)).join('\n  - ')}`,
    );
  }
  return config;
}

/** Every setting with the value in force and where it came from; secrets masked. */
export function describeConfig(flags: Flags, environment: Environment, configFile: string | null) {
  const file = configFile === null ? {} : readConfigFile(configFile, []);
  return Object.entries(SETTINGS as Record<string, Setting>).map(([name, setting]) => {
    const [value, origin] = layered(name as SettingName, flags, environment, file);
    return { name, variable: variableOf(name), value: shownValue(name, setting, value), origin };
  });
}

function shownValue(name: string, { secret = false }: Setting, value: string): string {
  if (name === 'store') return withoutPassword(value);
  return secret && value !== '' ? '***' : value;
}

const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
const KNOWN_VARIABLES = new Set(['OCM_CONFIG', ...Object.keys(SETTINGS).map(variableOf)]);

function layered(name: SettingName, flags: Flags, environment: Environment, file: ConfigFile): [string, string] {
  const flag = flags[name];
  if (flag !== undefined && flag !== '') return [flag, `--${name.replaceAll('_', '-')}`];
  const variable = environment[variableOf(name)];
  if (variable !== undefined && variable !== '') return [variable, variableOf(name)];
  const inFile = file[name];
  if (inFile !== undefined && inFile !== null && inFile !== '')
    return [Array.isArray(inFile) ? inFile.join(',') : scalar(inFile), 'file'];
  return [SETTINGS[name].default, 'default'];
}

/** Kinds that a file may write as a list. */
const LISTS: ReadonlySet<Kind> = new Set<Kind>(['tokens', 'networks', 'names']);

/** Whether a value of the file can be meant: nothing nested, and no token that YAML has taken for a number. */
function isSettable(name: SettingName, value: unknown): boolean {
  const isList = LISTS.has(SETTINGS[name].kind);
  if (Array.isArray(value)) return isList && value.every((item) => typeof item === 'string');
  if (isList) return value === null || typeof value === 'string';
  return value === null || typeof value !== 'object';
}

class Said {
  readonly #layers: [Flags, Environment, ConfigFile];
  readonly #faults: string[];

  constructor(flags: Flags, environment: Environment, file: ConfigFile, faults: string[]) {
    this.#layers = [flags, environment, file];
    this.#faults = faults;
    const known = new Set([...Object.keys(SETTINGS), 'sources', 'enumerations', 'compliance']);
    for (const [key, value] of Object.entries(file)) {
      if (!known.has(key)) faults.push(`the file has an unknown key ${key}`);
      else if (Object.hasOwn(SETTINGS, key) && !isSettable(key as SettingName, value)) {
        faults.push(
          `file: ${key} should be a plain value${LISTS.has(SETTINGS[key as SettingName].kind) ? ' or a list of texts; put numbers in quotes' : ''}`,
        );
      }
    }
  }

  text(name: SettingName): string {
    const [value, origin] = this.#fromFile(name) ?? layered(name, ...this.#layers);
    const fault = faultIn(SETTINGS[name].kind, value);
    if (fault === null) return value;
    this.#faults.push(
      `${origin === 'file' ? `file: ${name}` : origin} should be ${fault}, not ${(SETTINGS[name] as Setting).secret ? '***' : JSON.stringify(value)}`,
    );
    return SETTINGS[name].default;
  }

  /** A secret whose file is named, and where it came from; null when it is no secret, or none is named. */
  #fromFile(name: SettingName): [string, string] | null {
    const fileSetting = (SECRET_FILES as Partial<Record<SettingName, SettingName>>)[name];
    if (fileSetting === undefined) return null;
    const [path, origin] = layered(fileSetting, ...this.#layers);
    if (path === '') return null;
    const [direct, directOrigin] = layered(name, ...this.#layers);
    if (direct !== '') this.#faults.push(`${directOrigin} and ${origin} are both set: keep one of them`);
    return [readSecretFile(path, origin, this.#faults), `${origin} (${path})`];
  }

  /** A fault that names settings by their variables, with where they were said when it was not there. */
  located(fault: string): string {
    const named = new Set(fault.match(/\bOCM_[A-Z_]+/g));
    const origins = SETTING_NAMES.filter((name) => named.has(variableOf(name))).flatMap((name) => {
      const [, origin] = layered(name, ...this.#layers);
      return origin === variableOf(name) || origin === 'default' || fault.includes(origin) ? [] : [origin];
    });
    return origins.length === 0
      ? fault
      : `${fault} (said by ${[...new Set(origins)].join(', ').replace('file', 'the file')})`;
  }

  number(name: SettingName): number {
    return numberIn(SETTINGS[name].kind, this.text(name)) ?? 0;
  }

  optional(name: SettingName): number | null {
    return numberIn(SETTINGS[name].kind, this.text(name));
  }

  flag(name: SettingName): boolean {
    return this.text(name) === 'true';
  }

  list(name: SettingName): string[] {
    return this.text(name)
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }
}

function retentionIn(said: Said): RetentionSettings {
  return {
    retentionMs: {
      notifications: said.number('retention_notifications'),
      rollups: said.number('retention_rollups'),
      history: said.number('retention_history'),
      callbacks: said.number('retention_callbacks'),
      quarantine: said.number('retention_quarantine'),
      audit: AUDIT_KEPT_MS,
    },
    storeLimitBytes: said.optional('store_limit'),
  };
}

function readPort(said: Said, faults: string[]): number | null {
  const port = said.optional('read_port');
  if (port === null && said.text('read_host') !== '') {
    faults.push(`${variableOf('read_host')} has no effect without ${variableOf('read_port')}: set both, or neither`);
  }
  return port;
}

function tlsPaths(said: Said, faults: string[]): TlsPaths | null {
  const [certPath, keyPath, ca] = [said.text('tls_cert'), said.text('tls_key'), said.text('tls_client_ca')];
  if (certPath !== '' && keyPath !== '') return { certPath, keyPath, clientCaPath: ca === '' ? null : ca };
  const both = `${variableOf('tls_cert')} and ${variableOf('tls_key')}`;
  if (certPath !== '' || keyPath !== '') faults.push(`${both} belong together: set the other one too`);
  else if (ca !== '') faults.push(`${variableOf('tls_client_ca')} needs ${both} too`);
  return null;
}

function checkExposure(config: Config, anonymous: boolean, faults: string[]): void {
  const { host, readHost, readPort, ingestTokens, readTokens, tls } = config;
  if (config.metricsAuth && readTokens.length === 0) {
    faults.push(`${variableOf('metrics_auth')} asks for a read token, but ${variableOf('read_tokens')} is not set`);
  }
  if (anonymous) return;
  const mayPost = ingestTokens.length > 0 || typeof tls?.clientCaPath === 'string';
  const readAt = readPort === null ? host : readHost;
  const exposed = (variables: string, where: string) =>
    `${variables} must be set, because ${where} is not loopback (or OCM_ALLOW_ANONYMOUS=true, if everybody who reaches the port may use it)`;
  if (!isLoopback(host) && !mayPost) {
    faults.push(exposed(`${variableOf('ingest_tokens')} (or ${variableOf('tls_client_ca')})`, host));
  }
  if (!isLoopback(readAt) && readTokens.length === 0) faults.push(exposed(variableOf('read_tokens'), readAt));
}
