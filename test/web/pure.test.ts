import { describe, expect, it } from 'vitest';
import type { CampaignGroup, Transition } from '../../web/api-types.js';
import type { Callback } from '../../web/callback-types.js';
import { contained, isolated, visible } from '../../web/bidi.js';
import { EventParser, type StreamEvent } from '../../web/event-stream.js';
import { bytes, clock, duration, longDuration, percent, utc, words } from '../../web/format.js';
import { goalOf, goalWords } from '../../web/goal.js';
import { laneOf } from '../../web/lanes.js';
import { hrefOf, parseRoute } from '../../web/route.js';
import { extended } from '../../web/sparks.js';
import { KEY_VALUE_PAIRS } from '../../src/gms/key-value-pairs.js';
import { isNumber, ofStep, refusedRecords } from '../../web/callback-search.js';
import { eventWords, keyKind, keyValue, keyWords, stateWords } from '../../web/callback-words.js';
import { chaptersOf } from '../../web/story.js';
import { changeWords, describe as describeTransition } from '../../web/transition-words.js';
import { mostUrgentFirst } from '../../web/open-callbacks.js';
import { iconOf, titleOf } from '../../web/tab-sign.js';
import { added, shareOf } from '../../web/totals.js';
import { cutOf, merge } from '../../web/transitions-feed.js';
import { byTrouble, rankOf, troubleOf } from '../../web/trouble.js';
import { chosen, countStates, isIn, matching, ordered } from '../../web/wall-list.js';
import { waitBuckets } from '../../web/waits.js';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const LIMITS = {
  overdial_ratio: 0.03,
  overdial_for_seconds: 120,
  overdial_resolve_seconds: 300,
  unload_stuck_seconds: 900,
  delivery_ratio: 0.98,
};
const BY = { nowMs: NOW, limits: LIMITS };
const ago = (ms: number) => new Date(NOW - ms).toISOString();
const NO_FIGURES = { busy_ratio: null, hit_ratio: null, overdial_ratio: null, time_to_complete_seconds: null };

function aGroup(parts: Partial<CampaignGroup> = {}): CampaignGroup {
  return {
    ...{ id: 'g', source: 'default', tenant: 'Environment', dbid: '101', name: 'Spring@Agents', group: 'Agents' },
    ...{ campaign: 'Spring', template: null, queue: '8001', state: 'running', state_since: ago(3_600_000) },
    state_seen_since: ago(3_600_000),
    ...{ dial_mode: 'predictive', optimize_by: null, optimize_goal: null, last_actor: 'client' },
    ...{ ended: null, ended_at: null },
    ...{ last_event_at: ago(1000), last_heard_at: ago(1000), silent: false },
    ...{ silent_since: null, source_silent: false },
    ...{ sends_statistics: true, statistics: NO_FIGURES },
    ...parts,
  };
}

function aTransition(parts: Partial<Transition> = {}): Transition {
  return {
    ...{ id: 't', campaign_group_id: 'g', campaign_group: 'Spring@Agents', at: ago(60_000), from_state: 'active' },
    ...{ to_state: 'running', from_dial_mode: null, to_dial_mode: null, from_optimize_by: null, to_optimize_by: null },
    ...{ from_optimize_goal: null, to_optimize_goal: null, action: 'start', actor: 'client', inferred: false },
    ...{ unexpected: false, implied_steps: [], not_before: null },
    ...parts,
    sort_key: parts.sort_key ?? `${parts.at ?? ago(60_000)}.00.`,
  };
}

