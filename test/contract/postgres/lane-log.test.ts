/** What a lane writes into its log is what others take out of it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Heard, OUTCOMES } from '../../../src/domain/store.js';
import { followedOf, loggedCommits, type LogRow } from '../../../src/postgres/follow/commits.js';
import { FollowedPlaces } from '../../../src/postgres/follow/places.js';
import { type Logged, loggedFrom, loggedText } from '../../../src/postgres/lane-log.js';
import { aSnapshot } from '../../support/snapshots.js';

const no = fc.nat(2 ** 40);
const figure = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0));
const heard: fc.Arbitrary<Heard> = fc.record({
  ...{ groupNo: no, outcome: fc.constantFrom(...OUTCOMES), receivedAtMs: no, atMs: no, lastEventMs: no },
  statistics: fc.record({ busyRatio: figure, hitRatio: figure, overdialRatio: figure, timeToCompleteSeconds: figure }),
});
const logged: fc.Arbitrary<Logged> = fc.record({
  heard: fc.array(heard),
  snapshots: fc.array(no.map((groupNo) => aSnapshot({ groupNo }))),
  transitions: fc.array(fc.record({ no, groupNo: no, isWithdrawn: fc.boolean(), transition: fc.constant(null) })),
  callbacks: fc.array(fc.tuple(fc.string(), fc.string())),
  bodies: fc.array(fc.string()),
  isHolding: fc.boolean(),
  gone: fc.array(no),
  forgotten: fc.array(fc.string()),
});

it('whatever it is', () => {
  fc.assert(
    fc.property(logged, (one) => {
      expect(loggedFrom(loggedText(one))).toEqual(one);
    }),
  );
});

it('is nothing where a commit was not done, and nothing but its transitions where an older version wrote it', () => {
  expect(loggedFrom('')).toBeNull();
  expect(loggedFrom('{"groups":[1],"callbacks":[],"transitions":[]}')).toMatchObject({ heard: [], snapshots: [] });
});

it('comes lane by lane in the order of moments, whatever the order in which lanes are read', () => {
  const row = fc.record({ lane: fc.constantFrom('a', 'b', 'c'), step: fc.integer({ min: 1, max: 5 }) });
  fc.assert(
    fc.property(fc.array(row), (steps) => {
      const seqs = new Map<string, number>();
      let moment = 0;
      const rows: LogRow[] = steps.map(({ lane, step }) => {
        const seq = (seqs.get(lane) ?? 0) + 1;
        seqs.set(lane, seq);
        moment += step;
        return { lane, seq, moment, changes: JSON.stringify({ gone: [moment] }) };
      });
      const byLane = [...rows].sort((a, b) => (a.lane < b.lane ? -1 : 1));
      const commits = followedOf(loggedCommits(byLane), new Map(), null);
      expect(commits.map(({ gone: [one] }) => one)).toEqual(rows.map((one) => one.moment));
      expect(new FollowedPlaces([]).read(byLane)).toBe(true);
    }),
  );
});

it('misses nothing unnoticed', () => {
  const places = new FollowedPlaces([{ lane: 'a', seq: 3 }]);
  expect(places.read([{ lane: 'a', seq: 4 }])).toBe(true);
  expect(places.read([{ lane: 'b', seq: 1 }])).toBe(true);
  expect(places.read([{ lane: 'a', seq: 6 }])).toBe(false);
  places.keepOnly([{ lane: 'b', seq: 1 }]);
  expect(places.all).toEqual([{ lane: 'b', seq: 1 }]);
});
