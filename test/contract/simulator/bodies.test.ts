import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveHistory } from '../../../src/domain/history.js';
import { statementContent } from '../../../src/domain/identity.js';
import type { Notification } from '../../../src/domain/notification.js';
import { wordsOf } from '../../../src/domain/words.js';
import { decodeNotification } from '../../../src/ocs/decode-notification.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { compileNotificationSchema } from '../../../src/node/schemas.js';
import type { Post } from '../../../src/simulator/account.js';
import type { SimulationOptions } from '../../../src/simulator/options.js';
import { bodyIn, postsOf } from '../../support/simulated.js';

const { validate } = compileNotificationSchema();

function decode(post: Post) {
  return decodeNotification(bodyIn(post), {
    source: 'default',
    receivedAtMs: post.atMs,
    latestMs: post.atMs + 3_600_000,
    enumerations: ENUMERATIONS,
    validate,
    show: (value) => JSON.stringify(value),
  });
}

function notificationIn(post: Post): Notification {
  const { notification } = decode(post);
  if (!notification) throw new Error(`refused: ${post.text}`);
  return notification;
}

const switches = fc.record({
  seed: fc.nat(1_000_000),
  sources: fc.constantFrom(1, 3),
  speed: fc.constantFrom(1, 20, 300),
  frozenTime: fc.boolean(),
  periodicWhenActive: fc.boolean(),
  withoutStatistics: fc.boolean(),
  oldSpellings: fc.boolean(),
  periodicAction: fc.constantFrom('repeats', 'zero', 'omits'),
}) satisfies fc.Arbitrary<Partial<SimulationOptions>>;
const places = fc.nat(30);

describe('bodies of the simulator', () => {
  it('validate and decode without a warning over all switches, and say what the account says', () => {
    fc.assert(
      fc.property(switches, places, (options, groupIndex) => {
        for (const post of postsOf({ steps: 150, stepMs: 2000, groupIndex, options })) {
          expect(validate(bodyIn(post))).toEqual([]);
          const { warnings, notification } = decode(post);
          expect(warnings).toEqual([]);
          expect(notification).toMatchObject({ atMs: post.atMs, statistics: post.statistics });
          expect(notification?.callingLists).toEqual(post.callingLists);
          expect(notification?.statement).toMatchObject({ stateCode: post.state, extras: '' });
        }
      }),
      { numRuns: 80 },
    );
  });

  it('carry the date-time as seconds with three decimals', () => {
    for (const post of postsOf({ steps: 100, stepMs: 1001 })) {
      expect(bodyIn(post)['GSW_DATE_TIME']).toMatch(/^\d{10}\.\d{3}$/);
    }
  });

  it('that drift are warned of one by one and never refused, with the statistics that are left', () => {
    fc.assert(
      fc.property(switches, places, (options, groupIndex) => {
        for (const post of postsOf({ steps: 60, stepMs: 5000, groupIndex, options: { ...options, drift: 0.5 } })) {
          expect(notificationIn(post).statistics).toEqual(post.statistics);
          expect(decode(post).warnings).toHaveLength(post.drifted ? 1 : 0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('tell a history of explicit, expected transitions: one for every change that happened', () => {
    fc.assert(
      fc.property(switches, places, fc.constantFrom(0, 0.3), (options, groupIndex, drift) => {
        const posts = postsOf({ steps: 300, stepMs: 3000, groupIndex, options: { ...options, drift } });
        const { transitions } = deriveHistory(
          posts.map(notificationIn).map(({ atMs, statement }) => ({
            ...wordsOf(statement, ENUMERATIONS),
            atMs,
            content: statementContent(statement),
          })),
        );
        expect(transitions.filter(({ inferred, unexpected }) => inferred || unexpected)).toEqual([]);
        expect(transitions.map(({ atMs }) => atMs)).toEqual(posts.flatMap(({ change }) => change?.atMs ?? []));
      }),
      { numRuns: 80 },
    );
  });

  it('of one group never share a millisecond unless the time is frozen', () => {
    const options = { speed: 500 };
    const times = postsOf({ steps: 2000, stepMs: 1, options: { ...options, periodicWhenActive: true } }).map(
      ({ atMs }) => Math.floor(atMs),
    );
    expect(new Set(times).size).toBe(times.length);
    const frozen = postsOf({ steps: 200, stepMs: 1000, options: { speed: 1, frozenTime: true } });
    expect(new Set(frozen.map(({ atMs }) => atMs)).size).toBe(frozen.filter(({ change }) => change).length);
  });
});
