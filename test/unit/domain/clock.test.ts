import { describe, expect, it } from 'vitest';
import { steadyClock } from '../../../src/domain/clock.js';
import { WatchedClock } from '../../../src/node/system-clock.js';

function aMachine() {
  const now = { wallMs: 1_000_000, elapsedMs: 0 };
  const clock = new WatchedClock({ nowMs: () => now.wallMs }, () => now.elapsedMs);
  const steps: number[] = [];
  clock.steps((byMs) => {
    steps.push(byMs);
  });
  const pass = (ms: number, slewedMs = 0) => {
    now.elapsedMs += ms;
    now.wallMs += ms + slewedMs;
    clock.nowMs();
  };
  const set = (byMs: number) => {
    now.wallMs += byMs;
  };
  return { clock, steps, pass, set };
}

describe('a clock that is watched', () => {
  it('tells by how much it was set, ahead and back, before it says what time it is', () => {
    const { clock, steps, pass, set } = aMachine();
    pass(5000);
    set(172_800_000);
    expect(steps).toEqual([]);
    expect(clock.nowMs()).toBe(173_805_000);
    expect(steps).toEqual([172_800_000]);
    pass(600_000);
    set(-172_800_000);
    pass(1000);
    expect(steps).toEqual([172_800_000, -172_800_000]);
  });

  it('follows a clock that is slewed, however far that goes in the end', () => {
    const { clock, steps, pass } = aMachine();
    for (let n = 0; n < 10_000; n++) pass(10_000, n % 2 === 0 ? 5 : -4);
    expect(steps).toEqual([]);
    expect(clock.nowMs()).toBe(1_000_000 + 10_000 * 10_000 + 5000);
  });
});

describe('a clock that only runs', () => {
  it('goes on from where it was when the other one is set', () => {
    const { clock, pass, set } = aMachine();
    const steady = steadyClock(clock, clock.steps);
    pass(1000);
    const beforeMs = steady.nowMs();
    set(-7_200_000);
    pass(1000);
    expect(steady.nowMs()).toBe(beforeMs + 1000);
    set(86_400_000);
    expect(steady.nowMs()).toBe(beforeMs + 1000);
  });
});
