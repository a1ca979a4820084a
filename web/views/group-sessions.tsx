/** From load to unload: the sessions of a group in a time. */
import type { Page, Session } from '../api-types.js';
import { getJson } from '../api.js';
import { duration } from '../format.js';
import { Failed, Loading } from '../parts/empty.js';
import { NotRefreshed } from '../parts/found.js';
import { useLoaded } from '../parts/loaded.js';
import { SteadyTable, useSteady } from '../parts/steady.js';
import { Clock, Since } from '../parts/time.js';
import type { Range } from '../range.js';

interface Props {
  readonly path: string;
  readonly range: Range;
  /** Asked for anew when it changes. */
  readonly state: string;
  readonly isSilent: boolean;
}

export function GroupSessions({ path, range, state, isSilent }: Props) {
  const query = {
    limit: 100,
    from: new Date(range.fromMs).toISOString(),
    to: range.span === null ? new Date(range.toMs).toISOString() : null,
  };
  const key = range.span ?? `${range.fromMs} ${range.toMs}`;
  const loaded = useLoaded(`${path} ${key} ${state}`, (signal) =>
    getJson<Page<Session>>(`${path}/sessions`, query, signal),
  );
  const { value, error, reload } = loaded;
  const sessions = value?.items ?? [];
  const { items, zone, bar } = useSteady(sessions, keyOf, `${path} ${key}`);
  return (
    <section class="panel" aria-labelledby="sessions-title">
      <header>
        <h2 id="sessions-title">Sessions</h2>
        {value !== null && <span class="quiet">{sessions.length}</span>}
      </header>
      <NotRefreshed loaded={loaded} />
      {value === null ? (
        <>{error === null ? <Loading /> : <Failed why={error} onRetry={reload} />}</>
      ) : sessions.length === 0 ? (
        <p class="quiet panel-body">No session in this time.</p>
      ) : (
        <SteadyTable label="sessions-title" zone={zone} bar={bar}>
          <table class="table">
            <thead>
              <tr>
                <th>Loaded</th>
                <th>Unloaded</th>
                <th class="number">Length</th>
                <th class="number" title="How much of it, since it was first heard of, this service listened">
                  Observed
                </th>
                <th class="number" title="How much of that it was silent: posts were due and did not come">
                  Silent
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((session) => (
                <tr key={keyOf(session)}>
                  <td class="nowrap">
                    {session.started_at === null ? 'before ' : ''}
                    <Clock at={session.started_at ?? session.first_seen_at} seconds />
                  </td>
                  <td class="nowrap">{session.active ? 'still loaded' : <Clock at={session.ended_at} seconds />}</td>
                  <td class="number">
                    <Length session={session} />
                  </td>
                  <td class="number">
                    {session.observed_seconds === null ? '–' : duration(session.observed_seconds * 1000)}
                  </td>
                  <td class="number">
                    <SilentTime session={session} isSilent={session.active && isSilent} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </SteadyTable>
      )}
    </section>
  );
}

const keyOf = ({ first_seen_at }: Session) => first_seen_at;

/** Nothing where there was none: a column of zeros hides the one that is not. */
interface SilentProps {
  readonly session: Session;
  /** It is just now: then it goes on. */
  readonly isSilent: boolean;
}

function SilentTime({ session: { silent_seconds: seconds }, isSilent }: SilentProps) {
  if (seconds === null) return <span class="unknown">–</span>;
  if (seconds === 0) return <span class="quiet">none</span>;
  return (
    <span class="tone-silent">
      {isSilent ? 'at least ' : ''}
      {duration(seconds * 1000)}
    </span>
  );
}

function Length({
  session: { active, started_at: startedAt, duration_seconds: seconds },
}: {
  readonly session: Session;
}) {
  if (seconds !== null) return <>{duration(seconds * 1000)}</>;
  return active && startedAt !== null ? <Since at={startedAt} /> : <>–</>;
}
