/**
 * What Node's parser refuses never reaches a route: it is answered, counted and told of here. Whole requests before it on
 * the same connection get their own answers first.
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { UnparsedReason, UnparsedRequest } from '../domain/unparsed.js';
import { UNPARSED_ADVICE } from '../reports/unparsed-advice.js';
import { addressIn } from './address.js';
import { type Diagnosis, diagnose, type ParseFault } from './diagnose.js';
import { problemJson, RETRY_AFTER_SECONDS } from './problem.js';

/** What Node keeps at a socket and does not document; a test would miss its answers if it were gone. */
interface Wired extends Socket {
  /** The response whose turn it is; null between requests. */
  readonly _httpMessage?: ServerResponse | null;
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null;
}

const STATUS_OF: Partial<Record<UnparsedReason, number>> = { headers_too_large: 431, timeout: 408, connect: 405 };
const CROWDED = 503;
/** Of these nothing can be answered: no protocol was agreed on, or nobody is there. */
const UNANSWERED: ReadonlySet<UnparsedReason> = new Set<UnparsedReason>([
  'plain_http_on_tls_port',
  'tls_handshake',
  'certificate_refused',
  'too_many_connections',
]);

export class UnparsedRequests {
  readonly #headers: readonly string[];
  readonly #onUnparsed: (request: UnparsedRequest) => void;
  readonly #refused = new WeakSet<Socket>();
  readonly #answers = new Map<UnparsedReason, string>();

  /** `headers` stand on every answer. */
  constructor(headers: readonly (readonly [string, string])[], onUnparsed: (request: UnparsedRequest) => void) {
    this.#headers = headers.map(([name, value]) => `${name}: ${value}\r\n`);
    this.#onUnparsed = onUnparsed;
  }

  /** To be told of every `clientError`; those of TLS come here too. */
  refuse(fault: ParseFault, socket: Wired): void {
    // The parser complains of every packet that follows.
    if (this.#refused.has(socket)) return;
    this.#refused.add(socket);
    const unfinished = unfinishedOn(socket);
    const hasHistory = socket.bytesRead > (fault.rawPacket?.length ?? 0);
    const diagnosis = diagnose(fault, { isInBody: unfinished !== null, hasHistory });
    if (diagnosis === null) {
      socket.destroy();
      return;
    }
    const { reason } = diagnosis;
    // A connection opened in advance, or by a check, is no request.
    if (reason !== 'timeout' || hasHistory) this.#tell(diagnosis, unfinished, socket);
    if (UNANSWERED.has(reason)) socket.destroy();
    else this.#answer(reason, socket);
  }

  /** To be told of CONNECT: Node has let go of the connection. */
  refuseConnect(request: IncomingMessage, socket: Socket): void {
    socket.on('error', () => undefined);
    this.#tell({ reason: 'connect', method: 'CONNECT', target: request.url ?? '' }, null, socket);
    this.#answer('connect', socket);
  }

  /** To be told of connections that were closed because there are too many. */
  refuseConnection(remoteAddress: string | undefined): void {
    const address = addressIn(remoteAddress ?? '') ?? '';
    this.#onUnparsed({ reason: 'too_many_connections', status: null, method: '', target: '', address });
  }

  /** Answers a request on a connection beyond the bound, without looking into it. */
  refuseCrowd(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url: target = '', socket } = request;
    const reason = 'too_many_connections';
    this.#onUnparsed({ reason, status: CROWDED, method, target, address: addressIn(socket.remoteAddress ?? '') ?? '' });
    const { fault, next } = UNPARSED_ADVICE[reason];
    const text = problemJson({
      status: CROWDED,
      type: 'too-many-connections',
      title: 'Too many connections',
      detail: `Most likely ${fault}. ${next}`,
    });
    const headers = { 'Content-Type': 'application/problem+json', 'Content-Length': Buffer.byteLength(text) };
    response.writeHead(CROWDED, { ...headers, 'Retry-After': RETRY_AFTER_SECONDS, Connection: 'close' });
    response.end(text);
  }

  #tell({ reason, method, target }: Diagnosis, incoming: IncomingMessage | null, { remoteAddress }: Socket): void {
    this.#onUnparsed({
      reason,
      status: UNANSWERED.has(reason) ? null : statusOf(reason),
      method: incoming?.method ?? method,
      target: incoming?.url ?? target,
      address: addressIn(remoteAddress ?? '') ?? '',
    });
  }

  /** When it is its turn, and the end of the connection. */
  #answer(reason: UnparsedReason, socket: Wired): void {
    if (socket.destroyed) return;
    const message = socket._httpMessage ?? null;
    if (message === null) {
      // One that is read no further may have its answer already.
      if (socket.writable && unfinishedOn(socket) === null) socket.write(this.#answerTo(reason));
      socket.destroySoon();
    } else if (message.req.complete) {
      message.once('close', () => {
        this.#answer(reason, socket);
      });
    } else if (message.headersSent) socket.destroySoon();
    else this.#answerThrough(message, reason);
  }

  /** The response that waits for a body takes the answer itself. */
  #answerThrough(message: ServerResponse, reason: UnparsedReason): void {
    const [head = '', body = ''] = this.#answerTo(reason).split('\r\n\r\n');
    const headers = head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(/: (.*)/s));
    message.writeHead(
      statusOf(reason),
      headers.flatMap(([name = '', value = '']) => [name, value]),
    );
    message.end(body);
  }

  #answerTo(reason: UnparsedReason): string {
    const known = this.#answers.get(reason) ?? this.#write(reason);
    this.#answers.set(reason, known);
    return known;
  }

  #write(reason: UnparsedReason): string {
    const status = statusOf(reason);
    const { fault, next } = UNPARSED_ADVICE[reason];
    const type = reason.replaceAll('_', '-');
    const text = problemJson({
      status,
      type,
      title: 'The request cannot be read',
      detail: `Most likely ${fault}. ${next}`,
    });
    const allow = reason === 'connect' ? 'Allow: GET, HEAD, POST\r\n' : '';
    return (
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${this.#headers.join('')}${allow}Connection: close\r\n` +
      `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
    );
  }
}

/** The request whose head was read, and whose body was not to the end. */
function unfinishedOn({ parser }: Wired): IncomingMessage | null {
  const incoming = parser?.incoming ?? null;
  return incoming?.complete === false ? incoming : null;
}

function statusOf(reason: UnparsedReason): number {
  return STATUS_OF[reason] ?? 400;
}
