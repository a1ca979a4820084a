/**
 * What CI holds each change to. The floors of docs/performance.md are measured at leisure on a quiet machine; a gate has
 * seconds on a shared one, so each margin leaves room for what that was seen to do, and catches what no noise explains.
 */
import { atLeast, atMost, type Row } from './row.js';

interface Margin extends Row {
  readonly reason: string;
}

export const MARGINS = {
  bare: {
    ...{ key: 'bare', what: 'durable ingest', comparison: 'thin bare limit', unit: '×', floor: atLeast(0.35) },
    reason: 'processors are the limit of both: what the HTTP thread or the writer does more shows here first',
  },
  obvious: {
    ...{ key: 'obvious', what: 'durable ingest', comparison: 'obvious program', unit: '×', floor: atLeast(2.4) },
    reason: 'the disk is the limit of the other: the ratio falls when commits are no longer shared',
  },
  written: {
    ...{ key: 'written', what: 'bytes written per post', comparison: null, unit: 'B', floor: atMost(8000) },
    reason: 'counted, no time: it differs only with how many posts share a commit',
  },
  first: {
    ...{ key: 'first', what: 'domain page, all to make', comparison: 'plain lines', unit: '×', floor: atMost(9) },
    reason: 'one thread beside the same thread: both are slowed alike',
  },
  next: {
    ...{ key: 'next', what: 'domain page, nothing new', comparison: 'plain lines', unit: '×', floor: atMost(9) },
    reason: 'as above; what was made once is to be used again',
  },
} as const satisfies Record<string, Margin>;