describe('how figures are written', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [59_999, '59 s'],
    [307_000, '5 m 07 s'],
    [7_500_000, '2 h 05 m'],
    [273_600_000, '3 d 04 h'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('ratios have one decimal, and what is not known is a dash, never 0', () => {
    expect([percent(0.85), percent(0.0204), percent(1), percent(null)]).toEqual(['85.0%', '2.0%', '100.0%', '–']);
  });

  it('clock times say the day when it is not today, in the zone of the viewer', () => {
    const zone = 'Europe/Berlin';
    expect(clock(NOW + 3_600_000, NOW, zone)).toBe('14:00');
    expect(clock(NOW + 12 * 3_600_000, NOW, zone)).toBe('Sat 01:00');
    expect(clock(NOW + 8 * 86_400_000, NOW, zone)).toBe('28 Nov 13:00');
    expect(clock(NOW + 400 * 86_400_000, NOW, zone)).toMatch(/^25 Dec 2027,? 13:00$/);
    expect(utc(NOW)).toBe('2026-11-20 12:00:00 UTC');
  });

  it('sizes and words', () => {
    expect([bytes(0), bytes(512), bytes(4198), bytes(3 * 1024 ** 3)]).toEqual(['0 B', '512 B', '4.1 kB', '3.0 GB']);
    expect(words('transferred_to_rp')).toBe('Transferred to a routing point');
    expect([words('predictive_gvp'), words('not_json'), words(null), words('')]).toEqual([
      'Predictive GVP',
      'Not JSON',
      '–',
      '–',
    ]);
    expect([5 * 3_600_000, 47 * 3_600_000, 90 * 86_400_000, 1e15].map(longDuration)).toEqual([
      '5 h 00 m',
      '1 d 23 h',
      '90 days',
      'more than 10 years',
    ]);
  });
});

describe('what wants a person', () => {
  const over = { ...NO_FIGURES, overdial_ratio: 0.05 };
  it.each([
    ['stopped_by_itself', { state: 'active', ended: 'by_itself' }],
    ['stopped_by_itself', { state: 'waiting_unload', ended: 'by_itself' }],
    [null, { state: 'active', ended: 'by_client' }],
    [null, { state: 'active', ended: 'untold' }],
    [null, { state: 'active', ended: 'completed' }],
    [null, { state: 'not_loaded', ended: 'by_itself' }],
    ['over_dialing', { statistics: over }],
    ['over_dialing', { statistics: over, optimize_by: 'overdial_rate', optimize_goal: 8 }],
    [null, { statistics: { ...over, overdial_ratio: 0.02 }, optimize_by: 'overdial_rate', optimize_goal: 1 }],
    [null, { state: 'active', statistics: over }],
    ['over_dialing', { statistics: over, optimize_by: 'busy_factor', optimize_goal: 85 }],
    [null, { statistics: { ...over, overdial_ratio: 0.03 } }],
    ['silent', { silent: true }],
    ['stuck_unloading', { state: 'unload_in_progress', state_seen_since: ago(901_000) }],
    ['stuck_unloading', { state: 'waiting_unload', state_since: null, state_seen_since: ago(901_000) }],
    [null, { state: 'waiting_unload', state_seen_since: ago(899_000) }],
  ] as const)('is %s for %j', (trouble, parts) => {
    expect(troubleOf(aGroup(parts), BY)).toBe(trouble);
  });

  it('goes by the limits that the service says, and is silent about what it has no limit for', () => {
    const group = aGroup({ statistics: over });
    expect(troubleOf(group, { nowMs: NOW, limits: { ...LIMITS, overdial_ratio: 0.05 } })).toBeNull();
    expect(troubleOf(group, { nowMs: NOW, limits: null })).toBeNull();
    expect(troubleOf(aGroup({ silent: true }), { nowMs: NOW, limits: null })).toBe('silent');
  });

  it('comes first, then what runs, then the rest; equals go by name', () => {
    const groups = [
      aGroup({ id: '1', name: 'off', state: 'not_loaded' }),
      aGroup({ id: '2', name: 'odd', state: 'unknown(9)' }),
      aGroup({ id: '3', name: 'b runs' }),
      aGroup({ id: '4', name: 'a runs' }),
      aGroup({ id: '5', name: 'silent', silent: true }),
      aGroup({ id: '6', name: 'stopped', state: 'active', ended: 'by_itself' }),
      aGroup({ id: '7', name: 'loaded', state: 'active' }),
    ];
    const sorted = [...groups].sort(byTrouble(BY)).map(({ name }) => name);
    expect(sorted).toEqual(['stopped', 'silent', 'a runs', 'b runs', 'loaded', 'odd', 'off']);
    expect(rankOf(aGroup(), BY)).toBeLessThan(rankOf(aGroup({ state: 'inactive' }), BY));
  });
});

