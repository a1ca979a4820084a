/** One campaign group: how it stands, its statistics, its history, its calling lists, what was last heard of it. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { CampaignGroup, Page, Session } from '../api-types.js';
import { getJson } from '../api.js';
import { isolated } from '../bidi.js';
import { type Cell, useCell } from '../cell.js';
import { nowMs, useNow } from '../clock.js';
import { goalWords } from '../goal.js';
import { words } from '../format.js';
import { model } from '../model.js';
import { Boundary } from '../parts/boundary.js';
import { Empty, Loading } from '../parts/empty.js';
import { useLoaded } from '../parts/loaded.js';
import { GroupState, TroubleBadge } from '../parts/mark.js';
import { type ExportLink, FilterBar, rangeQuery } from '../parts/filter-bar.js';
import { Said } from '../parts/said.js';
import { ZoomButtons } from '../parts/zoom-buttons.js';
import { FinishesAt, Since, Clock } from '../parts/time.js';
import { type Range, rangeIn } from '../range.js';
import { hrefTo, route } from '../route.js';
import { subject } from '../tab-sign.js';
import { troubleOf } from '../trouble.js';
import { CallingLists } from './calling-lists.js';
import { GroupCompliance } from './group-compliance.js';
import { GroupCharts } from './group-charts.js';
import { LastBody } from './last-body.js';
import { GroupTransitions } from './group-transitions.js';
import { GroupSessions } from './group-sessions.js';

const HOME = '3h';

export function Group() {
  const { id } = useCell(route);
  const isLoaded = useCell(model.isLoaded);
  useCell(model.order);
  if (!isLoaded) return <Loading />;
  const cell = id === null ? undefined : model.groups.get(id);
  if (cell === undefined)
    return (
      <Empty title="No such campaign group">
        <p>It has not reported for a long time, or the address was mistyped.</p>
        <a href={hrefTo('wall')}>All campaign groups</a>
      </Empty>
    );
  return <KnownGroup key={id} cell={cell} />;
}

function KnownGroup({ cell }: { readonly cell: Cell<CampaignGroup> }) {
  const group = useCell(cell);
  const { parameters } = useCell(route);
  const range = useSteadyRange(parameters);
  const path = `campaign-groups/${encodeURIComponent(group.id)}`;
  useEffect(() => {
    subject.set(isolated(group.name));
    return () => {
      subject.set(null);
    };
  }, [group.name]);
  return (
    <div class="page group">
      <Boundary what="How the group stands">
        <GroupHeader group={group} path={path} />
      </Boundary>
      <FilterBar time={{ range, home: HOME }} exports={exportsOf(path, range)} />
      <section class="panel" aria-labelledby="statistics-title">
        <header>
          <h2 id="statistics-title">Statistics</h2>
          <span class="spring" />
          <ZoomButtons range={range} />
        </header>
        <Boundary what="This group’s statistics">
          <GroupCharts group={group} path={path} range={range} />
        </Boundary>
      </section>
      <Boundary what="The calling lists">
        <CallingLists path={path} group={group} />
      </Boundary>
      <div class="columns">
        <Boundary what="The transitions">
          <GroupTransitions id={group.id} path={path} range={range} />
        </Boundary>
        <Boundary what="The sessions">
          <GroupSessions
            path={path}
            range={range}
            state={`${group.state} ${String(group.silent)}`}
            isSilent={group.silent}
          />
        </Boundary>
      </div>
      <Boundary what="The abandoned calls">
        <GroupCompliance path={path} state={group.state} />
      </Boundary>
      <Boundary what="The last body">
        <LastBody path={path} />
      </Boundary>
    </div>
  );
}

/** A range that ends now moves every ten seconds: the charts in it are continued by the stream. */
function useSteadyRange(parameters: Readonly<Record<string, string>>) {
  useNow();
  return rangeIn(parameters, HOME, Math.ceil(nowMs() / 10_000) * 10_000);
}

function exportsOf(path: string, range: Range): readonly ExportLink[] {
  const query = rangeQuery(range);
  return [
    { label: 'Statistics', path: `${path}/statistics`, query },
    { label: 'Transitions', path: `${path}/transitions`, query },
    { label: 'Sessions', path: `${path}/sessions`, query },
    { label: 'Calling lists', path: `${path}/calling-lists`, query: {} },
  ];
}

const ENDED_WORDS: Readonly<Record<NonNullable<CampaignGroup['ended']>, string>> = {
  by_client: 'by a client',
  completed: 'at the end of its lists',
  by_itself: 'by OCS itself, with work left',
  attended: 'by OCS itself; a client has acted since',
  untold: 'nobody told how',
};

function GroupHeader({ group, path }: { readonly group: CampaignGroup; readonly path: string }) {
  const now = useNow();
  useCell(model.limits);
  const trouble = troubleOf(group, model.yardstick(now));
  const session = useLoaded(`${path} ${group.state}`, (signal) => sessionNow(path, signal));
  const { statistics } = group;
  return (
    <header class="group-head">
      <div class="group-title">
        <a href={hrefTo('wall')}>Wall</a>
        <h1>
          <Said text={group.name} />
        </h1>
        <GroupState group={group} />
        {trouble !== null && trouble !== 'silent' && <TroubleBadge trouble={trouble} />}
      </div>
      <dl class="facts">
        <Fact name="In this state for">
          <Since at={group.state_seen_since} isLeast={group.state_since === null} />
        </Fact>
        <Fact name="Dialing mode">{words(group.dial_mode)}</Fact>
        <Fact name="Optimized by">{goalWords(group)}</Fact>
        <Fact name="Finishes at">
          <FinishesAt seconds={statistics.time_to_complete_seconds} asOf={group.last_event_at} />
        </Fact>
        <Fact name="Session since">
          {session.value?.active ? (
            <>
              {session.value.started_at === null && 'before '}
              <Clock at={session.value.started_at ?? session.value.first_seen_at} />
            </>
          ) : session.error !== null ? (
            <button type="button" class="link" title={session.error} onClick={session.reload}>
              could not be loaded
            </button>
          ) : (
            <span class="unknown">–</span>
          )}
        </Fact>
        {group.ended !== null && (
          <Fact name="Dialing ended">
            {ENDED_WORDS[group.ended]}
            {group.ended_at !== null && (
              <>
                , <Clock at={group.ended_at} />
              </>
            )}
          </Fact>
        )}
        <Fact name="Last heard">
          <Since at={group.last_heard_at} />
        </Fact>
        {group.silent && (
          <Fact name="Silent for">
            <Since at={group.silent_since} />
          </Fact>
        )}
        {SAID.map(([name, key]) => (
          <Fact key={key} name={name}>
            <Said text={group[key]} />
          </Fact>
        ))}
      </dl>
      {group.source_silent && (
        <p class="tone-silent">
          The whole source <Said text={group.source} /> is silent, not this group alone.
        </p>
      )}
    </header>
  );
}

/** What a group says of itself, as it was sent. */
const SAID = [
  ['Tenant', 'tenant'],
  ['Campaign', 'campaign'],
  ['Agent group', 'group'],
  ['Queue', 'queue'],
  ['DBID', 'dbid'],
  ['Source', 'source'],
] as const;

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

async function sessionNow(path: string, signal: AbortSignal): Promise<Session | null> {
  const page = await getJson<Page<Session>>(`${path}/sessions`, { limit: 1, from: 0 }, signal);
  return page.items[0] ?? null;
}
