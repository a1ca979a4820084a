/** What `doctor` looks at before any post has come: this installation and the service that runs here. */
import { networkInterfaces } from 'node:os';
import type { Config, SqliteConfig } from '../config/config.js';
import type { Clock } from '../domain/clock.js';
import { MonitorError } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';
import { isLoopback } from '../domain/loopback.js';
import { visibleLine } from '../domain/visible-text.js';
import { checkTls, lookAtStore } from '../service/sqlite/commands.js';
import type { Installation } from '../reports/first-steps.js';
import { readUrlOf, urlOf } from './serve.js';
import { callService } from './service-call.js';

export interface Check {
  readonly name: string;
  readonly result: 'ok' | 'warning' | 'fault';
  readonly found: string;
  /** What to do; null when there is nothing to do. */
  readonly next: string | null;
}

/** Whom to ask. */
export interface Service {
  /** With TLS: whoever answers must hold its certificate; null: as any client would check. */
  readonly config: Pick<Config, 'tls'>;
  /** Base URLs, without a slash at the end. */
  readonly ingest: string;
  readonly read: string;
  readonly token: string | undefined;
}

const NODE_WANTED: readonly [number, number] = [20, 19];
/** Before this program was written. */
const EARLIEST_CLOCK_MS = Date.UTC(2025, 0, 1);
const CLOCK_TOLERANCE_MS = 60_000;
/** Two clocks further apart put posts at the wrong time. */
export const CLOCKS_APART_MS = 2000;

const ok = (name: string, found: string): Check => ({ name, result: 'ok', found, next: null });
const warning = (name: string, found: string, next: string): Check => ({ name, result: 'warning', found, next });
const fault = (name: string, found: string, next: string): Check => ({ name, result: 'fault', found, next });

/** `clock` is this machine's. */
export async function checkInstallation(config: Config, clock: Clock): Promise<Check[]> {
  const here = [...settingsChecks(config), doorCheck(config), nodeCheck()];
  const nowMs = clock.nowMs();
  if (config.postgres === null) return [...here, ...storeChecks(config, nowMs)];
  const { examineServer } = await import('../service/postgres/examine.js');
  return [...here, clockCheck(nowMs, null), ...(await examineServer(config, () => clock.nowMs()))];
}

function settingsChecks(config: Config): Check[] {
  const unknown = config.unknownVariables;
  const effectless =
    unknown.length === 0
      ? ok('settings', 'no fault')
      : warning('settings', `no such setting: ${unknown.join(', ')}`, 'It has no effect: see ocs-monitor check-config');
  if (config.tls === null) return [effectless];
  try {
    checkTls(config);
    return [effectless, ok('certificate', config.tls.certPath)];
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    return [effectless, fault('certificate', error.message, 'Mend OCM_TLS_CERT and OCM_TLS_KEY')];
  }
}

function doorCheck({ ingestTokens, readTokens, ingestNetworks, tls }: Config): Check {
  const mayPost = [
    ...(ingestTokens.length > 0 ? [`${ingestTokens.length} token(s)`] : []),
    ...(tls?.clientCaPath ? ['client certificates'] : []),
    ...(ingestNetworks.length > 0 ? [`addresses in ${ingestNetworks.join(', ')} only`] : []),
  ];
  const found = `posting: ${mayPost.join(', ') || 'anybody'}; reading: ${readTokens.length > 0 ? `${readTokens.length} token(s)` : 'anybody'}`;
  if (mayPost.length > 0 && readTokens.length > 0) return ok('access', found);
  const next = 'Set OCM_INGEST_TOKENS and OCM_READ_TOKENS before others can reach the port';
  return warning('access', found, next);
}

function nodeCheck(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > NODE_WANTED[0] || (major === NODE_WANTED[0] && minor >= NODE_WANTED[1]);
  const found = `Node.js ${process.versions.node}`;
  return isNew ? ok('runtime', found) : fault('runtime', found, `Install Node.js ${NODE_WANTED.join('.')} or later`);
}