describe('the list of the wall', () => {
  const groups = [
    aGroup({ id: '1', name: 'Alpha', statistics: { ...NO_FIGURES, hit_ratio: 0.1 } }),
    aGroup({ id: '2', name: 'Beta', tenant: 'Other', statistics: { ...NO_FIGURES, hit_ratio: 0.9 } }),
    aGroup({ id: '3', name: 'Gamma', state: 'active' }),
  ];
  const names = (list: readonly CampaignGroup[]) => list.map(({ name }) => name);

  it('is searched by every word in any attribute', () => {
    expect(names(matching(groups, chosen({ q: 'other PREDICTIVE' })))).toEqual(['Beta']);
    const accented = [aGroup({ name: 'Cafe\u0301', tenant: 'Zu\u0308rich' }), aGroup({ name: 'Cafe' })];
    expect(matching(accented, chosen({ q: 'CAFÉ zürich' }))).toEqual(accented.slice(0, 1));
    expect(matching(accented, chosen({ tenant: 'Z\u00FCrich' }))).toEqual(accented.slice(0, 1));
    expect(names(matching(groups, chosen({ tenant: 'Environment' })))).toEqual(['Alpha', 'Gamma']);
  });

  it('is sorted either way with what is not known last', () => {
    expect(names(ordered(groups, chosen({ sort: 'hit' }), BY))).toEqual(['Alpha', 'Beta', 'Gamma']);
    expect(names(ordered(groups, chosen({ sort: 'hit', dir: 'desc' }), BY))).toEqual(['Beta', 'Alpha', 'Gamma']);
  });

  it('is counted by state, a silent group not as running', () => {
    const counts = countStates([...groups, aGroup({ id: '4', silent: true })], BY);
    expect(counts).toMatchObject({ running: 2, silent: 1, active: 1, trouble: 1, not_loaded: 0 });
  });

  it('is counted and filtered by each kind of trouble, which together are all of it', () => {
    const troubled = [
      aGroup({ id: '4', silent: true }),
      aGroup({ id: '5', state: 'active', ended: 'by_itself' }),
      aGroup({ id: '6', statistics: { ...NO_FIGURES, overdial_ratio: 0.05 } }),
      aGroup({ id: '7', state: 'unload_in_progress', state_seen_since: ago(901_000) }),
    ];
    const counts = countStates([...groups, ...troubled], BY);
    expect(counts).toMatchObject({ trouble: 4, silent: 1, stopped_by_itself: 1, over_dialing: 1, stuck_unloading: 1 });
    expect(chosen({ state: 'stuck_unloading' }).state).toBe('stuck_unloading');
    expect(troubled.filter((group) => isIn('over_dialing', group, BY)).map(({ id }) => id)).toEqual(['6']);
  });

  it('takes nothing from the URL that it does not know', () => {
    expect(chosen({ state: 'nonsense', sort: 'nonsense' })).toMatchObject({ state: null, sort: 'trouble' });
  });
});

