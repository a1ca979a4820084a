/**
 * The whole program under a simulated contact centre that loses, repeats and reorders posts, scraped by a real
 * Prometheus: what PromQL answers, what the database holds and what the simulator did are the same.
 */
import Database from 'better-sqlite3';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS } from '../../src/simulator/options.js';
import { runSimulationInDetail } from '../../src/simulator/run.js';
import { systemClock } from '../../src/node/system-clock.js';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';
import { heldEvidence } from '../support/held-evidence.js';
import { freePort, Program } from '../support/program.js';
import { Prometheus, prometheusIsHere } from '../support/prometheus.js';

const WORDS = ['not_loaded', 'waiting_unload', 'unload_in_progress', 'inactive', 'active', 'running'];

interface Group {
  id: string;
  source: string;
  dbid: string;
  state: string;
  statistics: Record<string, number | null>;
}

describe.runIf(prometheusIsHere())('a contact centre of three OCS for half a minute', () => {
  // Each waits for its senders and for scrapes: beside each other.
  it.concurrent.for<readonly [string, object]>([
    ['with losses, duplicates and reordering', { loss: 0.05, duplicate: 0.05, reorder: 0.05, drift: 0.02 }],
    ['with frozen date-times', { frozenTime: true, loss: 0.05, duplicate: 0.05 }],
    [
      'of an old build that repeats no action',
      { withoutStatistics: true, oldSpellings: true, periodicAction: 'omits' as const, reorder: 0.1 },
    ],
  ])('%s: Prometheus, database and the sender’s account agree', async ([, habits], { onTestFinished }) => {
    const cleanUp: (() => unknown)[] = [];
    onTestFinished(async () => {
      for (const undo of cleanUp.reverse()) await undo();
    });
    const folder = mkdtempSync(join(tmpdir(), 'ocm-acceptance-'));
    cleanUp.push(() => {
      removeFolder(folder);
    });
    const database = join(folder, 'test.db');
    const program = await Program.start(await freePort(), database, [
      '--periodic-interval',
      '1s',
      '--silence-after',
      '1h',
    ]);
    cleanUp.push(() => program.end('SIGINT'));
    const prometheus = await Prometheus.scraping(program.url);
    cleanUp.push(() => prometheus.stop());

    const options = {
      ...DEFAULT_OPTIONS,
      url: program.url,
      groups: 40,
      sources: 3,
      intervalMs: 1000,
      speed: 240,
      durationMs: 20_000,
      seed: 7,
    };
    const { account, details } = await runSimulationInDetail({ ...options, ...habits }, { clock: systemClock });

    expect(account.failed).toBe(0);
    expect(account.answered).toBe(account.sent);
    expect(account.sent).toBeGreaterThan(400);
    expect(account.transitions).toBeGreaterThan(100);
    const db = new Database(database, { readonly: true });
    cleanUp.push(() => db.close());
    const held = (sql: string) => db.prepare(sql).pluck().get() as number;

    await eventually(async () => {
      for (const [outcome, posts] of Object.entries(account.by_outcome)) {
        expect([
          outcome,
          await prometheus.number(`sum(ocs_monitor_notifications_total{outcome="${outcome}"})`),
        ]).toEqual([outcome, posts]);
      }
    });
    const stored = account.sent - (account.by_outcome['duplicate'] ?? 0);
    expect(heldEvidence(db).length).toBe(stored);
    expect(
      await prometheus.number(
        'sum(ocs_campaign_group_transitions_total) - sum(ocs_campaign_group_transitions_withdrawn_total)',
      ),
    ).toBe(held('SELECT count(*) FROM transitions'));
    expect(await prometheus.number('sum(ocs_monitor_ack_duration_seconds_count)')).toBe(account.sent);

    // Every group's present is what was last sent about it, in PromQL and in the API.
    const groups = (
      (await (await fetch(`${program.url}/api/v1/campaign-groups?limit=1000`)).json()) as { items: Group[] }
    ).items;
    const sent = details.groups.filter(({ lastState }) => lastState !== null);
    expect(groups.length).toBe(sent.length);
    const shown = await prometheus.query('ocs_campaign_group_state == 1');
    expect(shown.length).toBe(sent.length);
    const hits = await prometheus.query('ocs_campaign_group_hit_ratio');
    for (const { source, dbid, lastState, statistics } of sent) {
      const same = (one: { source?: string; dbid?: string }) => one.source === source && one.dbid === dbid;
      const word = WORDS[lastState ?? -1];
      const group = groups.find(same);
      expect([source, dbid, group?.state]).toEqual([source, dbid, word]);
      expect(shown.find(({ metric }) => same(metric))?.metric['state']).toBe(word);
      const hit = hits.find(({ metric }) => same(metric));
      const expected = word === 'running' ? statistics.hitRatio : null;
      expect(hit === undefined ? null : Number(hit.value[1])).toBe(expected);
      expect(group?.statistics['hit_ratio']).toBe(expected);
    }

    // Nothing real is missing from history: every change whose own post arrived is an explicit transition at its time.
    const explicit = new Set(
      (
        db.prepare('SELECT source, dbid, at_ms, to_state FROM transitions WHERE inferred = 0').all() as {
          source: string;
          dbid: string;
          at_ms: number;
          to_state: string;
        }[]
      ).map((row) => `${row.source} ${row.dbid} ${String(row.at_ms)} ${row.to_state}`),
    );
    const told = details.groups.flatMap(({ source, dbid, changes }) =>
      changes
        .filter(({ lost }) => !lost)
        .map((change) => `${source} ${dbid} ${String(change.atMs)} ${WORDS[change.toState] ?? ''}`),
    );
    const missing = told.filter((change) => !explicit.has(change));
    // A change told right after the one before it was lost may look like no change (stop and start lost: a known blind spot).
    expect(missing.length).toBeLessThanOrEqual(account.lost_by_choice);
    if (account.lost_by_choice === 0) {
      expect(held('SELECT count(*) FROM transitions WHERE inferred = 1')).toBe(0);
      expect(held('SELECT count(*) FROM transitions')).toBe(account.transitions);
    }
  });
});
