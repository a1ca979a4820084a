/** Panels about campaign groups that more than one dashboard has. */
import { api, type Asked, number, RANGE, text, time } from './infinity.js';
import { decimals, mapped, coloured, table, unit, type BuiltPanel } from './panels.js';
import { STATE_WORD_MAPPINGS, YES_MAPPINGS } from './theme.js';

/** Durations as `2h:05m`. */
export const DURATION = [unit('clocks'), decimals(1)];

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

/** The exact history, from the API. */
export function history(
  about: { title: string; description: string },
  asked: Pick<Asked, 'path'>,
  whose: Asked['columns'],
) {
  const more = { unit: 'none', none: 'No transition in this time' };
  return table({ ...about, ...more }, [
    api({
      ...asked,
      params: { ...RANGE, limit: '1000' },
      columns: [time('at', 'At'), ...whose, ...TRANSITION_COLUMNS],
    }),
  ])
    .overrideByRegexp('^(From|To)$', [mapped(STATE_WORD_MAPPINGS), coloured])
    .overrideByRegexp('^(Inferred|Unexpected)$', [mapped(YES_MAPPINGS), coloured]);
}
