/** Configuration: one table, four layers (flag > environment > file > default), every fault named at once. */
import {
  type ConfigFile,
  readConfigFile,
  readEnumerations,
  readSources,
  scalar,
  type SourceSettings,
} from './config-file.js';
import { faultIn, type Kind, numberIn, tenantsIn } from './config-values.js';
import { MonitorError } from './domain/errors.js';
import type { EnumerationOverrides } from './ocs/enumerations.js';

interface Setting {
  readonly kind: Kind;
  /** As it would be written; '' = unset. */
  readonly default: string;
  readonly help: string;
  readonly secret?: boolean;
}

/** The table. The key `body_limit` is `OCM_BODY_LIMIT` in the environment, `--body-limit` as a flag, `body_limit` in the file. */
export const SETTINGS = {
  host: {
    kind: 'text',
    default: '127.0.0.1',
    help: 'Address to listen on; `0.0.0.0`: all. Off loopback, ingest and read tokens are required.',
  },
  port: { kind: 'port', default: '8080', help: 'Port to listen on; 0 takes a free one.' },
  base_path: {
    kind: 'path',
    default: '',
    help: 'Path below which everything is served, for a proxy that does not strip it, like `/ocs-monitor`.',
  },
  store: {
    kind: 'text',
    default: 'sqlite:./data/ocs-monitor.db',
    help: 'Where records are kept: `sqlite:` and a file. Its folder is created.',
  },
  ingest_tokens: {
    kind: 'tokens',
    default: '',
    secret: true,
    help: 'Secrets any one of which lets OCS post, comma-separated. Unset: whoever reaches the port may post.',
  },
  read_tokens: {
    kind: 'tokens',
    default: '',
    secret: true,
    help: 'Secrets any one of which lets people read `/api/v1`, comma-separated. Unset: whoever reaches the port may read.',
  },
  admin_tokens: {
    kind: 'tokens',
    default: '',
    secret: true,
    help: 'Secrets any one of which lets people replay quarantined bodies, comma-separated. Unset: the read tokens.',
  },
  allow_anonymous: {
    kind: 'flag',
    default: 'false',
    help: 'Listen off loopback without tokens. Everybody who reaches the port may then post and read.',
  },
  ingest_networks: {
    kind: 'networks',
    default: '',
    help: 'Addresses that may post, CIDRs, comma-separated; unset: all.',
  },
  trusted_proxies: {
    kind: 'networks',
    default: '',
    help: 'Proxies whose X-Forwarded-For is believed, CIDRs, comma-separated; unset: none.',
  },
  metrics_auth: {
    kind: 'flag',
    default: 'false',
    help: 'Require a read token on `/metrics` and `/metrics/domain` too. Has no effect without `read_tokens`.',
  },
  periodic_interval: {
    kind: 'duration',
    default: '',
    help: "OCS's campaigngroup-states-interval. 0: this site sends no periodic posts. Unset: 10s, then learned from each source.",
  },
  silence_after: {
    kind: 'duration',
    default: '',
    help: 'A running group not heard of for longer is silent; unset: 3 × the interval, and 30s at least unless an interval is set.',
  },
  max_clock_ahead: {
    kind: 'duration',
    default: '1h',
    help: 'How far ahead of our clock a GSW_DATE_TIME may be. Beyond it the body goes to quarantine.',
  },
  body_limit: {
    kind: 'size',
    default: '256kb',
    help: 'Largest body accepted, counted as received. Of a larger one the first 4096 bytes are kept; the answer is 413.',
  },
  drain_timeout: {
    kind: 'duration',
    default: '',
    help: 'How long SIGTERM waits for the connections to close by themselves; unset: 1.2 × the interval, 0s: not at all.',
  },
  unloaded_retention: {
    kind: 'duration',
    default: '15m',
    help: 'How long an unloaded group stays on `/metrics` after it was last heard of.',
  },
  quarantine_limit: {
    kind: 'size',
    default: '1gb',
    help: 'Bytes the quarantine may take; beyond it replayed rows go first, then the oldest of the source and reason that take most.',
  },
  max_groups: {
    kind: 'count',
    default: '20000',
    help: 'Campaign groups shown on `/metrics` and `/api/v1`. Beyond it the longest unloaded one makes room; when none is unloaded, a further one is left out. Its posts are kept all the same.',
  },
  max_lists_per_group: {
    kind: 'count',
    default: '50',
    help: 'Calling lists of a group shown on `/metrics`; further ones are left out and counted.',
  },
  max_sources: {
    kind: 'count',
    default: '100',
    help: 'Sources with series of their own; further ones count as `(other)`.',
  },
  metrics_domain: {
    kind: 'domain',
    default: 'inline',
    help: '`inline`: /metrics carries the campaign groups too; `separate`: only /metrics/domain does.',
  },
  callback_ttl: {
    kind: 'duration',
    default: '24h',
    help: 'An open callback of which nothing was said for longer is shown as `abandoned-record`: its session must have died. An appointment in the future counts as said.',
  },
  callback_capacity: {
    kind: 'text',
    default: '',
    help: 'CSV file of the agents there are for callbacks: `queue,weekday,from,to,agents`. Unset: no capacity report.',
  },
  tenants: {
    kind: 'tenants',
    default: '',
    help: 'Names of the tenants of callbacks, by DBID, like `1=Environment,101=Sales`. Without a name the DBID is shown.',
  },
  toll_per_minute: {
    kind: 'amount',
    default: '',
    help: 'What a minute of a waiting call costs; callback reports then say what was saved. Unset: they say nothing.',
  },
  pii: {
    kind: 'pii',
    default: 'masked',
    help: "`masked`: customers' numbers show their last four digits and a hash, in the API, CSV, logs and the quarantine; `full`: they are shown to whoever may read.",
  },
  pii_key: {
    kind: 'token',
    default: '',
    secret: true,
    help: "Key of the hashes by which a customer's number can be found. Unset: one is made for each database and kept in it.",
  },
  log_level: { kind: 'level', default: 'info', help: '`error`, `warn`, `info` or `debug`.' },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly basePath: string;
  readonly sqlitePath: string;
  readonly ingestTokens: readonly string[];
  readonly readTokens: readonly string[];
  readonly adminTokens: readonly string[];
  readonly ingestNetworks: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly metricsAuth: boolean;
  readonly intervalMs: number | null;
  readonly silenceAfterMs: number | null;
  readonly maxClockAheadMs: number;
  readonly bodyLimitBytes: number;
  readonly drainTimeoutMs: number | null;
  readonly unloadedRetentionMs: number;
  readonly quarantineLimitBytes: number;
  readonly maxGroups: number;
  readonly maxListsPerGroup: number;
  readonly maxSources: number;
  readonly metricsDomain: 'inline' | 'separate';
  readonly callbackTtlMs: number;
  readonly callbackCapacityFile: string | null;
  /** Tenant DBIDs of callbacks to names. */
  readonly tenants: ReadonlyMap<number, string>;
  readonly tollPerMinute: number | null;
  readonly pii: 'masked' | 'full';
  readonly piiKey: string | null;
  readonly logLevel: string;
  readonly sources: ReadonlyMap<string, SourceSettings>;
  readonly enumerations: EnumerationOverrides;
  /** `OCM_…` variables no setting is known for: a misspelling, or another version's. */
  readonly unknownVariables: readonly string[];
}

