import { describe, expect, it } from 'vitest';
import {
  CALLBACK_STATES,
  CALLBACK_SUB_STATES,
  type CallbackEvent,
  dispositionOf,
  mergeEvents,
  OTHER_SUB_STATE,
} from '../../../src/domain/callback.js';
import type { CallbackRecord } from '../../../src/domain/callback-record.js';
import { FIELD_OF_KEY, FIELDS, MANDATORY_FIELDS, pairOf } from '../../../src/gms/key-value-pairs.js';
import type { PartialRecord } from '../../../src/gms/encode-record.js';
import { callbackIds } from '../../../src/simulator/callbacks/ids.js';
import { callbackScenarios, Deck } from '../../../src/simulator/callbacks/catalogue.js';
import { DEFECTS } from '../../../src/simulator/callbacks/defects.js';
import { ENDINGS } from '../../../src/simulator/callbacks/endings.js';
import { HABITS } from '../../../src/simulator/callbacks/posting.js';
import { SERVICES } from '../../../src/simulator/callbacks/services.js';
import { isComplete, reported } from '../../../src/simulator/callbacks/telling.js';
import { Random } from '../../../src/simulator/random.js';
import { itemsOf, playAll, played } from '../../support/simulated-callbacks.js';

const cast = playAll([1, 2, 3]);
const compressed = playAll([4, 5], { speed: 60 });
const all = [...cast, ...compressed];
const records = all.flatMap(({ callback }) => callback.events.map(({ record }) => record));
const sound = all.filter(({ scenario }) => scenario.defect === null || scenario.ending.defect !== undefined);
const DIAL_WORDS: readonly string[] = pairOf('dial1Result').words ?? [];
const DIALS = [1, 2, 3, 4, 5] as const;

describe('the catalogue of callbacks', () => {
  it('has a name of its own for every scenario, and an ending for every trait of a service', () => {
    expect(new Set(callbackScenarios.map(({ name }) => name)).size).toBe(callbackScenarios.length);
    expect(new Set(callbackScenarios.map(({ service }) => service))).toEqual(new Set(SERVICES));
    expect(new Set(callbackScenarios.map(({ ending }) => ending))).toEqual(new Set(ENDINGS));
    for (const { name } of SERVICES) {
      expect(
        callbackScenarios.filter(({ service, ending }) => service.name === name && ending.reach === 'agent'),
      ).not.toEqual([]);
    }
  });

  it.each(FIELDS.filter((field) => pairOf(field).words))('says every word of %s', (field) => {
    const said = new Set(records.map((record) => record[field]));
    const words = pairOf(field).words ?? [];
    expect(words.filter((word) => !said.has(word))).toEqual([]);
  });

  it('tells every key, and nothing that the registry does not know', () => {
    const told = new Set(
      records.flatMap((record) => Object.keys(record).filter((field) => record[field as keyof CallbackRecord] != null)),
    );
    expect(FIELDS.filter((field) => !told.has(field))).toEqual([]);
    const strange = all
      .flatMap(({ callback }) => callback.posts)
      .filter(({ endpoint }) => endpoint === 'callback-events')
      .flatMap((post) => itemsOf(post).flatMap((item) => Object.keys(item)))
      .filter((key) => !FIELD_OF_KEY.has(key));
    expect([...new Set(strange)].sort()).toEqual(['_originating_interaction_id', '_service_name']);
  });

  it('goes through every state, and ends in every sub-state and with free text', () => {
    const dispositions = records.map(({ disposition, finalRecord }) =>
      dispositionOf(disposition ?? null, finalRecord === 1),
    );
    const states = new Set(dispositions.map(({ state }) => state));
    expect(CALLBACK_STATES.filter((state) => !states.has(state))).toEqual([]);
    const subStates = new Set(dispositions.map(({ subState }) => subState));
    expect([...CALLBACK_SUB_STATES, OTHER_SUB_STATE].filter((subState) => !subStates.has(subState))).toEqual([]);
  });

  it('has every known defect, every way of posting, and every notification of GMS', () => {
    expect(new Set(callbackScenarios.flatMap(({ defect }) => defect ?? []))).toEqual(new Set(DEFECTS));
    expect(new Set(all.map(({ callback }) => callback.truth.habit))).toEqual(new Set(HABITS.map(({ name }) => name)));
    const bodies = all.flatMap(({ callback }) => callback.posts.map(({ body }) => body)).join('\n');
    for (const event of [
      ...['service_create', 'virtual_ixn_create', 'target_found', 'dial_init', 'dial_done', 'connect_treatment_start'],
      ...['customer_queued', 'route_to_agent', 'service_exit'],
      ...['submitted', 'queued', 'scheduled', 'rescheduled', 'cancelled', 'status_updated', 'submit_failed'].map(
        (event) => `callback_${event}`,
      ),
      ...['callback_processing_failed', 'callback_reminder'],
    ]) {
      expect(bodies).toContain(`_cbe_on_${event}`);
    }
  });

  it('is dealt whole from one deck, in shares as the cards say', () => {
    const deck = new Deck(callbackScenarios, new Random(3));
    const cards = callbackScenarios.reduce((sum, scenario) => sum + scenario.cards, 0);
    const dealt = Array.from({ length: cards }, () => deck.deal());
    expect(new Set(dealt)).toEqual(new Set(callbackScenarios));
    const agent = dealt.filter(({ ending }) => ending.reach === 'agent').length;
    expect(agent / cards).toBeGreaterThan(0.5);
    expect(agent / cards).toBeLessThan(0.75);
  });
});