describe('a lane of the timeline', () => {
  const from = NOW - 600_000;
  const shape = ({ stretches }: ReturnType<typeof laneOf>) =>
    stretches.map((one) => [one.state, (one.fromMs - from) / 1000, (one.toMs - from) / 1000]);

  it('is one state where nothing happened, from when it began', () => {
    expect(shape(laneOf(aGroup(), [], from, NOW))).toEqual([['running', 0, 600]]);
    expect(shape(laneOf(aGroup({ state_seen_since: ago(60_000) }), [], from, NOW))).toEqual([['running', 540, 600]]);
  });

  it('begins where all of its transitions are known, in the state of then', () => {
    const loaded = [
      aTransition({ id: '2', at: ago(60_000), from_state: 'running', to_state: 'active' }),
      aTransition({ id: '1', at: ago(120_000), from_state: 'active', to_state: 'running' }),
    ];
    expect(cutOf(loaded, null)).toBeNull();
    const cutMs = cutOf(loaded, 'more') ?? 0;
    expect(cutMs).toBe(NOW - 120_000 + 1);
    const lane = laneOf(aGroup({ state: 'active' }), loaded, cutMs, NOW);
    expect(lane.stretches).toMatchObject([
      { state: 'running', fromMs: cutMs, toMs: NOW - 60_000 },
      { state: 'active', toMs: NOW },
    ]);
    expect(cutOf([], 'more')).toBeNull();
  });

  it('is cut at transitions in whatever order they come; a change of mode cuts nothing', () => {
    const stop = aTransition({ id: '2', at: ago(60_000), from_state: 'running', to_state: 'active', action: 'stop' });
    const mode = aTransition({ id: '3', at: ago(90_000), from_state: 'running', to_state: 'running' });
    const begin = aTransition({ id: '1', at: ago(120_000) });
    expect(shape(laneOf(aGroup({ state: 'active' }), [stop, mode, begin], from, NOW))).toEqual([
      ['active', 0, 480],
      ['running', 480, 540],
      ['active', 540, 600],
    ]);
  });

  it('goes by the order of history within one millisecond, however transitions come', () => {
    const at = ago(60_000);
    const down = ['running', 'waiting_unload', 'unload_in_progress', 'not_loaded'];
    const unload = down.slice(1).map((to_state, n) =>
      aTransition({
        id: to_state,
        at,
        sort_key: `${at}.1${n}.x`,
        from_state: down[n] ?? null,
        to_state,
        action: 'unload',
      }),
    );
    const begin = aTransition({ id: 'b', at: ago(120_000) });
    for (const turned of [unload, [...unload].reverse(), [...unload.slice(1), ...unload.slice(0, 1)]]) {
      const lane = laneOf(aGroup({ state: 'not_loaded' }), [...turned, begin], from, NOW);
      expect(shape(lane)).toEqual([
        ['active', 0, 480],
        ['running', 480, 540],
        ['not_loaded', 540, 600],
      ]);
      expect(lane.transitions.map(({ id }) => id)).toEqual(['b', ...down.slice(1)]);
    }
  });

  it('is cut, with an interval, where a group was loaded anew into the same state', () => {
    const implied_steps = ['stop', 'unload', 'load', 'start'];
    const parts = { from_state: 'running', inferred: true, action: null, not_before: ago(180_000), implied_steps };
    const lane = laneOf(aGroup(), [aTransition({ ...parts, at: ago(60_000) })], from, NOW);
    expect(shape(lane)).toEqual([
      ['running', 0, 420],
      ['running', 540, 600],
    ]);
    expect(lane.unsure.length).toBe(1);
    expect(changeWords(aTransition(parts))).toBe('Running → Not loaded → Running');
  });

  it('has an interval, not an edge, for what is inferred', () => {
    const inferred = aTransition({ at: ago(60_000), not_before: ago(180_000), inferred: true, action: null });
    const lane = laneOf(aGroup(), [inferred], from, NOW);
    expect(shape(lane)).toEqual([
      ['active', 0, 420],
      ['running', 540, 600],
    ]);
    expect(lane.unsure).toMatchObject([{ fromMs: NOW - 180_000, toMs: NOW - 60_000, fromState: 'active' }]);
  });

  it('claims nothing of the time before a group was first heard', () => {
    const first = aTransition({ from_state: null, inferred: true, action: null });
    expect(shape(laneOf(aGroup(), [first], from, NOW))).toEqual([['running', 540, 600]]);
  });

  it('is not known from the first post that did not come', () => {
    const { stretches } = laneOf(aGroup({ silent: true, silent_since: ago(30_000) }), [], from, NOW);
    expect(stretches.map(({ isSilent, toMs }) => [isSilent, toMs])).toEqual([
      [false, NOW - 30_000],
      [true, NOW],
    ]);
  });
});

