/** Callbacks: how they end, how long people wait, which are open. */
import type { DataTransformerConfig } from '@grafana/grafana-foundation-sdk/dashboard';
import { boardOf, BOARDS, type Row } from './board.js';
import { api, number, RANGE, text, time } from './infinity.js';
import {
  type Asked,
  bars,
  buckets,
  colour,
  coloured,
  columns,
  DASHED,
  DURATION,
  heatmap,
  linkTo,
  mapped,
  NO_DATA,
  MOMENT_PIXELS,
  now,
  over,
  rows,
  series,
  stackedBars,
  stat,
  table,
} from './panels.js';
import { callbacksOf, CHOSEN, increase, QUEUES, rate, view } from './queries.js';
import { always, COLOURS, from, YES_MAPPINGS } from './theme.js';
import { callbackSource, callbackTenant, tableQueue, virtualQueue } from './variables.js';

const NONE = 'No callback ended in this time, or nothing was scraped';
const inRange = (name: string, matchers = QUEUES) => increase(`gms_callback_${name}`, matchers, '$__range');
const oldestOpen = `time() - min without (instance, pod, virtual_queue) (gms_callback_oldest_open_start_timestamp_seconds{${QUEUES}})`;

function header(): Row[] {
  const offered = `sum(${inRange('offered_total')})`;
  const finished = `sum(${inRange('finished_total')})`;
  const percent = { unit: 'percentunit', none: 'None, or no data', decimals: 1 };
  const begun: Row = {
    height: 3,
    panels: [
      stat(
        {
          title: 'Waiting now',
          description: 'Begun and not ended.',
          unit: 'none',
          none: NO_DATA,
          decimals: 0,
        },
        [now(callbacksOf(`sum(${view('gms_callback_open', QUEUES)})`))],
        always(COLOURS.active),
      ),
      stat(
        {
          title: 'Longest waiting',
          description: 'Age of the oldest open callback.',
          unit: 's',
          none: 'None open, or no data',
          decimals: 1,
        },
        [now(`max(${oldestOpen})`)],
        always(COLOURS.calm),
      ),
      stat(
        {
          title: 'Ended',
          description: 'Callbacks with a final record in the range.',
          unit: 'none',
          none: NO_DATA,
          decimals: 0,
        },
        [now(callbacksOf(`round(${finished})`))],
        always(COLOURS.calm),
      ),
      stat(
        { ...percent, title: 'Accepted of offered', description: 'Of callbacks that ended in the range.' },
        [now(`sum(${inRange('accepted_total')}) / (${offered} > 0)`)],
        always(COLOURS.calm),
      ),
    ],
  };
  const wrong: Row = {
    height: 3,
    panels: [
      stat(
        {
          ...percent,
          title: 'Left or timed out',
          description:
            'Callbacks that customers left, during the offer or waiting, or that timed out, of those that ended. Of all queues: the counter has none.',
        },
        [now(`sum(${inRange('abandoned_total', CHOSEN)}) / (sum(${inRange('finished_total', CHOSEN)}) > 0)`)],
        from(0.2, COLOURS.leaving),
      ),
      stat(
        {
          title: 'Records without a key',
          description: 'Records of the range that lack a mandatory key. Info Mart drops such records silently.',
          unit: 'none',
          none: NO_DATA,
          decimals: 0,
        },
        [
          now(
            callbacksOf(
              'sum(round(increase(gms_callback_missing_mandatory_total{source=~"$source"}[$__range])))',
              'source=~"$source"',
            ),
          ),
        ],
        from(1, COLOURS.trouble),
      ),
      stat(
        {
          title: 'Last record ago',
          description: 'Since the newest record of any callback was received.',
          unit: 's',
          none: 'No record yet, or no data',
          decimals: 1,
        },
        [now(`time() - max(${view('gms_callback_last_record_timestamp_seconds', CHOSEN)})`)],
        always(COLOURS.calm),
      ),
      stat(
        {
          title: 'Transfers failed',
          description: 'Transfers to an agent that failed, in callbacks that ended in the range.',
          unit: 'none',
          none: NO_DATA,
          decimals: 0,
        },
        [now(callbacksOf(`sum(round(${inRange('agent_transfer_failures_total', CHOSEN)}))`))],
        from(1, COLOURS.leaving),
      ),
    ],
  };
  return [begun, wrong];
}