/** `writtenMs`: when the database was written last, if that is known. */
function clockCheck(nowMs: number, writtenMs: number | null): Check {
  const isBack = writtenMs !== null && writtenMs - nowMs > CLOCK_TOLERANCE_MS;
  const clock = new Date(nowMs).toISOString();
  if (nowMs >= EARLIEST_CLOCK_MS && !isBack) return ok('clock', clock);
  const found = `${clock}${isBack ? ', but the database was written later' : ''}`;
  return fault('clock', found, 'Set it by NTP: silence and history depend on it');
}

function storeChecks(config: SqliteConfig, nowMs: number): Check[] {
  const { exists, freeBytes, aside, notes, writtenMs } = lookAtStore(config);
  const free = freeBytes === null ? 'not known' : `${(freeBytes / 1e9).toFixed(1)} GB free`;
  return [
    clockCheck(nowMs, writtenMs),
    freeBytes !== null && freeBytes < LIMITS.diskFreeBytes
      ? warning('disk', free, 'Make room on the disk of OCM_STORE: when it is full, posts are answered 503 and lost')
      : ok('disk', free),
    ok('database', exists ? config.sqlitePath : `${config.sqlitePath} (made at the first start)`),
    ...(aside.length > 0
      ? [
          warning(
            'damage',
            `a damaged database was moved aside: ${aside.join(', ')}`,
            'Stop the service and run: ocs-monitor salvage FILE',
          ),
        ]
      : []),
    ...noteChecks(notes),
  ];
}

function noteChecks(notes: readonly string[]): Check[] {
  if (notes.length === 0) return [];
  const what = `the database had vanished, or another program changed it: ${notes.join(', ')}`;
  return [warning('files', what, 'Read these files, do what they say, and remove them')];
}

/** Whether the service answers where posts go, and where it is read. */
export async function checkService(service: Service): Promise<Check[]> {
  const receiving = await readiness(service, service.ingest);
  if (receiving.result === 'fault' || service.read === service.ingest) return [receiving];
  return [receiving, { ...(await readiness(service, service.read)), name: 'service (reading)' }];
}

async function readiness({ config }: Service, base: string): Promise<Check> {
  const name = 'service';
  try {
    const { status, text } = await callService(config, `${base}/readyz`, { method: 'GET' });
    const answer = readinessOf(text);
    if (status === 421) return fault(name, `${base} is not a name it knows itself by`, ADD_NAME);
    if (answer === null) {
      const next =
        'Something else listens there, or the service is below a path: compare OCM_PORT and OCM_BASE_PATH, or name it with --url';
      return fault(name, `${base}/readyz answered ${status}, but is not this service`, next);
    }
    if (answer.ready) return ok(name, `ready at ${base}`);
    return fault(
      name,
      `not ready: ${visibleLine(answer.why ?? 'no reason given')}`,
      'See its log; posts are answered 503 meanwhile',
    );
  } catch (error) {
    return fault(name, `no answer at ${base} (${visibleLine(reasonOf(error))})`, nextStep(error, base));
  }
}

/** What to do about 421. */
export const ADD_NAME = 'Add the name to OCM_PUBLIC_NAMES, or ask by localhost or the address it listens on';

function readinessOf(text: string): { readonly ready: boolean; readonly why?: string } | null {
  try {
    const answer = JSON.parse(text) as { ready?: unknown; why?: string } | null;
    return typeof answer?.ready === 'boolean' ? { ...answer, ready: answer.ready } : null;
  } catch {
    return null;
  }
}

