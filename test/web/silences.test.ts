import { describe, expect, it } from 'vitest';
import type { CampaignGroup, Transition } from '../../web/api-types.js';
import { gapsInWords, type Lane, laneOf, withPast } from '../../web/lanes.js';
import { heldOn, PAGE_MS, pageAt, pagesOf, rowsIn } from '../../web/wall-pages.js';
import { PerGroup } from '../../web/per-group.js';
import { type KnownPast, silentWithin, whatChanged, withPresent } from '../../web/silences.js';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const FROM = NOW - 600_000;
const at = (second: number) => FROM + second * 1000;
const iso = (second: number) => new Date(at(second)).toISOString();

const aGroup = (parts: Partial<CampaignGroup> = {}) =>
  ({
    ...{ id: 'g', state: 'running', state_seen_since: iso(-3600), silent: false, silent_since: null },
    ...{ last_heard_at: iso(590), last_event_at: iso(590), ...parts },
  }) as CampaignGroup;

const aTransition = (second: number, from_state: string | null, to_state: string, parts: Partial<Transition> = {}) =>
  ({
    ...{
      id: String(second),
      at: iso(second),
      from_state,
      to_state,
      action: 'start',
      inferred: false,
      not_before: null,
    },
    ...{ implied_steps: [], sort_key: String(1_000_000 + second), ...parts },
  }) as Transition;

const silence = (from: number, to: number | null, isAtLeast = to === null) => ({
  fromMs: at(from),
  toMs: to === null ? null : at(to),
  isAtLeast,
});
const past = (silences: KnownPast['silences'] = [], knownFrom: number | null = null): KnownPast => ({
  silences,
  knownFromMs: knownFrom === null ? null : at(knownFrom),
});
const secondOf = (ms: number) => (ms - FROM) / 1000;
const shapeOf = ({ stretches }: Lane) =>
  stretches.map((one) => [one.isSilent ? 'silent' : one.state, secondOf(one.fromMs), secondOf(one.toMs)]);
const laneWith = (group: CampaignGroup, transitions: readonly Transition[], known: KnownPast) =>
  withPast(laneOf(group, transitions, FROM, NOW), withPresent(known, group), FROM, NOW);

describe('the lane of a group that was silent', () => {
  it('shows past silence after posts came again, within a state and across its changes', () => {
    expect(shapeOf(laneWith(aGroup(), [], past([silence(100, 200)])))).toEqual([
      ['running', 0, 100],
      ['silent', 100, 200],
      ['running', 200, 600],
    ]);
    const stop = aTransition(200, 'running', 'active');
    expect(shapeOf(laneWith(aGroup({ state: 'active' }), [stop], past([silence(-50, 200)])))).toEqual([
      ['silent', 0, 200],
      ['active', 200, 600],
    ]);
  });

  it('shows silence where a transition is only inferred', () => {
    const missed = aTransition(300, 'running', 'active', { inferred: true, action: null, not_before: iso(90) });
    const lane = laneWith(aGroup({ state: 'active' }), [missed], past([silence(100, 300)]));
    expect(shapeOf(lane)).toEqual([
      ['running', 0, 90],
      ['silent', 100, 300],
      ['active', 300, 600],
    ]);
    expect(lane.unsure.length).toBe(1);
  });

  it('agrees, live, with what was loaded: the silence that lasts is told by the group alone', () => {
    const silent = aGroup({ silent: true, silent_since: iso(500) });
    const expected = [
      ['running', 0, 500],
      ['silent', 500, 600],
    ];
    expect(shapeOf(laneWith(silent, [], past()))).toEqual(expected);
    expect(shapeOf(laneWith(silent, [], past([silence(500, null)])))).toEqual(expected);
    expect(shapeOf(laneWith(aGroup(), [], past([silence(500, null)])))).toEqual([['running', 0, 600]]);
  });

  it('claims nothing of the time before the first post, whatever state that came from', () => {
    const load = aTransition(200, 'not_loaded', 'active');
    const lane = laneWith(aGroup({ state: 'active' }), [load], past([], 200));
    expect(shapeOf(lane)).toEqual([['active', 200, 600]]);
    expect(secondOf(lane.unknownUntilMs ?? 0)).toBe(200);
    expect(laneWith(aGroup(), [], past([], -10)).unknownUntilMs).toBeNull();
    expect(shapeOf(laneWith(aGroup(), [], past([], 700)))).toEqual([]);
  });

  it('says at least of what is cut by the lane, by a silence or by an interval', () => {
    const transitions = [aTransition(100, 'active', 'running'), aTransition(150, 'running', 'active')];
    const lane = laneWith(aGroup({ state: 'active' }), transitions, past([silence(300, 400)]));
    expect(lane.stretches.map(({ isAtLeast }) => isAtLeast)).toEqual([true, false, true, false, true]);
    expect(laneWith(aGroup(), [], past([silence(-10, 30)])).stretches[0]?.isAtLeast).toBe(true);
  });

  it('says it in words', () => {
    const words = (known: KnownPast) => gapsInWords(laneWith(aGroup(), [], known), (ms) => String(secondOf(ms)));
    expect(words(past())).toBe('');
    expect(words(past([silence(100, 200)], 50))).toBe(
      'silent from 100 to 200, 1 m 40 s in all; nothing known before 50',
    );
    expect(words(past([silence(-10, 20), silence(100, 200)]))).toBe(
      'silent 2 times, the last time from 100 to 200, at least 2 m 00 s in all',
    );
  });
});

