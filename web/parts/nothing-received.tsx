/**
 * Nothing was received yet: what to set where, as `ocs-monitor doctor` says it, and what is wrong with the posts that do
 * come. It goes by itself with the first campaign group.
 */
import { useEffect } from 'preact/hooks';
import { getJson } from '../api.js';
import { type Arrivals, byPlace, type FirstSteps, isForOcs, type RefusedArrival, type Task } from '../first-steps.js';
import { Empty } from './empty.js';
import { useLoaded } from './loaded.js';
import { NotRefreshed } from './found.js';
import { Said } from './said.js';
import { Since } from './time.js';

const REFRESH_MS = 2000;

export function NothingReceived() {
  const first = useLoaded('first-steps', (signal) => getJson<FirstSteps>('first-steps', {}, signal));
  const arrivals = useLoaded('arrivals', (signal) => getJson<Arrivals>('arrivals', {}, signal));
  useEffect(() => {
    const timer = setInterval(arrivals.reload, REFRESH_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  const base = new URL('.', location.href.split('#', 1)[0]).href.replace(/\/$/, '');
  const steps = first.value?.steps ?? [];
  const refused = arrivals.value?.refused ?? [];
  const accepted = arrivals.value?.accepted ?? [];
  return (
    <Empty title="Nothing received yet">
      <p>The service is listening. This page shows the first campaign group as soon as it reports.</p>
      {first.value === null && first.error !== null && (
        <p class="notice">
          What to set could not be loaded, because <Said text={first.error} />.{' '}
          <button type="button" class="link" onClick={first.reload}>
            Try again
          </button>
        </p>
      )}
      <NotRefreshed loaded={arrivals} />
      {refused.length > 0 && <Refused arrivals={refused} />}
      {accepted.map(({ endpoint, source, count, fault, next }) => (
        <p key={`${source} ${endpoint}`}>
          {endpoint} of <Said text={source} />: {count} received. {fault !== null && <Said text={fault} />}{' '}
          {next !== null && <Said text={next} />}
        </p>
      ))}
      <ol class="steps">
        {steps.filter(isForOcs).map((step) => (
          <li key={step.key}>
            <StepText step={step} />
          </li>
        ))}
      </ol>
      <details class="steps">
        <summary>For callbacks</summary>
        {steps
          .filter((step) => !isForOcs(step))
          .map((step) => (
            <StepText key={step.key} step={step} />
          ))}
      </details>
      <p>
        No OCS at hand? Let the simulator post to this service: <code>ocs-monitor simulate --url {base}</code>
      </p>
    </Empty>
  );
}

function Refused({ arrivals }: { readonly arrivals: readonly RefusedArrival[] }) {
  return (
    <section class="arrivals" aria-label="Refused posts">
      <h3>Posts arrive, but they are refused</h3>
      <ul>
        {arrivals.map(({ method, path, remote_address: from, fault, next, status, count, last_at: at }) => (
          <li key={`${method} ${path} ${from} ${String(status)} ${fault}`}>
            <strong>
              <Said text={fault} />
            </strong>{' '}
            <Said text={next} />
            <p>
              <Said text={method} /> <Said text={path} /> from <Said text={from} />
              {status === null ? '' : `, answered ${status}`}, {count === 1 ? 'once' : `${count} times`}, last{' '}
              <Since at={at} /> ago
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function StepText({ step }: { readonly step: Task }) {
  return (
    <>
      <h3>{step.title}</h3>
      {byPlace(step.options).map(([place, options]) => (
        <div key={place}>
          <p>{place}</p>
          <pre tabIndex={0}>{options.map(({ name, value }) => `${name} = ${value}`).join('\n')}</pre>
          <ul>
            {options.map(({ name, why }) => (
              <li key={name}>
                <code>{name}</code>: {why}
              </li>
            ))}
          </ul>
        </div>
      ))}
      {step.checks.length > 0 && (
        <ul>
          {step.checks.map((check) => (
            <li key={check}>{check}</li>
          ))}
        </ul>
      )}
    </>
  );
}
