import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupSnapshot } from '../../../src/domain/campaign-group.js';
import { AbandonmentBoard } from '../../../src/live/abandonment-board.js';
import { Roster } from '../../../src/live/roster.js';
import { DomainMetrics } from '../../../src/prometheus/domain-metrics.js';
import { boundedLabel, renderLabels, renderValue } from '../../../src/prometheus/exposition.js';
import { PageText, PieceMemory } from '../../../src/prometheus/page-text.js';
import { pageOf, type RenderedFamilies } from '../../../src/prometheus/shared-pages.js';
import { aSnapshot, NOW } from '../../support/snapshots.js';
import { parseExposition, type Sample, valueOf } from '../../support/exposition.js';

const rhythm = { intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 };

function aRoster(options: Partial<ConstructorParameters<typeof Roster>[0]> = {}): Roster {
  return new Roster({ maxGroups: 100, maxSources: 10, upSinceMs: NOW - 3_600_000, rhythmOf: () => rhythm, ...options });
}

const textOf = (rendered: RenderedFamilies) =>
  pageOf(rendered, 'text')
    .pieces.map((piece) => Buffer.from(piece).toString())
    .join('');

function domainMetrics(roster: Roster, { maxLists = 50, abandonment = new AbandonmentBoard() } = {}): DomainMetrics {
  return new DomainMetrics({
    abandonment,
    roster,
    unloadedRetentionMs: 900_000,
    maxListsPerGroup: maxLists,
    onListsLeftOut: () => undefined,
    memory: new PieceMemory(),
  });
}

async function scrape(roster: Roster, options: { nowMs?: number; maxLists?: number } = {}): Promise<string> {
  return textOf(await domainMetrics(roster, options).render(options.nowMs ?? NOW));
}

const names = (text: string) => new Set(parseExposition(text).map(({ name }) => name));
/** States of a group with their samples. */
const statesOf = (text: string, dbid = '101') =>
  parseExposition(text)
    .filter(({ name, labels }) => name === 'ocs_campaign_group_state' && labels['dbid'] === dbid)
    .map(({ labels, value }) => [labels['state'], value]);
const key = ({ name, labels }: Sample) => JSON.stringify([name, Object.entries(labels).sort()]);
const STATISTICS = ['busy_ratio', 'hit_ratio', 'time_to_complete_seconds'].map((name) => `ocs_campaign_group_${name}`);