/** The innermost reason: fetch says no more than that it failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && !error.message.includes(code) ? `${code} ${error.message}` : error.message;
}

function nextStep(error: unknown, base: string): string {
  const why = reasonOf(error);
  if (why.includes('ECONNREFUSED'))
    return 'Start it: ocs-monitor serve. If it runs: it listens on another port (OCM_PORT), or name it with --url';
  if (/ENOTFOUND|EAI_AGAIN/.test(why)) return 'The name cannot be resolved: mend it in --url, OCM_HOST or the DNS';
  if (/SSL|TLS|packet length|wrong version|EPROTO/i.test(why))
    return 'It speaks plain HTTP there: use http:, or set OCM_TLS_CERT';
  if (/certificate|self.signed|issuer/i.test(why))
    return 'Let this machine trust the certificate (NODE_EXTRA_CA_CERTS), or run doctor with the settings of the service';
  if (/other side closed|ECONNRESET|socket hang up|Parse/i.test(why) && base.startsWith('http:'))
    return 'It may speak TLS there: use https:';
  return 'Look for a firewall or a proxy in between (it must not need HTTP_PROXY), and read the log of the service';
}

/** Whether OCS on another host can reach the address that is listened on. */
export async function checkReach(config: Config, base: string): Promise<Check> {
  const name = 'reach';
  if (isLoopback(config.host)) {
    const isNamed = config.publicNames.length > 0 || config.readTokens.length > 0;
    const naming = isNamed ? '' : 'Name in OCM_PUBLIC_NAMES what browsers call it. ';
    const behind = config.trustedProxies.length > 0 ? `Only a proxy on this machine can pass posts on. ${naming}` : '';
    const next = `${behind}For OCS on another host set OCM_HOST=0.0.0.0 with OCM_INGEST_TOKENS and OCM_READ_TOKENS`;
    return warning(name, `${config.host} can be reached only from this machine`, next);
  }
  const origins = originsOf(config, config.port);
  const path = base.slice(new URL(base).origin.length);
  const answered = await Promise.all(
    origins.map((origin) =>
      callService(config, `${origin}${path}/healthz`, { method: 'GET' }).then(
        () => true,
        () => false,
      ),
    ),
  );
  const deaf = origins.filter((_origin, index) => !answered[index]);
  if (deaf.length === 0)
    return ok(name, `answers at ${origins.join(', ')}; there may still be a firewall between it and OCS's host`);
  return warning(name, `no answer at ${deaf.join(', ')}`, 'Look at OCM_HOST and the firewall of this machine');
}

/** Scheme, host and port under which other hosts may reach what is listened on; this machine's addresses for all. */
export function originsOf(config: Pick<Config, 'host' | 'tls'>, port: number): string[] {
  const scheme = config.tls === null ? 'http' : 'https';
  const written = (host: string) => `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (config.host !== '0.0.0.0' && config.host !== '::') return [written(config.host)];
  const addresses = Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .filter(({ internal, family, address }) => !internal && family === 'IPv4' && !address.startsWith('169.254.'));
  return addresses.length === 0 ? [written('127.0.0.1')] : addresses.map(({ address }) => written(address));
}

/** What the settings say, for when the service does not answer. */
export function installationOf(config: Config, source: string, defaultIntervalMs: number): Installation {
  const intervalMs = config.sources.get(source)?.intervalMs ?? config.intervalMs ?? defaultIntervalMs;
  const hasToken = config.ingestTokens.length > 0;
  return {
    origins: originsOf(config, config.port),
    basePath: config.basePath,
    source,
    tls: config.tls !== null,
    secret: config.tls?.clientCaPath ? (hasToken ? 'either' : 'certificate') : hasToken ? 'token' : 'none',
    intervalSeconds: intervalMs === 0 ? null : Math.max(1, Math.round(intervalMs / 1000)),
    groups: null,
    ackP99Seconds: null,
    bodyLimitBytes: config.bodyLimitBytes,
    pii: config.pii,
    limitsNetworks: config.ingestNetworks.length > 0,
  };
}

/** The clock of the service beside ours: they differ when it runs elsewhere. */
export function checkClocks(theirMs: number, ourMs: number): Check {
  const seconds = Math.round((theirMs - ourMs) / 1000);
  const found = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} the clock here`;
  if (Math.abs(theirMs - ourMs) <= CLOCKS_APART_MS) return ok('clock of the service', 'as here');
  return warning('clock of the service', found, 'Set both by NTP');
}

export function serviceAt(config: Config, url: string | null, token: string | undefined): Service {
  const trimmed = url?.replace(/\/+$/, '');
  return {
    config: trimmed === undefined ? config : { tls: null },
    ingest: trimmed ?? urlOf(config, config.port),
    read: trimmed ?? readUrlOf(config, config.readPort ?? config.port),
    token: token ?? config.readTokens[0] ?? config.adminTokens[0],
  };
}
