/**
 * Which notification that OCS says it sent is which that we hold: one to one, both in order of time. Each pair costs how far
 * the two are apart, and whatever is left over costs half of what a pair may; the cheapest whole is taken, so that a lost
 * notification does not move all that follow it by one.
 */
import type { NotificationKind } from '../../ocs/log/log-line.js';

/** Null: it may be either. */
export interface Timed {
  readonly atMs: number;
  readonly kind: NotificationKind | null;
}

/** Notifications of different kinds are taken for each other as if they were so much further apart. */
const OTHER_KIND_MS = 250;
/**
 * Pairs that are looked at together, sent times held.
 * @bound pairs of notifications that an audit compares at once
 * @beyond they are split where most time lies between two
 * @seen -
 */
const MAX_PAIRS = 1_000_000;

export const NOBODY = -1;

/** For each that was sent, the index of the one held, or NOBODY. Both lists are in order of time. */
export function align(sent: readonly Timed[], held: readonly Timed[], toleranceMs: number): number[] {
  const partners = sent.map(() => NOBODY);
  let [s, h] = [0, 0];
  while (s < sent.length || h < held.length) {
    const cluster = clusterFrom(sent, held, { s, h }, toleranceMs);
    pairUp(sent, held, { ...cluster, toleranceMs }, partners);
    [s, h] = [cluster.sentTo, cluster.heldTo];
  }
  return partners;
}

interface Stretch {
  readonly sentFrom: number;
  readonly sentTo: number;
  readonly heldFrom: number;
  readonly heldTo: number;
}

/** As far as each follows the one before within the tolerance: none of it pairs with what comes later. */
function clusterFrom(
  sent: readonly Timed[],
  held: readonly Timed[],
  { s, h }: { readonly s: number; readonly h: number },
  toleranceMs: number,
): Stretch {
  let [sentTo, heldTo] = [s, h];
  let lastMs = Math.min(timeAt(sent, s), timeAt(held, h));
  for (;;) {
    const [nextSent, nextHeld] = [timeAt(sent, sentTo), timeAt(held, heldTo)];
    const nextMs = Math.min(nextSent, nextHeld);
    if (nextMs === Infinity || nextMs - lastMs > toleranceMs) return { sentFrom: s, sentTo, heldFrom: h, heldTo };
    lastMs = nextMs;
    if (nextSent <= nextHeld) sentTo++;
    else heldTo++;
  }
}

function timeAt(list: readonly Timed[], at: number): number {
  return list[at]?.atMs ?? Infinity;
}

interface Task extends Stretch {
  readonly toleranceMs: number;
}

function pairUp(sent: readonly Timed[], held: readonly Timed[], task: Task, partners: number[]): void {
  const [rows, columns] = [task.sentTo - task.sentFrom, task.heldTo - task.heldFrom];
  if (rows === 0 || columns === 0) return;
  if (rows * columns > MAX_PAIRS) {
    for (const half of halvesOf(sent, held, task)) pairUp(sent, held, { ...task, ...half }, partners);
    return;
  }
  const choices = cheapest(sent, held, task);
  let [row, column] = [0, 0];
  while (row < rows && column < columns) {
    const choice = choices[row * columns + column];
    if (choice === PAIR) partners[task.sentFrom + row] = task.heldFrom + column;
    if (choice !== SKIP_HELD) row++;
    if (choice !== SKIP_SENT) column++;
  }
}

const [PAIR, SKIP_SENT, SKIP_HELD] = [0, 1, 2];

/** From each sent and held on, what the cheapest whole of the rest begins with. */
function cheapest(sent: readonly Timed[], held: readonly Timed[], task: Task): Uint8Array {
  const [rows, columns] = [task.sentTo - task.sentFrom, task.heldTo - task.heldFrom];
  const leftOver = (task.toleranceMs + OTHER_KIND_MS) / 2 + 1;
  const choices = new Uint8Array(rows * columns);
  // Costs of the row below, and of this one from the right on.
  let below = Float64Array.from({ length: columns + 1 }, (_, column) => (columns - column) * leftOver);
  for (let row = rows - 1; row >= 0; row--) {
    const costs = new Float64Array(columns + 1);
    costs[columns] = (rows - row) * leftOver;
    for (let column = columns - 1; column >= 0; column--) {
      const apart = apartMs(sent[task.sentFrom + row], held[task.heldFrom + column], task.toleranceMs);
      const options = [
        apart + (below[column + 1] ?? 0),
        leftOver + (below[column] ?? 0),
        leftOver + (costs[column + 1] ?? 0),
      ];
      const least = Math.min(...options);
      costs[column] = least;
      choices[row * columns + column] = options.indexOf(least);
    }
    below = costs;
  }
  return choices;
}

function apartMs(sent: Timed | undefined, held: Timed | undefined, toleranceMs: number): number {
  if (sent === undefined || held === undefined) return Infinity;
  const ms = Math.abs(sent.atMs - held.atMs);
  if (ms > toleranceMs) return Infinity;
  return sent.kind === null || held.kind === null || sent.kind === held.kind ? ms : ms + OTHER_KIND_MS;
}

/** Two parts of a stretch, apart from each other where most time lies between two that follow, in its middle half. */
function halvesOf(sent: readonly Timed[], held: readonly Timed[], { sentFrom, sentTo, heldFrom, heldTo }: Stretch) {
  const times = [...sent.slice(sentFrom, sentTo), ...held.slice(heldFrom, heldTo)].map(({ atMs }) => atMs);
  times.sort((a, b) => a - b);
  const quarter = Math.floor(times.length / 4);
  let cut = quarter;
  const gap = (at: number) => (times[at + 1] ?? 0) - (times[at] ?? 0);
  for (let at = quarter; at < times.length - quarter - 1; at++) if (gap(at) > gap(cut)) cut = at;
  // Where all are of one moment they are parted all the same.
  const cutMs = times[cut] ?? 0;
  const isFlat = times.at(-1) === cutMs;
  const until = (list: readonly Timed[], from: number, to: number) => {
    if (isFlat) return from + Math.floor((to - from) / 2);
    let at = from;
    while (at < to && timeAt(list, at) <= cutMs) at++;
    return at;
  };
  const [sentCut, heldCut] = [until(sent, sentFrom, sentTo), until(held, heldFrom, heldTo)];
  return [
    { sentFrom, sentTo: sentCut, heldFrom, heldTo: heldCut },
    { sentFrom: sentCut, sentTo, heldFrom: heldCut, heldTo },
  ];
}
