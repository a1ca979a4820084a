/** What a scrape of many campaign groups weighs: samples, bytes, and how long the page takes to make. */
import { constants, gzipSync } from 'node:zlib';
import type { GroupSnapshot } from '../../src/domain/campaign-group.js';
import type { CommitReport } from '../../src/domain/store.js';
import { AbandonmentBoard } from '../../src/live/abandonment-board.js';
import { Roster } from '../../src/live/roster.js';
import { DomainMetrics } from '../../src/prometheus/domain-metrics.js';
import { EventCounters } from '../../src/prometheus/event-counters.js';
import { PieceMemory } from '../../src/prometheus/page-text.js';
import { type MetricsPage, pageOf } from '../../src/prometheus/shared-pages.js';
import { atMost, type Bench } from '../row.js';

const GROUPS = 10_000;
const LISTS = 3;
const PAGES = 10;
const NEW_LINE = 10;
const HASH = 35;
/** All label sets of all groups would be 360,000 samples in 57 MB. */
const CEILING_SAMPLES = 300_000;

function aGroup(groupNo: number, nowMs: number): GroupSnapshot {
  const lists = Array.from({ length: LISTS }, (_, list) => `List ${list} of the year`);
  return {
    groupNo,
    id: `5b3c2d34a90b4e1f8d${String(groupNo).padStart(6, '0')}`,
    source: 'eu-1',
    dbid: String(1000 + groupNo),
    attributes: {
      name: `Campaign ${groupNo}@Agents ${groupNo % 50}`,
      tenant: 'Environment',
      tenantCcid: '1',
      guid: `6f1c2d34-90ab-4e1f-8d55-${String(groupNo).padStart(12, '0')}`,
      group: `Agents ${groupNo % 50}`,
      campaign: `Campaign ${groupNo}`,
      template: 'Outbound Standard',
      queue: '8001',
    },
    ...{ state: 'running', stateCode: 5, stateSinceMs: nowMs - 60_000, isStateSinceKnown: true, ended: null },
    ...{ dialMode: 'predictive', optimizeBy: 'overdial_rate', optimizeGoal: 3 },
    ...{ lastAction: 'start', lastActor: 'client', lastActionInState: true, sendsStatistics: true },
    callingLists: lists.map((name) => ({ name, dbid: null, hitRatio: 0.29, timeToCompleteSeconds: 1800 })),
    figures: {
      lastEventMs: nowMs - 1000,
      lastHeardMs: nowMs - 1000,
      statistics: { busyRatio: 0.85, hitRatio: 0.27, overdialRatio: 0.014, timeToCompleteSeconds: 5400 },
    },
  };
}

/** Each was loaded and started by a client. */
function livedFor(): CommitReport {
  const made = (['load', 'start'] as const).flatMap((action) =>
    Array.from({ length: GROUPS }, (_, groupNo) => ({
      groupNo,
      transition: { action, actor: 'client', inferred: false },
    })),
  );
  return { made, withdrawn: [] } as unknown as CommitReport;
}

function weigh(pages: readonly MetricsPage[]): { samples: number; bytes: number; compressed: number } {
  const text = Buffer.concat(pages.flatMap(({ pieces }) => pieces.map((piece) => Buffer.from(piece))));
  let samples = 0;
  let before = NEW_LINE;
  for (const byte of text) {
    if (before === NEW_LINE && byte !== HASH) samples++;
    before = byte;
  }
  return { samples, bytes: text.length, compressed: gzipSync(text, { level: constants.Z_BEST_SPEED }).length };
}

/** Renders what stands on `/metrics` for each group: the event counters and the campaign groups. */
export function domainPages(): { readonly render: () => Promise<readonly MetricsPage[]> } {
  const nowMs = Date.now();
  const roster = new Roster({
    ...{ maxGroups: GROUPS, maxSources: 10, upSinceMs: nowMs - 3_600_000 },
    rhythmOf: () => ({ intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 }),
  });
  roster.load(Array.from({ length: GROUPS }, (_, groupNo) => aGroup(groupNo, nowMs)));
  const memory = new PieceMemory();
  const onListsLeftOut = () => undefined;
  const groups = new DomainMetrics({
    ...{ roster, memory, onListsLeftOut, abandonment: new AbandonmentBoard() },
    ...{ unloadedRetentionMs: 900_000, maxListsPerGroup: 50 },
  });
  const events = new EventCounters({ roster, nowMs: () => nowMs, groups, memory });
  events.count(livedFor());
  return { render: async () => [await events.render(nowMs, 'text'), pageOf(await groups.render(nowMs), 'text')] };
}

export const SCRAPE_SIZE: Bench = {
  name: 'scrape-size',
  rows: [
    {
      ...{ key: 'samples', what: 'a scrape of 10,000 running groups with 3 lists each', comparison: null },
      ...{ unit: 'samples', floor: atMost(CEILING_SAMPLES) },
    },
  ],
  run: async () => {
    const domain = domainPages();
    let weight = { samples: 0, bytes: 0, compressed: 0 };
    let cpuMs = 0;
    for (let page = 0; page <= PAGES; page++) {
      const before = process.cpuUsage();
      const pages = await domain.render();
      const { user, system } = process.cpuUsage(before);
      // The first has everything to make.
      if (page > 0) cpuMs += (user + system) / 1000 / PAGES;
      if (page === PAGES) weight = weigh(pages);
      for (const one of pages) one.release();
    }
    const [mb, gzipped] = [weight.bytes / 1e6, weight.compressed / 1e6];
    const how = `${mb.toFixed(1)} MB, ${gzipped.toFixed(1)} MB compressed, made in ${cpuMs.toFixed(0)} ms of CPU time`;
    return { outcomes: { samples: { value: weight.samples, how, loadCore: null } } };
  },
};
