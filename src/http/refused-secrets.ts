/** Failed secrets in the log: at most a line a minute for each range of addresses, with how many there were. */
import { isIPv4, isIPv6 } from 'node:net';
import type { Clock } from '../domain/clock.js';
import type { Logger } from '../domain/log.js';

/** Which secret was wanted. */
export const WANTED_SECRETS = ['ingest', 'read', 'admin'] as const;
export type WantedSecret = (typeof WANTED_SECRETS)[number];

const MINUTE_MS = 60_000;
/**
 * Ranges remembered; the refusals of further ones are counted together.
 * @bound ranges of addresses with refused secrets
 * @beyond further ones are counted together as `(other)`
 * @seen the log
 */
const MAX_RANGES = 1000;
const OTHER_RANGES = '(other)';

interface Refused {
  loggedMs: number;
  /** Since the last line. */
  count: number;
}

export class RefusedSecrets {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #ranges = new Map<string, Refused>();

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  note(listener: WantedSecret, address: string): void {
    const nowMs = this.#clock.nowMs();
    const wanted = `${listener} ${rangeOf(address)}`;
    const key = this.#ranges.has(wanted) || this.#ranges.size < MAX_RANGES ? wanted : `${listener} ${OTHER_RANGES}`;
    const refused = this.#ranges.get(key) ?? { loggedMs: -Infinity, count: 0 };
    this.#ranges.set(key, refused);
    refused.count++;
    if (nowMs - refused.loggedMs >= MINUTE_MS) this.#say(key, refused, nowMs);
  }

  /** Logs what was counted and not said, and forgets who was quiet for a minute. To be called every minute. */
  sweep(): void {
    const nowMs = this.#clock.nowMs();
    for (const [key, refused] of this.#ranges) {
      if (nowMs - refused.loggedMs < MINUTE_MS) continue;
      if (refused.count > 0) this.#say(key, refused, nowMs);
      else this.#ranges.delete(key);
    }
  }

  #say(key: string, refused: Refused, nowMs: number): void {
    const [listener, range] = key.split(' ', 2);
    this.#log.warn({ listener, range, count: refused.count }, 'requests without a valid secret were refused');
    refused.count = 0;
    refused.loggedMs = nowMs;
  }
}

/** The /24 of an IPv4 address, the /64 of an IPv6 one. */
export function rangeOf(address: string): string {
  const v4 = address.replace(/^::ffff:/i, '');
  if (isIPv4(v4)) return `${v4.split('.').slice(0, 3).join('.')}.0/24`;
  if (!isIPv6(address)) return OTHER_RANGES;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
