/**
 * The whole program, told of every kind of callback over HTTP and scraped by a real Prometheus: what the views, the
 * reports and PromQL say is what really happened.
 */
import Database from 'better-sqlite3';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CallbackRecord } from '../../src/domain/callback-record.js';
import { CALLBACK_SUB_STATES } from '../../src/domain/callback.js';
import { pairOf } from '../../src/gms/key-value-pairs.js';
import { callbackScenarios } from '../../src/simulator/callbacks/catalogue.js';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';
import { Poster } from '../support/many-posts.js';
import { freePort, Program } from '../support/program.js';
import { Prometheus, prometheusIsHere } from '../support/prometheus.js';
import { played } from '../support/simulated-callbacks.js';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

type Row = Readonly<Record<string, unknown>>;

/** The documented join (docs/callback-sql.md) of the one row that counts of each finished callback. */
const FINISHED = `
  SELECT * FROM CALLBACK_FACT
    JOIN CALLBACK_DIM_1 AS dim_1 ON dim_1.ID = CALLBACK_DIM_1_KEY
    JOIN CALLBACK_DIM_2 AS dim_2 ON dim_2.ID = CALLBACK_DIM_2_KEY
    JOIN CALLBACK_DIM_3 AS dim_3 ON dim_3.ID = CALLBACK_DIM_3_KEY
    JOIN CALLBACK_DIAL_RESULTS AS dials ON dials.ID = CALLBACK_DIAL_RESULTS_KEY
    JOIN RESOURCE_ USING (RESOURCE_KEY)
  WHERE FINAL_RECORD = 1 AND AFTER_FINAL = 0`;

/** Fields that only the final event says, so that the fact's row has what the merged record has. */
const OF_THE_END: readonly (keyof CallbackRecord)[] = [
  ...(['serviceEndMs', 'agentAdded', 'attempts', 'offlineWaitSeconds', 'onlineWaitSeconds'] as const),
  ...(['dial1Result', 'finalDialResult', 'dialogResult', 'callDirection', 'connectOrder', 'channel'] as const),
];

/** A value as a column of Info Mart shows it: whole seconds, 0 and UNKNOWN for what is not reported. */
function inInfoMart(field: keyof CallbackRecord, value: number | string | null | undefined): unknown {
  const { type } = pairOf(field);
  if (value === null || value === undefined) return type === 'word' || type === 'text' ? 'UNKNOWN' : 0;
  return type === 'timestamp' && typeof value === 'number' ? value / 1000 : value;
}

const columnOf = (field: keyof CallbackRecord) => pairOf(field).infoMart?.columns[0] ?? '';

async function everything(url: string, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = (await (await fetch(`${url}${path}&limit=1000${cursor && `&cursor=${cursor}`}`)).json()) as {
      items: Row[];
      next_cursor: string | null;
    };
    rows.push(...page.items);
    cursor = page.next_cursor;
  }
  return rows;
}

const sumOf = (rows: readonly Row[], name: string) => rows.reduce((sum, row) => sum + Number(row[name] ?? 0), 0);

