/** The receiver itself: what it owes, whether everybody reports, and whether it is fast and has room. */
import { AxisPlacement } from '@grafana/grafana-foundation-sdk/common';
import { boardOf, BOARDS, type Row } from './board.js';
import { api, number, text, time } from './infinity.js';
import {
  buckets,
  coloured,
  columns,
  decimals,
  DURATION,
  heatmap,
  NO_DATA,
  MOMENT_PIXELS,
  now,
  over,
  rows,
  series,
  stat,
  table,
  thresholds,
  unit,
  wordStat,
} from './panels.js';
import { CLOCK_BEHIND, silentGroups } from './queries.js';
import { always, COLOURS, from } from './theme.js';
import { anySource, instance } from './variables.js';

const SOURCE = 'source=~"$source"';
const SELF = 'instance=~"$instance"';
const BOTH = `${SOURCE}, ${SELF}`;
const NONE = 'Nothing was scraped';

/** A gauge of a process: the instances stay apart. */
const own = (name: string, matchers = SELF) => `ocs_monitor_${name}{${matchers}}`;
const ownRate = (name: string, matchers = SELF) => `rate(ocs_monitor_${name}{${matchers}}[$__rate_interval])`;
/** 0 where one of the chosen receivers is scraped. */
const ZERO = `0 * max(${own('build_info')})`;
const inHour = (name: string, matchers: string) => `sum(round(increase(ocs_monitor_${name}{${matchers}}[1h])))`;

function header(): Row[] {
  const count = (title: string, description: string, expr: string, color: string) =>
    stat({ title, description, unit: 'none', none: NO_DATA, decimals: 0 }, [now(`${expr} or ${ZERO}`)], from(1, color));
  const wrong: Row = {
    height: 3,
    panels: [
      count(
        'Silent sources',
        'Sources of which every running group is silent: OCS, the network, or the address it posts to. Nothing of that time will come later: OCS never repeats a post.',
        `sum(max without (instance, pod) (${own('source_silent', BOTH)}))`,
        COLOURS.trouble,
      ),
      count(
        'In quarantine',
        'Bodies that could not be applied and are kept, not replayed yet. The table below has their reasons.',
        `sum(max without (instance, pod) (${own('quarantined', BOTH)}))`,
        COLOURS.leaving,
      ),
      count(
        'Quarantined, last hour',
        'New ones: a sender or a schema changed. Wants a person.',
        inHour('notifications_total', `${BOTH}, outcome="quarantined"`),
        COLOURS.trouble,
      ),
      count(
        'Refused with 503, last hour',
        'Posts that could not be made durable: the disk, or more posts than a commit a batch can take. They are lost.',
        inHour('rejected_total', `${BOTH}, reason="unavailable"`),
        COLOURS.trouble,
      ),
    ],
  };
  const room: Row = {
    height: 3,
    panels: [
      count(
        'Dropped from quarantine',
        'Bodies of the last day that had to make room for OCM_QUARANTINE_LIMIT.',
        `sum(round(increase(ocs_monitor_quarantine_dropped_total{${SELF}}[1d])))`,
        COLOURS.trouble,
      ),
      count(
        'Series left out, last day',
        'What had no room on /metrics or in lists for a bound (OCM_MAX_GROUPS, open callbacks, label sets). The posts are kept. Several receivers leave out the same: the most of one.',
        `max(round(increase(ocs_monitor_series_dropped_total{${SELF}}[1d])))`,
        COLOURS.leaving,
      ),
      stat(
        {
          title: 'Groups in memory',
          description: 'Campaign groups shown, at most OCM_MAX_GROUPS.',
          unit: 'none',
          none: NONE,
          decimals: 0,
        },
        [now(`max(${own('tracked_campaign_groups')})`)],
        always(COLOURS.calm),
      ),
      wordStat({ title: 'Version', description: 'Of the program and of its runtime.', unit: 'none', none: NONE }, [
        now(own('build_info'), { legend: '{{version}} · Node {{node_version}}' }),
      ]),
    ],
  };
  return [wrong, room];
}

