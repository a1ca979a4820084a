/** The receive clock, UTC milliseconds. Given to everything that needs time; only tests and system-clock.ts make one. */
export interface Clock {
  nowMs(): number;
}
