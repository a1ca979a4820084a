/** One campaign group: what it does, how it does, and who did what to it. */
import {
  AnnotationEventFieldMappingBuilder,
  AnnotationEventFieldSource,
  AnnotationQueryBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { boardOf, BOARDS, type Row } from './board.js';
import { actionsByDay, history } from './campaign-panels.js';
import { api, number, RANGE, text, time } from './infinity.js';
import {
  coloured,
  colour,
  decimals,
  DURATION,
  gauge,
  goalLine,
  mapped,
  MOMENT_PIXELS,
  now,
  over,
  series,
  stat,
  table,
  timeline,
  unit,
  wordStat,
} from './panels.js';
import { abandonment, inStateFor, ONE_GROUP, overdialing, stateCode, view } from './queries.js';
import { always, COLOURS, STATE_MAPPINGS, YES_MAPPINGS } from './theme.js';
import { groupId, INFINITY, oneGroup, oneSource, overdialLimit, zone } from './variables.js';

const OF_GROUP = '/campaign-groups/${id}';
const GONE = 'Not known: unloaded, not heard of, or not scraped';

function header(): Row {
  const figure = (metric: string) => view(`ocs_campaign_group_${metric}`, ONE_GROUP);
  const age = (metric: string) => now(`time() - ${figure(metric)}`);
  return {
    height: 4,
    panels: [
      wordStat(
        {
          title: 'State',
          description: 'As last told; violet when the group is silent since and nobody knows.',
          unit: 'none',
          none: GONE,
        },
        [now(stateCode(ONE_GROUP))],
        STATE_MAPPINGS,
      ),
      stat(
        {
          title: 'In this state for',
          description:
            'Since OCS says that the state began, with its clock put right where that is off by minutes; of a state first seen by the monitor, since its first post.',
          unit: 's',
          none: GONE,
          decimals: 1,
        },
        [now(inStateFor(ONE_GROUP))],
        always(COLOURS.calm),
      ),
      wordStat(
        {
          title: 'Mode, optimised by',
          description: 'In force while the group runs.',
          unit: 'none',
          none: 'Not running, or not known',
        },
        [now(figure('dialing_info'), { legend: '{{dial_mode}} · {{optimize_by}}' })],
      ),
      stat(
        {
          title: 'Complete in',
          description: 'What OCS expects until the last record is dialed. Absent when OCS does not know.',
          unit: 's',
          none: 'Not known',
          decimals: 1,
        },
        [now(figure('time_to_complete_seconds'))],
        always(COLOURS.calm),
      ),
      stat(
        {
          title: 'Overdial rate',
          description:
            'Abandoned and dropped calls of those that people answered, since the group was loaded. Red above the limit chosen above.',
          unit: 'percentunit',
          none: 'Not known',
          decimals: 1,
        },
        [now(`${figure('overdial_ratio')} <= $overdial_limit`), now(overdialing(ONE_GROUP), { refId: 'B' })],
        always(COLOURS.calm),
      ).overrideByQuery('B', [colour(COLOURS.trouble)]),
      stat(
        {
          title: 'Heard ago',
          description: 'Since the newest post about the group, by the clock of the monitor.',
          unit: 's',
          none: GONE,
          decimals: 1,
        },
        [age('last_notification_timestamp_seconds')],
        always(COLOURS.calm),
      ),
    ],
  };
}

function statistics(): Row[] {
  const figure = (metric: string, legend: string) =>
    over(view(`ocs_campaign_group_${metric}`, ONE_GROUP), { legend, refId: 'A' });
  const goal = (metric: 'ratio' | 'seconds', method: string, legend = 'goal') =>
    over(view(`ocs_campaign_group_optimization_goal_${metric}`, `${ONE_GROUP}, optimize_by=${method}`), {
      legend,
      refId: 'B',
    });
  const none = 'OCS told no figure in this time, or nothing was scraped';
  const share = { unit: 'percentunit', none, decimals: 1 };
  const figures = (title: string, description: string, targets: Parameters<typeof series>[1]) =>
    series({ ...share, title, description }, targets).overrideByRegexp('/^(goal|limit)$/', goalLine);
  return [
    {
      height: 7,
      panels: [
        figures(
          'Busy factor against its goal',
          'Share of time that agents are busy with outbound work. Far below the goal: no records, no ports, or Stat Server is lost. The goal stands while the group is optimised by busy factor.',
          [figure('busy_ratio', 'busy factor'), goal('ratio', '"busy_factor"')],
        ),
        figures(
          'Overdial rate against its goal and limit',
          'Since the group was loaded. The goal stands while the group is optimised by overdial rate; the limit is the one chosen above, and what is above it is red.',
          [
            figure('overdial_ratio', 'overdial rate'),
            goal('ratio', '"overdial_rate"'),
            over('vector($overdial_limit)', { legend: 'limit', refId: 'C' }),
            over(overdialing(ONE_GROUP), { legend: 'above the limit', refId: 'D' }),
          ],
        )
          .overrideByName('overdial rate', [colour(COLOURS.active)])
          .overrideByName('above the limit', [colour(COLOURS.trouble)]),
      ],
    },
    {
      height: 7,
      panels: [
        figures(
          'Abandoned calls over the period of each rule, of its limit',
          'By the rules of the configuration, tsr and 24h with it: 100 % is the limit. A guess from the overdial rates of the sessions in the period; where something is proved, the share lies from least to most, but for rounding. The alerts fire at 83 % and 93 %: 2.5 % and 2.8 % of a limit of 3 %. Up to half an hour old.',
          [
            over(abandonment(ONE_GROUP, 'estimated'), { legend: '{{profile}}: guess', refId: 'A' }),
            over(abandonment(ONE_GROUP, 'low'), { legend: '{{profile}}: least', refId: 'B' }),
            over(abandonment(ONE_GROUP, 'high'), { legend: '{{profile}}: most', refId: 'C' }),
            over('vector(1)', { legend: 'limit', refId: 'D' }),
          ],
        ),
      ],
    },
    {
      height: 7,
      panels: [
        series(
          {
            ...share,
            title: 'Hit ratio',
            description:
              'Calls that people answered, of all that were dialed. A fall to half within an hour: a bad list, or a carrier that blocks.',
          },
          [figure('hit_ratio', 'hit ratio')],
        ),
        series(
          {
            title: 'Time to complete, and the goal in seconds',
            description:
              'It should fall by a minute a minute. The goal is that of the methods that go by a waiting or distribution time; OCS reports no figure for it.',
            unit: 's',
            none,
            decimals: 1,
          },
          [figure('time_to_complete_seconds', 'time to complete'), goal('seconds', '~".+"')],
        ).overrideByName('goal', goalLine),
      ],
    },
  ];
}

function lists(): Row {
  return {
    height: 8,
    panels: [
      table(
        {
          title: 'Calling lists, longest to go first',
          description: 'Hit ratio and time to complete of each list, as last told; up to 1,000 lists.',
          unit: 'none',
          none: 'OCS tells nothing about the lists of this group',
          sortBy: '-Complete in',
          widths: { List: 250, DBID: 65, 'Hit ratio': 125, 'Complete in': 105, 'Told at': MOMENT_PIXELS },
        },
        [
          api({
            path: `${OF_GROUP}/calling-lists`,
            params: { limit: '1000' },
            columns: [
              text('name', 'List'),
              number('hit_ratio', 'Hit ratio'),
              number('time_to_complete_seconds', 'Complete in'),
              time('at', 'Told at'),
              text('dbid', 'DBID'),
            ],
          }),
        ],
      )
        .overrideByName('Hit ratio', [unit('percentunit'), decimals(1), ...gauge(1), colour(COLOURS.active)])
        .overrideByName('Complete in', DURATION),
      table(
        {
          title: 'Sessions',
          description:
            'From load to unload; those that touch the range. Without a begin: the monitor saw the group loaded first.',
          unit: 'none',
          none: 'Not loaded in this time',
          widths: {
            'Loaded at': MOMENT_PIXELS,
            'Unloaded at': MOMENT_PIXELS,
            'First seen': MOMENT_PIXELS,
            Duration: 95,
          },
        },
        [
          api({
            path: `${OF_GROUP}/sessions`,
            params: { ...RANGE, limit: '1000' },
            columns: [
              time('started_at', 'Loaded at'),
              time('ended_at', 'Unloaded at'),
              time('first_seen_at', 'First seen'),
              number('duration_seconds', 'Duration'),
              text('active', 'Loaded now'),
            ],
          }),
        ],
      )
        .overrideByName('Duration', DURATION)
        .overrideByName('Loaded now', [mapped(YES_MAPPINGS), coloured]),
    ],
  };
}

const field = (value: string) =>
  new AnnotationEventFieldMappingBuilder().source(AnnotationEventFieldSource.Field).value(value);
const words = (value: string) =>
  new AnnotationEventFieldMappingBuilder().source(AnnotationEventFieldSource.Text).value(value);

/** Told transitions, and those that only a later post gave away: two, so that nobody takes a guess for a fact. */
function transitions(inferred: boolean) {
  const target = api({
    path: `${OF_GROUP}/transitions`,
    params: { ...RANGE, limit: '1000' },
    root: `items.#(inferred==${String(inferred)})#`,
    format: 'dataframe',
    columns: [
      time('at', 'time'),
      text('to_state', 'title'),
      text('action', 'text'),
      text('actor', 'tags'),
      time('not_before', 'not before'),
    ],
  });
  return new AnnotationQueryBuilder()
    .name(inferred ? 'Transitions that no post told of' : 'Transitions')
    .datasource(INFINITY)
    .enable(true)
    .hide(false)
    .iconColor(inferred ? COLOURS.unknown : COLOURS.active)
    .target(target)
    .mappings({
      time: field('time'),
      title: field('title'),
      text: inferred ? words('~ inferred: it happened before this, after the post before') : field('text'),
      tags: field('tags'),
    });
}

export function campaignGroup() {
  return boardOf({
    uid: 'ocs-campaign-group',
    title: BOARDS['ocs-campaign-group'].title,
    description: `${BOARDS['ocs-campaign-group'].question} How far are its figures from their goals, and when will it be done?`,
    from: 'now-6h',
    variables: [oneSource(), oneGroup(), groupId(), overdialLimit(), zone()],
    annotations: [transitions(false), transitions(true)],
    rows: [
      header(),
      {
        height: 4,
        panels: [
          timeline(
            {
              title: 'States',
              description:
                'A state shorter than a step of the range is not to be seen; the marks and the history below have every one.',
              none: 'Not heard of in this time, or nothing was scraped',
            },
            [over(stateCode(ONE_GROUP), { legend: '{{campaign_group}}' })],
            5,
          ),
        ],
      },
      ...statistics(),
      lists(),
      {
        height: 10,
        panels: [
          history(
            {
              title: 'History',
              description:
                'The newest thousand transitions of the range, exact. Inferred: no post told of it; it happened after “not before”. Unexpected: the states do not follow each other in any known way.',
            },
            { path: `${OF_GROUP}/transitions` },
          ),
        ],
      },
      { height: 7, panels: [actionsByDay({ path: `${OF_GROUP}/transitions`, whose: 'of this group' })] },
    ],
  });
}
