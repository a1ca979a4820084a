/** Calling lists of the chosen groups. */
import { boardOf, BOARDS } from './board.js';
import {
  columns,
  decimals,
  DURATION,
  linkTo,
  NO_DATA,
  MOMENT_PIXELS,
  now,
  over,
  POINTS,
  rows,
  series,
  stat,
  table,
  unit,
} from './panels.js';
import { CHOSEN, countOf, GROUP, RECEIVER_ZERO, view } from './queries.js';
import { always, COLOURS, from } from './theme.js';
import { someGroups, source, tenant } from './variables.js';

const LISTS = `${CHOSEN}, dbid=~"$dbid"`;
const HIT = 'ocs_calling_list_hit_ratio';
const TO_GO = 'ocs_calling_list_time_to_complete_seconds';
const LINES = 20;
const TABLE_ROWS = 500;

const toGo = view(TO_GO, LISTS);
const hit = view(HIT, LISTS);
/** Against its own trailing hour: what is usual differs from list to list. */
const usualHit = view(HIT, LISTS, { over: ['avg_over_time', '1h'] });
const poor = `${hit} < 0.5 * ${usualHit}`;
/** Seconds that the end moved away in a quarter of an hour; below 0 while it comes nearer. */
const slip = `max without (instance, pod) (delta(${TO_GO}{${LISTS}}[15m]))`;
const slipping = `${slip} > 0`;

const NONE = 'OCS tells nothing about lists of these groups, or nothing is scraped';

function counts() {
  const count = (title: string, description: string, expr: string, color: string) =>
    stat({ title, description, unit: 'none', none: NO_DATA, decimals: 0 }, [now(countOf(expr))], from(1, color));
  return [
    count('Lists told of', 'Lists of running groups with a time to complete.', toGo, COLOURS.running),
    count(
      'Done within the hour',
      'Lists that OCS expects to finish in less than an hour.',
      `${toGo} < 3600`,
      COLOURS.active,
    ),
    count(
      'End moves away',
      'Lists whose time to complete grew over the last quarter of an hour although their group runs.',
      slipping,
      COLOURS.leaving,
    ),
    count(
      'Hit ratio halved',
      'Lists whose hit ratio is under half of its own trailing hour: a bad list, or a carrier that blocks.',
      poor,
      COLOURS.trouble,
    ),
    stat(
      {
        title: 'Lists left out',
        description:
          'Lists a scrape that are left out for OCM_MAX_LISTS_PER_GROUP, counted on all groups. Several receivers leave out the same: the most of one.',
        unit: 'cps',
        none: NO_DATA,
        decimals: 1,
      },
      [now(`max(rate(ocs_monitor_calling_lists_left_out_total[$__rate_interval])) or ${RECEIVER_ZERO}`)],
      from(0.001, COLOURS.leaving),
    ),
    stat(
      {
        title: 'Last list done in',
        description: 'The longest time to complete of all chosen lists.',
        unit: 's',
        none: NONE,
        decimals: 1,
      },
      [now(`max(${toGo})`)],
      always(COLOURS.calm),
    ),
  ];
}

function listTable() {
  const longest = (expr: string) => `(${expr}) and topk(${TABLE_ROWS}, ${toGo})`;
  return table(
    {
      title: `Lists, the ${TABLE_ROWS} with most to go`,
      description: `All others are left out; “Lists told of” counts them all. “Moved” is how far the expected end moved in the last quarter of an hour: above zero it gets later. The usual hit ratio is that of the trailing hour. Choose a group to see fewer.`,
      unit: 'none',
      none: NONE,
      sortBy: '-Complete in',
      widths: {
        ...{ List: 270, Group: 255, Source: 75, DBID: 60, 'Complete in': 110, 'Done at': MOMENT_PIXELS, Moved: 100 },
        ...{ 'Hit ratio': 75, 'Usual hit ratio': 75 },
      },
      transformations: columns(
        { A: 'Complete in', B: 'Done at', C: 'Moved', D: 'Hit ratio', E: 'Usual hit ratio' },
        { calling_list: 'List', campaign_group: 'Group' },
        { tenant: 'Tenant', source: 'Source', dbid: 'DBID' },
      ),
    },
    [
      rows(`topk(${TABLE_ROWS}, ${toGo})`, 'A'),
      rows(longest(`1000 * (time() + ${toGo})`), 'B'),
      rows(longest(slip), 'C'),
      rows(longest(hit), 'D'),
      rows(longest(usualHit), 'E'),
    ],
  )
    .overrideByName('Group', [
      linkTo('ocs-campaign-group', 'Open this group', {
        source: '${__data.fields.Source}',
        dbid: '${__data.fields.DBID}',
      }),
    ])
    .overrideByRegexp('/^(Complete in|Moved)$/', DURATION)
    .overrideByName('Done at', [unit('dateTimeAsIsoNoDateIfToday')])
    .overrideByRegexp('/^(Hit|Usual hit) ratio$/', [unit('percentunit'), decimals(1)]);
}

export function callingLists() {
  const legend = `{{calling_list}} · ${GROUP}`;
  const atEnd = (name: string) => view(name, LISTS, { at: '@ end()' });
  const recorded = (name: string) => `calling_list:${name}:max{${LISTS}}`;
  return boardOf({
    uid: 'ocs-calling-lists',
    title: BOARDS['ocs-calling-lists'].title,
    description: `${BOARDS['ocs-calling-lists'].question} The charts show the ${LINES} worst lists of the moment, the table the ${TABLE_ROWS} longest.`,
    from: 'now-6h',
    variables: [source(), tenant(), someGroups()],
    rows: [
      { height: 4, panels: counts() },
      { height: 10, panels: [listTable()] },
      {
        height: 9,
        panels: [
          series(
            {
              title: `Time to complete, the ${LINES} longest`,
              description: `Each should fall by a minute per minute while its group runs. The ${LINES} with most to go at the end of the range; all others are left out, and “Lists told of” counts them all.`,
              unit: 's',
              none: NONE,
              decimals: 1,
            },
            [over(`${recorded(TO_GO)} and topk(${LINES}, ${atEnd(TO_GO)})`, { legend })],
          ).maxDataPoints(POINTS),
          series(
            {
              title: `Hit ratio, the ${LINES} lowest`,
              description: `Calls that people answered, of all that were dialed from the list. The ${LINES} lowest at the end of the range; all others are left out, and “Lists told of” counts them all.`,
              unit: 'percentunit',
              none: NONE,
              decimals: 1,
            },
            [over(`${recorded(HIT)} and bottomk(${LINES}, ${atEnd(HIT)})`, { legend })],
          ).maxDataPoints(POINTS),
        ],
      },
    ],
  });
}
