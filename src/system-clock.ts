import type { Clock } from './domain/clock.js';

/** The machine's clock. The only user of Date.now. */
export const systemClock: Clock = { nowMs: () => Date.now() };