describe('silences within a time', () => {
  it('are cut by it, and say so', () => {
    const found = silentWithin(past([silence(-100, 10), silence(50, 60), silence(590, null)]), {
      fromMs: FROM,
      toMs: NOW,
    });
    expect(found.map((one) => [secondOf(one.fromMs), secondOf(one.toMs), one.isAtLeast])).toEqual([
      [0, 10, true],
      [50, 60, false],
      [590, 600, true],
    ]);
  });
});

describe('what the stream tells of a group', () => {
  const heard = (second: number, event: number, parts: Partial<CampaignGroup> = {}) =>
    aGroup({ last_heard_at: iso(second), last_event_at: iso(event), ...parts });

  it('may end its silence, or tell of an earlier time', () => {
    const silent = { silent: true, silent_since: iso(10) };
    expect(whatChanged(heard(0, 0, silent), heard(100, 100))).toBe('ended');
    expect(whatChanged(heard(0, 0), heard(0, 0, silent))).toBeNull();
    expect(whatChanged(heard(0, 0), heard(10, 10))).toBeNull();
    expect(whatChanged(heard(0, 0), heard(10, 0))).toBe('late');
  });
});

describe('what is asked for group by group', () => {
  it('is asked a few at once, only while it is wanted, from earlier when need be, and anew when told so', async () => {
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    const loader = new PerGroup<number>((id, fromMs) => {
      asked.push(`${id}${fromMs}`);
      return new Promise((resolve) =>
        answers.push(() => {
          resolve(fromMs);
        }),
      );
    });
    const answer = async () => {
      for (const one of answers.splice(0)) one();
      await new Promise((resolve) => setImmediate(resolve));
    };
    const ends = ['a', 'b', 'c', 'd', 'e'].map((id) => loader.want(id, 5));
    expect(asked).toEqual(['a5', 'b5', 'c5']);
    ends[4]?.();
    await answer();
    await answer();
    expect(asked).toEqual(['a5', 'b5', 'c5', 'd5']);
    loader.want('a', 9);
    loader.want('b', 3);
    await answer();
    expect([asked.at(-1), asked.length, loader.of('b').value]).toEqual(['b3', 5, 3]);
    loader.again('a');
    expect(asked.at(-1)).toBe('a5');
  });
});

describe('the pages of a wall screen', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, n) => String(n));

  it('are one where all have room; else trouble is on each, and every other group on one', () => {
    expect(pagesOf(ids(12), 3, 12)).toEqual([ids(12)]);
    const pages = pagesOf(ids(60), 3, 12);
    expect(pages.length).toBe(7);
    for (const page of pages) expect([page.slice(0, 3), page.length <= 12]).toEqual([['0', '1', '2'], true]);
    expect(pages.flatMap((page) => page.slice(3))).toEqual(ids(60).slice(3));
  });

  it('show all of it where there is more trouble than room', () => {
    const pages = pagesOf(ids(30), 30, 12);
    expect(pages.every((page) => page.length <= 12 && page[0] === '0')).toBe(true);
    expect(new Set(pages.flat()).size).toBe(30);
    expect(new Set(pagesOf(ids(3), 3, 1).flat()).size).toBe(3);
  });

  it('have rows that fill the height, and are not spread over it where they are few', () => {
    expect(rowsIn(1900, 150, 60)).toEqual({ rows: 12, heightPx: 158 });
    expect(rowsIn(1900, 150, 9)).toEqual({ rows: 12, heightPx: 211 });
    expect(rowsIn(1900, 150, 2)).toEqual({ rows: 12, heightPx: 225 });
    expect(rowsIn(0, 150, 2)).toEqual({ rows: 1, heightPx: 150 });
  });

  it('turn with the clock, and are held while a pointer moves, not where one is parked', () => {
    expect([0, PAGE_MS, 2 * PAGE_MS, 3 * PAGE_MS - 1].map((ms) => pageAt(ms, 2))).toEqual([0, 1, 0, 0]);
    const hold = heldOn(null, 1000);
    expect(heldOn(hold, 5000).sinceMs).toBe(1000);
    expect(heldOn(hold, hold.untilMs).sinceMs).toBe(hold.untilMs);
  });
});