/** Text with everything that has broken an exposition somewhere. */
const hostile = fc
  .array(
    fc.constantFrom(
      ',',
      '"',
      '\\',
      '\n',
      '{',
      '}',
      '=',
      ':',
      ' ',
      '#',
      'é',
      '😀',
      '\ud800',
      '\udc00',
      '\u0000',
      'a',
      'B',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('domain series', () => {
  it('carry every label value exactly, and never merge two series, whatever people call their campaigns', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.tuple(hostile, hostile), { minLength: 1, maxLength: 5 }), async (groups) => {
        const roster = aRoster();
        roster.load(
          groups.map(([name, tenant], index) => {
            const snapshot = aSnapshot({ groupNo: index });
            return { ...snapshot, attributes: { ...snapshot.attributes, name, tenant } };
          }),
        );
        const samples = parseExposition(await scrape(roster));
        expect(new Set(samples.map(key)).size).toBe(samples.length);
        const shown = samples.filter(({ name }) => name === 'ocs_campaign_group_info');
        expect(shown.map(({ labels }) => [labels['campaign_group'], labels['tenant']])).toEqual(
          groups.map(([name, tenant]) => [name.toWellFormed(), tenant.toWellFormed()]),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('round-trip any number', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const [sample] = parseExposition(`x${renderLabels({ a: 'b' })} ${renderValue(value)}\n`);
        expect(sample?.value).toEqual(value === 0 ? 0 : value);
      }),
    );
  });

  it('cut long label values and keep them distinct', () => {
    const long = 'x'.repeat(200);
    expect(boundedLabel(`${long}1`).length).toBeLessThanOrEqual(128);
    expect(boundedLabel(`${long}1`)).not.toBe(boundedLabel(`${long}2`));
  });

  it('never take a short value for a long one that was cut, nor mistake many long ones for each other', () => {
    const cut = boundedLabel('x'.repeat(200));
    expect(boundedLabel(cut)).not.toBe(cut);
    const many = Array.from({ length: 100_000 }, (_, n) => boundedLabel(`${'x'.repeat(130)}${String(n)}`));
    expect(new Set(many).size).toBe(many.length);
  });

  it('of a running group: the state one-hot, its goal in its unit, zero as zero and null as nothing', async () => {
    const roster = aRoster();
    roster.load([aSnapshot()]);
    const text = await scrape(roster);
    expect(statesOf(text)).toEqual([
      ['not_loaded', 0],
      ['waiting_unload', 0],
      ['unload_in_progress', 0],
      ['inactive', 0],
      ['active', 0],
      ['running', 1],
      ['unknown', 0],
    ]);
    expect(valueOf(text, 'ocs_campaign_group_hit_ratio')).toBe(0);
    expect(valueOf(text, 'ocs_campaign_group_overdial_ratio')).toBeUndefined();
    expect(valueOf(text, 'ocs_campaign_group_optimization_goal_ratio')).toBe(0.03);
    expect(valueOf(text, 'ocs_campaign_group_optimization_goal_seconds')).toBeUndefined();
    expect(valueOf(text, 'ocs_campaign_group_silent')).toBe(0);
  });

  it('of abandoned calls: what was said of each rule, and nothing where nothing can be said', async () => {
    const roster = aRoster();
    roster.load([aSnapshot()]);
    const [entry] = roster.entries();
    const abandonment = new AbandonmentBoard();
    if (entry !== undefined) {
      abandonment.note(entry, 'tsr', { low: 0, high: 0.02, estimatedRatio: null }, NOW);
      abandonment.note(entry, '24h', { low: null, high: null, estimatedRatio: 0.025 }, NOW);
    }
    const told = parseExposition(textOf(await domainMetrics(roster, { abandonment }).render(NOW)))
      .filter(({ name }) => name.startsWith('ocs_campaign_group_abandonment_'))
      .map(({ name, labels, value }) => [name.slice('ocs_campaign_group_abandonment_'.length), labels, value]);
    const labels = { source: 'default', tenant: 'Environment', campaign_group: 'Spring Sale@Agents', dbid: '101' };
    expect(told).toEqual([
      ['estimated_ratio', { ...labels, profile: '24h' }, 0.025],
      ['low_ratio', { ...labels, profile: 'tsr' }, 0],
      ['high_ratio', { ...labels, profile: 'tsr' }, 0.02],
    ]);
  });

  it('of the state: of each group those it is in or was in, active and running from the start; all of the first', async () => {
    const roster = aRoster();
    const second = (parts: Partial<GroupSnapshot> = {}) => aSnapshot({ groupNo: 2, ...parts });
    roster.load([aSnapshot(), second()]);
    const metrics = domainMetrics(roster);
    const shown = async (nowMs = NOW) => {
      const page = await metrics.render(nowMs);
      return statesOf(textOf(page), '102').map(([state, value]) => `${state ?? ''} ${value ?? ''}`);
    };
    expect(await shown()).toEqual(['active 0', 'running 1']);
    roster.load([second({ state: 'active', stateCode: 4 })]);
    expect(await shown()).toEqual(['active 1', 'running 0']);
    roster.load([second({ state: 'waiting_unload', stateCode: 1 })]);
    expect(await shown()).toEqual(['waiting_unload 1', 'active 0', 'running 0']);
    roster.load([second({ state: 'not_loaded', stateCode: 0 })]);
    expect(await shown()).toEqual(['not_loaded 1', 'waiting_unload 0', 'active 0', 'running 0']);
    expect(await shown(NOW + 901_000)).toEqual([]);
    // The series begin anew.
    roster.load([second({ state: 'active', stateCode: 4 })]);
    expect(await shown()).toEqual(['active 1', 'running 0']);
  });

  it('of the state: a sum over the groups of each source and tenant has every state, whichever of them leave', async () => {
    const roster = aRoster();
    const tenants = ['Environment', 'Sales', 'Environment', 'Sales'];
    const groups = tenants.map((tenant, index) => {
      const snapshot = aSnapshot({ groupNo: index + 1 });
      return { ...snapshot, attributes: { ...snapshot.attributes, tenant } };
    });
    roster.load(groups);
    const metrics = domainMetrics(roster);
    const sums = async () => {
      const found: Record<string, number> = {};
      for (const { name, labels, value } of parseExposition(textOf(await metrics.render(NOW)))) {
        if (name !== 'ocs_campaign_group_state') continue;
        const row = `${labels['tenant'] ?? ''} ${labels['state'] ?? ''}`;
        found[row] = (found[row] ?? 0) + value;
      }
      return found;
    };
    const first = await sums();
    expect(Object.keys(first).length).toBe(14);
    expect([first['Sales running'], first['Sales unknown']]).toEqual([2, 0]);
    roster.forget([1, 2], null);
    const second = await sums();
    expect(Object.keys(second).length).toBe(14);
    expect([second['Environment running'], second['Environment inactive']]).toEqual([1, 0]);
  });

  it('of the state: right answers to what people ask of a life that is scraped', async () => {
    const roster = aRoster();
    roster.load([aSnapshot(), aSnapshot({ groupNo: 2, state: 'active', stateCode: 4 })]);
    const metrics = domainMetrics(roster);
    const history = new Map<string, (number | undefined)[]>();
    const life = ['active', 'running', 'running', 'active', 'running', 'waiting_unload', 'not_loaded', 'not_loaded'];
    for (const [scrape, state] of life.entries()) {
      roster.load([aSnapshot({ groupNo: 2, state })]);
      for (const [name, value] of statesOf(textOf(await metrics.render(NOW)), '102')) {
        const samples = history.get(String(name)) ?? [];
        samples[scrape] = Number(value);
        history.set(String(name), samples);
      }
    }
    const of = (state: string) => Array.from({ length: life.length }, (_, scrape) => history.get(state)?.[scrape]);
    expect(of('running')).toEqual(life.map((state) => (state === 'running' ? 1 : 0)));
    expect(of('active')).toEqual(life.map((state) => (state === 'active' ? 1 : 0)));
    // Never 1 at its end, where a query that looks back would find it.
    expect(of('waiting_unload').slice(5)).toEqual([1, 0, 0]);
    for (let scrape = 0; scrape < life.length; scrape++) {
      const ones = [...history].filter(([, samples]) => samples[scrape] === 1);
      expect(ones.map(([state]) => state)).toEqual([life[scrape]]);
    }
  });

  it('of a stopped group: no figures, no dialing info', async () => {
    const roster = aRoster();
    roster.load([aSnapshot({ state: 'active', stateCode: 4 })]);
    const shown = names(await scrape(roster));
    for (const name of [...STATISTICS, 'ocs_campaign_group_dialing_info']) expect(shown).not.toContain(name);
    expect(shown).toContain('ocs_campaign_group_state');
  });

  it('of a silent group: still running, but its last figures are gone', async () => {
    const roster = aRoster();
    roster.load([aSnapshot()]);
    const text = await scrape(roster, { nowMs: NOW + 31_000 });
    expect(valueOf(text, 'ocs_campaign_group_silent')).toBe(1);
    expect(valueOf(text, 'ocs_campaign_group_state', { state: 'running' })).toBe(1);
    for (const name of STATISTICS) expect(names(text)).not.toContain(name);
  });

  it('of an unloaded group: an explicit end for a while, then nothing', async () => {
    const roster = aRoster();
    roster.load([aSnapshot({ state: 'not_loaded', stateCode: 0 })]);
    expect(valueOf(await scrape(roster), 'ocs_campaign_group_state', { state: 'not_loaded' })).toBe(1);
    expect(parseExposition(await scrape(roster, { nowMs: NOW + 901_000 }))).toEqual([]);
  });

  it('change their names with the group: the old label set is gone at the next scrape', async () => {
    const roster = aRoster();
    roster.load([aSnapshot()]);
    const metrics = domainMetrics(roster);
    await metrics.render(NOW);
    const snapshot = aSnapshot();
    roster.load([{ ...snapshot, attributes: { ...snapshot.attributes, name: 'Autumn Sale' } }]);
    const text = textOf(await metrics.render(NOW));
    expect(text).not.toContain('Spring Sale@Agents');
    expect(text).toContain('campaign_group="Autumn Sale"');
  });

  it('of calling lists: one each, under the label they have, and the same left out in whatever order they are sent', async () => {
    const list = (name: string, dbid: string | null, label?: string) => ({
      ...{ name, dbid, hitRatio: 0.2, timeToCompleteSeconds: null },
      ...(label !== undefined && { label }),
    });
    const lists = [list('A', '1'), list('B', null), list('A', '2', 'A (2)'), list('C', null)];
    for (const callingLists of [lists, [...lists].reverse()]) {
      const roster = aRoster();
      roster.load([aSnapshot({ callingLists })]);
      const shown = (text: string) =>
        parseExposition(text)
          .filter(({ name }) => name === 'ocs_calling_list_hit_ratio')
          .map(({ labels }) => labels['calling_list']);
      expect(shown(await scrape(roster, { maxLists: 3 }))).toEqual(['A', 'A (2)', 'B']);
      expect(shown(await scrape(roster)).sort()).toEqual(['A', 'A (2)', 'B', 'C']);
    }
  });
});