function reporting(): Row {
  return {
    height: 7,
    widths: [12, 12],
    panels: [
      table(
        {
          title: 'Sources, least delivery first',
          description:
            'Delivery: periodic notifications received in the last hour of those expected. Interval: as configured, learned from what comes, or assumed. A source without running groups is expected to send none. Clock behind: of an OCS whose clock is off by minutes; histories go by its clock.',
          unit: 'none',
          none: 'No source yet, or nothing was scraped',
          sortBy: 'Delivery',
          widths: {
            'Interval is': 95,
            Delivery: 85,
            Silent: 70,
            Interval: 80,
            'Silent groups': 105,
            'Clock behind': 105,
          },
          transformations: columns(
            { A: 'Delivery', B: 'Silent', C: 'Interval', D: 'Silent groups', E: 'Clock behind' },
            { source: 'Source', origin: 'Interval is' },
          ),
        },
        [
          rows(`max by (source) (${own('delivery_ratio', BOTH)})`, 'A'),
          rows(`max by (source) (${own('source_silent', BOTH)})`, 'B'),
          rows(`max by (source, origin) (${own('periodic_interval_seconds', BOTH)})`, 'C'),
          rows(`count by (source) (${silentGroups(SOURCE)})`, 'D'),
          rows(`max by (source) (${CLOCK_BEHIND}{${SOURCE}})`, 'E'),
        ],
      )
        .overrideByName('Delivery', [unit('percentunit'), decimals(1)])
        .overrideByName('Silent', [unit('bool_yes_no'), thresholds(from(1, COLOURS.trouble)), coloured])
        .overrideByRegexp('/^(Interval|Clock behind)$/', DURATION),
      series(
        {
          title: 'Delivery',
          description:
            'Periodic notifications received of those expected, over the hour before each moment. Below one: posts are lost on the way, and with them what they told.',
          unit: 'percentunit',
          none: 'No periodic notification is expected, or nothing was scraped',
          decimals: 1,
        },
        [over(`max by (source) (${own('delivery_ratio', BOTH)})`, { legend: '{{source}}' })],
      ).max(1.1),
    ],
  };
}

function posts(): Row {
  return {
    height: 8,
    panels: [
      series(
        {
          title: 'Posts by outcome',
          description: 'What was stored a second, campaign groups and callbacks.',
          unit: 'cps',
          none: NONE,
        },
        [over(`sum by (outcome) (${ownRate('notifications_total', BOTH)}) > 0`, { legend: '{{outcome}}' })],
      ),
      series(
        {
          title: 'Posts not applied, by reason',
          description:
            'Refused at the door (unauthorized, forbidden, encoding, unavailable), or kept in quarantine (the other reasons). Unreadable: what never became a request; /api/v1/arrivals says what is wrong with the sender.',
          unit: 'cps',
          none: 'No post was refused, or nothing was scraped',
        },
        [
          over(`sum by (reason) (${ownRate('rejected_total', BOTH)}) > 0`, { legend: '{{reason}}' }),
          over(`sum by (reason) (${ownRate('unparsed_requests_total')}) > 0`, {
            legend: 'unreadable · {{reason}}',
            refId: 'B',
          }),
        ],
      ),
      series(
        {
          title: 'Oddities in applied posts',
          description: 'Warnings a second by kind: what was applied all the same. A new kind: the sender was changed.',
          unit: 'cps',
          none: 'Nothing was odd, or nothing was scraped',
        },
        [over(`sum by (rule) (${ownRate('warnings_total', BOTH)}) > 0`, { legend: '{{rule}}' })],
      ),
      series(
        {
          title: 'Secrets, questions, reloads, clock',
          description:
            'Requests a second without a valid secret, by what they wanted; questions of clients that ask too often; reloads of settings and certificates, applied or refused; and how often the clock of the machine was set. Guessing locks nobody out: find out who it is.',
          unit: 'cps',
          none: 'None of these, or nothing was scraped',
        },
        [
          over(`sum by (listener) (${ownRate('unauthorized_total')}) > 0`, { legend: 'secret · {{listener}}' }),
          over(`sum by (result) (${ownRate('reloads_total')}) > 0`, { legend: 'reload · {{result}}', refId: 'B' }),
          over(`sum(${ownRate('rate_limited_total')}) > 0`, { legend: 'asked too often', refId: 'C' }),
          over(`sum by (to) (${ownRate('clock_steps_total')}) > 0`, { legend: 'clock set · {{to}}', refId: 'D' }),
        ],
      ),
    ],
  };
}

