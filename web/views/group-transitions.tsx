/** What happened to a group, newest first; withdrawn ones on demand. */
import { useEffect, useState } from 'preact/hooks';
import type { Page, Transition } from '../api-types.js';
import { getJson } from '../api.js';
import { nowMs } from '../clock.js';
import { clockSeconds, utc, words } from '../format.js';
import { model } from '../model.js';
import { Failed, Loading } from '../parts/empty.js';
import { NotRefreshed } from '../parts/found.js';
import { useLoaded } from '../parts/loaded.js';
import { SteadyTable, useSteady } from '../parts/steady.js';
import { StateBadge } from '../parts/mark.js';
import type { Range } from '../range.js';
import { lookOf } from '../state-look.js';
import { inOrder } from '../transition-order.js';
import { byWhom, settingWords } from '../transition-words.js';

interface Props {
  readonly id: string;
  readonly path: string;
  readonly range: Range;
}

const MOST = 200;

export function GroupTransitions({ id, path, range }: Props) {
  const key = range.span ?? `${range.fromMs} ${range.toMs}`;
  const query = {
    limit: MOST,
    from: new Date(range.fromMs).toISOString(),
    to: range.span === null ? new Date(range.toMs).toISOString() : null,
  };
  const loaded = useLoaded(`${path} ${key}`, (signal) =>
    getJson<Page<Transition>>(`${path}/transitions`, query, signal),
  );
  const { value, error, reload } = loaded;
  const [news, setNews] = useState<readonly Transition[]>([]);
  const [withWithdrawn, setWithWithdrawn] = useState(false);
  useEffect(
    () =>
      model.on('transition', (transition) => {
        if (transition.campaign_group_id === id) setNews((known) => [...known, transition].slice(-MOST));
      }),
    [id],
  );
  const byId = new Map((value?.items ?? []).map((item) => [item.id, item]));
  for (const transition of news) byId.set(transition.id, transition);
  const all = [...byId.values()].sort((a, b) => inOrder(b, a));
  const shown = all.filter(({ withdrawn }) => withWithdrawn || !withdrawn).slice(0, MOST);
  const { items, zone, bar } = useSteady(shown, ({ id: one }) => one, `${path} ${key} ${String(withWithdrawn)}`);
  const withdrawnCount = all.filter(({ withdrawn }) => withdrawn).length;
  return (
    <section class="panel" aria-labelledby="transitions-title">
      <header>
        <h2 id="transitions-title">Transitions</h2>
        {value !== null && (
          <span class="quiet">
            {shown.length}
            {value.next_cursor ? ` newest` : ''}
          </span>
        )}
        <span class="spring" />
        {withdrawnCount > 0 && (
          <label class="check">
            <input
              type="checkbox"
              checked={withWithdrawn}
              onChange={({ currentTarget }) => {
                setWithWithdrawn(currentTarget.checked);
              }}
            />
            {withdrawnCount} withdrawn since this page was opened
          </label>
        )}
      </header>
      <NotRefreshed loaded={loaded} />
      {value === null ? (
        <>{error === null ? <Loading /> : <Failed why={error} onRetry={reload} />}</>
      ) : shown.length === 0 ? (
        <p class="quiet panel-body">No transitions in this time.</p>
      ) : (
        <SteadyTable label="transitions-title" zone={zone} bar={bar}>
          <table class="table">
            <thead>
              <tr>
                <th>When</th>
                <th>To</th>
                <th>What</th>
                <th>Setting</th>
              </tr>
            </thead>
            <tbody>
              {items.map((transition) => (
                <Row key={transition.id} transition={transition} />
              ))}
            </tbody>
          </table>
        </SteadyTable>
      )}
    </section>
  );
}

function Row({ transition }: { readonly transition: Transition }) {
  const { at, not_before, inferred, unexpected, to_state, action, implied_steps, withdrawn } = transition;
  const now = nowMs();
  const atMs = Date.parse(at);
  return (
    <tr class={withdrawn ? 'withdrawn' : ''}>
      <td class="nowrap" title={utc(atMs)}>
        {inferred && <>{not_before === null ? 'before ' : `${clockSeconds(Date.parse(not_before), now)} – `}</>}
        {clockSeconds(atMs, now)}
      </td>
      <td>
        <StateBadge look={lookOf(to_state)} />
      </td>
      <td>
        {action === null ? '' : words(action)}
        {byWhom(transition)}{' '}
        {inferred && (
          <span
            class="tag tag-inferred"
            title={`Missed posts: ${implied_steps.map((step) => words(step)).join(', ') || 'not known'}`}
          >
            ~ inferred
          </span>
        )}
        {unexpected && <span class="tag tag-trouble">unexpected</span>}
      </td>
      <td>{settingWords(transition) ?? ''}</td>
    </tr>
  );
}
