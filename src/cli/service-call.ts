/** Asking the running service something from the same machine. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect, type TLSSocket } from 'node:tls';
import type { Config } from '../config/config.js';
import { MonitorError } from '../domain/errors.js';
import { visibleLine } from '../domain/visible-text.js';
import type { Parsed } from './options.js';
import { readUrlOf } from './serve.js';

/** The settings by which a command may read of a running service. */
export type Asking = Pick<Config, 'readTokens' | 'adminTokens' | 'tls'>;

const TIMEOUT_MS = 5000;

export interface ServiceCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Null: as long as it takes. */
  readonly timeoutMs?: number | null;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly text: string;
}

/** The running service, as a command reaches it. */
export interface RunningService {
  readonly base: string;
  /** Null where the address was named: its certificate need not be that of the settings. */
  readonly tls: Config['tls'];
  /** With the token, where there is one. */
  readonly headers: Readonly<Record<string, string>>;
}

/** By --url and --token; without them by the settings: where reading is answered, and an admin or read token. */
export function runningService({ own }: Parsed, config: Parameters<typeof readUrlOf>[0] & Asking): RunningService {
  const said = (name: string) => {
    const value = own[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const url = said('url');
  if (url !== null && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
    throw new MonitorError(
      'OCM_USAGE',
      `${JSON.stringify(url)} is no address of a service, like http://127.0.0.1:8080`,
    );
  const token = said('token') ?? config.adminTokens[0] ?? config.readTokens[0];
  return {
    base: (url ?? readUrlOf(config, config.readPort ?? config.port)).replace(/\/+$/, ''),
    tls: url === null ? config.tls : null,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  };
}

/** An answer of the service as JSON. Throws OCM_UNAVAILABLE when it is none: somebody else has answered. */
export function answerOf(base: string, { status, text }: ServiceAnswer): object {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null) return answer;
  } catch {
    // Said below.
  }
  const message = `${base} answered ${status} but is not this service: is a proxy in between? Name the service's own address with --url`;
  throw new MonitorError('OCM_UNAVAILABLE', message);
}

/** Why it was refused, as an answer says it: on one line, whoever has answered. */
export function reasonIn(answer: { readonly detail?: unknown }): string {
  return typeof answer.detail === 'string' ? visibleLine(answer.detail) : 'no reason';
}

/** A service that should do something refuses. */
export function refusal(base: string, status: number, answer: { readonly detail?: unknown }): MonitorError {
  // How senders may show a token is of no use to whoever types a command.
  const reason =
    status === 401 ? 'name an admin token with --token, one of OCM_ADMIN_TOKENS of the service' : reasonIn(answer);
  return new MonitorError('OCM_UNAVAILABLE', `${base} answered ${status}: ${reason}`);
}

/** Nobody answers where a service should. Where none was named, whoever holds the database may be another command. */
export function notAnswering(
  base: string,
  { own }: Parsed,
  { cause, addressOption = '--url' }: { readonly cause: unknown; readonly addressOption?: string },
): MonitorError {
  const message =
    typeof own['url'] === 'string'
      ? `no service answers at ${base}: is that its address, and does it run?`
      : `another process writes to the database, and no service answers at ${base}: let the command that is at work end, or name the address of the service with ${addressOption}`;
  return new MonitorError('OCM_UNAVAILABLE', message, { cause });
}

/**
 * Calls a URL of the service. Where the settings have a certificate, whoever answers must hold that very one: its name
 * is seldom that of the address by which the machine reaches itself. Rejects when nobody answers.
 */
export async function callService(
  { tls }: Pick<Config, 'tls'>,
  url: string,
  call: ServiceCall,
): Promise<ServiceAnswer> {
  const { method, headers = {}, body, timeoutMs = TIMEOUT_MS } = call;
  const signal = timeoutMs === null ? null : AbortSignal.timeout(timeoutMs);
  if (tls === null || !url.startsWith('https:')) {
    const response = await fetch(url, { method, headers, signal, ...(body !== undefined && { body }) });
    return { status: response.status, text: await response.text() };
  }
  const { hostname, port, pathname, search } = new URL(url);
  const socket = await connectTo(hostname.replace(/^\[|\]$/g, ''), Number(port || 443), tls.certPath);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        method,
        path: pathname + search,
        headers: { Host: `${hostname}:${port}`, Connection: 'close', ...headers },
        createConnection: () => socket,
        ...(signal && { signal }),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text });
        });
        response.on('error', reject);
      },
    );
    request.on('error', reject).end(body);
  });
}

/** A connection to whoever holds the certificate of a file; nothing is said before that is known. */
function connectTo(host: string, port: number, certPath: string): Promise<TLSSocket> {
  const expected = new X509Certificate(readFileSync(certPath)).fingerprint256;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: TIMEOUT_MS });
    socket.on('error', reject).on('timeout', () => socket.destroy(new Error('no answer in time')));
    socket.once('secureConnect', () => {
      socket.setTimeout(0);
      if (socket.getPeerX509Certificate()?.fingerprint256 === expected) resolve(socket);
      else socket.destroy(new Error(`it shows another certificate than ${certPath}; name its address with --url`));
    });
  });
}
