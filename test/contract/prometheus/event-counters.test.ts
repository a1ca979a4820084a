/** The counters of transitions on the page: which series a group has, when they leave, and what increase() makes of them. */
import { describe, expect, it } from 'vitest';
import type { GroupSnapshot } from '../../../src/domain/campaign-group.js';
import type { CommitReport, TransitionChange } from '../../../src/domain/store.js';
import { AbandonmentBoard } from '../../../src/live/abandonment-board.js';
import { Roster } from '../../../src/live/roster.js';
import { DomainMetrics } from '../../../src/prometheus/domain-metrics.js';
import { EventCounters } from '../../../src/prometheus/event-counters.js';
import { PieceMemory } from '../../../src/prometheus/page-text.js';
import { type MetricsPage, pageOf } from '../../../src/prometheus/shared-pages.js';
import { parseExposition } from '../../support/exposition.js';
import { aSnapshot, NOW } from '../../support/snapshots.js';

const RETENTION_MS = 900_000;
const HOUR_MS = 3_600_000;

type Did = Partial<Pick<TransitionChange['transition'], 'action' | 'actor' | 'inferred'>>;

/** A page of groups that are put on the roster and act. */
class Contact {
  readonly roster = new Roster({
    ...{ maxGroups: 50_000, maxSources: 10, upSinceMs: NOW - HOUR_MS },
    rhythmOf: () => ({ intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 }),
  });
  readonly #domain;
  readonly #events;

