/** What time it is for the service, and a beat every second for what counts on the screen. */
import { Cell, useCell } from './cell.js';

/** The Date header is exact to a second; less than this is no difference worth correcting. */
const TOLERANCE_MS = 2000;
const BEAT_MS = 1000;

let offsetMs = 0;
let held = false;
const beat = new Cell(browserMs());

export function browserMs(): number {
  return new Date().getTime();
}

/** Learns from an answer how far the browser's clock is from the service's. */
export function learnTime(serviceMs: number): void {
  if (!Number.isFinite(serviceMs)) return;
  const differenceMs = serviceMs - browserMs();
  offsetMs = Math.abs(differenceMs) > TOLERANCE_MS ? differenceMs : 0;
}

export function nowMs(): number {
  return browserMs() + offsetMs;
}

/** While held, durations stand still: they are as of when the service was last heard. */
export function holdTime(hold: boolean): void {
  held = hold;
}

export function startBeat(): void {
  setInterval(() => {
    if (!held) beat.set(nowMs());
  }, BEAT_MS);
}

/** Tells of every beat; a page that holds time still tells none. */
export function onBeat(listener: () => void): void {
  beat.watch(listener);
}

/** The time, once a second. */
export function useNow(): number {
  return useCell(beat);
}
