/**
 * Whose a notification was that nobody received, where several campaign groups have one name: told by what their neighbours in
 * time say, or not at all.
 */
import type { NotificationKind } from '../../ocs/log/log-line.js';

/** One that is held, as far as it tells of others that are not. */
export interface Neighbour {
  readonly atMs: number;
  /** State, mode and goal: equal in two that follow, nothing happened in between. */
  readonly bearing: string;
  readonly isRunning: boolean;
  /** What OCS says that it was; null: OCS does not say that it sent it. `unseen`: nobody has looked. */
  readonly sentAs: NotificationKind | null | 'unseen';
}

/** By so much a gap is longer than the usual one where one is missing. */
const LONGER = 1.5;

/** The index of the group that lacks a notification; null when none does, several do, or it cannot be told. */
export function ownerOf(
  lost: { readonly atMs: number; readonly kind: NotificationKind },
  groups: readonly (readonly Neighbour[])[],
): number | null {
  if (groups.length === 1) return 0;
  const lacking = groups.map((held) => lacks(lost, held));
  const first = lacking.indexOf('yes');
  const isClear = first >= 0 && lacking.every((answer, index) => answer === 'no' || index === first);
  return isClear ? first : null;
}

function lacks({ atMs, kind }: { atMs: number; kind: NotificationKind }, held: readonly Neighbour[]) {
  const next = held.findIndex((one) => one.atMs > atMs);
  const [before, after] = [held[next - 1], held[next]];
  if (before === undefined || after === undefined) return 'unknown';
  if (before.bearing !== after.bearing && after.sentAs === 'unseen') return 'unknown';
  // A change that its own notification told of explains itself.
  const isUntold = before.bearing !== after.bearing && after.sentAs !== 'state';
  if (kind === 'state') return isUntold ? 'yes' : 'no';
  if (!before.isRunning) return isUntold ? 'unknown' : 'no';
  const usualMs = usualGapMs(held);
  if (usualMs === null) return 'unknown';
  return after.atMs - before.atMs > LONGER * usualMs ? 'yes' : 'no';
}

/** The middle one of the gaps while running; of two in the middle the shorter. */
function usualGapMs(held: readonly Neighbour[]): number | null {
  const gaps: number[] = [];
  held.forEach(({ atMs }, index) => {
    const before = held[index - 1];
    if (before?.isRunning === true) gaps.push(atMs - before.atMs);
  });
  gaps.sort((a, b) => a - b);
  return gaps[Math.floor((gaps.length - 1) / 2)] ?? null;
}
