/**
 * What CI holds each change to. The floors of docs/performance.md are measured at leisure on a quiet machine; a gate has
 * seconds on a shared one, so each margin leaves room for what that was seen to do, and catches what no noise explains.
 * Whoever makes something better makes its margin narrower in the same change.
 */
import { atLeast, atMost, type Row } from './row.js';

interface Margin extends Row {
  readonly reason: string;
}

export const MARGINS = {
  cpu: {
    ...{ key: 'cpu', what: 'CPU time per post', comparison: 'thin bare limit', unit: '×', floor: atMost(6) },
    reason: 'varies less than a rate when others want the same cores: 3.0 alone, up to 5.3 beside a load average of 11',
  },
  obvious: {
    ...{ key: 'obvious', what: 'durable ingest', comparison: 'obvious program', unit: '×', floor: atLeast(2.4) },
    reason: 'falls when commits are no longer shared: 3.5 on a disk of 0.1 ms per fsync, more on slower ones',
  },
  written: {
    ...{ key: 'written', what: 'bytes written per post', comparison: null, unit: 'B', floor: atMost(4000) },
    reason: 'counted, no time: 528 to 1,470 were seen, the more the fewer posts share a commit',
  },
  first: {
    ...{ key: 'first', what: 'domain page, all to make', comparison: 'plain lines', unit: '×', floor: atMost(1.2) },
    reason: 'one thread beside itself, both slowed alike: 0.57 to 1.05 were seen',
  },
  next: {
    ...{ key: 'next', what: 'domain page, nothing new', comparison: 'plain lines', unit: '×', floor: atMost(0.45) },
    reason: 'as above, 0.21 to 0.35: what was made once is to be used again',
  },
} as const satisfies Record<string, Margin>;