describe('the roster', () => {
  it('leaves a newcomer out at its bound and counts it, but an unloaded group makes room', () => {
    const roster = aRoster({ maxGroups: 2 });
    roster.load([aSnapshot({ groupNo: 1 }), aSnapshot({ groupNo: 2, state: 'not_loaded' }), aSnapshot({ groupNo: 3 })]);
    expect([...roster.entries()].map(({ snapshot }) => snapshot.groupNo)).toEqual([1, 3]);
    roster.load([aSnapshot({ groupNo: 4 })]);
    expect([roster.size, roster.leftOut, roster.get('id-2'), roster.get('id-4')]).toEqual([2, 1, undefined, undefined]);
  });

  it('takes sources beyond its bound together', () => {
    const roster = aRoster({ maxSources: 2 });
    roster.load(['a', 'b', 'c', 'd'].map((source, index) => aSnapshot({ groupNo: index + 1, source })));
    expect([...roster.sources()].map(([source]) => source)).toEqual(['a', 'b', '(other)']);
  });
});

describe('the text of a page', () => {
  const written = (memory: PieceMemory | null, lines: readonly string[]) => {
    const text = new PageText(memory);
    for (const line of lines) text.add(line);
    return { text, bytes: text.pieces() };
  };
  const read = (bytes: readonly Uint8Array[]) => Buffer.concat(bytes).toString();
  const longLines = (what: string) => Array.from({ length: 3000 }, (_, n) => `${what} ${n} ${what.repeat(20)}\n`);

  it('is what was added, in order, whatever the letters and lengths', () => {
    const memory = new PieceMemory();
    const line = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('ä'.repeat(40_000), '☎'.repeat(70_000)));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const { text, bytes } = written(memory, lines);
        expect(read(bytes)).toBe(lines.join(''));
        text.release();
      }),
      { numRuns: 200 },
    );
  });

  it('stays as it is while it is sent, and makes room for others afterwards', () => {
    const memory = new PieceMemory();
    const first = written(memory, longLines('first'));
    const second = written(memory, longLines('second'));
    expect(read(first.bytes)).toBe(longLines('first').join(''));
    first.text.release();
    const third = written(memory, longLines('third'));
    const buffers = new Set(first.bytes.map(({ buffer }) => buffer));
    expect(third.bytes.slice(0, 3).every(({ buffer }) => buffers.has(buffer))).toBe(true);
    expect(read(second.bytes)).toBe(longLines('second').join(''));
    expect(read(third.bytes)).toBe(longLines('third').join(''));
  });
});
