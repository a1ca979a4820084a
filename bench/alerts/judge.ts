/** What fired, held against what really was the matter. Pure. */
import type { Consequence, Trouble } from './day.js';
import type { Firing } from './evaluate.js';

export interface TroubleVerdict {
  readonly trouble: Trouble;
  /** Seconds from the trouble to its first alert; null: never told. */
  readonly toldAfterSeconds: number | null;
  /** Seconds from the end of the trouble to the end of its last alert; null: not told, or neither has ended. */
  readonly endedAfterSeconds: number | null;
  /** Why it is not as promised; empty: it is. */
  readonly faults: readonly string[];
}

export interface Verdict {
  readonly falseAlarms: readonly Firing[];
  readonly troubles: readonly TroubleVerdict[];
}

export function judge(
  firings: readonly Firing[],
  {
    troubles,
    consequences = [],
  }: { readonly troubles: readonly Trouble[]; readonly consequences?: readonly Consequence[] },
): Verdict {
  const tells = (firing: Firing, trouble: Trouble) =>
    firing.alert === trouble.alert &&
    Object.entries(trouble.where).every(([label, value]) => firing.labels[label] === value) &&
    overlaps(firing, trouble.fromMs, trouble.toMs === null ? null : trouble.toMs + trouble.endsWithinMs);
  const follows = (firing: Firing, { alert, fromMs, toMs }: Consequence) =>
    firing.alert === alert && overlaps(firing, fromMs, toMs);
  return {
    falseAlarms: firings.filter(
      (firing) =>
        !troubles.some((trouble) => tells(firing, trouble)) && !consequences.some((one) => follows(firing, one)),
    ),
    troubles: troubles.map((trouble) =>
      verdictOf(
        trouble,
        firings.filter((firing) => tells(firing, trouble)),
      ),
    ),
  };
}

function verdictOf(trouble: Trouble, told: readonly Firing[]): TroubleVerdict {
  const [first] = told;
  const last = lastOf(told);
  if (first === undefined || last === undefined) {
    return { trouble, toldAfterSeconds: null, endedAfterSeconds: null, faults: ['never told'] };
  }
  const toldAfterSeconds = first.fromSeconds - trouble.fromMs / 1000;
  const endedAfterSeconds =
    trouble.toMs === null || last.toSeconds === null ? null : last.toSeconds - trouble.toMs / 1000;
  const faults: string[] = [];
  if (toldAfterSeconds > trouble.toldWithinMs / 1000) faults.push('told late');
  if (toldAfterSeconds < 0) faults.push('told before it was');
  const again = told.length - new Set(told.map(({ labels }) => JSON.stringify(labels))).size;
  if (again > 0) faults.push(`told ${String(again + 1)} times`);
  if (trouble.toMs === null) {
    if (last.toSeconds !== null) faults.push('ended while it stood');
  } else if (endedAfterSeconds === null) faults.push('never ended');
  else if (endedAfterSeconds < 0) faults.push('ended while it stood');
  else if (endedAfterSeconds > trouble.endsWithinMs / 1000) faults.push('ended late');
  return { trouble, toldAfterSeconds, endedAfterSeconds, faults };
}

/** The one that ends last. */
function lastOf(told: readonly Firing[]): Firing | undefined {
  return [...told].sort((a, b) => (a.toSeconds ?? Infinity) - (b.toSeconds ?? Infinity)).at(-1);
}

/** `toMs` null: without end. */
function overlaps({ fromSeconds, toSeconds }: Firing, fromMs: number, toMs: number | null): boolean {
  return (toMs === null || fromSeconds * 1000 <= toMs) && (toSeconds === null || toSeconds * 1000 > fromMs);
}
