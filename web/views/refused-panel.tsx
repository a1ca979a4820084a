/** What was refused lately, by sender and fault: how often, why, and what to do. */
import { useEffect } from 'preact/hooks';
import { getJson } from '../api.js';
import { useCell } from '../cell.js';
import type { Arrivals, RefusedArrival } from '../first-steps.js';
import { count } from '../format.js';
import { model } from '../model.js';
import { Found } from '../parts/found.js';
import { useLoaded } from '../parts/loaded.js';
import { Said } from '../parts/said.js';
import { Since } from '../parts/time.js';
import { route } from '../route.js';

const REFRESH_MS = 5000;

export function RefusedPanel() {
  const { source = '' } = useCell(route).parameters;
  const loaded = useLoaded('arrivals', (signal) => getJson<Arrivals>('arrivals', {}, signal));
  const lastHour = useCell(model.service)?.refused.last_hour ?? 0;
  const { status } = useCell(model.connection);
  useEffect(() => {
    if (status === 'lost') return undefined;
    const timer = setInterval(loaded.reload, REFRESH_MS);
    return () => {
      clearInterval(timer);
    };
  }, [status]);
  return (
    <section class="panel" aria-labelledby="refused-title">
      <header>
        <h2 id="refused-title">Refused</h2>
        <span class={lastHour === 0 ? 'quiet' : 'tone-trouble'}>
          {lastHour === 0 ? 'no post in the last hour' : `${count(lastHour)} in the last hour`}
        </span>
      </header>
      <Found loaded={loaded}>
        {({ refused }) => {
          // Where the source is not known, it may be the one that is looked for.
          const shown = refused.filter((one) => source === '' || one.source === null || one.source === source);
          return <RefusedTable refused={shown} of={refused.length} />;
        }}
      </Found>
    </section>
  );
}

function RefusedTable({ refused, of }: Pick<Arrivals, 'refused'> & { readonly of: number }) {
  if (refused.length === 0)
    return (
      <p class="quiet panel-body">
        {of === 0 ? 'Nothing was refused since the service started.' : 'Nothing of this source was refused lately.'}
      </p>
    );
  return (
    <div class="table-scroll" tabIndex={0} role="group" aria-labelledby="refused-title">
      <table class="table refused-table">
        <thead>
          <tr>
            <th>Source</th>
            <th class="number">Last</th>
            <th class="number">Last hour</th>
            <th class="number">Answer</th>
            <th>What is most likely wrong, and what to do</th>
          </tr>
        </thead>
        <tbody>
          {refused.map((one) => (
            <RefusedRow key={keyOf(one)} refused={one} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function keyOf({ method, path, remote_address: from, status, outcome, fault }: RefusedArrival): string {
  return JSON.stringify([method, path, from, status, outcome, fault]);
}

function RefusedRow({ refused }: { readonly refused: RefusedArrival }) {
  const { method, path, source, remote_address: from, status, last_at: at, last_hour: times, fault, next } = refused;
  return (
    <tr>
      <td>
        {source === null ? <span class="quiet">not known</span> : <Said text={source} />}
        <p class="quiet">
          <Said text={from} />
        </p>
      </td>
      <td class="number">
        <Since at={at} />
      </td>
      <td class="number">{times === 0 ? '–' : count(times)}</td>
      <td class="number">{status ?? 'none'}</td>
      <td class="refused-cause">
        <strong>
          <Said text={fault} />
        </strong>
        <p>
          <Said text={next} />
        </p>
        <p class="quiet">
          <Said text={method} /> <Said text={path} />
        </p>
      </td>
    </tr>
  );
}