describe('the story of a callback', () => {
  it('goes by the order of a life where its times, whole seconds, are the same', () => {
    const at = ago(60_000);
    const times = { offered_at: at, accepted_at: at, customer_connected_at: at, ended_at: at };
    const story = {
      ...{ ...times, state: 'COMPLETED', sub_state: null, events: [], interactions: [], state_changes: [] },
      dials: [2, 1].map((n) => ({ n, at, result: null })),
    };
    const chapters = chaptersOf(story as unknown as Parameters<typeof chaptersOf>[0]);
    const expected = ['Offered', 'Accepted', 'Attempt 1', 'Attempt 2', 'Customer connected', 'Ended'];
    expect(chapters.map(({ what }) => what)).toEqual(expected);
  });

  it('has an attempt behind the dialing that GMS told of in the same second, and before what came of it', () => {
    const at = '2026-11-20T11:00:00.000Z';
    const told = (event: string, ms: number) => ({
      ...{ event: `_cbe_on_${event}`, state: null },
      received_at: new Date(Date.parse(at) + ms).toISOString(),
    });
    const story = {
      ...{ offered_at: null, accepted_at: null, customer_connected_at: at, ended_at: '2026-11-20T11:00:01.000Z' },
      ...{ state: 'COMPLETED', sub_state: null, events: [], interactions: [] },
      state_changes: [told('dial_init', 350), told('dial_done', 700), told('dial_init', 1200)],
      dials: [{ n: 1, at, result: null }],
    };
    const chapters = chaptersOf(story as unknown as Parameters<typeof chaptersOf>[0]);
    const expected = ['Dialing the customer', 'Attempt 1', 'Customer connected', 'Dial ended', 'Ended'];
    expect(chapters.map(({ what }) => what)).toEqual([...expected, 'Dialing the customer']);
  });
});

describe('words of callbacks', () => {
  it('tell each event of GMS, and one that nobody knows by its name', () => {
    const names = 'service_create virtual_ixn_create target_found dial_init dial_done connect_treatment_start';
    const more = 'customer_queued route_to_agent service_exit';
    const callbacks = 'submitted queued scheduled rescheduled cancelled status_updated submit_failed processing_failed';
    const events = [...`${names} ${more}`.split(' '), ...callbacks.split(' ').map((name) => `callback_${name}`)];
    const told = events.map((name) => eventWords(`_cbe_on_${name}`));
    expect(new Set(told).size).toBe(events.length);
    for (const text of [...told, eventWords('_cbe_on_push_sent'), eventWords('_CBE_ON_DIAL_INIT'), eventWords(null)])
      expect(text).toMatch(/^[A-Z][a-z ,]+$/);
    expect(eventWords('_cbe_on_push_sent')).toBe('Push sent');
  });

  it('tell every key by its kind: times as times, lengths as lengths, flags as yes or no', () => {
    const kinds = {
      timestamp: 'timestamp',
      seconds: 'seconds',
      flag: 'flag',
      word: 'word',
      integer: 'plain',
      text: 'plain',
    };
    for (const { name, type } of Object.values(KEY_VALUE_PAIRS)) {
      expect([name, keyKind(name)]).toEqual([name, kinds[type]]);
      expect(keyWords(name)).toMatch(/^[A-Z][A-Za-z0-9 ]+$/);
      expect(keyWords(name)).not.toMatch(/\b(CB|ixn|vq|ewt)\b/i);
    }
    expect(keyWords('_CB_EWT_WHEN_CALLBACK_WAS_OFFERED')).toBe('Expected wait when callback was offered');
    expect(keyValue('_CB_T_DIAL_1', 1_795_161_600)).toEqual({ atMs: 1_795_161_600_000 });
    expect(keyValue('_CB_D_ESTABLISH_MEDIA_IXN', 65)).toBe('1 m 05 s');
    expect([keyValue('_CB_N_IS_SNOOZED', 1), keyValue('_CB_FINAL_RECORD', 0)]).toEqual(['yes', 'no']);
    expect(keyValue('_CB_DIAL_1_RESULT', 'NO_ANSWER')).toBe('No answer');
    expect(keyValue('_CB_DIM_VQ', 'VQ_SALES')).toBe('VQ_SALES');
  });

  it('say why a completed one is open', () => {
    const open = { state: 'QUEUED', live_state: null, final: false };
    expect(stateWords(open)).toEqual({ what: 'Queued', why: '' });
    expect(stateWords({ ...open, state: 'COMPLETED' }).why).toBe('its last record says so, but no final record came');
    expect(stateWords({ ...open, live_state: 'COMPLETED' })).toEqual({
      what: 'Completed',
      why: 'GMS says so, but no final record came',
    });
    expect(stateWords({ ...open, state: 'COMPLETED', final: true }).why).toBe('');
  });

  it('stand in the story for what GMS told', () => {
    const story = {
      ...{ offered_at: null, accepted_at: null, customer_connected_at: null, ended_at: null, dials: [], events: [] },
      interactions: [{ interaction_id: 'i1', role: 'first_outbound', first_received_at: ago(1) }],
      state_changes: [
        { event: '_cbe_on_dial_init', state: 'QUEUED', received_at: ago(3) },
        { event: '_cbe_on_callback_reminder', state: null, received_at: ago(2) },
      ],
    };
    const chapters = chaptersOf(story as unknown as Parameters<typeof chaptersOf>[0]);
    expect(chapters.map(({ what, more }) => `${what} (${more})`)).toEqual([
      'Dialing the customer (told by GMS: queued)',
      'Reminder (told by GMS)',
      'First call to the customer (i1)',
    ]);
  });
});

