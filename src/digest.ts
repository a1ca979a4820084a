import * as crypto from 'node:crypto';

/** SHA-256 cut to 132 bits, URL-safe: short enough for a URL, long enough that no two contents ever meet. */
export function sha256Digest(text: string): string {
  return crypto.hash('sha256', text, 'base64url').slice(0, 22);
}
