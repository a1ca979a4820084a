/** Open callbacks: overdue first, then the oldest; by state. */
import type { Page } from '../api-types.js';
import { getAll, getJson } from '../api.js';
import type { Callback } from '../callback-types.js';
import { stateWords } from '../callback-words.js';
import { count, words } from '../format.js';
import { mostUrgentFirst, startOf } from '../open-callbacks.js';
import { StateCell, WhereCells, WhoCells } from '../parts/callback-cells.js';
import { Empty } from '../parts/empty.js';
import { Said } from '../parts/said.js';
import { SteadyTable, useSteady } from '../parts/steady.js';
import { Clock, Since } from '../parts/time.js';
import { choose } from '../route.js';

/** Open callbacks asked for, and rows drawn. */
const MOST_OPEN = 5000;
const MOST_DRAWN = 300;

export type CallbackQuery = Readonly<Record<'source' | 'queue', string>>;

export interface Open {
  readonly callbacks: readonly Callback[];
  /** Whether there are more than were asked for. */
  readonly isCut: boolean;
}

/** Overdue ones are asked for by themselves: of very many open ones the list brings the newest, and these are not among them. */
export async function loadOpen(query: CallbackQuery, signal: AbortSignal): Promise<Open> {
  const [overdue, open] = await Promise.all([
    getJson<Page<Callback>>('callbacks', { ...query, open: 'true', due: 'overdue', limit: 1000 }, signal),
    getAll<Callback>('callbacks', { ...query, open: 'true' }, MOST_OPEN, signal),
  ]);
  const isCut = open.length >= MOST_OPEN;
  return { callbacks: mostUrgentFirst([...overdue.items, ...open]), isCut };
}

/** What an open one is listed under. */
const kindOf = (callback: Callback) => callback.live_state ?? callback.state ?? 'unknown';

interface OpenProps extends Open {
  /** A state, `overdue`, or empty for all. */
  readonly kind: string;
  /** Part of the service ids that are shown. */
  readonly search: string;
}

export function OpenCallbacks({ callbacks: all, isCut, kind, search }: OpenProps) {
  const found = all.filter(({ service_id: id }) => id.toLowerCase().includes(search.toLowerCase()));
  const callbacks = found.filter((one) => kind === '' || (kind === 'overdue' ? one.overdue : kindOf(one) === kind));
  const drawn = callbacks.slice(0, MOST_DRAWN);
  const { items, zone, bar, gone } = useSteady(drawn, keyOf, `${kind} ${search}`);
  return (
    <section class="panel" aria-labelledby="open-title">
      <header>
        <h2 id="open-title">Open, overdue first, then the oldest</h2>
        <Kinds callbacks={found} selected={kind} />
        <span class="quiet">
          {drawn.length < callbacks.length ? `${count(drawn.length)} of ` : ''}
          {isCut ? 'more than ' : ''}
          {count(callbacks.length)}
        </span>
      </header>
      {callbacks.length === 0 ? (
        <Empty title={all.length === 0 ? 'No callback is open' : 'No open callback matches'} />
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

function Kinds({ callbacks, selected }: { readonly callbacks: readonly Callback[]; readonly selected: string }) {
  const states = [...new Set(callbacks.map(kindOf))].sort();
  const overdue = callbacks.filter((one) => one.overdue).length;
  const kinds = [...(overdue > 0 ? ['overdue'] : []), ...states];
  return (
    <div class="reasons" role="group" aria-label="Filter by state">
      {kinds.map((kind) => (
        <button
          key={kind}
          type="button"
          class={`chip${kind === 'overdue' ? ' tone-trouble' : ''}`}
          aria-pressed={kind === selected}
          onClick={() => {
            choose({ open: kind === selected ? '' : kind });
          }}
        >
          <b>{count(kind === 'overdue' ? overdue : callbacks.filter((one) => kindOf(one) === kind).length)}</b>{' '}
          <Said text={words(kind.toLowerCase())} />
        </button>
      ))}
    </div>
  );
}

const keyOf = ({ source, service_id }: Callback) => `${source} ${service_id}`;

function OpenRow({ callback, isGone }: { readonly callback: Callback; readonly isGone: boolean }) {
  const { due_kind, due_at, overdue } = callback;
  const { what, why } = stateWords(callback);
  return (
    <tr class={isGone ? 'is-gone' : ''}>
      <td class="number">
        <Since at={startOf(callback)} />
      </td>
      <StateCell what={what} why={why} />
      <WhereCells callback={callback} />
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
      <WhoCells callback={callback} />
    </tr>
  );
}