/** The steps of a callback, as columns of the summary. */
const FUNNEL = ['offered', 'accepted', 'attempted', 'connected', 'successful'] as const;

/** The bars are as long as their share of the greatest value that Grafana sees: it has to see the sums, not the tenants. */
const SUMS: DataTransformerConfig = { id: 'reduce', options: { mode: 'reduceFields', reducers: ['sum'] } };

function funnel(): Row {
  return {
    height: 8,
    widths: [10, 14],
    panels: [
      bars(
        {
          title: 'Funnel',
          description:
            'Callbacks that ended in the range: offered, accepted, dialed, customer connected, agent joined. Exact, from the records; of all sources and tenants, and of the queue for tables above if one is said.',
          unit: 'none',
          none: NONE,
          decimals: 0,
        },
        [
          api({
            path: '/callbacks/summary',
            params: { ...RANGE, by: 'tenant', queue: '${table_queue}', limit: '1000' },
            columns: FUNNEL.map((name) => number(name, name)),
          }),
        ],
      ).transformations([SUMS]),
      series(
        {
          title: 'Offered, accepted, ended',
          description: 'Callbacks a minute, counted when they end, at their first final record.',
          unit: 'cpm',
          none: NONE,
        },
        (['offered', 'accepted', 'finished'] as const).map((what, at) =>
          over(`60 * sum(${rate(`gms_callback_${what}_total`, QUEUES)})`, { legend: what, refId: 'ABC'.charAt(at) }),
        ),
      )
        .overrideByName('offered', [colour(COLOURS.off)])
        .overrideByName('accepted', [colour(COLOURS.active)])
        .overrideByName('finished', [colour(COLOURS.running)]),
    ],
  };
}

const bucketRate = (name: string, matchers: string) =>
  `sum by (le) (${rate(`gms_callback_${name}_seconds_bucket`, matchers)})`;

function waits(): Row[] {
  const quantile = (q: number, name: string, { matchers = QUEUES, ...asked }: Asked & { matchers?: string }) =>
    over(`histogram_quantile(${q}, ${bucketRate(name, matchers)})`, asked);
  return [
    {
      height: 8,
      panels: [
        series(
          {
            title: 'Wait against expected wait',
            description:
              'What callers were told when the callback was offered, and what they waited until an agent was there for them. Above what was told: promises that were not kept. As precise as the buckets of the histograms.',
            unit: 's',
            none: NONE,
          },
          [
            quantile(0.5, 'offline_wait', { legend: 'wait, half of them', refId: 'A' }),
            quantile(0.9, 'offline_wait', { legend: 'wait, 9 of 10', refId: 'B' }),
            quantile(0.5, 'expected_wait', { legend: 'expected, half of them', refId: 'C' }),
            quantile(0.9, 'expected_wait', { legend: 'expected, 9 of 10', refId: 'D' }),
          ],
        )
          .overrideByRegexp('/half of them$/', [colour(COLOURS.active)])
          .overrideByRegexp('/9 of 10$/', [colour(COLOURS.leaving)])
          .overrideByRegexp('/^expected/', [DASHED]),
        heatmap(
          {
            title: 'Waits',
            description: 'How many callbacks waited how long for an agent, over time, by when they ended.',
            unit: 's',
            none: NONE,
          },
          [buckets(bucketRate('offline_wait', QUEUES))],
        ),
      ],
    },
    {
      height: 8,
      panels: [
        series(
          {
            title: 'The other times, 9 of 10',
            description:
              'Wait before the offer, length of the offer, time to set up the call, and the time a connected customer waits for the agent. The first three are of all queues.',
            unit: 's',
            none: NONE,
          },
          [
            quantile(0.9, 'wait_before_offer', { legend: 'before the offer', refId: 'A', matchers: CHOSEN }),
            quantile(0.9, 'offer_duration', { legend: 'the offer', refId: 'B', matchers: CHOSEN }),
            quantile(0.9, 'establish_media', { legend: 'setting up the call', refId: 'C', matchers: CHOSEN }),
            quantile(0.9, 'connected_wait', { legend: 'connected, no agent yet', refId: 'D' }),
          ],
        ),
        stackedBars(
          {
            title: 'Open callbacks by state',
            description: 'As they stood at each moment; those past OCM_CALLBACK_TTL are left out.',
            unit: 'none',
            none: 'No callback open in this time, or nothing was scraped',
          },
          [over(`sum by (state) (${view('gms_callback_open', QUEUES)})`, { legend: '{{state}}' })],
        ),
      ],
    },
  ];
}

