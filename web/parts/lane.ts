/** A group's lane, and the cursor that keys move along it. */
import { useMemo, useRef } from 'preact/hooks';
import type { CampaignGroup, Transition } from '../api-types.js';
import { nowMs } from '../clock.js';
import { clockSeconds } from '../format.js';
import type { LaneStop } from '../lane-stops.js';
import { laneOf, withPast } from '../lanes.js';
import type { Range } from '../range.js';
import { say } from '../say.js';
import { useSilences } from '../silences.js';
import { stepOf } from '../steps.js';

export const NO_TRANSITIONS: readonly Transition[] = [];

/** `startMs`: since when its transitions are known; of the time before it nothing is drawn. */
export function useLane(
  group: CampaignGroup,
  transitions: readonly Transition[],
  { fromMs, toMs }: Range,
  cutMs: number | null,
) {
  const past = useSilences(group, fromMs);
  const startMs = Math.min(Math.max(fromMs, cutMs ?? fromMs), toMs);
  const lane = useMemo(
    () => withPast(laneOf(group, transitions, startMs, toMs), past, startMs, toMs),
    [group.state, group.silent, group.state_seen_since, transitions, past, startMs, toMs],
  );
  return { lane, startMs };
}

/** With Shift, arrows and Home and End go from change to change; those alone move the time of the view. */
export function useLaneCursor(stops: readonly LaneStop[], { fromMs }: Range, show: (atMs: number | null) => void) {
  const at = useRef<LaneStop | null>(null);
  return {
    onKeyDown: (event: KeyboardEvent) => {
      const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
      if (!shiftKey || ctrlKey || metaKey || altKey) return;
      const known = at.current;
      const current = known === null ? -1 : stops.findIndex((one) => isSame(one, known));
      const target = stepOf(key, stops.length, current < 0 ? null : current);
      if (target === null) return;
      event.preventDefault();
      const stop = stops[target];
      at.current = stop ?? null;
      say(stop === undefined ? 'Nothing is known of this time' : stopWords(stop));
      show(stop === undefined ? null : Math.max(stop.fromMs, fromMs));
    },
    onFocusOut: () => {
      if (at.current === null) return;
      at.current = null;
      show(null);
    },
  };
}

/** What lasts grows, and what is cut by the range begins later. */
function isSame(one: LaneStop, other: LaneStop): boolean {
  if (one.kind !== other.kind) return false;
  if (one.kind === 'transition') return one.fromMs === other.fromMs && one.words === other.words;
  return one.fromMs === other.fromMs || one.toMs === other.toMs;
}

/** `12:00:05 – 12:10:00: Running 9 m 55 s`. */
function stopWords({ fromMs, toMs, words }: LaneStop): string {
  const [from, to] = [fromMs, toMs].map((ms) => clockSeconds(ms, nowMs()));
  return `${from === to ? from : `${from} – ${to}`}: ${words}`;
}