describe('transitions told twice', () => {
  it('count as they were told last: a withdrawn one is one no more', () => {
    const { byGroup, withdrawn } = merge([aTransition()], [aTransition({ withdrawn: true }), aTransition({ id: 'u' })]);
    expect(byGroup.get('g')?.map(({ id }) => id)).toEqual(['u']);
    expect(withdrawn.get('g')?.map(({ id }) => id)).toEqual(['t']);
  });

  it('read as sentences', () => {
    expect(describeTransition(aTransition())).toBe('Start by client: Active → Running');
    expect(describeTransition(aTransition({ action: null, inferred: true }))).toBe('Inferred: Active → Running');
    const goal = {
      from_state: 'running',
      from_dial_mode: 'predictive',
      to_dial_mode: 'predictive',
      to_optimize_by: 'busy_factor',
    };
    expect(changeWords(aTransition({ ...goal, to_optimize_goal: 85 }))).toBe('Busy factor, goal 85%');
  });
});

describe('the stream', () => {
  const parse = (...pieces: string[]) => {
    const events: StreamEvent[] = [];
    const parser = new EventParser((event) => events.push(event));
    for (const piece of pieces) parser.push(piece);
    return { events, lastId: parser.lastId };
  };

  it('is cut into events wherever the network cuts it', () => {
    const text =
      'retry: 2000\nid: 1\n\nid: 2\nevent: statistics\ndata: {"a":\ndata: 1}\n\n: heartbeat\nid: 3\n\nevent: x\ndata: un';
    for (let at = 0; at <= text.length; at++) {
      expect(parse(text.slice(0, at), text.slice(at))).toEqual({
        events: [{ type: 'statistics', data: '{"a":\n1}' }],
        lastId: '3',
      });
    }
  });

  it('is read with every kind of line end', () => {
    expect(parse('data: a\r\n\r\ndata: b\r\n\r\n').events.map(({ data }) => data)).toEqual(['a', 'b']);
  });
});

describe('figures that come one by one', () => {
  const figures = { ...NO_FIGURES, hit_ratio: 0.5 };
  const minute = Math.floor(NOW / 60_000) * 60_000;

  it('replace the newest minute of a sparkline, begin a new one, and leave out what is older than an hour', () => {
    const spark = { atMs: [minute - 3_700_000, minute], busy_ratio: [1, 1], hit_ratio: [1, 1], overdial_ratio: [1, 1] };
    expect(extended(spark, figures, NOW)).toMatchObject({ atMs: [minute], hit_ratio: [0.5] });
    expect(extended(spark, figures, NOW + 60_000)).toMatchObject({
      atMs: [minute, minute + 60_000],
      hit_ratio: [1, 0.5],
    });
    expect(extended(spark, NO_FIGURES, NOW)).toBe(spark);
    expect(extended(spark, figures, NOW - 120_000)).toBe(spark);
  });
});