function endings(): Row {
  const about = { unit: 'none', none: NONE, decimals: 0 };
  const counted = (by: string, metric: string, matchers: string, legend: string) => [
    now(`sort_desc(sum by (${by}) (round(${inRange(metric, matchers)})) > 0)`, { legend }),
  ];
  return {
    height: 9,
    panels: [
      bars(
        { ...about, title: 'How they ended', description: 'Disposition of callbacks that ended in the range.' },
        counted('state, sub_state', 'finished_total', QUEUES, '{{state}} · {{sub_state}}'),
      ),
      bars(
        {
          ...about,
          title: 'What dialing met',
          description: 'Results of the dial attempts of callbacks that ended in the range, of all queues.',
        },
        counted('result', 'dial_attempts_total', CHOSEN, '{{result}}'),
      ),
      bars(
        {
          ...about,
          title: 'Where customers left',
          description: 'During the offer, waiting, or timed out; of all queues.',
        },
        counted('stage', 'abandoned_total', CHOSEN, '{{stage}}'),
      ),
    ],
  };
}

function queueTable() {
  const byQueue = (expr: string) => `sum by (source, tenant, virtual_queue) (${expr})`;
  const wait = (name: string) =>
    `histogram_quantile(0.9, sum by (le, source, tenant, virtual_queue) (${inRange(`${name}_seconds_bucket`)}))`;
  return table(
    {
      title: 'Queues, longest waits first',
      description: 'Up to 200 queues; further ones are “other”. Waits are those that 9 of 10 did not exceed.',
      unit: 'none',
      none: NONE,
      sortBy: '-Wait',
      widths: { Queue: 260 },
      transformations: columns(
        { A: 'Open', B: 'Oldest open', C: 'Ended', D: 'Wait', E: 'Expected wait' },
        { virtual_queue: 'Queue', tenant: 'Tenant', source: 'Source' },
      ),
    },
    [
      rows(byQueue(view('gms_callback_open', QUEUES)), 'A'),
      rows(
        `max by (source, tenant, virtual_queue) (time() - ${view('gms_callback_oldest_open_start_timestamp_seconds', QUEUES)})`,
        'B',
      ),
      rows(`round(${byQueue(inRange('finished_total'))})`, 'C'),
      rows(wait('offline_wait'), 'D'),
      rows(wait('expected_wait'), 'E'),
    ],
  )
    .overrideByRegexp('/(open|Wait|wait)$/', DURATION)
    .overrideByName('Queue', [
      linkTo('gms-callbacks', 'Only this queue', {
        virtual_queue: '${__data.fields.Queue}',
        table_queue: '${__data.fields.Queue}',
      }),
    ]);
}

const IDENTITY = [
  text('queue', 'Queue'),
  text('channel', 'Channel'),
  text('tenant', 'Tenant'),
  text('source', 'Source'),
];
const NUMBER = text('customer_phone_number', 'Customer');

function openTable() {
  return table(
    {
      title: 'Open callbacks',
      description:
        'The newest thousand that have not ended, whatever the range; with what is due next and when. Numbers are masked unless OCM_PII says full. Of all sources and tenants, and of the queue for tables above if one is said.',
      unit: 'none',
      none: 'No callback is open',
      sortBy: 'Due',
      widths: {
        ...{ Service: 290, State: 110, 'GMS says': 110, Begun: MOMENT_PIXELS, 'What is due': 120, Due: MOMENT_PIXELS },
        ...{ Overdue: 80, Attempts: 85, Queue: 190, Channel: 85, Source: 80 },
      },
    },
    [
      api({
        path: '/callbacks',
        params: { open: 'true', queue: '${table_queue}', limit: '1000' },
        columns: [
          text('service_id', 'Service'),
          text('state', 'State'),
          text('live_state', 'GMS says'),
          time('service_start_at', 'Begun'),
          text('due_kind', 'What is due'),
          time('due_at', 'Due'),
          text('overdue', 'Overdue'),
          number('attempts', 'Attempts'),
          NUMBER,
          ...IDENTITY,
        ],
      }),
    ],
  ).overrideByName('Overdue', [mapped(YES_MAPPINGS), coloured]);
}

