/** Tokens, networks and certificates in force, and their change without a restart. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.js';
import { networkList } from '../config/config-values.js';
import type { Clock } from '../domain/clock.js';
import { MonitorError } from '../domain/errors.js';
import type { Logger } from '../domain/log.js';
import { Access, type AccessRules } from '../http/access.js';
import { ClientCertificates } from '../http/client-certificates.js';
import type { HttpServer } from '../http/server.js';
import { readTlsFiles, stampOf, type TlsFiles } from './tls-files.js';

/** How a reload ended: everything was taken over, or nothing. */
export type ReloadReport =
  | {
      readonly applied: true;
      /** Settings that changed too and wait for a start. */ readonly needsRestart: readonly string[];
    }
  | { readonly applied: false; readonly why: string };

/** What a reload takes over. */
const LIVE = [
  'ingestTokens',
  'readTokens',
  'adminTokens',
  'metricsAuth',
  'ingestNetworks',
  'trustedProxies',
  'publicNames',
  'tls',
];
/** Where the service listens decides what it may do without: rules made for another address are not taken over. */
const ADDRESSES = ['host', 'port', 'readHost', 'readPort'] as const;
/** A certificate that expires sooner is worth a warning. */
const SOON_MS = 14 * 86_400_000;

export class AccessInForce {
  readonly access: Access;
  /** Null: senders are not asked for a certificate. */
  readonly clients: ClientCertificates | null;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #servers: HttpServer[] = [];
  #config: Config;
  #tls: TlsFiles | null;
  #stamp: string | null;
  /** What the files were last refused for, so that it is said once. */
  #refusedFor: string | null = null;

  /** Throws OCM_CONFIG when a file of TLS is faulty. */
  constructor(config: Config, log: Logger, clock: Clock) {
    this.#config = config;
    this.#log = log;
    this.#clock = clock;
    this.access = new Access(rulesOf(config));
    this.#stamp = config.tls && stampOf(config.tls);
    this.#tls = config.tls && readTlsFiles(config.tls);
    const ca = this.#tls?.clientCa ?? null;
    this.clients = ca === null ? null : new ClientCertificates(ca);
    this.#warnOfDates();
  }

  get tls(): TlsFiles | null {
    return this.#tls;
  }

  /** Keeps a server's certificate up to date; the first one is that which senders talk to. Returns it. */
  serve(server: HttpServer): HttpServer {
    this.#servers.push(server);
    return server;
  }

  /** Takes over a configuration as a whole, or leaves everything as it is and says why. */
  reload(read: () => Config): ReloadReport {
    try {
      const config = read();
      this.#mustFit(config);
      const stamp = config.tls && stampOf(config.tls);
      const tls = config.tls && readTlsFiles(config.tls);
      // Nothing below can fail.
      const needsRestart = waiting(this.#config, config);
      this.access.exchange(rulesOf(config));
      this.#config = {
        ...this.#config,
        ...Object.fromEntries(Object.entries(config).filter(([key]) => LIVE.includes(key))),
      };
      if (tls) this.#identify(tls, stamp);
      return { applied: true, needsRestart };
    } catch (error) {
      if (!(error instanceof MonitorError)) throw error;
      return { applied: false, why: error.message };
    }
  }

  /** Takes over the files of TLS when they have changed. Null when there is nothing new, or nothing new to say of it. */
  lookAtFiles(): ReloadReport | null {
    const { tls: paths } = this.#config;
    if (paths === null) return null;
    const stamp = stampOf(paths);
    if (stamp === this.#stamp) return null;
    try {
      this.#identify(readTlsFiles(paths), stamp);
      return { applied: true, needsRestart: [] };
    } catch (error) {
      // One of two files may have been written just now: it is tried again at the next look.
      if (!(error instanceof MonitorError)) throw error;
      if (this.#refusedFor === error.message) return null;
      this.#refusedFor = error.message;
      return { applied: false, why: error.message };
    }
  }

  #identify(tls: TlsFiles, stamp: string | null): void {
    const isNewCa = tls.clientCa !== this.#tls?.clientCa;
    this.#tls = tls;
    this.#stamp = stamp;
    this.#refusedFor = null;
    if (isNewCa && tls.clientCa !== null) this.clients?.trust(tls.clientCa);
    for (const [index, server] of this.#servers.entries()) server.identifyWith(tls, index === 0 ? this.clients : null);
    this.#warnOfDates();
  }

  #mustFit(config: Config): void {
    const moved = ADDRESSES.filter((key) => config[key] !== this.#config[key]);
    if (moved.length > 0) throw restartFirst(`another address or port (${moved.join(', ')})`);
    if ((config.tls === null) !== (this.#config.tls === null)) throw restartFirst('TLS on or off');
    if ((config.tls?.clientCaPath == null) !== (this.#config.tls?.clientCaPath == null))
      throw restartFirst('client certificates on or off');
  }

  #warnOfDates(): void {
    if (this.#tls === null) return;
    const { expiresMs, notBeforeMs } = this.#tls;
    const nowMs = this.#clock.nowMs();
    const fields = { from: new Date(notBeforeMs).toISOString(), until: new Date(expiresMs).toISOString() };
    if (nowMs >= expiresMs) this.#log.warn(fields, 'the TLS certificate has expired: senders may refuse it; renew it');
    else if (nowMs < notBeforeMs) this.#log.warn(fields, 'the TLS certificate is not valid yet: mind the clock');
    else if (expiresMs - nowMs < SOON_MS) this.#log.warn(fields, 'the TLS certificate expires soon; renew it');
  }
}

function rulesOf({ ingestTokens, readTokens, adminTokens, metricsAuth, ...config }: Config): AccessRules {
  const { ingestNetworks, trustedProxies, publicNames } = config;
  return {
    ingestTokens,
    readTokens,
    adminTokens,
    metricsAuth,
    ingestNetworks: ingestNetworks.length === 0 ? null : networkList(ingestNetworks),
    trustedProxies: networkList(trustedProxies),
    publicNames,
  };
}

/** Names of what changed and is not taken over. */
function waiting(before: Config, after: Config): string[] {
  return Object.keys(after).filter(
    (key) => !LIVE.includes(key) && !isDeepStrictEqual(before[key as keyof Config], after[key as keyof Config]),
  );
}

function restartFirst(what: string): MonitorError {
  return new MonitorError('OCM_CONFIG', `${what} takes a restart; nothing was changed`);
}