/** What is said on the command line: setting names to texts. */
export type Flags = Partial<Record<SettingName, string>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export const DEFAULT_INTERVAL_MS = 10_000;

/** The process's environment; nobody else reads it. */
export const processEnvironment = (): Environment => process.env;

/** Reads all layers. Throws OCM_CONFIG whose message lists every fault. */
export function readConfig(flags: Flags, environment: Environment, configFile: string | null): Config {
  const faults: string[] = [];
  const file = configFile === null ? {} : readConfigFile(configFile, faults);
  const said = new Said(flags, environment, file, faults);
  const config: Config = {
    host: said.text('host'),
    port: said.number('port'),
    basePath: said.text('base_path').replace(/\/+$/, ''),
    sqlitePath: sqlitePath(said.text('store'), faults),
    ingestTokens: said.list('ingest_tokens'),
    readTokens: said.list('read_tokens'),
    adminTokens: said.list('admin_tokens'),
    ingestNetworks: said.list('ingest_networks'),
    trustedProxies: said.list('trusted_proxies'),
    metricsAuth: said.flag('metrics_auth'),
    intervalMs: said.optional('periodic_interval'),
    silenceAfterMs: said.optional('silence_after'),
    maxClockAheadMs: said.number('max_clock_ahead'),
    bodyLimitBytes: said.number('body_limit'),
    drainTimeoutMs: said.optional('drain_timeout'),
    unloadedRetentionMs: said.number('unloaded_retention'),
    quarantineLimitBytes: said.number('quarantine_limit'),
    maxGroups: said.number('max_groups'),
    maxListsPerGroup: said.number('max_lists_per_group'),
    maxSources: said.number('max_sources'),
    metricsDomain: said.text('metrics_domain') as Config['metricsDomain'],
    callbackTtlMs: said.number('callback_ttl'),
    callbackCapacityFile: said.text('callback_capacity') || null,
    tenants: tenantsIn(said.text('tenants')),
    tollPerMinute: said.optional('toll_per_minute'),
    pii: said.text('pii') as Config['pii'],
    piiKey: said.text('pii_key') || null,
    logLevel: said.text('log_level'),
    sources: readSources(file['sources'], faults),
    enumerations: readEnumerations(file['enumerations'], faults),
    unknownVariables: Object.keys(environment).filter((name) => name.startsWith('OCM_') && !KNOWN_VARIABLES.has(name)),
  };
  checkExposure(config, said.flag('allow_anonymous'), faults);
  if (faults.length > 0) {
    throw new MonitorError(
      'OCM_CONFIG',
      `the configuration has ${faults.length} fault(s):\n  - ${faults.join('\n  - ')}`,
    );
  }
  return config;
}

