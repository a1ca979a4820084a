/** Every simulated callback against the real service: what it answers and what it holds is what really happened. */
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallbackRecord } from '../../src/domain/callback-record.js';
import { callbackScenarios } from '../../src/simulator/callbacks/catalogue.js';
import type { CallbackPost, CallbackTruth } from '../../src/simulator/callbacks/play-callback.js';
import { HABITS } from '../../src/simulator/callbacks/posting.js';
import { type TestApp, startTestApp } from '../support/app.js';
import { played } from '../support/simulated-callbacks.js';

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp({ pii: 'full' });
});
afterAll(() => service.remove());

/** Habits in turn, shifted, so that every ending meets several. */
const cast = callbackScenarios.map((scenario, number) => {
  const habit = HABITS[(number + Math.floor(number / HABITS.length)) % HABITS.length];
  return { scenario, callback: played(scenario, { number, seed: 11, ...(habit && { habit }) }) };
});

interface Answer {
  readonly outcome?: string;
  readonly items?: readonly { readonly outcome?: string }[];
}

async function outcomesOf({ endpoint, contentType, body }: CallbackPost): Promise<string[]> {
  const headers = { 'content-type': contentType };
  const response = await fetch(`${service.url}/gms/${endpoint}`, { method: 'POST', headers, body });
  const answer = (await response.json()) as Answer;
  if (endpoint !== 'callback-events') return [response.status === 200 ? 'stored' : `status ${response.status}`];
  if (response.status === 422) return ['quarantined'];
  return (answer.items ?? [answer]).map(({ outcome }) => outcome ?? 'quarantined');
}

const columnOf = (field: string) => field.replace(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`);

function heldOf(row: Record<string, unknown>, { record }: CallbackTruth): Record<string, unknown> {
  const fields = Object.keys(record) as (keyof CallbackRecord)[];
  return Object.fromEntries(fields.map((field) => [field, row[columnOf(field)]]));
}

describe('every callback of the simulator', () => {
  it('gets the answers it expects, and is held as it was', async () => {
    const odd: unknown[] = [];
    const waiting = [...cast];
    const post = async () => {
      for (let one = waiting.pop(); one; one = waiting.pop()) {
        for (const each of one.callback.posts) {
          const outcomes = await outcomesOf(each);
          if (outcomes.join() !== each.expected.join()) odd.push([one.scenario.name, each, outcomes]);
        }
      }
    };
    await Promise.all(Array.from({ length: 16 }, post));
    expect(odd).toEqual([]);

    const db = new Database(service.database, { readonly: true });
    const select = db.prepare<[string], Record<string, unknown>>('SELECT * FROM callbacks WHERE service_id = ?');
    for (const { callback } of cast) {
      const { truth } = callback;
      const row = select.get(truth.serviceId) ?? {};
      expect([truth.scenario, heldOf(row, truth)]).toEqual([truth.scenario, truth.record]);
      expect([truth.scenario, row]).toMatchObject([
        truth.scenario,
        {
          is_final: truth.isFinal ? 1 : 0,
          attachments: truth.attachments,
          late_events: truth.expected['after-final'] ?? 0,
          events: (truth.expected.recorded ?? 0) + (truth.expected['after-final'] ?? 0),
        },
      ]);
    }
    const missing = db.prepare('SELECT sum(events) FROM callback_missing_keys').pluck().get();
    const quarantined = cast.filter(({ callback }) => callback.truth.expected.quarantined !== undefined);
    expect(missing).toBe(quarantined.reduce((sum, { scenario }) => sum + scenario.missing.length, 0));
    db.close();
  });
});
