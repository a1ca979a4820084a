import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Bytes kept of a body over the limit. */
const PREFIX_BYTES = 4096;
/** Of too large a body so much is read and dropped, so that its sender gets to see the answer; then it is cut off. */
const DISCARD_BYTES = 64 * 1024 * 1024;

export type BodyRead =
  | { readonly kind: 'whole'; readonly bytes: string }
  /** Over the limit: the first bytes, the size of what was read, and the digest of as much as may be received. */
  | { readonly kind: 'oversize'; readonly bytes: string; readonly size: number; readonly digest: string }
  /** The sender went away before the end. */
  | { readonly kind: 'aborted' };

/** Reads a body of at most `limitBytes`, counted as received, whatever the headers announce; one character a byte. */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<BodyRead> {
  return new Promise((resolve) => {
    let first: Buffer | null = null;
    let more: Buffer[] | null = null;
    let size = 0;
    let isWhole = false;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limitBytes) {
        if (more !== OVER) resolve(oversize([...(first ? [first] : []), ...(more ?? []), chunk], limitBytes));
        more = OVER;
        first = null;
        if (size > limitBytes + DISCARD_BYTES) request.destroy();
      } else if (first === null) first = chunk;
      else (more ??= []).push(chunk);
    });
    request.on('end', () => {
      isWhole = true;
      const whole =
        first === null
          ? ''
          : more === null
            ? first.toString('latin1')
            : Buffer.concat([first, ...more]).toString('latin1');
      resolve({ kind: 'whole', bytes: whole });
    });
    request.on('close', () => {
      // Resolving again would change nothing, but the runtime tells the process of it, which costs a post 2 µs.
      if (!isWhole) resolve({ kind: 'aborted' });
    });
  });
}

const OVER: Buffer[] = [];

/** Nothing but the size depends on how the network cut the body, so that one sent again is the same row. */
function oversize(chunks: readonly Buffer[], limitBytes: number): BodyRead {
  const read = Buffer.concat(chunks);
  const allowed = read.subarray(0, limitBytes);
  const digest = createHash('sha256').update(allowed).digest('base64url');
  return { kind: 'oversize', bytes: allowed.toString('latin1', 0, PREFIX_BYTES), size: read.length, digest };
}
