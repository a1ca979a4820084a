/** Callbacks over random sets of events, in memory: what is known of one is the merge of its set, however it arrived. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { CallbackStore } from '../../../src/apply/callbacks.js';
import { mergeEvents, type ReceivedEvent } from '../../../src/domain/callback.js';
import { CallbackHold, memoryCallbacks } from '../../support/memory-callbacks.js';
import { expectEqual } from '../../support/equal.js';
import { UndoLog } from '../../support/memory-rows.js';
import { callbackWorlds } from '../../support/callback-worlds.js';
import { digest, T0 } from '../../support/notifications.js';
import { randomRuns } from '../../support/random-runs.js';

const RUNS = randomRuns(5000);

const log = new UndoLog();
const hold = new CallbackHold(log);
let lastNo = 0;
const callbacks = memoryCallbacks(
  hold,
  () => false,
  () => ++lastNo,
);
const dimensions = { insert: () => undefined };
const store = new CallbackStore({ callbacks, dimensions }, { digest, hashNumber: (number) => `hash of ${number}` });

/** Delivers to an empty store as the writer does: what is incomplete only after a final. */
function deliver(batches: readonly (readonly ReceivedEvent[])[]) {
  hold.clear();
  log.forgetAll();
  const finished = new Map<string, number>();
  let arrived = 0;
  for (const event of batches.flat()) {
    const key = `${event.source};${event.record.serviceId}`;
    if (!event.isComplete && !store.isAfterFinal(event)) continue;
    const applied = store.applyEvent({ ...event, receivedAtMs: T0 + 10_000 + arrived++ });
    if (applied?.change?.finished === true) finished.set(key, (finished.get(key) ?? 0) + 1);
  }
  const merged = hold.callbacks.all().map(({ callbackNo, callback }) => {
    return { callback, events: hold.events.where((row) => row.callbackNo === callbackNo), key: keyOf(callback) };
  });
  return { finished, merged: merged.sort((a, b) => (a.key < b.key ? -1 : 1)) };
}

const keyOf = ({ source, serviceId }: { readonly source: string; readonly serviceId: string }) =>
  `${source};${serviceId}`;

/** The definition: the merge of the distinct complete events of each callback. */
function definition(set: readonly ReceivedEvent[]) {
  const ofOne = new Map<string, ReceivedEvent[]>();
  for (const event of set) {
    const key = keyOf({ source: event.source, serviceId: event.record.serviceId });
    if (event.isComplete) ofOne.set(key, [...(ofOne.get(key) ?? []), event]);
  }
  return [...ofOne]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, events]) => {
      const distinct = [...new Map(events.map((event) => [event.digest, event])).values()];
      return { key, ...mergeEvents(distinct) };
    });
}

describe('callbacks, over random sets of events in memory', () => {
  it('are the merge of the set, each event once, finished once, whatever the order', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(callbackWorlds, ({ set, one, other }) => {
        const { merged, finished } = deliver(one);
        expectEqual(
          {
            told: merged.map(({ key, callback: { record, isFinal, finalDigest } }) => {
              return { key, record, isFinal, finalDigest };
            }),
            counted: merged.map(({ key, callback, events }) => ({
              finished: finished.get(key) ?? 0,
              events: callback.events,
              lateEvents: callback.lateEvents,
              sequences: events.map(({ sequence }) => sequence).sort((a, b) => a - b),
            })),
            again: deliver(other).merged.map(({ key, callback: { record, phoneHash, aniHash } }) => {
              return { key, record, phoneHash, aniHash };
            }),
          },
          {
            told: definition(set),
            counted: merged.map(({ callback, events }) => ({
              finished: Number(callback.isFinal),
              events: events.length,
              lateEvents: events.filter(({ isLate }) => isLate).length,
              sequences: events.map((_, index) => index + 1),
            })),
            again: merged.map(({ key, callback: { record, phoneHash, aniHash } }) => ({
              key,
              record,
              phoneHash,
              aniHash,
            })),
          },
        );
      }),
      { numRuns: RUNS },
    );
  });
});
