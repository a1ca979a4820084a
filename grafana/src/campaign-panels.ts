/** Panels about campaign groups that more than one dashboard has. */
import { api, type Asked, number, RANGE, text, time } from './infinity.js';
import { columns, decimals, mapped, rowsOver, coloured, table, unit, type BuiltPanel } from './panels.js';
import { actionsOfDay } from './queries.js';
import { STATE_WORD_MAPPINGS, YES_MAPPINGS } from './theme.js';

/** Durations as `2h:05m`. */
export const DURATION = [unit('clocks'), decimals(1)];

const DAYS_GROUPS = 50;

/** Who acted, a row a group and day. Days go by the clock of the dashboard. */
export function actionsByDay(matchers: string): BuiltPanel {
  const of = (actor: string, refId: string) => rowsOver(actionsOfDay(matchers, actor, DAYS_GROUPS), refId, '1d');
  return table(
    {
      title: 'Actions by actor, group and day',
      description: `Loads, starts, stops, unloads and changes of mode: of people (client), of OCS itself (automatic), and those nobody is named for, changes told by no post included. The ${DAYS_GROUPS} groups with most of each on a day. The very first load of a group that was never seen before is not counted here; the history has it.`,
      unit: 'none',
      none: 'No actions in these days',
      sortBy: '-Day',
      transformations: columns(
        { A: 'Client', B: 'Automatic', C: 'Not attributed' },
        { Time: 'Day', campaign_group: 'Group', tenant: 'Tenant', source: 'Source', dbid: 'DBID' },
      ),
    },
    [of('"client"', 'A'), of('"automatic"', 'B'), of('~"unknown|none"', 'C')],
  ).overrideByName('Day', [unit('time:YYYY-MM-DD')]);
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
