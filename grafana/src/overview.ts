/** Every group at a glance: what is wrong and since when, then what went on over time. */
import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { AxisPlacement } from '@grafana/grafana-foundation-sdk/common';
import { boardOf, BOARDS, type Row } from './board.js';
import { actionsByDay, history } from './campaign-panels.js';
import { text } from './infinity.js';
import {
  coloured,
  colour,
  columns,
  linkTo,
  mapped,
  NO_DATA,
  now,
  over,
  POINTS,
  rows,
  series,
  stat,
  table,
  timeline,
  unit,
  decimals,
  DURATION,
  left,
} from './panels.js';
import {
  callbacksOf,
  CHOSEN,
  countOf,
  endedHow,
  first,
  GROUP,
  inState,
  inStateFor,
  overdialing,
  rank,
  rate,
  RECEIVER_ZERO,
  shownCode,
  silentGroups,
  stateCode,
  stoppedByItself,
  stuckUnload,
  view,
} from './queries.js';
import { always, COLOURS, from, STATE_MAPPINGS, TROUBLE_MAPPINGS } from './theme.js';
import { overdialLimit, PROMETHEUS, shownGroups, source, tenant, zone } from './variables.js';

/** Callbacks have no source in common with campaign groups. */
const TENANTS = 'tenant=~"$tenant"';

const GROUP_LINK = linkTo('ocs-campaign-group', 'Open this group', {
  source: '${__data.fields.Source}',
  dbid: '${__data.fields.DBID}',
});
function counts(): Row[] {
  const none = NO_DATA;
  const count = (title: string, description: string, groups: string, color: string) =>
    stat({ title, description, unit: 'none', none, decimals: 0 }, [now(countOf(groups))], from(1, color));
  const wrong: Row = {
    height: 3,
    widths: [5, 5, 5, 4, 5],
    panels: [
      count(
        'Stopped by themselves',
        'Groups that OCS itself stopped before the end of their lists and that no client has touched since. Somebody should look.',
        stoppedByItself(CHOSEN),
        COLOURS.trouble,
      ),
      count(
        'Over-dialing',
        'Groups whose overdial rate is above the limit chosen above. The rate counts since the group was loaded: an early warning, not the legal figure of 30 days.',
        overdialing(CHOSEN),
        COLOURS.trouble,
      ),
      count(
        'Stuck in unload',
        'Groups that wait for their unload or are in it for more than 15 minutes.',
        stuckUnload(CHOSEN),
        COLOURS.trouble,
      ),
      count(
        'Silent',
        'Groups last told to be running that have not been heard of for too long. Nobody knows what they do now.',
        silentGroups(CHOSEN),
        COLOURS.unknown,
      ),
      stat(
        {
          title: 'Posts not applied',
          description:
            'Posts of the last hour that were refused or went to quarantine, whatever the source. The monitor dashboard says why.',
          unit: 'none',
          none: NO_DATA,
          decimals: 0,
        },
        [now(`sum(round(increase(ocs_monitor_rejected_total[1h]))) or ${RECEIVER_ZERO}`)],
        from(1, COLOURS.trouble),
      ),
    ],
  };
  const there: Row = {
    height: 3,
    widths: [5, 5, 5, 4, 5],
    panels: [
      count('Running', 'Groups that dial, as last told.', inState(CHOSEN, 'state="running"'), COLOURS.running),
      count('Active', 'Groups that are loaded and do not dial.', inState(CHOSEN, 'state="active"'), COLOURS.active),
      count(
        'Completed',
        'Groups that came to the end of their lists and have not run since.',
        endedHow(CHOSEN, 'completed'),
        COLOURS.calm,
      ),
      count('Groups', 'All groups known, whatever their state.', stateCode(CHOSEN), COLOURS.calm),
      stat(
        {
          title: 'Callbacks waiting',
          description: 'Callbacks of the chosen tenants that have begun and not ended.',
          unit: 'none',
          none: NO_DATA,
          decimals: 0,
        },
        [now(callbacksOf(`sum(${view('gms_callback_open', TENANTS)})`, TENANTS))],
        always(COLOURS.active),
      ),
    ],
  };
  return [wrong, there];
}

function groupTable() {
  return table(
    {
      title: 'Campaign groups, worst first',
      description:
        'Trouble first (stuck in unload, stopped by itself, over-dialing, silent), then running, then loaded groups. Figures stand only where OCS knows them; a silent or stopped group has none. Reads well up to 2,000 groups: with more, choose a source or a tenant.',
      unit: 'none',
      none: 'No campaign group was heard of, or nothing is scraped',
      sortBy: '-Trouble',
      widths: {
        ...{ Group: 255, Trouble: 150, State: 185, 'State for': 100, Busy: 70, Overdial: 75, 'Over limit': 80 },
        ...{ 'Hit ratio': 75, 'Complete in': 105, 'Heard ago': 100, Mode: 105, Tenant: 130, Source: 75, DBID: 60 },
      },
      transformations: columns(
        {
          A: 'Trouble',
          B: 'State',
          C: 'State for',
          D: 'Busy',
          E: 'Overdial',
          J: 'Over limit',
          F: 'Hit ratio',
          G: 'Complete in',
          H: 'Heard ago',
        },
        { campaign_group: 'Group' },
        { dial_mode: 'Mode', tenant: 'Tenant', source: 'Source', dbid: 'DBID' },
      ),
    },
    [
      rows(rank(CHOSEN), 'A'),
      rows(stateCode(CHOSEN), 'B'),
      rows(inStateFor(CHOSEN), 'C'),
      rows(view('ocs_campaign_group_busy_ratio', CHOSEN), 'D'),
      rows(view('ocs_campaign_group_overdial_ratio', CHOSEN), 'E'),
      rows(view('ocs_campaign_group_hit_ratio', CHOSEN), 'F'),
      rows(view('ocs_campaign_group_time_to_complete_seconds', CHOSEN), 'G'),
      rows(`time() - ${view('ocs_campaign_group_last_notification_timestamp_seconds', CHOSEN)}`, 'H'),
      rows(view('ocs_campaign_group_dialing_info', CHOSEN), 'I'),
      rows(overdialing(CHOSEN), 'J'),
    ],
  )
    .overrideByName('Trouble', [mapped(TROUBLE_MAPPINGS), coloured, left])
    .overrideByName('State', [mapped(STATE_MAPPINGS), coloured, left])
    .overrideByName('Group', [GROUP_LINK])
    .overrideByRegexp('/^(State for|Complete in|Heard ago)$/', DURATION)
    .overrideByRegexp('/^(Busy|Overdial|Over limit|Hit ratio)$/', [unit('percentunit'), decimals(1)])
    .overrideByName('Over limit', [colour(COLOURS.trouble), coloured, { id: 'noValue', value: '' }]);
}

