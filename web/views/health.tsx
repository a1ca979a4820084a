/** Health: the sources and how much of what they should send arrives, the quarantine, the service itself. */
import { useEffect } from 'preact/hooks';
import type { Page } from '../api-types.js';
import { getJson } from '../api.js';
import { useCell } from '../cell.js';
import { count, duration, percent } from '../format.js';
import { model } from '../model.js';
import { Boundary } from '../parts/boundary.js';
import { Failed, Loading } from '../parts/empty.js';
import { NotRefreshed } from '../parts/found.js';
import { type Loaded, useLoaded } from '../parts/loaded.js';
import { FilterBar } from '../parts/filter-bar.js';
import { StateBadge } from '../parts/mark.js';
import { Said } from '../parts/said.js';
import { SteadyTable, useSteady } from '../parts/steady.js';
import { Clock, Since } from '../parts/time.js';
import { route } from '../route.js';
import type { ServiceInfo } from '../service-info.js';
import { Bar } from './calling-lists.js';
import { QuarantinePanel } from './quarantine.js';
import { RefusedPanel } from './refused-panel.js';
import { StorePanel } from './store-panel.js';

interface Source {
  readonly source: string;
  readonly last_heard_at: string | null;
  readonly interval_seconds: number | null;
  readonly interval_origin: string;
  readonly interval_seen_seconds: number | null;
  readonly delivery_ratio: number | null;
  readonly silent: boolean;
  readonly silent_since: string | null;
  readonly campaign_groups: number;
  readonly running: number;
  readonly quarantined: number;
  readonly sends_statistics: boolean;
  readonly maintenance: boolean;
  readonly maintenance_until: string | null;
}

/** Delivery and silence go by time: asked for again and again while somebody looks. */
const REFRESH_MS = 5000;

export function Health() {
  const sources = useLoaded('sources', (signal) => getJson<Page<Source>>('sources', {}, signal));
  const source = useCell(route).parameters['source'] ?? '';
  const service = useCell(model.service);
  const { status } = useCell(model.connection);
  useEffect(() => {
    if (status === 'lost') return undefined;
    void model.askService();
    const timer = setInterval(() => {
      sources.reload();
      void model.askService();
    }, REFRESH_MS);
    return () => {
      clearInterval(timer);
    };
  }, [status]);
  return (
    <div class="page health">
      <div class="page-head">
        <h1>Health</h1>
        <span class="spring" />
        <FilterBar
          sources={sources.value?.items.map((one) => one.source) ?? []}
          exports={[
            { label: 'Sources', path: 'sources', query: {} },
            { label: 'Quarantine', path: 'quarantine', query: { source } },
          ]}
        />
      </div>
      <Boundary what="The service">{service !== null && <ServicePanel service={service} />}</Boundary>
      <Boundary what="The store">{service !== null && <StorePanel store={service.store} />}</Boundary>
      <Boundary what="The sources">
        <SourcesPanel sources={sources} only={source} />
      </Boundary>
      <Boundary what="What was refused">
        <RefusedPanel />
      </Boundary>
      <Boundary what="The quarantine">
        <QuarantinePanel />
      </Boundary>
    </div>
  );
}

function SourcesPanel({ sources: loaded, only }: { readonly sources: Loaded<Page<Source>>; readonly only: string }) {
  const { value, error, reload } = loaded;
  const {
    items: sources,
    zone,
    bar,
    gone,
  } = useSteady(
    (value?.items ?? []).filter(({ source }) => only === '' || source === only),
    ({ source }) => source,
    only,
  );
  if (value === null) return error === null ? <Loading /> : <Failed why={error} onRetry={reload} />;
  return (
    <section class="panel" aria-labelledby="sources-title">
      <header>
        <h2 id="sources-title">Sources</h2>
        <span class="quiet">{sources.length}</span>
      </header>
      <NotRefreshed loaded={loaded} />
      {sources.length === 0 ? (
        <p class="quiet panel-body">Nothing has been received yet.</p>
      ) : (
        <SteadyTable label="sources-title" zone={zone} bar={bar}>
          <table class="table">
            <thead>
              <tr>
                <th>Source</th>
                <th>State</th>
                <th class="number">Last heard</th>
                <th class="number">Groups</th>
                <th class="number">Running</th>
                <th class="number">Interval expected</th>
                <th class="number">Seen</th>
                <th class="number">Delivered</th>
                <th class="bar-column">
                  <span class="hidden">Delivered as a bar</span>
                </th>
                <th class="number">In quarantine</th>
              </tr>
            </thead>
            <tbody>
              {sources.map((source) => (
                <SourceRow key={source.source} source={source} isGone={gone.has(source.source)} />
              ))}
            </tbody>
          </table>
        </SteadyTable>
      )}
    </section>
  );
}

