/** Callbacks: how many came how far, how long they waited, which are open, which were refused; and how to find one. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Page } from '../api-types.js';
import { getAll, getJson } from '../api.js';
import { ofStep, refusedRecords } from '../callback-search.js';
import type { CallbackDetail, RefusedBody, SummaryRow } from '../callback-types.js';
import { isolated } from '../bidi.js';
import { useCell } from '../cell.js';
import { nowMs } from '../clock.js';
import { count } from '../format.js';
import { model } from '../model.js';
import { Boundary } from '../parts/boundary.js';
import { Found } from '../parts/found.js';
import { type Loaded, useLoaded } from '../parts/loaded.js';
import { FilterBar, rangeQuery } from '../parts/filter-bar.js';
import { Said } from '../parts/said.js';
import { rangeIn } from '../range.js';
import { choose, hrefTo, route } from '../route.js';
import { added } from '../totals.js';
import { CallbackFilter } from './callback-filter.js';
import { FoundCallbacks, FinishedCallbacks } from './callback-lists.js';
import { Funnel, stepLabel } from './callback-funnel.js';
import { Waits } from './callback-waits.js';
import { loadOpen, OpenCallbacks } from './open-callbacks.js';

const HOME = '24h';
const REFRESH_MS = 3000;
const MOST_WAITS = 2000;
const MOST_REFUSED = 1000;

export function Callbacks() {
  const { parameters } = useCell(route);
  const turn = useTurn();
  const range = rangeIn(parameters, HOME, nowMs());
  const { fromMs, toMs, span } = range;
  const { source = '', queue = '', step = '', open: kind = '', find: search = '', phone_hash: hash = '' } = parameters;
  const narrowed = { source, queue };
  const query = { from: new Date(fromMs).toISOString(), to: span === null ? new Date(toMs).toISOString() : null };
  const key = JSON.stringify([span ?? [fromMs, toMs], narrowed, turn]);
  const sources = useLoaded('sources', (signal) => getJson<Page<{ readonly source: string }>>('sources', {}, signal));
  const summary = useLoaded(key, (signal) =>
    getAll<SummaryRow>('callbacks/summary', { by: 'month', ...narrowed, ...query }, 100, signal),
  );
  const details = useLoaded(key, (signal) =>
    getAll<CallbackDetail>('callbacks/details', { ...narrowed, ...query }, MOST_WAITS, signal),
  );
  const open = useLoaded(JSON.stringify(['open', narrowed, turn]), (signal) => loadOpen(narrowed, signal));
  const refused = useLoaded(JSON.stringify(['refused', source, turn]), (signal) =>
    getAll<RefusedBody>('quarantine', { source }, MOST_REFUSED, signal),
  );
  const isBound = (details.value?.length ?? 0) >= MOST_WAITS;
  return (
    <div class="page callbacks">
      <div class="page-head">
        <h1>Callbacks</h1>
        <Overdue callbacks={open.value?.callbacks ?? []} />
        <span class="spring" />
        <FilterBar
          sources={sources.value?.items.map((one) => one.source) ?? []}
          time={{ range, home: HOME }}
          exports={[
            { label: 'Finished callbacks', path: 'callbacks/details', query: { ...narrowed, ...rangeQuery(range) } },
            { label: 'Open callbacks', path: 'callbacks', query: { ...narrowed, open: 'true' } },
          ]}
        />
      </div>
      <CallbackFilter search={search} known={[...(open.value?.callbacks ?? []), ...(details.value ?? [])]} />
      <Narrowed source={source} queue={queue} />
      <Boundary what="The refused records">
        <Refused bodies={refused.value ?? []} fromMs={fromMs} toMs={span === null ? toMs : Infinity} />
      </Boundary>
      {(hash !== '' || search !== '') && (
        <Boundary what="What was found">
          <FoundCallbacks hash={hash} search={search} narrowed={narrowed} turn={turn} />
        </Boundary>
      )}
      <div class="columns-even">
        <Part what="How far they got" loaded={summary}>
          {(rows) => <Funnel totals={added(rows)} step={step} />}
        </Part>
        <Part what="The waits" loaded={details}>
          {(found) => <Waits details={found} most={MOST_WAITS} />}
        </Part>
      </div>
      {step !== '' && (
        <Part what="The callbacks of a step" loaded={details}>
          {(found) => (
            <FinishedCallbacks
              title={stepLabel(step)}
              callbacks={ofStep(found, step)}
              among={isBound ? MOST_WAITS : null}
            />
          )}
        </Part>
      )}
      <Part what="Open callbacks" loaded={open}>
        {(found) => <OpenCallbacks {...found} kind={kind} search={search} />}
      </Part>
    </div>
  );
}

function Overdue({ callbacks }: { readonly callbacks: readonly { readonly overdue: boolean }[] }) {
  const overdue = callbacks.filter((one) => one.overdue).length;
  if (overdue === 0) return null;
  return (
    <button
      type="button"
      class="chip tone-trouble"
      onClick={() => {
        choose({ open: 'overdue' });
        document.getElementById('open-title')?.scrollIntoView({ block: 'start' });
      }}
    >
      <b>{count(overdue)}</b> overdue
    </button>
  );
}

interface RefusedProps {
  readonly bodies: readonly RefusedBody[];
  readonly fromMs: number;
  readonly toMs: number;
}

const FIELDS_TOLD = 5;

/** Records that could not be applied are in no count below. */
function Refused({ bodies, fromMs, toMs }: RefusedProps) {
  const { records, fields } = refusedRecords(bodies, fromMs, toMs);
  if (records === 0) return null;
  const more = fields.length - FIELDS_TOLD;
  return (
    <p class="notice notice-trouble refused-records" role="status">
      <b class="tone-trouble">{records === 1 ? '1 record' : `${count(records)} records`} refused</b>
      <span>
        {fields.slice(0, FIELDS_TOLD).map(([field, times], index) => (
          <span key={field}>
            {index > 0 && ', '}
            <code>
              <Said text={field === '' ? 'the body' : field} />
            </code>{' '}
            {count(times)} ×
          </span>
        ))}
        {more > 0 && ` and ${count(more)} more`}. They are in no count here.
      </span>
      <a href={hrefTo('health')}>Quarantine</a>
    </p>
  );
}

interface PartProps<T> {
  readonly what: string;
  readonly loaded: Loaded<T>;
  readonly children: (value: T) => ComponentChildren;
}

/** A filter may have come along from another view: what it leaves out is said. */
function Narrowed({ source, queue }: { readonly source: string; readonly queue: string }) {
  if (source === '' && queue === '') return null;
  return (
    <p class="notice" role="status">
      Only callbacks{source !== '' && <> of the source {isolated(source)}</>}
      {queue !== '' && <> in the queue {isolated(queue)}</>} are shown and counted.{' '}
      <button
        type="button"
        class="link"
        onClick={() => {
          choose({ source: '', queue: '' });
        }}
      >
        Show all
      </button>
    </p>
  );
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
