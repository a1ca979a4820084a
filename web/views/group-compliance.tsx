/** Abandoned calls of a group's campaign over the period of the rule: the verdict, and the sessions that leave it open. */
import { getJson } from '../api.js';
import type { Compliance, ComplianceSession } from '../compliance-types.js';
import { lookOfVerdict, provedShare, whyWords } from '../compliance-words.js';
import { count, duration, percent } from '../format.js';
import { Found } from '../parts/found.js';
import { useLoaded } from '../parts/loaded.js';
import { StateBadge } from '../parts/mark.js';
import { Said } from '../parts/said.js';
import { Clock } from '../parts/time.js';
import { hrefTo } from '../route.js';

interface Props {
  readonly path: string;
  /** Asked for anew when it changes. */
  readonly state: string;
}

const MOST_DRAWN = 50;

export function GroupCompliance({ path, state }: Props) {
  const loaded = useLoaded(`${path} ${state}`, (signal) => getJson<Compliance>(`${path}/compliance`, {}, signal));
  return (
    <section class="panel" aria-labelledby="compliance-title">
      <header>
        <h2 id="compliance-title">Abandoned calls</h2>
        {loaded.value !== null && <StateBadge look={lookOfVerdict(loaded.value)} />}
        <span class="spring" />
        <a href={hrefTo('compliance')}>All groups</a>
      </header>
      <Found loaded={loaded}>{(value) => <Told value={value} />}</Found>
    </section>
  );
}

function Told({ value }: { readonly value: Compliance }) {
  const { limit_ratio: limit, per, profile, unobserved, sessions } = value;
  const open = sessions.filter(({ why }) => why !== null);
  return (
    <>
      <p class="panel-body">
        Proved <b>{provedShare(value)}</b>, estimated {percent(value.estimated_ratio)}, at most {percent(limit)} (rule{' '}
        {profile}, {per === 'campaign' ? 'all groups of the campaign' : 'this group'}) since <Clock at={value.from} />:{' '}
        {count(sessions.length)} {sessions.length === 1 ? 'session' : 'sessions'},{' '}
        {open.length === 0 ? 'none of them open' : `${count(open.length)} of them open`}.
      </p>
      {unobserved.length > 0 && (
        <p class="panel-body tone-silent">
          While the service was down a session may have come and gone: {count(unobserved.length)}{' '}
          {unobserved.length === 1 ? 'time' : 'times'}, last from <Clock at={newest(unobserved)} />.
        </p>
      )}
      {open.length > 0 && <OpenSessions sessions={open} />}
    </>
  );
}

function newest(times: Compliance['unobserved']): string {
  return times.reduce((last, { from }) => (from > last ? from : last), '');
}

function OpenSessions({ sessions }: { readonly sessions: readonly ComplianceSession[] }) {
  return (
    <div class="table-scroll" tabIndex={0} role="group" aria-label="Sessions that leave the verdict open">
      <table class="table">
        <thead>
          <tr>
            <th>Open session</th>
            <th>Unloaded</th>
            <th class="number">Dialed for</th>
            <th class="number">Last ratio</th>
            <th>Why</th>
          </tr>
        </thead>
        <tbody>
          {sessions.slice(0, MOST_DRAWN).map((session) => (
            <tr key={`${session.campaign_group_id} ${session.first_seen_at}`}>
              <td>
                {session.started_at === null ? 'before ' : ''}
                <Clock at={session.started_at ?? session.first_seen_at} />
                {session.campaign_group !== null && (
                  <span class="quiet">
                    {' '}
                    <Said text={session.campaign_group} />
                  </span>
                )}
              </td>
              <td class="nowrap">{session.ended_at === null ? 'still loaded' : <Clock at={session.ended_at} />}</td>
              <td class="number nowrap">{duration(session.running_seconds * 1000)}</td>
              <td class="number">{percent(session.last_ratio)}</td>
              <td class="quiet">{session.why === null ? '' : whyWords(session.why)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