function speed(): Row[] {
  const quantile = (q: number, name: string, legend: string, refId: string) =>
    over(`histogram_quantile(${q}, sum by (le) (${ownRate(`${name}_bucket`)}))`, { legend, refId });
  return [
    {
      height: 8,
      panels: [
        series(
          {
            title: 'Time to answer',
            description:
              'From a post to its answer, made durable in between. OCS waits for it: a slow answer delays its next posts.',
            unit: 's',
            none: 'No post in this time, or nothing was scraped',
          },
          [
            quantile(0.5, 'ack_duration_seconds', 'half of them', 'A'),
            quantile(0.99, 'ack_duration_seconds', '99 of 100', 'B'),
            quantile(0.99, 'store_commit_duration_seconds', 'commit, 99 of 100', 'C'),
          ],
        ),
        heatmap(
          {
            title: 'Posts made durable by one commit',
            description: 'Many in one commit: posts come faster than the disk can commit one by one.',
            unit: 'none',
            none: 'No commit in this time, or nothing was scraped',
          },
          [buckets(`sum by (le) (${ownRate('store_batch_rows_bucket')})`)],
        ),
        series(
          {
            title: 'Posts waiting for a commit',
            description: 'Of those that may wait. At one, posts are refused with 503.',
            unit: 'percentunit',
            none: NONE,
          },
          [over(`${own('queue_items')} / ${own('queue_capacity_items')}`, { legend: '{{instance}}' })],
        ).max(1),
        series(
          {
            title: 'Pages and programs that follow',
            description:
              'Connections to the live stream (200 at most), and those that were cut off because they read too slowly; they resume by themselves.',
            unit: 'none',
            none: NONE,
            decimals: 0,
          },
          [
            over(own('stream_clients'), { legend: 'following · {{instance}}' }),
            over(`sum(increase(ocs_monitor_stream_dropped_total[1h]))`, { legend: 'cut off, last hour', refId: 'B' }),
          ],
        ).axisSoftMax(1),
      ],
    },
    {
      height: 8,
      panels: [
        series(
          {
            title: 'Kept, by class',
            description:
              'Estimated once an hour by retention. Notifications: samples as they came; rollups: quarters of an hour; history: transitions and what stands beside them.',
            unit: 'bytes',
            none: 'Retention has not come to an end since the start: a minute after it',
          },
          [over(own('store_class_bytes'), { legend: '{{class}} · {{instance}}' })],
        ),
        series(
          {
            title: 'Last run of retention',
            description: 'How long ago it came to its end. It begins a minute after the start, and then every hour.',
            unit: 's',
            none: 'Retention has not come to an end since the start: a minute after it',
          },
          [over(`time() - ${own('retention_last_run_timestamp_seconds')}`, { legend: '{{instance}}' })],
        ),
        series(
          {
            title: 'Receivers on one database',
            description:
              'What the others have committed before so many seconds is shown by each; and how many say that they compact and remove what is old, which one does.',
            unit: 's',
            none: 'One receiver has its database to itself, with SQLite; or nothing was scraped',
          },
          [
            over(own('follow_lag_seconds'), { legend: 'behind the others · {{instance}}' }),
            over(`sum without (instance, pod) (${own('leader')})`, { legend: 'leaders', refId: 'B' }),
          ],
        ).overrideByRegexp('/^leaders/', [
          unit('none'),
          decimals(0),
          { id: 'custom.axisPlacement', value: AxisPlacement.Right },
        ]),
      ],
    },
    {
      height: 8,
      panels: [
        series(
          {
            title: 'Spool',
            description:
              'Posts that wait on the receiver while its PostgreSQL is away; how many a second are drained when it is back, by what they turned out to be; and on the right the room that they take, of OCM_SPOOL_LIMIT.',
            unit: 'short',
            none: 'With SQLite there is none; or nothing was scraped',
          },
          [
            over(own('spool_items'), { legend: 'waiting · {{instance}}' }),
            over(`sum by (instance, outcome) (${ownRate('spool_drained_total')}) > 0`, {
              legend: 'drained as {{outcome}} · {{instance}}',
              refId: 'B',
            }),
            over(`${own('spool_bytes')} / ${own('spool_limit_bytes')}`, { legend: 'room · {{instance}}', refId: 'C' }),
          ],
        ).overrideByRegexp('/^room/', [
          unit('percentunit'),
          { id: 'custom.axisPlacement', value: AxisPlacement.Right },
        ]),
        series(
          {
            title: 'Age of what waits in the spool',
            description:
              'Since the oldest post was received that the database does not have; 1 on the right while the database takes posts.',
            unit: 's',
            none: 'Nothing waits, or nothing was scraped',
          },
          [
            over(`time() - ${own('spool_oldest_timestamp_seconds')}`, { legend: 'oldest · {{instance}}' }),
            over(own('store_up'), { legend: 'database up · {{instance}}', refId: 'B' }),
          ],
        ).overrideByRegexp('/^database/', [
          unit('none'),
          decimals(0),
          { id: 'custom.axisPlacement', value: AxisPlacement.Right },
        ]),
      ],
    },
    {
      height: 8,
      panels: [
        series(
          {
            title: 'Size of the store',
            description:
              'The database (main) and its write-ahead log (wal), which should stay small; on the right what is free on their disk.',
            unit: 'bytes',
            none: NONE,
          },
          [
            over(own('store_size_bytes'), { legend: '{{file}} · {{instance}}' }),
            over(own('store_free_bytes'), { legend: 'free · {{instance}}', refId: 'B' }),
          ],
        ).overrideByRegexp('/^free/', [{ id: 'custom.axisPlacement', value: AxisPlacement.Right }]),
        series(
          {
            title: 'Quarantine by reason',
            description: 'Bodies kept and not replayed.',
            unit: 'none',
            none: 'The quarantine is empty, or nothing was scraped',
          },
          [
            over(`sum by (source, reason) (max without (instance, pod) (${own('quarantined', BOTH)})) > 0`, {
              legend: '{{source}} · {{reason}}',
            }),
          ],
        ),
        series(
          {
            title: 'Transitions derived and withdrawn',
            description:
              'Per second, over five minutes. Withdrawn: disproved by posts that came late. Many of them: posts overtake each other on the way.',
            unit: 'cps',
            none: 'No campaign group yet, or nothing was scraped',
          },
          [
            over(`sum(source:ocs_campaign_group_transitions:rate5m{${SOURCE}, inferred="false"})`, {
              legend: 'told',
            }),
            over(`sum(source:ocs_campaign_group_transitions:rate5m{${SOURCE}, inferred="true"})`, {
              legend: 'inferred',
              refId: 'B',
            }),
            over(`sum(source:ocs_campaign_group_transitions_withdrawn:rate5m{${SOURCE}})`, {
              legend: 'withdrawn',
              refId: 'C',
            }),
          ],
        ),
      ],
    },
  ];
}

