/** Callbacks: how many came how far, how long they waited, which are open. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Page } from '../api-types.js';
import { getAll, getJson } from '../api.js';
import type { Callback, CallbackDetail, SummaryRow } from '../callback-types.js';
import { isolated } from '../bidi.js';
import { useCell } from '../cell.js';
import { nowMs } from '../clock.js';
import { count, percent, words } from '../format.js';
import { model } from '../model.js';
import { Boundary } from '../parts/boundary.js';
import { Empty } from '../parts/empty.js';
import { Found } from '../parts/found.js';
import { type Loaded, useLoaded } from '../parts/loaded.js';
import { FilterBar, rangeQuery } from '../parts/filter-bar.js';
import { Said } from '../parts/said.js';
import { SteadyTable, useSteady } from '../parts/steady.js';
import { Clock, Since } from '../parts/time.js';
import { rangeIn } from '../range.js';
import { hrefTo, route } from '../route.js';
import { added, shareOf, type Totals } from '../totals.js';
import { mostUrgentFirst, startOf } from '../open-callbacks.js';
import { waitBuckets } from '../waits.js';
import { Bar } from './calling-lists.js';

const HOME = '24h';
const REFRESH_MS = 3000;
const MOST_WAITS = 2000;
/** Open callbacks asked for, and rows drawn. */
const MOST_OPEN = 5000;
const MOST_DRAWN = 300;

export function Callbacks() {
  const { parameters } = useCell(route);
  const turn = useTurn();
  const range = rangeIn(parameters, HOME, nowMs());
  const { fromMs, toMs, span } = range;
  const source = parameters['source'] ?? '';
  const to = span === null ? new Date(toMs).toISOString() : null;
  const query = { from: new Date(fromMs).toISOString(), to, source };
  const key = `${span ?? `${fromMs} ${toMs}`} ${source} ${turn}`;
  const sources = useLoaded('sources', (signal) => getJson<Page<{ readonly source: string }>>('sources', {}, signal));
  const summary = useLoaded(key, (signal) =>
    getAll<SummaryRow>('callbacks/summary', { by: 'month', ...query }, 100, signal),
  );
  const details = useLoaded(key, (signal) => getAll<CallbackDetail>('callbacks/details', query, MOST_WAITS, signal));
  const open = useLoaded(`open ${source} ${turn}`, (signal) => loadOpen(source, signal));
  return (
    <div class="page callbacks">
      <div class="page-head">
        <h1>Callbacks</h1>
        <span class="spring" />
        <FilterBar
          sources={sources.value?.items.map((one) => one.source) ?? []}
          time={{ range, home: HOME }}
          exports={[
            { label: 'Finished callbacks', path: 'callbacks/details', query: { source, ...rangeQuery(range) } },
            { label: 'Open callbacks', path: 'callbacks', query: { source, open: 'true' } },
          ]}
        />
      </div>
      <div class="columns-even">
        <Part what="How far they got" loaded={summary}>
          {(rows) => <Funnel totals={added(rows)} />}
        </Part>
        <Part what="The waits" loaded={details}>
          {(found) => <Waits details={found} />}
        </Part>
      </div>
      <Part what="Open callbacks" loaded={open}>
        {(found) => <OpenCallbacks {...found} />}
      </Part>
    </div>
  );
}

interface PartProps<T> {
  readonly what: string;
  readonly loaded: Loaded<T>;
  readonly children: (value: T) => ComponentChildren;
}

/** What was asked for, in a boundary of its own: a list that does not come takes no other with it. */
function Part<T>({ what, loaded, children }: PartProps<T>) {
  return (
    <Boundary what={what}>
      <Found loaded={loaded}>{children}</Found>
    </Boundary>
  );
}

/** Grows a moment after callbacks changed. */
function useTurn(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = model.on('callback', () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setTurn((known) => known + 1);
      }, REFRESH_MS);
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, []);
  return turn;
}

const STEPS: readonly (readonly [string, string])[] = [
  ['offered', 'Offered'],
  ['requested', 'Requested'],
  ['attempted', 'Attempted'],
  ['connected', 'Customer connected'],
  ['successful', 'Agent joined'],
];
const OTHER_ENDS = [
  'completed_without_agent',
  'cancelled',
  'rejected',
  'rescheduled',
  'transferred_to_rp',
  'redial_limit_reached',
  'abandoned_waiting',
  'timed_out',
  'transfer_failed',
] as const;

function Funnel({ totals }: { readonly totals: Totals }) {
  const of = (name: string) => totals[name] ?? null;
  const finished = of('callbacks') ?? 0;
  const most = Math.max(...STEPS.map(([name]) => of(name) ?? 0), 1);
  const ends = OTHER_ENDS.filter((name) => of(name) !== 0);
  return (
    <section class="panel" aria-labelledby="funnel-title">
      <header>
        <h2 id="funnel-title">How far they got</h2>
        <span class="quiet">{count(finished)} finished</span>
      </header>
      {finished === 0 ? (
        <p class="quiet panel-body">No callback ended in this time.</p>
      ) : (
        <div class="panel-body">
          <ol class="funnel">
            {STEPS.map(([name, label], index) => {
              const before = of(STEPS[index - 1]?.[0] ?? '');
              return (
                <li key={name}>
                  <span>{label}</span>
                  <Bar share={shareOf(of(name), most)} />
                  <b class="number">{count(of(name))}</b>
                  <span class="quiet number">{index === 0 ? '' : percent(shareOf(of(name), before))}</span>
                </li>
              );
            })}
          </ol>
          {ends.length > 0 && (
            <dl class="facts ends">
              {ends.map((name) => (
                <div key={name}>
                  <dt>{words(name)}</dt>
                  <dd>{count(of(name))}</dd>
                </div>
              ))}
            </dl>
          )}
        </div>
      )}
    </section>
  );
}

