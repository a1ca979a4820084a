/** The receive clock, UTC milliseconds. Given to everything that needs time; only tests and system-clock.ts make one. */
export interface Clock {
  nowMs(): number;
}

/** Told by how many milliseconds the clock was set; negative: back. Moments that are remembered have to move with it. */
export type OnClockStep = (byMs: number) => void;

/** Registers who is to be told when the clock was set. */
export type ClockSteps = (onStep: OnClockStep) => void;

/** A clock that only runs, for what lasts: what the other one is set by is taken off again. */
export function steadyClock(clock: Clock, steps: ClockSteps): Clock {
  let setByMs = 0;
  steps((byMs) => {
    setByMs += byMs;
  });
  return {
    nowMs: () => {
      const nowMs = clock.nowMs();
      return nowMs - setByMs;
    },
  };
}