function quarantine() {
  return table(
    {
      title: 'Quarantine',
      description:
        'The thousand bodies seen last, not replayed yet, of all sources. “ocs-monitor quarantine show” prints one with every violation; after the mend, “replay” applies it.',
      unit: 'none',
      none: 'The quarantine is empty',
      sortBy: '-Last',
      widths: {
        Last: MOMENT_PIXELS,
        First: MOMENT_PIXELS,
        Times: 75,
        Reason: 150,
        Field: 250,
        Source: 80,
        Endpoint: 190,
        Size: 90,
      },
    },
    [
      api({
        path: '/quarantine',
        params: { limit: '1000' },
        columns: [
          time('last_received_at', 'Last'),
          time('first_received_at', 'First'),
          number('count', 'Times'),
          text('reason', 'Reason'),
          text('violations.0.field', 'Field'),
          text('violations.0.rule', 'Should be'),
          text('source', 'Source'),
          text('endpoint', 'Endpoint'),
          number('size_bytes', 'Size'),
          text('id', 'Id'),
        ],
      }),
    ],
  ).overrideByName('Size', [unit('bytes')]);
}

function process(): Row {
  const about = { none: NONE };
  return {
    title: 'The process',
    height: 7,
    panels: [
      series({ ...about, title: 'CPU', description: 'Processor cores in use.', unit: 'none' }, [
        over(`rate(process_cpu_seconds_total{${SELF}}[$__rate_interval]) and on (instance) ${own('build_info')}`, {
          legend: '{{instance}}',
        }),
      ]),
      series({ ...about, title: 'Memory', description: 'Resident memory of the process.', unit: 'bytes' }, [
        over(`process_resident_memory_bytes{${SELF}} and on (instance) ${own('build_info')}`, {
          legend: '{{instance}}',
        }),
      ]),
      series(
        {
          ...about,
          title: 'Event-loop delay, 99 of 100',
          description: 'How long the HTTP thread was busy with one thing. It delays every answer.',
          unit: 's',
        },
        [
          over(`nodejs_eventloop_lag_p99_seconds{${SELF}} and on (instance) ${own('build_info')}`, {
            legend: '{{instance}}',
          }),
        ],
      ),
    ],
  };
}

export function monitor() {
  return boardOf({
    uid: 'ocs-monitor',
    title: BOARDS['ocs-monitor'].title,
    description: `${BOARDS['ocs-monitor'].question} What is in quarantine, is anything dropped, is it fast enough, is there room?`,
    from: 'now-6h',
    variables: [anySource(), instance()],
    rows: [...header(), reporting(), { height: 7, panels: [quarantine()] }, posts(), ...speed(), process()],
  });
}