function Waits({ details }: { readonly details: readonly CallbackDetail[] }) {
  const buckets = waitBuckets(details);
  const most = Math.max(...buckets.flatMap(({ expected, waited }) => [expected, waited]), 1);
  const isEmpty = buckets.every(({ waited }) => waited === 0);
  return (
    <section class="panel" aria-labelledby="waits-title">
      <header>
        <h2 id="waits-title">Waits</h2>
        <span class="legend">
          <i class="key key-expected" /> expected when offered
        </span>
        <span class="legend">
          <i class="key key-waited" /> real
        </span>
        {details.length >= MOST_WAITS && <span class="quiet">newest {count(MOST_WAITS)}</span>}
      </header>
      {isEmpty ? (
        <p class="quiet panel-body">No finished callback in this time reports both.</p>
      ) : (
        <table class="waits">
          <thead class="hidden">
            <tr>
              <th>Wait</th>
              <th>Expected</th>
              <th>Real</th>
            </tr>
          </thead>
          <tbody>
            {buckets.map(({ label, expected, waited }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td class="wait-expected">
                  <span class="wait-count">{expected === 0 ? '' : count(expected)}</span>
                  <span class="wait-bar" style={{ width: `${(expected / most) * 75}%` }} />
                </td>
                <td class="wait-waited">
                  <span class="wait-bar" style={{ width: `${(waited / most) * 75}%` }} />
                  <span class="wait-count">{waited === 0 ? '' : count(waited)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

interface Open {
  readonly callbacks: readonly Callback[];
  /** Whether there are more than were asked for. */
  readonly isCut: boolean;
}

/** Overdue ones are asked for by themselves: of very many open ones the list brings the newest, and these are not among them. */
async function loadOpen(source: string, signal: AbortSignal): Promise<Open> {
  const [overdue, open] = await Promise.all([
    getJson<Page<Callback>>('callbacks', { open: 'true', due: 'overdue', source, limit: MOST_DRAWN }, signal),
    getAll<Callback>('callbacks', { open: 'true', source }, MOST_OPEN, signal),
  ]);
  const isCut = open.length >= MOST_OPEN;
  return { callbacks: mostUrgentFirst([...overdue.items, ...open]), isCut };
}

function OpenCallbacks({ callbacks, isCut }: Open) {
  const overdue = callbacks.filter((callback) => callback.overdue).length;
  const drawn = callbacks.slice(0, MOST_DRAWN);
  const { items, zone, bar, gone } = useSteady(drawn, keyOf, 'open');
  return (
    <section class="panel" aria-labelledby="open-title">
      <header>
        <h2 id="open-title">Open, overdue first, then the oldest</h2>
        {overdue > 0 && <b class="tone-trouble">{count(overdue)} overdue</b>}
        <span class="quiet">
          {drawn.length < callbacks.length ? `${count(drawn.length)} of ` : ''}
          {isCut ? 'more than ' : ''}
          {count(callbacks.length)}
        </span>
      </header>
      {callbacks.length === 0 ? (
        <Empty title="No callback is open" />
      ) : (
        <SteadyTable label="open-title" className="open-scroll" zone={zone} bar={bar}>
          <table class="table">
            <thead>
              <tr>
                <th class="number">Age</th>
                <th>State</th>
                <th>Queue</th>
                <th>Channel</th>
                <th>Type</th>
                <th>Due</th>
                <th class="number">Attempts</th>
                <th>Customer</th>
                <th>Callback</th>
              </tr>
            </thead>
            <tbody>
              {items.map((callback) => (
                <OpenRow key={keyOf(callback)} callback={callback} isGone={gone.has(keyOf(callback))} />
              ))}
            </tbody>
          </table>
        </SteadyTable>
      )}
    </section>
  );
}

const keyOf = ({ source, service_id }: Callback) => `${source} ${service_id}`;

function OpenRow({ callback, isGone }: { readonly callback: Callback; readonly isGone: boolean }) {
  const { state, live_state, due_kind, due_at, overdue } = callback;
  return (
    <tr class={isGone ? 'is-gone' : ''}>
      <td class="number">
        <Since at={startOf(callback)} />
      </td>
      <td class="nowrap">
        <Said text={words((live_state ?? state ?? '').toLowerCase())} />
      </td>
      <td>
        <Said text={callback.queue} />
      </td>
      <td>
        <Said text={callback.channel} />
      </td>
      <td>
        <Said text={words((callback.callback_type ?? '').toLowerCase())} />
      </td>
      <td class={`nowrap${overdue ? ' tone-trouble' : ''}`}>
        {due_kind === null ? (
          '–'
        ) : (
          <>
            {words(due_kind)} {due_at !== null && <Clock at={due_at} />}
            {overdue ? ', overdue' : ''}
          </>
        )}
      </td>
      <td class="number">{callback.attempts ?? '–'}</td>
      <td class="nowrap">
        <Said text={callback.customer_phone_number} />
      </td>
      <td class="nowrap">
        <a
          href={hrefTo('callback', callback.service_id, { source: callback.source })}
          title={isolated(callback.service_id)}
        >
          …<Said text={callback.service_id.slice(-12)} />
        </a>
      </td>
    </tr>
  );
}
