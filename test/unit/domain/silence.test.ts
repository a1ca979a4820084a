import { describe, expect, it } from 'vitest';
import {
  isSilent,
  isSourceSilent,
  type Expectation,
  silentSinceMs,
  type SourceGroup,
} from '../../../src/domain/silence.js';
import { NOW } from '../../support/snapshots.js';

const group = { state: 'running', lastHeardMs: NOW - 31_000 };
const expected = (parts: Partial<Expectation> = {}): Expectation => ({
  silenceAfterMs: 30_000,
  intervalMs: 10_000,
  upSinceMs: 0,
  quietUntilMs: null,
  ...parts,
});

describe('silence', () => {
  it('begins when a running group was not heard of for longer than the limit', () => {
    expect(isSilent(group, expected(), NOW)).toBe(true);
    expect(isSilent({ ...group, lastHeardMs: NOW - 30_000 }, expected(), NOW)).toBe(false);
  });

  it('is never our own downtime: the limit runs from our start at the earliest', () => {
    expect(isSilent(group, expected({ upSinceMs: NOW - 29_000 }), NOW)).toBe(false);
    expect(isSilent(group, expected({ upSinceMs: NOW - 30_001 }), NOW)).toBe(true);
  });

  it('is never maintenance: within it nobody is silent, and after it the limit runs anew', () => {
    expect(isSilent(group, expected({ quietUntilMs: NOW + 1 }), NOW)).toBe(false);
    expect(isSilent(group, expected({ quietUntilMs: NOW - 30_000 }), NOW)).toBe(false);
    expect(isSilent(group, expected({ quietUntilMs: NOW - 30_001 }), NOW)).toBe(true);
  });

  it('is expected of groups that do not run, and of sources without periodic posts', () => {
    expect(isSilent({ ...group, state: 'active' }, expected(), NOW)).toBe(false);
    expect(isSilent(group, expected({ silenceAfterMs: null, intervalMs: null }), NOW)).toBe(false);
  });

  it('lasts since the post that did not come was due, whenever somebody noticed', () => {
    expect(silentSinceMs(group, expected(), NOW)).toBe(NOW - 21_000);
    expect(silentSinceMs(group, expected(), NOW + 3_600_000)).toBe(NOW - 21_000);
    expect(silentSinceMs(group, expected({ quietUntilMs: NOW - 30_500 }), NOW)).toBe(NOW - 20_500);
    expect(silentSinceMs({ ...group, lastHeardMs: NOW }, expected(), NOW)).toBeNull();
  });
});

describe('a source', () => {
  const MINUTE = 60_000;
  const group = (agoMs: number, parts: Partial<SourceGroup> = {}): SourceGroup => ({
    ...{ isRunning: true, hasEnded: false, isSilent: true, lastHeardMs: NOW - agoMs, silenceAfterMs: 30_000, ...parts },
  });
  const stopped = (agoMs: number) => group(agoMs, { isRunning: false, hasEnded: true, isSilent: false });
  const loaded = (agoMs: number) => group(agoMs, { isRunning: false, isSilent: false });

  it.each([
    ['its only group', [group(MINUTE)]],
    ['all that run, within one interval', [group(MINUTE), group(MINUTE + 9000), group(MINUTE + 5000)]],
    ['all that run, while others stopped long before', [group(MINUTE), stopped(20 * MINUTE), stopped(30 * MINUTE)]],
    ['the one that runs, while others are loaded to run later', [group(MINUTE), loaded(MINUTE), loaded(2 * MINUTE)]],
    ['more than stopped shortly before', [group(MINUTE), group(MINUTE), stopped(2 * MINUTE)]],
  ])('is silent with %s', (_what, groups) => {
    expect(isSourceSilent(groups)).toBe(true);
  });

  it.each([
    ['one that runs is heard', [group(MINUTE), group(1000, { isSilent: false })]],
    ['nothing of it runs', [stopped(MINUTE)]],
    ['it has no group', []],
    ['the others stopped, and the stop of one was lost', [group(MINUTE), stopped(MINUTE - 5000), stopped(3 * MINUTE)]],
    ['one was silent for an hour when the last of the others stopped', [group(70 * MINUTE), stopped(10 * MINUTE)]],
    [
      'a group that does not run was heard long after those that do',
      [group(9 * MINUTE), group(9 * MINUTE), stopped(1000)],
    ],
  ])('is not silent while %s', (_what, groups) => {
    expect(isSourceSilent(groups)).toBe(false);
  });
});
