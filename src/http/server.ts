/** The HTTP server around the application: time-outs that suit OCS, and an end that loses no post. */
import type { Express } from 'express';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import { type AddressInfo, type DropArgument, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isLoopback } from '../domain/loopback.js';
import type { UnparsedRequest } from '../domain/unparsed.js';
import type { ClientCertificates } from './client-certificates.js';
import { ANSWERED_BEYOND } from './descriptors.js';
import type { ParseFault } from './diagnose.js';
import { preShaped } from './express-shape.js';
import { securityHeaders } from './security-headers.js';
import { UnparsedRequests } from './unparsed-requests.js';

/**
 * OCS keeps pooled connections and posts every ten seconds or so; a server that closes first loses the post that is
 * just being written. Longer than any sensible interval; bounded in number.
 */
const KEEP_ALIVE_MS = 620_000;
/** A slow or stalled client holds a connection this long, not longer. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** How often Node looks for the two above; its default of 30 s would make them mean little. */
const CHECKING_INTERVAL_MS = 1000;
/**
 * @bound headers of a request
 * @beyond 431
 * @seen `ocs_monitor_unparsed_requests_total`, `/api/v1/arrivals`
 */
const MAX_HEADER_BYTES = 16 * 1024;
/** How often a draining server looks whether its connections are gone. */
const DRAIN_LOOK_MS = 50;
/** Connections that the kernel holds while nobody accepts. */
const BACKLOG = 1024;

/** An address of its own, or a socket that somebody else opened and listens on. */
export type ListenAt = { readonly host: string; readonly port: number } | { readonly fd: number };

/** What a server identifies itself with, and whom it believes: texts in PEM. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** Authorities of client certificates; null: none is asked for. */
  readonly clientCa: string | null;
}

export interface HttpServerOptions {
  /** Null: plain HTTP. */
  readonly tls: TlsMaterial | null;
  /** Told of handshakes; null: senders are not asked for a certificate. */
  readonly clients: ClientCertificates | null;
  /** Done to every request before the application sees it. */
  readonly prepare: (request: IncomingMessage) => void;
  readonly onUnparsed: (request: UnparsedRequest) => void;
  /** A hundred more are answered 503, further ones are closed at once. */
  readonly maxConnections: number;
}

export class HttpServer {
  readonly #server: Server | TlsServer;
  readonly #unparsed: UnparsedRequests;
  /** Connections that came when there were too many. */
  readonly #crowd = new WeakSet<Socket>();
  #open = 0;
  #isOnLoopback = false;

  constructor(app: Express, { tls, clients, prepare, onUnparsed, maxConnections }: HttpServerOptions) {
    this.#unparsed = new UnparsedRequests(securityHeaders(), onUnparsed);
    const options = {
      ...preShaped(app),
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECKING_INTERVAL_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // A post without it lacks nothing.
      requireHostHeader: false,
      noDelay: true,
    };
    const serve: RequestListener = (request, response) => {
      if (this.#open > maxConnections && this.#crowd.has(request.socket)) {
        this.#unparsed.refuseCrowd(request, response);
        return;
      }
      prepare(request);
      app(request, response);
    };
    if (tls === null) this.#server = createServer(options, serve);
    else {
      // Without a certificate a token may still be shown, so the handshake refuses nobody.
      const asking = { requestCert: clients !== null, rejectUnauthorized: false };
      const secure = { ...contextOf(tls, clients), ...asking, handshakeTimeout: HEADERS_TIMEOUT_MS };
      this.#server = createTlsServer({ ...options, ...secure }, serve);
      this.#server.on('secureConnection', (socket: TLSSocket) => {
        clients?.connected(socket);
        // A request knows this socket, not the one that was accepted.
        if (this.#open > maxConnections) this.#crowd.add(socket);
      });
    }
    this.#server.maxConnections = maxConnections + ANSWERED_BEYOND;
    // A client may close its side once it has posted, and still wants its answer.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
    // Whatever else is expected of us than 100-continue: to refuse it would lose the post.
    this.#server.on('checkExpectation', serve);
    this.#watch(this.#unparsed);
    this.#server.on('connection', (socket: Socket) => {
      // Once asked, the address is known when the connection is gone.
      if (socket.remoteAddress === undefined) socket.destroy();
      this.#open++;
      if (this.#open > maxConnections) this.#crowd.add(socket);
      socket.on('close', () => this.#open--);
    });
  }

  /** Whether only this machine can reach it; known once it listens. */
  get isOnLoopback(): boolean {
    return this.#isOnLoopback;
  }

  #watch(unparsed: UnparsedRequests): void {
    // Faults of TLS come as client errors too.
    this.#server.on('clientError', (error, socket) => {
      if (socket instanceof Socket) unparsed.refuse(error as ParseFault, socket);
    });
    this.#server.on('connect', (request, socket) => {
      if (socket instanceof Socket) unparsed.refuseConnect(request, socket);
    });
    this.#server.on('drop', (connection?: DropArgument) => {
      unparsed.refuseConnection(connection?.remoteAddress);
    });
  }

  /** From the next connection on; those that are open go on as they are. Nothing for plain HTTP. */
  identifyWith(tls: TlsMaterial, clients: ClientCertificates | null): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext(contextOf(tls, clients));
  }

  /** Listens and resolves with the port. Rejects when the address is taken, or the descriptor is no socket. */
  listen(at: ListenAt): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const onListening = () => {
        this.#server.off('error', reject);
        const { address, port } = this.#server.address() as AddressInfo;
        this.#isOnLoopback = isLoopback(address);
        resolve(port);
      };
      if ('fd' in at) this.#server.listen(at, BACKLOG, onListening);
      else this.#server.listen({ ...at, backlog: BACKLOG }, onListening);
    });
  }

  /**
   * Goes on accepting for the time given: answers say `Connection: close` meanwhile. Ends before it when `signal` says
   * so, and, unless the socket outlives this process (then new connections are another's), when no connection is open.
   */
  async drain(timeoutMs: number, inFull: boolean, signal: AbortSignal): Promise<void> {
    const until = performance.now() + timeoutMs;
    while ((inFull || this.#open > 0) && performance.now() < until && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
    }
  }

  /** Stops accepting; requests in flight are finished. Whatever is still open when `patience` ends is cut. */
  async close(patience: (isClosed: () => boolean) => Promise<void>): Promise<void> {
    let isClosed = false;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        isClosed = true;
        resolve();
      });
    });
    await patience(() => isClosed);
    this.#server.closeAllConnections();
    await closed;
  }
}

function contextOf({ cert, key, clientCa }: TlsMaterial, clients: ClientCertificates | null) {
  return { cert, key, minVersion: 'TLSv1.2' as const, ...(clients !== null && clientCa !== null && { ca: clientCa }) };
}
