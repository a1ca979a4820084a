import { describe, expect, it } from 'vitest';
import { Rhythm } from '../../../src/domain/rhythm.js';

const NOW = 1_795_161_600_000;
const configured = (intervalMs: number | null) =>
  new Rhythm({ intervalMs, silenceAfterMs: null, assumedIntervalMs: 10_000 });

describe('the interval of a source', () => {
  it('is the configured one, never a learned one; what is seen is told beside it', () => {
    const rhythm = configured(20_000);
    expect(rhythm.seenMs).toBeNull();
    for (let n = 0; n < 100; n++) rhythm.hear(5000, 'periodic', NOW);
    expect([rhythm.intervalMs, rhythm.origin, rhythm.silenceAfterMs]).toEqual([20_000, 'configured', 60_000]);
    expect(rhythm.seenMs).toBe(5000);
  });

  it('is assumed first and then learned from its own gaps, whatever single posts are lost', () => {
    const rhythm = configured(null);
    expect([rhythm.intervalMs, rhythm.origin]).toEqual([10_000, 'assumed']);
    for (let n = 0; n < 64; n++) rhythm.hear(n % 5 === 0 ? 4000 : 2000 + (n % 3), 'periodic', NOW);
    expect(rhythm.origin).toBe('learned');
    expect(Math.abs((rhythm.intervalMs ?? 0) - 2000)).toBeLessThan(5);
  });

  it('learned from a burst raises no false alarm: silence is never sooner than the assumed interval has it', () => {
    const rhythm = configured(null);
    for (let n = 0; n < 200; n++) rhythm.hear(17, 'periodic', NOW);
    expect([rhythm.origin, rhythm.silenceAfterMs]).toEqual(['assumed', 30_000]);
    for (let n = 0; n < 200; n++) rhythm.hear(600, 'periodic', NOW);
    expect([rhythm.origin, rhythm.silenceAfterMs]).toEqual(['learned', 30_000]);
    for (let n = 0; n < 320; n++) rhythm.hear(60_000 - (n % 2), 'periodic', NOW);
    expect(rhythm.silenceAfterMs).toBeGreaterThan(170_000);
  });

  it('does not exist for a source that sends no periodic posts: no silence, no ratio', () => {
    const rhythm = configured(0);
    for (let n = 0; n < 50; n++) rhythm.hear(10_000, 'periodic', NOW);
    expect([rhythm.intervalMs, rhythm.silenceAfterMs, rhythm.deliveryRatio(NOW)]).toEqual([null, null, null]);
  });
});

describe('the delivery ratio', () => {
  it('is 1 for a source that loses nothing, with jitter of 30 % and with state changes in between', () => {
    const rhythm = configured(10_000);
    for (let n = 0; n < 200; n++) rhythm.hear(n % 2 === 0 ? 7000 : 13_000, 'periodic', NOW + n * 10_000);
    rhythm.hear(3000, 'change', NOW + 2_000_000);
    rhythm.hear(7000, 'periodic', NOW + 2_007_000);
    expect(rhythm.deliveryRatio(NOW + 2_010_000)).toBe(1);
  });

  it('falls by the share of posts that are lost', () => {
    const rhythm = configured(10_000);
    for (let n = 0; n < 100; n++) rhythm.hear(n % 4 === 0 ? 20_000 : 10_000, 'periodic', NOW);
    expect(rhythm.deliveryRatio(NOW)).toBeCloseTo(100 / 125, 3);
  });

  it('leaves gaps longer than silence to silence, and forgets after an hour', () => {
    const rhythm = configured(10_000);
    rhythm.hear(600_000, 'periodic', NOW);
    expect(rhythm.deliveryRatio(NOW)).toBeNull();
    for (let n = 0; n < 10; n++) rhythm.hear(20_000, 'periodic', NOW);
    expect(rhythm.deliveryRatio(NOW)).toBeCloseTo(0.5);
    expect(rhythm.deliveryRatio(NOW + 3_700_000)).toBeNull();
  });

  it('does not count the second copy of a post as another one', () => {
    const rhythm = configured(10_000);
    for (let n = 0; n < 20; n++) {
      rhythm.hear(19_990, 'periodic', NOW);
      rhythm.hear(10, 'copy', NOW);
    }
    expect(rhythm.deliveryRatio(NOW)).toBeCloseTo(0.5, 2);
  });
});