function SourceRow({ source, isGone }: { readonly source: Source; readonly isGone: boolean }) {
  const { delivery_ratio: delivered, interval_seconds: interval, interval_seen_seconds: seen } = source;
  const limit = useCell(model.limits)?.delivery_ratio ?? 0;
  return (
    <tr class={isGone ? 'is-gone' : ''}>
      <td>
        <Said text={source.source} />
      </td>
      <td>
        <SourceState source={source} />
      </td>
      <td class="number">
        <Since at={source.last_heard_at} />
      </td>
      <td class="number">{count(source.campaign_groups)}</td>
      <td class="number">{count(source.running)}</td>
      <td class="number">
        <span class="quiet">{interval === null ? '' : source.interval_origin}</span>{' '}
        {interval === null ? '–' : `${seconds(interval)} s`}
      </td>
      <td class="number">{seen === null ? '–' : `${seconds(seen)} s`}</td>
      <td class={`number${delivered !== null && delivered < limit ? ' tone-trouble' : ''}`}>{percent(delivered)}</td>
      <td>
        <Bar share={delivered} />
      </td>
      <td class="number">{source.quarantined === 0 ? '–' : count(source.quarantined)}</td>
    </tr>
  );
}

/** With one decimal where it says something. */
function seconds(value: number): number {
  return Math.round(value * 10) / 10;
}

function SourceState({ source }: { readonly source: Source }) {
  if (source.maintenance)
    return (
      <span class="quiet">
        Maintenance until <Clock at={source.maintenance_until} />
      </span>
    );
  if (source.silent)
    return (
      <span class="state-line">
        <StateBadge
          look={{ label: 'Silent', meaning: 'posts are due and do not come', tone: 'silent', mark: 'question' }}
        />
        <span class="quiet">
          <Since at={source.silent_since} />
        </span>
      </span>
    );
  if (source.campaign_groups === 0)
    return <span class="quiet">{source.last_heard_at === null ? 'No campaign groups' : 'Callbacks only'}</span>;
  if (source.running === 0)
    return <StateBadge look={{ label: 'Nothing running', meaning: 'no post is due', tone: 'inactive', mark: 'bar' }} />;
  return <StateBadge look={{ label: 'Heard', meaning: 'posts come as they are due', tone: 'running', mark: 'disc' }} />;
}

function ServicePanel({ service }: { readonly service: ServiceInfo }) {
  const { received, unobserved } = service;
  return (
    <section class="panel" aria-labelledby="service-title">
      <header>
        <h2 id="service-title">Service</h2>
      </header>
      <div class="panel-body">
        <dl class="facts">
          <div>
            <dt>Version</dt>
            <dd>{service.version}</dd>
          </div>
          <div>
            <dt>Up for</dt>
            <dd>
              <Since at={service.started_at} />
            </dd>
          </div>
          <div>
            <dt>Posts since the start</dt>
            <dd>{count(received.total)}</dd>
          </div>
          <div>
            <dt>Last post</dt>
            <dd>
              <Since at={received.last_at} />
              {received.last_at !== null && ' ago'}
            </dd>
          </div>
          <div>
            <dt>Node.js</dt>
            <dd>{service.node_version}</dd>
          </div>
        </dl>
        {unobserved.length > 0 && (
          <details class="unobserved-list">
            <summary>
              Not observed in the last 7 days: {unobserved.length === 1 ? 'once' : `${unobserved.length} times`}
            </summary>
            <ul>
              {unobserved.map(({ from, to }) => (
                <li key={from}>
                  <Clock at={from} seconds /> – <Clock at={to} seconds />{' '}
                  <span class="quiet">{duration(Date.parse(to) - Date.parse(from))}</span>
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </section>
  );
}