describe('goals', () => {
  it('belong to the statistic that is optimised, and say their unit', () => {
    const busy = { optimize_by: 'busy_factor', optimize_goal: 85 };
    expect([goalOf(busy, 'busy_ratio'), goalOf(busy, 'overdial_ratio')]).toEqual([0.85, null]);
    expect(goalWords(busy)).toBe('Busy factor, goal 85%');
    expect(goalWords({ optimize_by: 'average_waiting_time', optimize_goal: 12 })).toBe(
      'Average waiting time, goal 12 s',
    );
    expect(goalWords({ optimize_by: null, optimize_goal: null })).toBe('–');
  });
});

describe('the URL', () => {
  it('says a view and all of its choices, and leads back to them', () => {
    const href = hrefOf('group', 'a/b?c', { range: '6h', q: 'ä&b', empty: '' });
    expect(parseRoute(href)).toEqual({ view: 'group', id: 'a/b?c', parameters: { range: '6h', q: 'ä&b' } });
    expect(parseRoute('#/nonsense/%E0')).toEqual({ view: 'wall', id: '%E0', parameters: {} });
  });
});

describe('waits', () => {
  it('count callbacks that say both, in the bucket of each', () => {
    const buckets = waitBuckets([
      { expected_wait_seconds: 59, offline_wait_seconds: 60 },
      { expected_wait_seconds: 30, offline_wait_seconds: null },
      { expected_wait_seconds: 9000, offline_wait_seconds: 7200 },
    ]);
    const filled = buckets.filter(({ expected, waited }) => expected + waited > 0);
    expect(filled).toEqual([
      { label: 'under 1 m', expected: 1, waited: 0 },
      { label: '1–2 m', expected: 0, waited: 1 },
      { label: '2 h and more', expected: 1, waited: 1 },
    ]);
  });
});

describe('texts of senders', () => {
  it.each([
    ['Spring', 'Spring'],
    ['\u202Egnirps', '\u202Egnirps'],
    ['a\u2069\u202Eb', 'a\u202Eb'],
    ['a\u2067b', 'a\u2067b\u2069'],
    ['\u2066a\u2069\u2069\u2068b', '\u2066a\u2069\u2068b\u2069'],
    ['a\u2029\u202Eb\u0085c\nd', 'a \u202Eb c d'],
    ['\u2069\u2069', ''],
  ])('%j cannot leave the isolate it stands in', (text, kept) => {
    expect(contained(text)).toBe(kept);
  });

  it('stand in an isolate where there is room for text alone, when they need one', () => {
    expect(isolated('Spring 2026 @ Zürich')).toBe('Spring 2026 @ Zürich');
    expect(isolated('אביב')).toBe('\u2068אביב\u2069');
    expect(isolated('a\u2069\u202Eb')).toBe('\u2068a\u202Eb\u2069');
  });

  it('are raw with what has an effect and no look written out', () => {
    expect(visible('{"a":"\u202Eb\u2069\u0000"}\r\n\tc\u200C')).toBe('{"a":"\\u202eb\\u2069\\u0000"}\r\n\tc\u200C');
  });
});

describe('shares of callbacks', () => {
  it('are of what is reported: what one row does not say nobody knows in all', () => {
    const totals = added([
      { interval_start: 'a', offered: null, requested: 4, wait_seconds: null },
      { interval_start: 'b', offered: 3, requested: 2, wait_seconds: 7 },
      { interval_start: 'c', offered: 3, requested: 1, wait_seconds: 7 },
    ]);
    expect(totals).toEqual({ offered: null, requested: 7, wait_seconds: null });
    expect(shareOf(7, totals['offered'] ?? null)).toBeNull();
  });

  it('are none of nothing, and 0 of something', () => {
    expect([shareOf(0, 0), shareOf(2, 0), shareOf(null, 4), shareOf(0, 4), shareOf(1, 4)]).toEqual([
      null,
      null,
      null,
      0,
      0.25,
    ]);
  });
});

describe('open callbacks', () => {
  const open = (service_id: string, startedAgoMs: number, dueAgoMs: number | null = null) =>
    ({
      ...{ source: 'default', service_id, accepted_at: ago(startedAgoMs), offered_at: null, first_received_at: ago(0) },
      ...{ overdue: dueAgoMs !== null, due_at: dueAgoMs === null ? null : ago(dueAgoMs) },
    }) as Callback;

  it('come overdue first, those due longest first, then the oldest; each once', () => {
    const young = open('young', 1000);
    const old = open('old', 90_000_000);
    const due = open('due', 5000, 1000);
    const dueLong = open('due long', 2000, 60_000);
    const found = mostUrgentFirst([due, dueLong, young, old, due, dueLong]);
    expect(found.map(({ service_id }) => service_id)).toEqual(['due long', 'due', 'old', 'young']);
  });
});

