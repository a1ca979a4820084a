import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heldOrder } from '../../web/held-order.js';
import { firstSeen, isOverAt, watched, type Watch } from '../../web/over-dialing.js';

const idsOf = fc.uniqueArray(fc.integer({ min: 0, max: 40 }).map(String), { maxLength: 30 });

/** The fewest rows that must be taken out before the rest stands in order, by trying all. */
function fewestMoves(shown: readonly string[], wanted: readonly string[]): number {
  const places = shown.map((id) => wanted.indexOf(id));
  const best = places.map(() => 1);
  for (const [at, place] of places.entries())
    for (const [before, other] of places.slice(0, at).entries())
      if (other < place) best[at] = Math.max(best[at] ?? 1, (best[before] ?? 0) + 1);
  return shown.length - Math.max(0, ...best);
}

describe('an order that is held', () => {
  it('keeps every row where it was, whatever came, went and moved', () => {
    fc.assert(
      fc.property(idsOf, idsOf, (shown, wanted) => {
        expect(heldOrder(shown, wanted).ids).toEqual(shown);
      }),
    );
  });

  it('counts each row that came or went, and the fewest that moved', () => {
    fc.assert(
      fc.property(idsOf, idsOf, (shown, wanted) => {
        const { changed } = heldOrder(shown, wanted);
        const gone = shown.filter((id) => !wanted.includes(id));
        const brought = wanted.filter((id) => !shown.includes(id));
        for (const id of [...gone, ...brought]) expect(changed.has(id)).toBe(true);
        const stayed = shown.filter((id) => wanted.includes(id));
        expect(changed.size).toBe(gone.length + brought.length + fewestMoves(stayed, wanted));
      }),
    );
  });

  it('is none that differs when nothing changed, and one change when one row went to the top', () => {
    const ids = ['a', 'b', 'c', 'd'];
    expect(heldOrder(ids, [...ids]).changed.size).toBe(0);
    expect([...heldOrder(ids, ['d', 'a', 'b', 'c']).changed]).toEqual(['d']);
  });
});

describe('over-dialing', () => {
  const LINE = { overdial_ratio: 0.03, overdial_for_seconds: 120, overdial_resolve_seconds: 300 };
  const T0 = Date.parse('2026-11-21T12:00:00.000Z');
  /** A post so many seconds on; `heardAt` when it came later than it was sent. */
  const post = (at: number, overdial_ratio: number | null, heardAt = at, state = 'running') => ({
    state,
    statistics: { busy_ratio: null, hit_ratio: null, time_to_complete_seconds: null, overdial_ratio },
    last_event_at: new Date(T0 + at * 1000).toISOString(),
    last_heard_at: new Date(T0 + heardAt * 1000).toISOString(),
  });
  const follow = (posts: readonly ReturnType<typeof post>[], begin: Watch | null = null) =>
    posts.reduce<Watch | null>((watch, one) => watched(watch, one, LINE), begin) ?? { isOver: false, turned: null };
  const over = (watch: Watch, at: number) => isOverAt(watch, T0 + at * 1000, LINE);
  const IN_TROUBLE: Watch = { isOver: true, turned: null };

  it('is not made by one figure over the limit, nor by every other one', () => {
    expect(over(follow([post(0, 0.02), post(10, 0.08), post(20, 0.02)]), 25)).toBe(false);
    const hopping = Array.from({ length: 60 }, (_, n) => post(n * 10, n % 2 === 0 ? 0.031 : 0.029));
    for (let length = 1; length <= hopping.length; length++)
      expect(over(follow(hopping.slice(0, length)), length * 10 - 5)).toBe(false);
  });

  it('is made by figures over the limit for as long as the alert waits, and no sooner', () => {
    const posts = Array.from({ length: 13 }, (_, n) => post(n * 10, 0.04));
    expect(over(follow(posts.slice(0, 12)), 115)).toBe(false);
    expect(over(follow(posts), 120)).toBe(true);
  });

  it('is made by a figure that stays, though nothing else comes', () => {
    const watch = follow([post(0, 0.04)]);
    expect([over(watch, 119), over(watch, 120)]).toEqual([false, true]);
  });

  it('is not ended by one figure within the limit, but by so long without one over it', () => {
    expect(over(follow([post(0, 0.02), post(10, 0.08)], IN_TROUBLE), 15)).toBe(true);
    expect(over(follow([post(0, 0.02), post(290, 0.02)], IN_TROUBLE), 295)).toBe(true);
    expect(over(follow([post(0, 0.02), post(300, 0.02)], IN_TROUBLE), 300)).toBe(false);
    expect(over(follow([post(0, null), post(300, null)], IN_TROUBLE), 300)).toBe(false);
  });

  it('ends with the dialing, and begins anew with it', () => {
    expect(over(follow([post(0, null, 0, 'active')], IN_TROUBLE), 1)).toBe(false);
    expect(over(follow([post(0, null, 0, 'active'), post(10, 0.08)], IN_TROUBLE), 15)).toBe(false);
  });

  it('holds no clock against another: a sender that is an hour behind, posts that come in one go', () => {
    expect(over(follow([post(-3600, 0.02, 0), post(-3590, 0.08, 10)]), 11)).toBe(false);
    const inOneGo = Array.from({ length: 13 }, (_, n) => post(n * 10, 0.04, 130));
    expect(over(follow(inOneGo), 131)).toBe(true);
  });

  it('is what the figure says that the page finds when it comes', () => {
    expect([firstSeen(post(0, 0.08), LINE).isOver, firstSeen(post(0, 0.02), LINE).isOver]).toEqual([true, false]);
  });
});
