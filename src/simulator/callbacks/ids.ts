import type { Random } from '../random.js';

/** Ids of one callback. */
export interface CallbackIds {
  readonly serviceId: string;
  readonly orsSessionId: string;
  /** Call of a number: 0 the originating one, then the outbound ones. */
  readonly interactionId: (number: number) => string;
}

const SESSION_CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXY';

/**
 * Ids that no other run gives: they carry the run's start, the callback's number and chance. Equal arguments give
 * equal ids. A service id has the form of a UUID (version 7).
 */
export function callbackIds(runMs: number, number: number, random: Random): CallbackIds {
  const time = Math.floor(runMs).toString(16).padStart(12, '0');
  const count = number.toString(16).padStart(6, '0');
  const digits = random.uuid().replaceAll('-', '');
  const node = `${digits.slice(0, 6)}${count}`;
  const session = Array.from({ length: 22 }, () => SESSION_CHARACTERS[random.integer(0, 34)]).join('');
  return {
    serviceId: `${time.slice(0, 8)}-${time.slice(8)}-7${digits.slice(6, 9)}-${digits.slice(16, 20)}-${node}`,
    orsSessionId: `${session}${number.toString(36).toUpperCase().padStart(10, '0')}`,
    interactionId: (call) => `${time.slice(-9)}${node.slice(0, 1)}${count.slice(-5)}${call.toString(16)}`.toUpperCase(),
  };
}