/** Every setting with the value in force and where it came from; secrets masked. */
export function describeConfig(flags: Flags, environment: Environment, configFile: string | null) {
  const file = configFile === null ? {} : readConfigFile(configFile, []);
  return Object.entries(SETTINGS as Record<string, Setting>).map(([name, setting]) => {
    const [value, origin] = layered(name as SettingName, flags, environment, file);
    return { name, variable: variableOf(name), value: setting.secret && value !== '' ? '***' : value, origin };
  });
}

export function variableOf(name: string): string {
  return `OCM_${name.toUpperCase()}`;
}

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
const LISTS: ReadonlySet<Kind> = new Set<Kind>(['tokens', 'networks']);

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
    const known = new Set([...Object.keys(SETTINGS), 'sources', 'enumerations']);
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
    const [value, origin] = layered(name, ...this.#layers);
    const fault = faultIn(SETTINGS[name].kind, value);
    if (fault === null) return value;
    this.#faults.push(
      `${origin === 'file' ? `file: ${name}` : origin} should be ${fault}, not ${(SETTINGS[name] as Setting).secret ? '***' : JSON.stringify(value)}`,
    );
    return SETTINGS[name].default;
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

function sqlitePath(store: string, faults: string[]): string {
  if (store.startsWith('sqlite:') && store.length > 'sqlite:'.length)
    return store.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
  faults.push(`${variableOf('store')} should be sqlite: and a file, like sqlite:./data/ocs-monitor.db`);
  return '';
}

function checkExposure(config: Config, anonymous: boolean, faults: string[]): void {
  if (config.metricsAuth && config.readTokens.length === 0) {
    faults.push(`${variableOf('metrics_auth')} asks for a read token, but ${variableOf('read_tokens')} is not set`);
  }
  const loopback = /^(127\.|::1$|localhost$)/.test(config.host);
  if (loopback || anonymous) return;
  for (const [name, tokens] of [
    ['ingest_tokens', config.ingestTokens],
    ['read_tokens', config.readTokens],
  ] as const) {
    if (tokens.length === 0)
      faults.push(
        `${variableOf(name)} must be set, because ${config.host} is not loopback (or OCM_ALLOW_ANONYMOUS=true, if everybody who reaches the port may use it)`,
      );
  }
}
