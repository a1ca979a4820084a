/** What OCS posts of a story: every change, and the figures while it runs. No I/O. */
import type { Post } from '../account.js';
import { bodyOf, codesOf } from '../body.js';
import { figuresAt } from './figures.js';
import type { Span } from './past.js';
import type { Beat } from './beat.js';
import type { Story } from './story.js';

/** Periodic posts that say nothing of the last action: a change that nobody heard of has to be inferred. */
const HABITS = { withoutStatistics: false, oldSpellings: false, periodicAction: 'zero' } as const;

export interface Window {
  /** Exclusive. */
  readonly afterMs: number;
  readonly untilMs: number;
  /** Time between two periodic posts at a moment. */
  readonly everyMs: (atMs: number) => number;
  /** Added to the times of a story to get those of the wall. */
  readonly lateMs: number;
}

const MINUTE_MS = 60_000;

/** By age: dense where a chart of that time would show it. Charts break a line at three of their steps. */
const THINNED: readonly (readonly [ageMs: number, everyMs: number])[] = [
  [10 * MINUTE_MS, 30_000],
  [60 * MINUTE_MS, 90_000],
  [180 * MINUTE_MS, 3 * MINUTE_MS],
  [360 * MINUTE_MS, 6 * MINUTE_MS],
  [Infinity, 15 * MINUTE_MS],
];

/** The figures of a day that is told at once. */
export function thinned(zeroMs: number): (atMs: number) => number {
  return (atMs) => THINNED.find(([ageMs]) => zeroMs - atMs <= ageMs)?.[1] ?? 15 * MINUTE_MS;
}

/** The posts about one group in a window of the story's time, in order. */
export function* postsOf(
  story: Story,
  groupIndex: number,
  { afterMs, untilMs, everyMs, lateMs }: Window,
): Generator<Post> {
  const beats = story.beatsBeyond(untilMs);
  for (const [index, beat] of beats.entries()) {
    if (beat.atMs > untilMs) return;
    const nextMs = beats[index + 1]?.atMs ?? Infinity;
    if (nextMs <= afterMs) continue;
    const tell = (atMs: number, kind: 'change' | 'periodic') => postOf(story, beat, { groupIndex, atMs, kind, lateMs });
    if (beat.atMs > afterMs && !beat.isKnown) yield tell(beat.atMs, 'change');
    if (beat.condition.state !== 'running') continue;
    // Groups do not all post at the same moment.
    const phaseMs = groupIndex * 611;
    const due = (afterTimeMs: number) => {
      const stepMs = everyMs(afterTimeMs);
      return (Math.floor((afterTimeMs - phaseMs) / stepMs) + 1) * stepMs + phaseMs;
    };
    for (let atMs = due(Math.max(beat.atMs, afterMs)); atMs <= untilMs && atMs < nextMs; atMs = due(atMs)) {
      yield tell(atMs, 'periodic');
    }
  }
}

/** The figures as they are at a moment; null while it does not run. */
export function presentPost(
  story: Story,
  groupIndex: number,
  { atMs, lateMs }: { readonly atMs: number; readonly lateMs: number },
): Post | null {
  const beat = story.beatsBeyond(atMs).findLast((one) => one.atMs <= atMs);
  if (beat?.condition.state !== 'running') return null;
  return postOf(story, beat, { groupIndex, atMs: atMs + 1, kind: 'periodic', lateMs });
}

/** Whether nobody could hear of it. */
export function isUnheard(post: Post, spans: readonly Span[]): boolean {
  return spans.some(({ fromMs, toMs }) => post.atMs >= fromMs && post.atMs <= toMs);
}

interface Telling {
  readonly groupIndex: number;
  readonly atMs: number;
  readonly kind: 'change' | 'periodic';
  readonly lateMs: number;
}

function postOf({ group }: Story, beat: Beat, { groupIndex, atMs, kind, lateMs }: Telling): Post {
  const life = beat.condition;
  const figures = figuresAt(beat, group, atMs);
  const wallMs = atMs + lateMs;
  const { state, dialMode, action } = codesOf(life);
  return {
    groupIndex,
    serial: wallMs,
    atMs: wallMs,
    text: JSON.stringify(bodyOf({ group, life, figures, atMs: wallMs, kind }, HABITS)),
    state,
    ...figures,
    change: kind === 'change' ? { atMs: wallMs, toState: state, dialMode, action } : null,
    drifted: false,
  };
}
