/** Every setting: its kind, default and help. docs/configuration.md is generated from this table. */
import type { Kind } from './config-values.js';
import { LIMITS } from '../domain/limits.js';

export interface Setting {
  readonly kind: Kind;
  /** As it would be written; '' = unset. */
  readonly default: string;
  readonly help: string;
  readonly secret?: boolean;
}

/** The table. The key `body_limit` is `OCM_BODY_LIMIT` in the environment, `--body-limit` as a flag, `body_limit` in the file. */
export const SETTINGS = {
  host: {
    kind: 'host',
    default: '127.0.0.1',
    help: 'Address to listen on; `0.0.0.0`: all. Off loopback, ingest and read tokens are required.',
  },
  port: { kind: 'port', default: '8080', help: 'Port to listen on; 0 takes a free one.' },
  read_host: {
    kind: 'host',
    default: '',
    help: 'Address to listen on for reading; unset: that of `host`. Takes effect with `read_port` only.',
  },
  read_port: {
    kind: 'port',
    default: '',
    help: 'Port for reading (`/metrics`, `/api/v1`, pages); posts then go to `port` alone. Unset: one port for both.',
  },
  tls_cert: {
    kind: 'text',
    default: '',
    help: 'PEM file of the certificate and its chain. With it, every port speaks only TLS 1.2 or later. Unset: plain HTTP.',
  },
  tls_key: { kind: 'text', default: '', help: 'PEM file of the private key that belongs to `tls_cert`.' },
  tls_client_ca: {
    kind: 'text',
    default: '',
    help: 'PEM file of the authorities whose client certificates may post without a token. Unset: no certificate is requested.',
  },
  base_path: {
    kind: 'path',
    default: '',
    help: 'Path below which everything is served, for a proxy that does not strip it, like `/ocs-monitor`.',
  },
  store: {
    kind: 'text',
    default: 'sqlite:./data/ocs-monitor.db',
    help: 'Where records are kept: `sqlite:` and a file, whose folder is created; or a PostgreSQL, `postgres://user@host:5432/database?sslmode=verify-full`, several hosts with commas between (docs/scaling.md).',
  },
  store_password_file: {
    kind: 'text',
    default: '',
    help: 'File that holds the password for PostgreSQL, alone in one line. Unset: it stands in `store`, or none is needed.',
  },
  state_folder: {
    kind: 'text',
    default: './data',
    help: 'Folder for what a receiver on PostgreSQL keeps on its own machine: posts that wait while the server is away, and who has signed out of the page. It is created. Take a local disk. With SQLite that lies beside its file.',
  },
  ingest_tokens: {
    kind: 'tokens',
    default: '',
    secret: true,
    help: 'Tokens that may post, comma-separated; any one is enough. Unset: anyone who reaches the port may post.',
  },
  ingest_tokens_file: {
    kind: 'text',
    default: '',
    help: 'File that holds them instead, one per line or comma-separated, as container platforms mount secrets.',
  },
  read_tokens: {
    kind: 'tokens',
    default: '',
    secret: true,
    help: 'Tokens that may read `/api/v1`, comma-separated; any one is enough. Unset: anyone who reaches the port may read.',
  },
  read_tokens_file: { kind: 'text', default: '', help: 'File that holds the read tokens instead.' },
  admin_tokens: {
    kind: 'tokens',
    default: '',
    secret: true,
    help: 'Tokens that may replay, forget and reload, comma-separated; any one is enough. Unset: the read tokens.',
  },
  admin_tokens_file: { kind: 'text', default: '', help: 'File that holds the admin tokens instead.' },
  allow_anonymous: {
    kind: 'flag',
    default: 'false',
    help: 'Listen off loopback without tokens. Then anyone who reaches the port may post and read.',
  },
  ingest_networks: {
    kind: 'networks',
    default: '',
    help: 'Addresses that may post, as CIDRs, comma-separated. Unset: all.',
  },
  trusted_proxies: {
    kind: 'networks',
    default: '',
    help: 'Proxies whose X-Forwarded-For is trusted, as CIDRs, comma-separated. Unset: none.',
  },
  public_names: {
    kind: 'names',
    default: '',
    help: 'Names by which browsers reach the service besides loopback names and the address it listens on, with a port or for any, comma-separated, like `monitor.example:8443`. On loopback without read tokens others are answered 421; elsewhere, where anybody may administer, administration is.',
  },
  metrics_auth: {
    kind: 'flag',
    default: 'false',
    help: 'Require a read token on `/metrics` and `/metrics/domain` too. Has no effect without `read_tokens`.',
  },
  periodic_interval: {
    kind: 'duration',
    default: '',
    help: "OCS's campaigngroup-states-interval. 0: this site sends no periodic posts. Unset: 10s, until it is learned from a few gaps of each source; that is kept.",
  },
  silence_after: {
    kind: 'duration',
    default: '',
    help: 'A running group that has not reported for longer is silent. Must exceed the interval. Unset: 3 × the interval, and at least 30s until an interval is set or was seen in 20 gaps.',
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
    help: 'How long SIGTERM waits for connections to close by themselves. Unset: 1.2 × the interval; 0s: not at all.',
  },
  unloaded_retention: {
    kind: 'duration',
    default: '15m',
    help: 'How long an unloaded group stays on `/metrics` after its last report.',
  },
  quarantine_limit: {
    kind: 'size',
    default: '1gb',
    help: 'Bytes that the quarantine may take. Beyond it, replayed rows go first, then the oldest of the source and reason that take most.',
  },
  spool_limit: {
    kind: 'size',
    default: '10gb',
    help: 'Bytes of posts that may wait in `state_folder` while the PostgreSQL server is away. Beyond it posts are answered 503. Without effect with SQLite.',
  },
  retention_notifications: {
    kind: 'duration',
    default: '30d',
    help: 'How long every notification is kept as it was received; 0: for ever. What stands beside a transition is kept as long as that. Longer than this charts show quarters of an hour.',
  },
  retention_rollups: {
    kind: 'duration',
    default: '400d',
    help: 'How long quarters of an hour are kept: count, least, greatest, mean and last of each figure; 0: for ever.',
  },
  retention_history: {
    kind: 'duration',
    default: '1826d',
    help: 'How long transitions, sessions and the notifications beside them are kept, five years by default; 0: for ever. The present state of a group is never removed.',
  },
  retention_callbacks: {
    kind: 'duration',
    default: '400d',
    help: 'How long a callback is kept with all its events and attached data, counted from its end, or from its last sign of life when no final record came; 0: for ever.',
  },
  retention_quarantine: {
    kind: 'duration',
    default: '90d',
    help: 'How long a body stays in quarantine after it was last received; 0: for ever.',
  },
  store_limit: {
    kind: 'size',
    default: '',
    help: 'Bytes that the database may use. Beyond it notifications go before their time, oldest first, with an alert; transitions never do. Unset: as many as the disk has.',
  },
  max_groups: {
    kind: 'count',
    default: '20000',
    help: 'Campaign groups shown on `/metrics` and `/api/v1`. Beyond it, the one unloaded longest makes room; when none is unloaded, a further one is left out until there is room. Its posts are kept all the same.',
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
    default: '',
    help: '`inline`: /metrics carries the campaign groups too; `separate`: only /metrics/domain does. Unset: `inline` with SQLite, `separate` with PostgreSQL, where every receiver has them all.',
  },
  callback_ttl: {
    kind: 'duration',
    default: '24h',
    help: 'An open callback that has not reported for longer is shown as `abandoned-record`: its session must have died. An appointment in the future counts as a report.',
  },
  callback_capacity: {
    kind: 'text',
    default: '',
    help: 'CSV file of the agents available for callbacks: `queue,weekday,from,to,agents`. Unset: no capacity report.',
  },
  tenants: {
    kind: 'tenants',
    default: '',
    help: 'Names of the tenants of callbacks, by DBID, like `1=Environment,101=Sales`. Without a name the DBID is shown.',
  },
  instance_name: {
    kind: 'text',
    default: '',
    help: 'What this installation is called, such as `Berlin` or `test`: shown in the title of the page. Unset: nothing.',
  },
  otlp_endpoint: {
    kind: 'url',
    default: '',
    help: 'Where metrics are sent to by OTLP over HTTP, in JSON, for a site without Prometheus; `/v1/metrics` is added unless it ends so (docs/deployment.md). Unset: nowhere.',
  },
  otlp_interval: {
    kind: 'duration',
    default: '60s',
    help: 'How often they are sent, and how long an export may take.',
  },
  otlp_headers_file: {
    kind: 'text',
    default: '',
    help: 'File of HTTP headers for that, `Name: value` a line, like one that holds a token. Read at the start.',
  },
  overdial_limit: {
    kind: 'ratio',
    default: String(LIMITS.overdialRatio),
    help: 'Above this overdial rate for 2 minutes the page shows a campaign group as over-dialing, until it was not above it for 5; 0.03 is 3 of 100 calls. Keep it equal to `ocs:threshold:overdial_ratio` of the alert rules.',
  },
  toll_per_minute: {
    kind: 'amount',
    default: '',
    help: 'What one minute of a waiting call costs; callback reports then show the money saved. Unset: they do not.',
  },
  pii: {
    kind: 'pii',
    default: 'masked',
    help: "`masked`: customers' numbers show their last four digits and a hash, in the API, CSV, logs and the quarantine; `full`: they are shown whole to anyone who may read.",
  },
  pii_key: {
    kind: 'token',
    default: '',
    secret: true,
    help: "Key of the hashes by which a customer's number can be found. Unset: each database makes and keeps its own.",
  },
  pii_key_file: { kind: 'text', default: '', help: 'File that holds the key instead.' },
  log_level: { kind: 'level', default: 'info', help: '`error`, `warn`, `info` or `debug`.' },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

/** Secrets, and the setting that names a file each can stand in instead. */
export const SECRET_FILES = {
  ingest_tokens: 'ingest_tokens_file',
  read_tokens: 'read_tokens_file',
  admin_tokens: 'admin_tokens_file',
  pii_key: 'pii_key_file',
} as const satisfies Partial<Record<SettingName, SettingName>>;

export function variableOf(name: string): string {
  return `OCM_${name.toUpperCase()}`;
}
