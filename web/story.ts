/** What happened to one callback, in the order of time. Pure. */
import type { Story } from './callback-types.js';
import { eventWords, isDialing, roleWords } from './callback-words.js';
import { words } from './format.js';

export interface Chapter {
  readonly at: string;
  readonly what: string;
  readonly more: string;
  readonly kind: 'moment' | 'attempt' | 'event' | 'interaction' | 'state';
}

const BEFORE_DIALING = [
  ['offered_at', 'Offered'],
  ['accepted_at', 'Accepted'],
] as const satisfies readonly (readonly [keyof Story, string])[];
const AFTER_DIALING = [
  ['customer_connected_at', 'Customer connected'],
  ['ended_at', 'Ended'],
] as const satisfies readonly (readonly [keyof Story, string])[];

/**
 * Times are of two clocks: what records say of themselves, in whole seconds, and when we received them. What has the same
 * time stands in the order of a callback's life; what was received, in the order of the lists it comes from.
 */
export function chaptersOf(story: Story): Chapter[] {
  const dialing = story.state_changes
    .filter(({ event }) => isDialing(event))
    .map(({ received_at: at }) => Date.parse(at));
  const placed = [
    ...placedBehind(momentsOf(story), dialing),
    ...receivedOf(story).map((chapter) => [Date.parse(chapter.at), chapter] as const),
  ];
  return placed.sort(([a], [b]) => a - b).map(([, chapter]) => chapter);
}

/** An attempt of a second in which GMS told that it begins to dial comes after that; what follows in this second, too. */
function placedBehind(moments: readonly Chapter[], dialing: readonly number[]): (readonly [number, Chapter])[] {
  let behind = -Infinity;
  return moments.map((chapter) => {
    const at = Date.parse(chapter.at);
    const isWithin = (ms: number) => ms >= at && ms < at + 1000;
    const own = chapter.kind === 'attempt' ? dialing.filter(isWithin).map((ms) => ms + 0.5) : [];
    const place = Math.max(at, ...own, ...(isWithin(behind) ? [behind] : []));
    if (place > at) behind = place;
    return [place, chapter] as const;
  });
}

/** What its records say. */
function momentsOf(story: Story): Chapter[] {
  const moments = (named: readonly (typeof BEFORE_DIALING | typeof AFTER_DIALING)[number][]) =>
    named.flatMap(([name, what]): Chapter[] => {
      const at = story[name];
      return at === null ? [] : [{ at, what, more: name === 'ended_at' ? endWords(story) : '', kind: 'moment' }];
    });
  const attempts = [...story.dials]
    .sort((a, b) => a.n - b.n)
    .flatMap(({ n, at, result }): Chapter[] => {
      const more = words((result ?? '').toLowerCase());
      return at === null ? [] : [{ at, what: `Attempt ${n}`, more, kind: 'attempt' }];
    });
  return [...moments(BEFORE_DIALING), ...attempts, ...moments(AFTER_DIALING)];
}

/** What came in. */
function receivedOf(story: Story): Chapter[] {
  const chapters: Chapter[] = [];
  for (const { sequence, received_at, final, after_final } of story.events) {
    const more = after_final ? 'after the final one: kept, not counted' : final ? 'final record' : '';
    chapters.push({ at: received_at, what: `Record ${sequence} received`, more, kind: 'event' });
  }
  for (const { interaction_id, role, first_received_at } of story.interactions)
    chapters.push({
      at: first_received_at,
      what: roleWords(role),
      more: interaction_id,
      kind: 'interaction',
    });
  for (const { event, state, received_at } of story.state_changes)
    chapters.push({
      at: received_at,
      what: eventWords(event),
      more: state === null ? 'told by GMS' : `told by GMS: ${words(state.toLowerCase()).toLowerCase()}`,
      kind: 'state',
    });
  return chapters;
}

function endWords({ state, sub_state }: Story): string {
  return [state, sub_state]
    .filter((word) => word !== null)
    .map((word) => words(word.toLowerCase()))
    .join(', ');
}
