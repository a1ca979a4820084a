/** Panels about campaign groups that more than one dashboard has. */
import { api, type Asked, number, RANGE, text, time } from './infinity.js';
import { mapped, coloured, MOMENT_PIXELS, table, type BuiltPanel } from './panels.js';
import { STATE_WORD_MAPPINGS, YES_MAPPINGS } from './theme.js';

const ACTIONS_ROWS = 1000;

/** Who acted, a row per group and day; `path` is that of the transitions. */
export function actionsByDay({ path, whose }: { readonly path: string; readonly whose: string }): BuiltPanel {
  return table(
    {
      title: 'Actions by actor, group and day',
      description: `Loads, starts, stops, unloads and changes of mode: of clients, of OCS itself (automatic), and those of no known actor; an unload is one action. Inferred: changes that no post told of, in none of the other counts. Exact, from the history, ${whose}; days are those of the time zone chosen above. The newest ${ACTIONS_ROWS} rows of the range; older ones are left out.`,
      unit: 'none',
      none: 'No actions in these days',
      sortBy: '-Day',
      widths: {
        ...{ Day: 95, Source: 75, DBID: 60, Client: 90, Automatic: 105, 'Not attributed': 125 },
        Inferred: 90,
      },
    },
    [
      api({
        path: `${path}/summary`,
        params: { ...RANGE, tz: '${zone}', limit: String(ACTIONS_ROWS) },
        columns: [
          text('day', 'Day'),
          text('campaign_group', 'Group'),
          text('tenant', 'Tenant'),
          text('source', 'Source'),
          text('dbid', 'DBID'),
          number('client', 'Client'),
          number('automatic', 'Automatic'),
          number('unattributed', 'Not attributed'),
          number('inferred', 'Inferred'),
        ],
      }),
    ],
  );
}

const TRANSITION_COLUMNS = [
  text('from_state', 'From'),
  text('to_state', 'To'),
  text('action', 'Action'),
  text('actor', 'Actor'),
];
const CHANGE_COLUMNS = [
  text('from_dial_mode', 'Mode before'),
  text('to_dial_mode', 'Mode after'),
  text('from_optimize_by', 'Optimised before'),
  text('to_optimize_by', 'Optimised after'),
  number('from_optimize_goal', 'Goal before'),
  number('to_optimize_goal', 'Goal after'),
  text('inferred', 'Inferred'),
  time('not_before', 'Not before'),
  text('unexpected', 'Unexpected'),
];

const TRANSITION_WIDTHS = {
  ...{ At: MOMENT_PIXELS, From: 155, To: 155, Action: 115, Actor: 100, 'Mode before': 115, 'Mode after': 115 },
  ...{ 'Goal before': 105, 'Goal after': 95, Inferred: 85, 'Not before': MOMENT_PIXELS, Unexpected: 105 },
};
const GROUP_WIDTHS = { Group: 255, Source: 75, DBID: 60 };

/** The exact history, from the API. */
export function history(
  about: { title: string; description: string },
  asked: Pick<Asked, 'path'>,
  group: Asked['columns'] = [],
  place: Asked['columns'] = [],
) {
  const widths = { ...TRANSITION_WIDTHS, ...(group.length > 0 ? GROUP_WIDTHS : {}) };
  const more = { unit: 'none', none: 'No transition in this time', widths };
  return table({ ...about, ...more }, [
    api({
      ...asked,
      params: { ...RANGE, limit: '1000' },
      columns: [time('at', 'At'), ...group, ...TRANSITION_COLUMNS, ...place, ...CHANGE_COLUMNS],
    }),
  ])
    .overrideByRegexp('/^(From|To)$/', [mapped(STATE_WORD_MAPPINGS), coloured])
    .overrideByRegexp('/^(Inferred|Unexpected)$/', [mapped(YES_MAPPINGS), coloured]);
}