function detailsTable() {
  const dials = [1, 2, 3, 4, 5].map((attempt) => text(`dial_${attempt}_result`, `Dial ${attempt}`));
  return table(
    {
      title: 'Callbacks in detail',
      description:
        'The newest thousand that ended in the range. Numbers are masked unless OCM_PII says full. Of all sources and tenants, and of the queue for tables above if one is said.',
      unit: 'none',
      none: NONE,
      widths: {
        ...{ Ended: MOMENT_PIXELS, Service: 290, Outcome: 110, Disposition: 180, 'Expected wait': 115, Wait: 95 },
        ...{ 'Connected wait': 130, Attempts: 85, Queue: 190, Channel: 85, Source: 80 },
      },
    },
    [
      api({
        path: '/callbacks/details',
        params: { ...RANGE, queue: '${table_queue}', limit: '1000' },
        columns: [
          time('ended_at', 'Ended'),
          text('service_id', 'Service'),
          text('outcome', 'Outcome'),
          text('disposition', 'Disposition'),
          number('expected_wait_seconds', 'Expected wait'),
          number('offline_wait_seconds', 'Wait'),
          number('online_wait_seconds', 'Connected wait'),
          number('attempts', 'Attempts'),
          ...dials,
          NUMBER,
          ...IDENTITY,
        ],
      }),
    ],
  ).overrideByRegexp('/(Wait|wait)$/', DURATION);
}

function records(): Row {
  return {
    height: 8,
    widths: [14, 10],
    panels: [
      table(
        {
          title: 'Records that lack a mandatory key',
          description:
            'By day, callback service and key: whose strategy has to be mended. The newest thousand of the range, of all sources. The bodies are in quarantine.',
          unit: 'none',
          none: 'No record lacked a key in this time',
          widths: { Day: 105, Records: 80, Last: MOMENT_PIXELS, 'Last service id': 290, Source: 80 },
        },
        [
          api({
            path: '/callbacks/missing-keys',
            params: { ...RANGE, limit: '1000' },
            columns: [
              text('day', 'Day'),
              text('service', 'Callback service'),
              text('key', 'Key'),
              number('events', 'Records'),
              time('last_received_at', 'Last'),
              text('last_service_id', 'Last service id'),
              text('source', 'Source'),
            ],
          }),
        ],
      ),
      series(
        {
          title: 'Records',
          description: 'Records a minute, first copies only: final ones, others, and copies of what was there already.',
          unit: 'cpm',
          none: 'No record in this time, or nothing was scraped',
        },
        [
          over(`60 * sum by (final) (${rate('gms_callback_records_total', CHOSEN)})`, { legend: 'final: {{final}}' }),
          over(`60 * sum(${rate('gms_callback_record_duplicates_total', CHOSEN)})`, { legend: 'copies', refId: 'B' }),
        ],
      ),
    ],
  };
}

export function callbacks() {
  return boardOf({
    uid: 'gms-callbacks',
    title: BOARDS['gms-callbacks'].title,
    description: `${BOARDS['gms-callbacks'].question} Are offers taken, do callbacks reach an agent, is a strategy broken? The API takes one queue, hence a variable of its own for its tables; a click on a queue sets both.`,
    from: 'now-24h',
    variables: [callbackSource(), callbackTenant(), virtualQueue(), tableQueue()],
    rows: [
      ...header(),
      funnel(),
      ...waits(),
      endings(),
      { height: 8, panels: [queueTable()] },
      { title: 'Callbacks one by one', height: 10, panels: [openTable()] },
      { height: 10, panels: [detailsTable()] },
      records(),
    ],
  });
}