/** States above callbacks, of the same tenants, on one axis. */
function campaignsAndCallbacks(): Row[] {
  return [
    {
      title: 'Campaigns and callbacks on one time axis',
      height: 13,
      panels: [
        timeline(
          {
            title: 'States of the $lanes campaign groups that need a look most',
            description:
              'One lane per group, twenty per page: the worst at the end of the range, as many as chosen above. All others are left out; “Groups” above counts them all. A state shorter than a step of the range is not to be seen; the history of a group has all of them. Violet: last told to be running, and silent since.',
            none: 'No campaign group was heard of in this time, or nothing was scraped',
          },
          [over(first('$lanes', shownCode(CHOSEN), CHOSEN), { legend: GROUP })],
          20,
        ).maxDataPoints(POINTS),
      ],
    },
    {
      height: 7,
      panels: [
        series(
          {
            title: 'Callbacks of the same tenants',
            description:
              'Offered and accepted a minute, counted when a callback ends; waiting ones as they stand. A tenant of callbacks has the name that OCM_TENANTS gives its DBID: give it the name OCS uses, else it is not found here.',
            unit: 'cpm',
            none: 'No callbacks of these tenants in this time, or nothing was scraped',
          },
          [
            over(`60 * sum(${rate('gms_callback_offered_total', TENANTS)})`, { legend: 'offered', refId: 'A' }),
            over(`60 * sum(${rate('gms_callback_accepted_total', TENANTS)})`, { legend: 'accepted', refId: 'B' }),
            over(`sum(${view('gms_callback_open', TENANTS)})`, { legend: 'waiting', refId: 'C' }),
          ],
        )
          .overrideByName('waiting', [
            unit('none'),
            colour(COLOURS.leaving),
            { id: 'custom.axisPlacement', value: AxisPlacement.Right },
            { id: 'custom.fillOpacity', value: 15 },
          ])
          .overrideByName('offered', [colour(COLOURS.off)])
          .overrideByName('accepted', [colour(COLOURS.active)]),
      ],
    },
    { height: 8, panels: [actionsByDay({ path: '/transitions', whose: 'of every source and tenant' })] },
  ];
}

function whatHappened(): Row {
  return {
    title: 'What happened',
    height: 9,
    widths: [9, 15],
    panels: [
      table(
        {
          title: 'Alerts that fire',
          description: 'What the shipped rules say just now. Empty too where Prometheus does not load the rule files.',
          unit: 'none',
          none: 'No alert fires, or no rules are loaded',
          sortBy: 'Severity',
          widths: { Severity: 85, Alert: 220, Source: 75 },
          transformations: columns(
            {},
            {
              severity: 'Severity',
              alertname: 'Alert',
              source: 'Source',
              tenant: 'Tenant',
              campaign_group: 'Group',
              dbid: 'DBID',
              calling_list: 'List',
              virtual_queue: 'Queue',
              instance: 'Instance',
            },
          ),
        },
        [rows('ALERTS{alertstate="firing", alertname=~"Ocs.*|Gms.*"}', 'A')],
      ),
      history(
        {
          title: 'Latest transitions of all groups',
          description:
            'The newest thousand of the range, exact, of every source and tenant. Inferred: no post told of it; it happened after “not before”.',
        },
        { path: '/transitions' },
        [text('campaign_group', 'Group')],
        [text('tenant', 'Tenant'), text('source', 'Source'), text('dbid', 'DBID')],
      ).overrideByName('Group', [GROUP_LINK]),
    ],
  };
}

export function overview() {
  return boardOf({
    uid: 'ocs-overview',
    title: BOARDS['ocs-overview'].title,
    description: `${BOARDS['ocs-overview'].question} Which stopped by themselves, which over-dial, which are silent? Works for one group and for 2,000.`,
    from: 'now-6h',
    variables: [source(), tenant(), overdialLimit(), shownGroups(), zone()],
    annotations: [stops()],
    rows: [...counts(), { height: 9, panels: [groupTable()] }, ...campaignsAndCallbacks(), whatHappened()],
  });
}

/** Marks only what wants a look: of 2,000 groups every start and stop would be a curtain. */
function stops() {
  return new AnnotationQueryBuilder()
    .name('Stopped by itself')
    .datasource(PROMETHEUS)
    .enable(true)
    .hide(false)
    .iconColor(COLOURS.trouble)
    .expr(stoppedByItself(CHOSEN))
    .titleFormat(`${GROUP} stopped`)
    .textFormat('by OCS, before the end of its lists; for as long as no client touches it')
    .tagKeys('source,dbid')
    .step('60s');
}