describe('what is asked of callbacks', () => {
  const NOTHING = {
    ...{ source: 'default', service_id: 's', sub_state: null, outcome: null, queue: null, channel: null },
    ...{ dialog_result: null, final_dial_result: null, offered_at: null, accepted_at: null, attempts: null },
    ...{ customer_connected_at: null, ended_at: null, agent_added_to_ixn: null, abandoned_waiting: null },
    ...{ timed_out: null, transfers_failed: null, customer_phone_number: null },
    ...{ expected_wait_seconds: null, offline_wait_seconds: null },
  };

  it.each([
    ['+49 151 12345678', true],
    ['0151/123 456-78', true],
    ['tel:+4915112345678', true],
    ['4915112345678 ext', true],
    ['12345', true],
    ['369-bca7-6ab0', false],
    ['0b1c2d3e-4f50-4617-8899-aabbccddeeff', false],
    ['ORS-SESSION-7', false],
    ['42', false],
  ])('takes %s for a number: %s', (text, is) => {
    expect(isNumber(text)).toBe(is);
  });

  it('lists the callbacks that a bar counts, and none for a bar that there is not', () => {
    const all = [
      { ...NOTHING, service_id: 'declined', offered_at: ago(0), outcome: 'declined' },
      { ...NOTHING, service_id: 'joined', offered_at: ago(0), attempts: 1, agent_added_to_ixn: true },
      { ...NOTHING, service_id: 'cancelled', accepted_at: ago(0), sub_state: 'CANCELLED' },
    ];
    const ids = (step: string) => ofStep(all, step).map(({ service_id: id }) => id);
    expect(ids('offered')).toEqual(['declined', 'joined']);
    expect(ids('requested')).toEqual(['joined', 'cancelled']);
    expect(ids('attempted')).toEqual(['joined']);
    expect(ids('successful')).toEqual(['joined']);
    expect(ids('cancelled')).toEqual(['cancelled']);
    expect([...ids('constructor'), ...ids('nonsense')]).toEqual([]);
  });

  it('tells how many records were refused within the time, and for which keys', () => {
    const body = (more: object) => ({
      ...{ endpoint: 'callback-events', count: 1, last_received_at: ago(1000), replayed_at: null },
      ...{ violations: [{ field: '_CB_SERVICE_ID' }], ...more },
    });
    const nowMs = Date.parse(ago(0));
    const told = refusedRecords(
      [
        body({}),
        body({ count: 5, violations: [{ field: '_CB_T_SERVICE_START' }, { field: '_CB_SERVICE_ID' }] }),
        body({ endpoint: 'campaign-group-state' }),
        body({ replayed_at: ago(0) }),
        body({ last_received_at: ago(90_000_000) }),
      ],
      nowMs - 86_400_000,
      Infinity,
    );
    expect(told).toEqual({
      records: 6,
      fields: [
        ['_CB_SERVICE_ID', 6],
        ['_CB_T_SERVICE_START', 5],
      ],
    });
  });
});

describe('the tab', () => {
  const calm = { view: 'Wall', troubles: 0, isLost: false, instanceName: null };

  it('says the view, the instance, and how many groups are in trouble, in its title and its icon', () => {
    expect(titleOf(calm)).toBe('Wall · OCS campaign monitor');
    expect(titleOf({ ...calm, troubles: 3, instanceName: 'Berlin' })).toBe('(3) Wall · Berlin · OCS campaign monitor');
    expect(titleOf({ ...calm, isLost: true })).toBe('(?) Wall · OCS campaign monitor');
    const href = 'data:image/svg+xml,%3Ccircle fill=%231f883d/%3E';
    const red = iconOf(href, { ...calm, troubles: 1 });
    expect(red).toContain('%23cf222e');
    expect(iconOf(red, calm)).toBe(href);
  });
});