describe('a played callback', () => {
  it('is told by a start and a final event, each with all mandatory keys, unless that is the defect', () => {
    for (const { scenario, callback } of sound) {
      const { events, truth } = callback;
      if (scenario.ending.reach === 'never-started') {
        expect([truth.isFinal, events]).toEqual([false, []]);
        continue;
      }
      expect(events.length).toBeGreaterThanOrEqual(2);
      expect(events.map(({ record }) => record.finalRecord)).toEqual(
        events.map((_, index) => (index === events.length - 1 ? 1 : 0)),
      );
      expect(events.every(({ record }) => isComplete(record))).toBe(true);
      expect(truth.isFinal).toBe(true);
    }
    for (const { scenario, callback } of all.filter(({ scenario }) => scenario.defect === 'missing-mandatory-keys')) {
      const [start, ...rest] = callback.events;
      const missing = MANDATORY_FIELDS.filter((field) => !start?.record[field] && start?.record[field] !== 0);
      const zero = scenario.missing.filter((field) => start?.record[field] === 0);
      expect([...missing, ...zero].sort()).toEqual([...scenario.missing].sort());
      expect(rest.every(({ record }) => isComplete(record))).toBe(true);
      expect(callback.truth).toMatchObject({ isFinal: true, expected: { quarantined: 1 } });
    }
  });

  it('has times that follow one another and durations that are their differences', () => {
    for (const { callback } of sound.filter(({ callback }) => callback.truth.isFinal)) {
      const { record } = callback.truth;
      const inOrder = [
        ...[record.offeredMs, record.acceptedMs, record.readyMs, ...DIALS.map((dial) => record[`dial${dial}Ms`])],
        ...[record.lastDialMs, record.customerConnectedMs, record.serviceEndMs],
      ].flatMap((ms) => ms ?? []);
      expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
      expect(inOrder.every((ms) => ms % 1000 === 0)).toBe(true);
      expect(record.serviceStartMs).toBeGreaterThanOrEqual(record.offeredMs ?? Infinity);
      const gap = (from: keyof PartialRecord, to: keyof PartialRecord) =>
        (Number(record[to]) - Number(record[from])) / 1000;
      if (record.accepted === 1) expect(record.offerSeconds).toBe(gap('offeredMs', 'acceptedMs'));
      if (record.readyMs != null) expect(record.offlineWaitSeconds ?? 0).toBe(gap('acceptedMs', 'readyMs'));
      if (record.customerConnectedMs != null) {
        expect(record.establishMediaSeconds ?? 0).toBe(gap('lastDialMs', 'customerConnectedMs'));
        expect(record.onlineWaitSeconds ?? 0).toBeLessThanOrEqual(gap('customerConnectedMs', 'serviceEndMs'));
      }
    }
  });

  it('is consistent in acceptance, attempts, results, ready time, queue and attached data', () => {
    for (const { scenario, callback } of sound.filter(({ callback }) => callback.truth.isFinal)) {
      const { record, attachments } = callback.truth;
      expect(record.accepted === 1).toBe(record.acceptedMs != null);
      const results = DIALS.flatMap((dial) => record[`dial${dial}Result`] ?? []);
      expect(results).toHaveLength(Math.min(record.attempts ?? 0, 5));
      expect(DIALS.flatMap((dial) => record[`dial${dial}Ms`] ?? [])).toHaveLength(results.length);
      if (scenario.defect !== 'more-than-five-attempts' && DIAL_WORDS.includes(record.finalDialResult ?? '')) {
        expect(record.finalDialResult).toBe(results.at(-1));
      }
      expect(record.readyMs).toBe(record.dial1Ms);
      expect(record.vq != null && record.vqDbid != null && record.vqConfigType != null).toBe(true);
      if (record.channel === 'IVR' && record.accepted === 1) expect(attachments).toBeGreaterThan(0);
      if (record.agentAdded === 1) expect(record.customerConnectedMs).toBeDefined();
    }
  });

  it('has the truth that the merge of its events has', () => {
    for (const { callback } of all) {
      const complete = callback.events.map(({ record }) => record).filter(isComplete);
      const merge = mergeEvents(complete.map(asEvent));
      const known = Object.entries(merge?.record ?? {}).filter(([, value]) => value !== null);
      expect(callback.truth.record).toEqual(Object.fromEntries(known));
      expect(callback.truth.isFinal).toBe(merge?.isFinal ?? false);
      expect(callback.truth).toMatchObject(dispositionOf(merge?.record.disposition ?? null, merge?.isFinal ?? false));
    }
  });

  it.each(HABITS)('as $name says all its events, in bodies of one form', (habit) => {
    for (const { callback } of playAll([6], { speed: 30, habit })) {
      const bodies = callback.posts.filter(({ endpoint }) => endpoint === 'callback-events');
      const items = bodies.flatMap(itemsOf);
      expect(items).toHaveLength(callback.events.length);
      items.forEach((item, index) => {
        const record = callback.events[index]?.record ?? {};
        expect(readBack(item)).toEqual(
          Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null && value !== '')),
        );
      });
      expect(
        bodies.every(({ expected }, index) => expected.length === (bodies[index] ? itemsOf(bodies[index]).length : 0)),
      ).toBe(true);
    }
  });

  it('is the same for the same seed, but never has ids of another run', () => {
    const [scenario] = callbackScenarios;
    if (!scenario) throw new Error('no scenario');
    expect(played(scenario, { seed: 9 })).toEqual(played(scenario, { seed: 9 }));
    const ids = [1, 2].flatMap((runMs) =>
      Array.from({ length: 500 }, (_, number) => {
        const one = callbackIds(1_700_000_000_000 + runMs, number, new Random(5).fork(String(number)));
        return [one.serviceId, one.interactionId(0), one.interactionId(1)];
      }),
    );
    expect(new Set(ids.flat()).size).toBe(3000);
    expect(ids[0]?.[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  });

  it('gives customers numbers kept for fiction only', () => {
    const numbers = records.flatMap(({ customerPhoneNumber, customerAni }) => [customerPhoneNumber, customerAni]);
    for (const number of numbers.filter((number) => number != null && number !== '')) {
      expect(number).toMatch(/^\+(1\d{3}55501\d\d|493023125\d{3}|44207946\d{4})$/);
    }
  });
});

const NOTHING: readonly unknown[] = ['', 'undefined', 'null'];

/** What a tolerant receiver reads out of pairs, by field. */
function readBack(item: Record<string, unknown>) {
  return Object.fromEntries(
    Object.entries(item).flatMap(([key, written]) => {
      const field = FIELD_OF_KEY.get(key);
      if (field === undefined || NOTHING.includes(written)) return [];
      const { type } = pairOf(field);
      if (type === 'word' || type === 'text') return [[field, written]];
      return [[field, type === 'timestamp' ? Number(written) * 1000 : Number(written)]];
    }),
  );
}

function asEvent(partial: PartialRecord): CallbackEvent {
  const said = reported(partial);
  const record = Object.fromEntries(FIELDS.map((field) => [field, said[field] ?? null]));
  const keyCount = Object.values(record).filter((value) => value !== null).length;
  return { record: record as unknown as CallbackRecord, isComplete: true, keyCount, digest: JSON.stringify(partial) };
}
