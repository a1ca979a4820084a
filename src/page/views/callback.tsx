/** One callback's story. */
import { getJson } from '../api.js';
import type { Story } from '../callback-types.js';
import { useCell } from '../cell.js';
import { words } from '../format.js';
import { Failed, Loading } from '../parts/empty.js';
import { useLoaded } from '../parts/loaded.js';
import { Clock } from '../parts/time.js';
import { hrefOf, route } from '../route.js';
import { chaptersOf } from '../story.js';

export function CallbackStory() {
  const { id, parameters } = useCell(route);
  const path = `callbacks/${encodeURIComponent(id ?? '')}`;
  const query = { source: parameters['source'] ?? null };
  const { value, error, reload } = useLoaded(`${path} ${query.source ?? ''}`, (signal) =>
    getJson<Story>(path, query, signal),
  );
  if (error !== null && value === null) return <Failed why={error} onRetry={reload} />;
  if (value === null) return <Loading />;
  const { findings } = value;
  return (
    <div class="page">
      <header class="group-head">
        <div class="group-title">
          <a href={hrefOf('callbacks')}>Callbacks</a>
          <h1>Callback {value.service_id}</h1>
        </div>
        <dl class="facts">
          <div>
            <dt>State</dt>
            <dd>{words((value.state ?? '').toLowerCase())}</dd>
          </div>
          <div>
            <dt>Result</dt>
            <dd>{words((value.sub_state ?? '').toLowerCase())}</dd>
          </div>
          <div>
            <dt>Queue</dt>
            <dd>{value.queue ?? '–'}</dd>
          </div>
          <div>
            <dt>Channel</dt>
            <dd>{value.channel ?? '–'}</dd>
          </div>
          <div>
            <dt>Customer</dt>
            <dd>{value.customer_phone_number ?? '–'}</dd>
          </div>
          <div>
            <dt>Attempts</dt>
            <dd>{value.attempts ?? '–'}</dd>
          </div>
          <div>
            <dt>Tenant</dt>
            <dd>{value.tenant ?? '–'}</dd>
          </div>
          <div>
            <dt>Source</dt>
            <dd>{value.source}</dd>
          </div>
        </dl>
      </header>
      {findings.length > 0 && (
        <section class="panel" aria-labelledby="findings-title">
          <header>
            <h2 id="findings-title">Findings</h2>
          </header>
          <ul class="panel-body violation-list">
            {findings.map(({ finding, detail }) => (
              <li key={finding}>
                <b>{words(finding)}</b> <span class="quiet">{detail ?? ''}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <div class="columns-even">
        <section class="panel" aria-labelledby="story-title">
          <header>
            <h2 id="story-title">Story</h2>
          </header>
          <ol class="story panel-body">
            {chaptersOf(value).map(({ at, what, more, kind }, index) => (
              <li key={index} class={`chapter chapter-${kind}`}>
                <Clock at={at} seconds />
                <div>
                  <b>{what}</b> <span class="quiet">{more}</span>
                </div>
              </li>
            ))}
          </ol>
        </section>
        <Keys keys={value.keys} />
      </div>
    </div>
  );
}

function Keys({ keys }: { readonly keys: Story['keys'] }) {
  const reported = Object.entries(keys).filter(([, value]) => value !== null);
  return (
    <section class="panel" aria-labelledby="keys-title">
      <header>
        <h2 id="keys-title">Keys</h2>
        <span class="quiet">
          {reported.length} of {Object.keys(keys).length} reported
        </span>
      </header>
      <div class="table-scroll" tabIndex={0} role="group" aria-labelledby="keys-title">
        <table class="table">
          <thead>
            <tr>
              <th>Key</th>
              <th>Value</th>
            </tr>
          </thead>
          <tbody>
            {reported.map(([name, value]) => (
              <tr key={name}>
                <td>
                  <code>{name}</code>
                </td>
                <td class="violations">{String(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