  constructor() {
    const { roster } = this;
    const memory = new PieceMemory();
    const onListsLeftOut = () => undefined;
    this.#domain = new DomainMetrics({
      ...{ roster, memory, onListsLeftOut, abandonment: new AbandonmentBoard() },
      ...{ unloadedRetentionMs: RETENTION_MS, maxListsPerGroup: 50 },
    });
    this.#events = new EventCounters({ roster, nowMs: () => NOW, groups: this.#domain, memory });
  }

  /** Puts a group into a state, as it is heard at a time. */
  put(groupNo: number, state: string, heardMs = NOW, parts: Partial<GroupSnapshot> = {}): void {
    const { figures } = aSnapshot();
    this.roster.load([aSnapshot({ groupNo, state, figures: { ...figures, lastHeardMs: heardMs }, ...parts })]);
  }

  act(groupNo: number, ...all: readonly Did[]): void {
    const made = all.map((did) => ({ groupNo, transition: { actor: 'client', inferred: false, ...did } }));
    this.#events.count({ made, withdrawn: [] } as unknown as CommitReport);
  }

  withdraw(groupNo: number): void {
    this.#events.count({ made: [], withdrawn: [{ groupNo }] } as unknown as CommitReport);
  }

  forget(groupNo: number): void {
    this.roster.forget([groupNo], null);
    this.#events.dropSeries([groupNo]);
  }

  /** Every series of the counters, and its value. */
  async scrape(nowMs = NOW): Promise<Map<string, number>> {
    const samples = parseExposition(textOf(await this.#events.render(nowMs, 'text')));
    return new Map(
      samples.map(({ name, labels, value }) => {
        const { dbid, campaign_group: group, action = 'withdrawn', actor = '', inferred = '' } = labels;
        const what = name.includes('withdrawn') ? 'withdrawn' : `${action} ${actor} ${inferred}`;
        return [`${dbid ?? ''} ${group ?? ''} ${what}`, value];
      }),
    );
  }

  /** Names of all series on the page, those of the groups themselves too. */
  async series(nowMs: number): Promise<number> {
    const pages = [await this.#events.render(nowMs, 'text'), pageOf(await this.#domain.render(nowMs), 'text')];
    return parseExposition(pages.map(textOf).join('')).length;
  }
}

function textOf(page: MetricsPage): string {
  const text = page.pieces.map((piece) => Buffer.from(piece).toString()).join('');
  page.release();
  return text;
}

/** What increase() tells, without its guess at the edges: of the samples of each series, in order, what was added. */
function increases(scrapes: readonly ReadonlyMap<string, number>[]): Record<string, number> {
  const found: Record<string, number> = {};
  const last = new Map<string, number>();
  for (const scrape of scrapes) {
    for (const [series, value] of scrape) {
      const before = last.get(series);
      const added = before === undefined ? 0 : value < before ? value : value - before;
      if (added > 0) found[series] = (found[series] ?? 0) + added;
      last.set(series, value);
    }
  }
  return found;
}

const GROUP = '101 Spring Sale@Agents';

describe('counters of transitions', () => {
  it.each(['client', 'automatic'])('show an increase for each first action of a life, done by %s', async (actor) => {
    const contact = new Contact();
    contact.put(1, 'not_loaded');
    const scrapes = [await contact.scrape()];
    const life = [
      ['load', 'active'],
      ['start', 'running'],
      ['stop', 'active'],
      ['start', 'running'],
      ['unload', 'waiting_unload'],
      ['unload', 'not_loaded'],
      ['load', 'active'],
    ] as const;
    for (const [action, state] of life) {
      contact.act(1, { action, actor });
      contact.put(1, state);
      scrapes.push(await contact.scrape());
    }
    expect(increases(scrapes)).toEqual(
      Object.fromEntries(
        ['load', 'start', 'stop', 'unload'].map((did) => [`${GROUP} ${did} ${actor} false`, did === 'stop' ? 1 : 2]),
      ),
    );
  });

  it('show it for a stop and its unload, or a load and its start, between two scrapes; and for what no post told', async () => {
    const contact = new Contact();
    contact.put(1, 'running');
    contact.put(2, 'not_loaded');
    const before = await contact.scrape();
    contact.act(1, { action: 'stop', actor: 'automatic' }, { action: 'unload', actor: 'automatic' });
    contact.act(1, { action: null, actor: 'unknown', inferred: true });
    contact.put(1, 'waiting_unload');
    contact.act(2, { action: 'load' }, { action: 'start' });
    contact.put(2, 'running');
    contact.withdraw(1);
    expect(increases([before, await contact.scrape()])).toEqual({
      [`${GROUP} stop automatic false`]: 1,
      [`${GROUP} unload automatic false`]: 1,
      [`${GROUP} none unknown true`]: 1,
      [`${GROUP} withdrawn`]: 1,
      ['102 Spring Sale@Agents load client false']: 1,
      ['102 Spring Sale@Agents start client false']: 1,
    });
  });

  it('leave out what cannot come next, until any group has done it', async () => {
    const contact = new Contact();
    contact.put(1, 'running');
    contact.put(2, 'running');
    const of = async (dbid: string) =>
      [...(await contact.scrape()).keys()]
        .filter((series) => series.startsWith(dbid))
        .map((series) => series.slice(23));
    expect(await of('102')).toEqual([
      'stop client false',
      'stop automatic false',
      'set_dial_mode client false',
      'set_dial_mode automatic false',
      'unload client false',
      'unload automatic false',
      'none unknown true',
      'withdrawn',
    ]);
    contact.act(1, { action: 'force_unload', actor: 'unknown(7)' }, { action: 'start' });
    expect(await of('102')).toContain('force_unload unknown false');
    expect(await of('102')).not.toContain('start client false');
    expect(await of('101')).toContain('start client false');
  });

  it('leave with the other series of the group, and go on where they were: what happened meanwhile is an increase', async () => {
    const contact = new Contact();
    contact.put(1, 'running');
    contact.act(1, { action: 'load' }, { action: 'start' });
    const scrapes = [await contact.scrape()];
    contact.act(1, { action: 'unload' });
    contact.put(1, 'not_loaded');
    scrapes.push(await contact.scrape(NOW + RETENTION_MS));
    expect(scrapes[1]?.get(`${GROUP} unload client false`)).toBe(1);
    expect(await contact.series(NOW + RETENTION_MS + 1)).toBe(0);
    expect((await contact.scrape(NOW + RETENTION_MS + 1)).size).toBe(0);
    contact.act(1, { action: 'load' });
    contact.put(1, 'active', NOW + 12 * HOUR_MS);
    scrapes.push(await contact.scrape(NOW + 12 * HOUR_MS));
    expect(increases(scrapes)).toEqual({ [`${GROUP} unload client false`]: 1, [`${GROUP} load client false`]: 1 });
  });

  it('leave when the group is forgotten, or has to leave the roster', async () => {
    const contact = new Contact();
    contact.put(1, 'running');
    contact.act(1, { action: 'start' });
    contact.forget(1);
    expect((await contact.scrape()).size).toBe(0);
    contact.put(1, 'running');
    expect((await contact.scrape()).get(`${GROUP} start client false`)).toBeUndefined();
  });

  it('do not become more from day to day, as other groups are loaded and unloaded', async () => {
    const contact = new Contact();
    const sizes: number[] = [];
    for (let day = 0; day < 30; day++) {
      const dayMs = NOW + day * 24 * HOUR_MS;
      for (let group = 0; group < 20; group++) {
        contact.act(day * 20 + group, { action: 'load' }, { action: 'start' }, { action: 'stop' });
        contact.act(day * 20 + group, { action: 'unload', actor: 'automatic' });
        contact.put(day * 20 + group, 'not_loaded', dayMs);
      }
      sizes.push(await contact.series(dayMs));
    }
    expect(new Set(sizes).size).toBe(1);
    expect(await contact.series(NOW + 40 * 24 * HOUR_MS)).toBe(0);
  });

  it('of a renamed group: the old series end at their value, the new ones go on from it', async () => {
    const contact = new Contact();
    contact.put(1, 'running');
    contact.act(1, { action: 'start' }, { action: 'start' }, { action: 'start' });
    const scrapes = [await contact.scrape()];
    const { attributes } = aSnapshot();
    contact.put(1, 'running', NOW, { attributes: { ...attributes, name: 'Autumn Sale' } });
    scrapes.push(await contact.scrape());
    expect([...(scrapes[1]?.keys() ?? [])].filter((series) => series.includes('Spring'))).toEqual([]);
    expect(scrapes[1]?.get('101 Autumn Sale start client false')).toBe(3);
    expect(increases(scrapes)).toEqual({});
    contact.act(1, { action: 'stop' });
    scrapes.push(await contact.scrape());
    expect(increases(scrapes)).toEqual({ '101 Autumn Sale stop client false': 1 });
  });

  it('with the gauges, are 29 series of a running group with three lists that was loaded and started', async () => {
    const list = (name: string) => ({ name, dbid: null, hitRatio: 0.2, timeToCompleteSeconds: 60 });
    const callingLists = ['A', 'B', 'C'].map(list);
    const { figures } = aSnapshot();
    const statistics = { ...figures.statistics, overdialRatio: 0.01 };
    const contact = new Contact();
    const put = (groupNo: number) => {
      contact.put(groupNo, 'running', NOW, { callingLists, figures: { ...figures, lastHeardMs: NOW, statistics } });
      contact.act(groupNo, { action: 'load' }, { action: 'start' });
    };
    put(1);
    const first = await contact.series(NOW);
    put(2);
    expect((await contact.series(NOW)) - first).toBe(29);
  });
});
