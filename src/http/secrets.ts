import { createHash, timingSafeEqual } from 'node:crypto';

/** Hexadecimal digits by which a secret is named in logs: enough to tell apart, too few to find a good one. */
const NAME_LENGTH = 8;

/** A set of secrets any one of which suffices; empty admits everybody. Compared in constant time, never logged. */
export class Secrets {
  readonly #digests: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.#digests = tokens.map(digest);
  }

  get isEmpty(): boolean {
    return this.#digests.length === 0;
  }

  /** Compares every candidate with every secret, so that the time tells nothing about either. */
  admit(candidates: readonly string[]): boolean {
    if (this.isEmpty) return true;
    let admitted = false;
    for (const candidate of candidates.map(digest)) {
      for (const secret of this.#digests) admitted = timingSafeEqual(candidate, secret) || admitted;
    }
    return admitted;
  }

  /** The digest of a secret that is one of these; null for any other, and when there are none. */
  find(candidate: string): Buffer | null {
    const wanted = digest(candidate);
    let found: Buffer | null = null;
    for (const secret of this.#digests) if (timingSafeEqual(wanted, secret)) found = secret;
    return found;
  }

  /** SHA-256 of each. */
  get digests(): readonly Buffer[] {
    return this.#digests;
  }

  /** A name for the secret that is offered: the first digits of its SHA-256. Null when none of it is one of these. */
  nameOf(candidates: readonly string[]): string | null {
    let name: string | null = null;
    for (const candidate of candidates.map(digest)) {
      for (const secret of this.#digests) if (timingSafeEqual(candidate, secret)) name = nameOfDigest(secret);
    }
    return name;
  }
}

/** The name of the secret that a digest is of. */
export function nameOfDigest(digest: Buffer): string {
  return digest.toString('hex').slice(0, NAME_LENGTH);
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