describe.runIf(prometheusIsHere())('every kind of callback', () => {
  it('is found in the views, the reports and a real Prometheus as it happened', { timeout: 180_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-callbacks-'));
    cleanUp.push(() => {
      removeFolder(folder);
    });
    const database = join(folder, 'test.db');
    const program = await Program.start(await freePort(), database);
    cleanUp.push(() => program.end('SIGINT'));
    const prometheus = await Prometheus.scraping(program.url);
    cleanUp.push(() => prometheus.stop());

    const cast = callbackScenarios.map((scenario, number) => played(scenario, { number, seed: 5 }));
    expect(cast.length).toBeGreaterThan(300);
    // Several senders, each callback by one: its own posts come in their order.
    const lives = cast.map(({ posts }) => posts).values();
    const poster = new Poster();
    cleanUp.push(() => {
      poster.close();
    });
    const send = async () => {
      for (const posts of lives) {
        for (const { endpoint, contentType, body } of posts) {
          await poster.post(`${program.url}/gms/site-1/${endpoint}`, body, { 'content-type': contentType });
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, send));

    const finished = cast.map(({ truth }) => truth).filter(({ isFinal }) => isFinal);
    const db = new Database(database, { readonly: true });
    const facts = new Map((db.prepare(FINISHED).all() as Row[]).map((row) => [row['SERVICE_ID'], row]));
    db.close();
    expect(facts.size).toBe(finished.length);
    const range = 'from=2000-01-01&to=2100-01-01';
    const details = new Map(
      (await everything(program.url, `/api/v1/callbacks/details?${range}`)).map((row) => [row['service_id'], row]),
    );
    for (const truth of finished) {
      const { record, serviceId, scenario } = truth;
      const fact = facts.get(serviceId) ?? {};
      const shown = OF_THE_END.map((field) => [columnOf(field), fact[columnOf(field)]]);
      expect([scenario, shown]).toEqual([
        scenario,
        OF_THE_END.map((field) => [columnOf(field), inInfoMart(field, record[field])]),
      ]);
      expect([scenario, details.get(serviceId)]).toMatchObject([
        scenario,
        { state: truth.state, sub_state: truth.subState, queue: record.vq ?? null, final: true },
      ]);
    }
    expect(details.size).toBe(finished.length);

    const summary = await everything(program.url, `/api/v1/callbacks/summary?by=day,queue,channel&${range}`);
    const count = (test: (record: Partial<CallbackRecord>) => boolean) =>
      finished.filter(({ record }) => test(record)).length;
    expect(sumOf(summary, 'callbacks')).toBe(finished.length);
    expect(sumOf(summary, 'offered')).toBe(count(({ offered }) => offered === 1));
    expect(sumOf(summary, 'successful')).toBe(count(({ agentAdded }) => agentAdded === 1));
    expect(sumOf(summary, 'connected')).toBe(count(({ customerConnectedMs }) => (customerConnectedMs ?? 0) > 0));
    expect(sumOf(summary, 'attempts')).toBe(finished.reduce((sum, { record }) => sum + (record.attempts ?? 0), 0));
    expect(sumOf(summary, 'cancelled')).toBe(finished.filter(({ subState }) => subState === 'CANCELLED').length);

    const expected = (name: 'recorded' | 'quarantined') =>
      cast.reduce((sum, { truth }) => sum + (truth.expected[name] ?? 0), 0);
    await eventually(async () => {
      expect(await prometheus.number('sum(gms_callback_records_total)')).toBe(expected('recorded'));
      expect(await prometheus.number('sum(gms_callback_finished_total)')).toBe(finished.length);
    }, 20_000);
    for (const subState of CALLBACK_SUB_STATES) {
      const query = `sum(gms_callback_finished_total{source="site-1",sub_state="${subState}"})`;
      const ended = finished.filter((truth) => truth.subState === subState).length;
      expect([subState, await prometheus.number(query)]).toEqual([subState, ended]);
    }
    const missing = callbackScenarios.flatMap((scenario, at) =>
      scenario.missing.map((field) => [pairOf(field).name, cast[at]?.truth.expected.quarantined ?? 0] as const),
    );
    expect(missing.length).toBeGreaterThan(5);
    for (const key of new Set(missing.map(([name]) => name))) {
      const alarm = `sum(gms_callback_missing_mandatory_total{source="site-1",key="${key}"}) > 0`;
      const lacking = missing.filter(([name]) => name === key).reduce((sum, [, events]) => sum + events, 0);
      expect([key, await prometheus.number(alarm)]).toEqual([key, lacking]);
    }
    const open = cast.filter(({ truth }) => !truth.isFinal && (truth.expected.recorded ?? 0) > 0).length;
    expect(await prometheus.number('sum(gms_callback_open)')).toBe(open);
    expect(await prometheus.number('ocs_monitor_notifications_total{source="site-1",outcome="quarantined"}')).toBe(
      expected('quarantined'),
    );
  });
});
