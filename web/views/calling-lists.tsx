/** Calling lists, those with the lowest hit ratio first. */
import type { CallingList, CampaignGroup, Page } from '../api-types.js';
import { getJson } from '../api.js';
import { isolated } from '../bidi.js';
import { duration, percent } from '../format.js';
import { Failed } from '../parts/empty.js';
import { useLoaded } from '../parts/loaded.js';
import { NotRefreshed } from '../parts/found.js';
import { Said } from '../parts/said.js';
import { SteadyTable, useSteady } from '../parts/steady.js';
import { Clock, FinishesAt } from '../parts/time.js';

export function CallingLists({ path, group }: { readonly path: string; readonly group: CampaignGroup }) {
  // Asked for anew every half minute while posts come.
  const turn = Math.floor(Date.parse(group.last_heard_at) / 30_000);
  const loaded = useLoaded(`${path} ${turn}`, (signal) =>
    getJson<Page<CallingList>>(`${path}/calling-lists`, { limit: 1000 }, signal),
  );
  const { value, error, reload } = loaded;
  const worstFirst = [...(value?.items ?? [])].sort((a, b) => (a.hit_ratio ?? Infinity) - (b.hit_ratio ?? Infinity));
  const { items: lists, zone, bar, gone } = useSteady(worstFirst, ({ name }) => name, path);
  if (value === null && error !== null) return <Failed why={error} onRetry={reload} />;
  if (lists.length === 0) return null;
  const longest = Math.max(...lists.map((list) => list.time_to_complete_seconds ?? 0), 1);
  return (
    <section class="panel" aria-labelledby="lists-title">
      <header>
        <h2 id="lists-title">Calling lists</h2>
        <span class="quiet">{lists.length}</span>
      </header>
      <NotRefreshed loaded={loaded} />
      <SteadyTable label="lists-title" zone={zone} bar={bar}>
        <table class="table">
          <thead>
            <tr>
              <th>Calling list</th>
              <th class="number">Hit ratio</th>
              <th class="bar-column">
                <span class="hidden">Hit ratio as a bar</span>
              </th>
              <th class="number">Time to complete</th>
              <th class="bar-column">
                <span class="hidden">Time to complete against the longest</span>
              </th>
              <th class="number">Finishes at</th>
              <th class="number">As of</th>
            </tr>
          </thead>
          <tbody>
            {lists.map((list) => (
              <tr key={list.name} class={gone.has(list.name) ? 'is-gone' : ''}>
                <td title={list.dbid === null ? undefined : `DBID ${isolated(list.dbid)}`}>
                  <Said text={list.name} />
                </td>
                <td class="number">{percent(list.hit_ratio)}</td>
                <td>
                  <Bar share={list.hit_ratio} />
                </td>
                <td class="number">
                  {list.time_to_complete_seconds === null ? '–' : duration(list.time_to_complete_seconds * 1000)}
                </td>
                <td>
                  <Bar
                    share={list.time_to_complete_seconds === null ? null : list.time_to_complete_seconds / longest}
                  />
                </td>
                <td class="number">
                  <FinishesAt seconds={list.time_to_complete_seconds} asOf={list.at} />
                </td>
                <td class="number">
                  <Clock at={list.at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </SteadyTable>
    </section>
  );
}

export function Bar({ share }: { readonly share: number | null }) {
  return (
    <span class="bar" aria-hidden="true">
      {share !== null && <span class="bar-fill" style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} />}
    </span>
  );
}
