/** Client certificates as secrets of senders: which connections showed one that a trusted authority signed. */
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

interface Shown {
  readonly certificate: X509Certificate;
  /** Fingerprints of the certificate and of those that vouch for it, as verified at the handshake. */
  readonly chain: ReadonlySet<string>;
  /** Whether it is trusted, by the authorities of `generation`. */
  trusted: boolean;
  generation: number;
}

/**
 * Remembers what each connection showed at its handshake. When the authorities change, connections that go on are judged
 * anew, so that neither a withdrawn authority stays in force nor a post is refused because a new one was added.
 */
export class ClientCertificates {
  readonly #shown = new WeakMap<Socket, Shown>();
  #authorities: readonly X509Certificate[];
  #generation = 0;

  constructor(authoritiesPem: string) {
    this.#authorities = certificatesIn(authoritiesPem);
  }

  trust(authoritiesPem: string): void {
    this.#authorities = certificatesIn(authoritiesPem);
    this.#generation++;
  }

  /** To be told of every handshake that ended well. */
  connected(socket: TLSSocket): void {
    // A connection resumed under TLS 1.3 counts as authorized to Node even when no certificate was ever shown.
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    if (certificate === undefined) return;
    const chain = new Set<string>();
    let link = socket.getPeerCertificate(true);
    while (!chain.has(link.fingerprint256)) {
      chain.add(link.fingerprint256);
      // A resumed session brings the certificate alone.
      link = issuerOf(link) ?? link;
    }
    this.#shown.set(socket, { certificate, chain, trusted: true, generation: this.#generation });
  }

  isVerified(socket: Socket): boolean {
    const shown = this.#shown.get(socket);
    if (shown === undefined) return false;
    if (shown.generation !== this.#generation) {
      shown.trusted = this.#vouchFor(shown);
      shown.generation = this.#generation;
    }
    return shown.trusted;
  }

  #vouchFor({ certificate, chain }: Shown): boolean {
    return this.#authorities.some(
      (authority) =>
        chain.has(authority.fingerprint256) ||
        (certificate.checkIssued(authority) && certificate.verify(authority.publicKey)),
    );
  }
}

const issuerOf = (link: { readonly issuerCertificate?: DetailedPeerCertificate }) => link.issuerCertificate;

/** Every certificate of a PEM file. Throws when one cannot be read. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
