/** Callbacks that were asked for: those of a step of the funnel, of a customer, or of an id. */
import type { Page } from '../api-types.js';
import { ApiError, getJson } from '../api.js';
import type { Callback, CallbackDetail } from '../callback-types.js';
import { isOfDigits, LEAST_DIGITS } from '../callback-search.js';
import { stateWords } from '../callback-words.js';
import { count, words } from '../format.js';
import { StateCell, WhereCells, WhoCells } from '../parts/callback-cells.js';
import { Found } from '../parts/found.js';
import { useLoaded } from '../parts/loaded.js';
import { Clock } from '../parts/time.js';
import { useTold } from '../parts/told.js';
import { choose } from '../route.js';
import type { CallbackQuery } from './open-callbacks.js';

const MOST_DRAWN = 300;

interface FinishedProps {
  readonly title: string;
  readonly callbacks: readonly CallbackDetail[];
  /** Of how many of the newest; null: of all in this time. */
  readonly among: number | null;
}

export function FinishedCallbacks({ title, callbacks, among }: FinishedProps) {
  const note = `${count(callbacks.length)}${among === null ? '' : ` of the newest ${count(among)}`}`;
  const rows = callbacks.slice(0, MOST_DRAWN).map((one) => ({ ...one, what: words(one.outcome), why: '' }));
  return <List id="step" title={`Finished: ${title}`} note={note} rows={rows} clear={{ step: '' }} />;
}

interface FoundProps {
  readonly hash: string;
  readonly search: string;
  readonly narrowed: CallbackQuery;
  readonly turn: number;
}

/** Of a customer all there are, whatever the time; of an id the one that has it. */
export function FoundCallbacks({ hash, search, narrowed, turn }: FoundProps) {
  const key = JSON.stringify(['found', hash, search, narrowed, turn]);
  const found = useLoaded(key, (signal) => (hash === '' ? withId(search, signal) : ofCustomer(hash, narrowed, signal)));
  const title = hash === '' ? 'With this service id' : 'Of this number';
  useTold(`${hash} ${search}`, found.isLoading ? null : `${title}: ${count(found.value?.length ?? 0)}.`, '');
  return (
    <Found loaded={found}>
      {(callbacks) => {
        const rows = callbacks.map((one) => ({ ...one, ...stateWords(one) }));
        const note = rows.length === 0 ? (hash === '' ? noneWords(search) : 'none') : count(rows.length);
        return <List id="found" title={title} note={note} rows={rows} clear={{ find: '', phone_hash: '' }} />;
      }}
    </Found>
  );
}

function noneWords(search: string): string {
  const none = 'none has exactly this id';
  return isOfDigits(search) ? `${none}; a number is found from ${String(LEAST_DIGITS)} digits on` : none;
}

async function ofCustomer(hash: string, narrowed: CallbackQuery, signal: AbortSignal): Promise<readonly Callback[]> {
  const query = { ...narrowed, phone_hash: hash, limit: MOST_DRAWN };
  return (await getJson<Page<Callback>>('callbacks', query, signal)).items;
}

async function withId(id: string, signal: AbortSignal): Promise<readonly Callback[]> {
  try {
    return [await getJson<Callback>(`callbacks/${encodeURIComponent(id)}`, {}, signal)];
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

interface ListRow {
  readonly source: string;
  readonly service_id: string;
  readonly queue: string | null;
  readonly channel: string | null;
  readonly ended_at: string | null;
  readonly attempts: number | null;
  readonly customer_phone_number: string | null;
  readonly what: string;
  readonly why: string;
}

interface ListProps {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly rows: readonly ListRow[];
  /** What is no longer chosen once the list is closed. */
  readonly clear: Readonly<Record<string, string>>;
}

function List({ id, title, note, rows, clear }: ListProps) {
  return (
    <section class="panel" aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        <span class="quiet">{note}</span>
        <span class="spring" />
        <button
          type="button"
          onClick={() => {
            choose(clear);
          }}
        >
          Close
        </button>
      </header>
      {rows.length > 0 && (
        <div class="table-scroll open-scroll" tabIndex={0} role="group" aria-labelledby={`${id}-title`}>
          <table class="table">
            <thead>
              <tr>
                <th>Ended</th>
                <th>Result</th>
                <th>Queue</th>
                <th>Channel</th>
                <th class="number">Attempts</th>
                <th>Customer</th>
                <th>Callback</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <ListRowLine key={`${row.source} ${row.service_id}`} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function ListRowLine({ row }: { readonly row: ListRow }) {
  return (
    <tr>
      <td class="nowrap">
        <Clock at={row.ended_at} />
      </td>
      <StateCell what={row.what} why={row.why} />
      <WhereCells callback={row} />
      <WhoCells callback={row} />
    </tr>
  );
}
