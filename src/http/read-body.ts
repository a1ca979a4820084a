import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Oversize } from '../domain/store.js';
import type { BodiesBeingRead } from './bodies-being-read.js';

/**
 * Bytes kept of a body over the limit.
 * @bound bytes kept of a body that is too large
 * @beyond the rest is dropped
 * @seen the quarantine
 */
const PREFIX_BYTES = 4096;
/**
 * Of too large a body so much is read and dropped, so that its sender gets to see the answer; then it is cut off.
 * @bound bytes read and dropped of a body that is too large
 * @beyond the connection is cut
 * @seen `ocs_monitor_rejected_total`
 */
const DISCARD_BYTES = 64 * 1024 * 1024;
/** Beyond the limit so much is counted before the answer, when the sender did not declare the length. */
const COUNTED_BYTES = 4 * 1024 * 1024;
/** And so long. */
const COUNTING_MS = 1000;

export type BodyRead =
  | { readonly kind: 'whole'; readonly bytes: string }
  /** Over the limit: the first bytes, and of the whole what `Oversize` says. */
  | { readonly kind: 'oversize'; readonly bytes: string; readonly oversize: Oversize }
  /** The sender went away before the end. */
  | { readonly kind: 'aborted' }
  /** It made room for others, see `BodiesBeingRead`. */
  | { readonly kind: 'crowded-out' };

/**
 * Reads a body of at most `limitBytes`, counted as received, whatever the headers announce; one character a byte. A larger
 * one is answered at once when its length was declared, otherwise when it ends or when counting is given up.
 */
export function readBody(request: IncomingMessage, limitBytes: number, reading: BodiesBeingRead): Promise<BodyRead> {
  return new Promise((resolve) => {
    let first: Buffer | null = null;
    let more: Buffer[] | null = null;
    let over: Over | null = null;
    let size = 0;
    let isWhole = false;
    let isCrowdedOut = false;
    const giveWay = () => {
      isCrowdedOut = true;
      first = more = null;
      resolve({ kind: 'crowded-out' });
    };
    const giveUp = () => {
      if (over !== null) resolve(oversize(over, size, false));
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (isCrowdedOut) return;
      if (size <= limitBytes) {
        if (!reading.grow(giveWay, chunk.length)) return;
        if (first === null) first = chunk;
        else (more ??= []).push(chunk);
        return;
      }
      if (over === null) {
        over = overLimit([...(first ? [first] : []), ...(more ?? []), chunk], limitBytes);
        first = more = null;
        reading.end(giveWay);
        const declared = declaredBytes(request);
        if (declared !== null) resolve(oversize(over, declared, true));
        else countOn(request, giveUp);
      }
      if (size > limitBytes + COUNTED_BYTES) giveUp();
      if (size > limitBytes + DISCARD_BYTES) request.destroy();
    });
    request.on('end', () => {
      isWhole = true;
      reading.end(giveWay);
      if (isCrowdedOut) return;
      if (over !== null) {
        resolve(oversize(over, size, true));
        return;
      }
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
      if (isWhole) return;
      reading.end(giveWay);
      giveUp();
      resolve({ kind: 'aborted' });
    });
  });
}

/** Gives up counting in time: a sender may wait for its answer before it ends its body. */
function countOn(request: IncomingMessage, giveUp: () => void): void {
  const timer = setTimeout(giveUp, COUNTING_MS);
  request.once('close', () => {
    clearTimeout(timer);
  });
}

/** What is kept of a body over the limit. */
interface Over {
  readonly bytes: string;
  readonly digest: string;
}

/** Nothing depends on how the network cut the body, so that one sent again is the same row. */
function overLimit(chunks: readonly Buffer[], limitBytes: number): Over {
  const allowed = Buffer.concat(chunks).subarray(0, limitBytes);
  const digest = createHash('sha256').update(allowed).digest('base64url');
  return { bytes: allowed.toString('latin1', 0, PREFIX_BYTES), digest };
}

function oversize({ bytes, digest }: Over, size: number, isExact: boolean): BodyRead {
  return { kind: 'oversize', bytes, oversize: { size, isExact, digest } };
}

/** Null when the sender declared none: it sends in chunks. */
function declaredBytes({ headers }: IncomingMessage): number | null {
  const declared = Number(headers['content-length'] ?? NaN);
  return Number.isNaN(declared) ? null : Math.min(declared, Number.MAX_SAFE_INTEGER);
}
