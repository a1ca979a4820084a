/** One callback's story. */
import { ApiError, getJson } from '../api.js';
import type { Story } from '../callback-types.js';
import { keyValue, keyWords, stateWords } from '../callback-words.js';
import { useCell } from '../cell.js';
import { words } from '../format.js';
import { Empty, Failed, Loading } from '../parts/empty.js';
import { useLoaded } from '../parts/loaded.js';
import { Said } from '../parts/said.js';
import { Clock } from '../parts/time.js';
import { hrefTo, route } from '../route.js';
import { chaptersOf } from '../story.js';

export function CallbackStory() {
  const { id, parameters } = useCell(route);
  const path = `callbacks/${encodeURIComponent(id ?? '')}`;
  const query = { source: parameters['source'] ?? null };
  const { value, error, reload } = useLoaded(`${path} ${query.source ?? ''}`, (signal) =>
    getJson<Story>(path, query, signal).catch(noneIfUnknown),
  );
  if (value === 'none') return <NoSuchCallback id={id ?? ''} />;
  if (error !== null && value === null) return <Failed why={error} onRetry={reload} />;
  if (value === null) return <Loading />;
  const { findings } = value;
  return (
    <div class="page">
      <header class="group-head">
        <div class="group-title">
          <a href={hrefTo('callbacks')}>Callbacks</a>
          <h1>
            Callback <Said text={value.service_id} />
          </h1>
        </div>
        <dl class="facts">
          {factsOf(value).map(([name, said]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <Said text={said} />
              </dd>
            </div>
          ))}
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
                <b>{words(finding)}</b>{' '}
                {detail !== undefined && (
                  <span class="quiet">
                    <Said text={detail} />
                  </span>
                )}
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
                  <b>
                    <Said text={what} />
                  </b>{' '}
                  {more !== '' && (
                    <span class="quiet">
                      <Said text={more} />
                    </span>
                  )}
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

function noneIfUnknown(error: unknown): 'none' {
  if (error instanceof ApiError && error.status === 404) return 'none';
  throw error;
}

function NoSuchCallback({ id }: { readonly id: string }) {
  return (
    <Empty title="No such callback">
      <p>
        No record of <Said text={id} /> was stored: it has not come yet, it was deleted with its source, or the address
        was mistyped. A record that was refused is in quarantine.
      </p>
      <p>
        <a href={hrefTo('callbacks')}>All callbacks</a> · <a href={hrefTo('health')}>Quarantine, under Health</a>
      </p>
    </Empty>
  );
}

function factsOf(story: Story): readonly (readonly [name: string, said: string | number | null])[] {
  const { what, why } = stateWords({ ...story, live_state: null });
  return [
    ['State', why === '' ? what : `${what}: ${why}`],
    ['Result', words((story.sub_state ?? '').toLowerCase())],
    ['Queue', story.queue],
    ['Channel', story.channel],
    ['Customer', story.customer_phone_number],
    ['Attempts', story.attempts],
    ['Tenant', story.tenant],
    ['Source', story.source],
  ];
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
              <th>What</th>
              <th>Value</th>
            </tr>
          </thead>
          <tbody>
            {reported.map(([name, value]) => (
              <tr key={name}>
                <td>
                  {keyWords(name)}
                  <p class="quiet">
                    <code>
                      <Said text={name} />
                    </code>
                  </p>
                </td>
                <td class="violations">
                  <KeyValue name={name} value={value} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function KeyValue({ name, value }: { readonly name: string; readonly value: unknown }) {
  const said = keyValue(name, value);
  if (typeof said === 'string') return <Said text={said} />;
  return <Clock at={new Date(said.atMs).toISOString()} seconds />;
}
