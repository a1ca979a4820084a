/** One group on the wall. It re-renders for its own group's cell alone. */
import { useEffect } from 'preact/hooks';
import type { CampaignGroup, Statistic } from '../api-types.js';
import { type Cell, useCell } from '../cell.js';
import { useNow } from '../clock.js';
import { isolated, together } from '../bidi.js';
import { percent, words } from '../format.js';
import { goalOf, goalWords } from '../goal.js';
import { model } from '../model.js';
import { useGlow } from '../parts/glow.js';
import { GroupState, TroubleBadge } from '../parts/mark.js';
import { SaidTogether, Said } from '../parts/said.js';
import { Sparkline } from '../parts/sparkline.js';
import { StatusStrip } from '../parts/status-strip.js';
import { FinishesAt, Since } from '../parts/time.js';
import { printing } from '../printing.js';
import { go, hrefTo } from '../route.js';
import type { Limits } from '../service-info.js';
import { sparks } from '../sparks.js';
import { isAboveLimit, troubleOf } from '../trouble.js';

interface Props {
  readonly id: string;
  readonly index: number;
  readonly isCurrent: boolean;
  readonly hasStrip: boolean;
}

export function WallRow({ id, ...rest }: Props) {
  const cell = model.groups.get(id);
  return cell === undefined ? <GoneRow /> : <Row cell={cell} {...rest} />;
}

/** Of a group that is not known any more, until the order is applied. */
function GoneRow() {
  return (
    <div class="wall-row is-gone" role="row">
      <div class="cell" role="cell">
        No longer listed
      </div>
    </div>
  );
}

function Row({ cell, index, isCurrent, hasStrip }: Omit<Props, 'id'> & { readonly cell: Cell<CampaignGroup> }) {
  const group = useCell(cell);
  const { id, state, statistics } = group;
  // Rows that are there for paper alone ask for nothing.
  useEffect(() => (state === 'not_loaded' || printing.value ? undefined : sparks.want(id)), [id, state]);
  return (
    <div
      class={`wall-row look-${state}${isCurrent ? ' is-current' : ''}`}
      role="row"
      aria-rowindex={index + 2}
      data-group={id}
      onClick={({ target }) => {
        if (!(target as Element).closest('a')) go('group', id);
      }}
    >
      <StateCell group={group} />
      <NameCell group={group} />
      <div class="cell cell-mode" role="cell" title={`${words(group.dial_mode)}. Optimized by: ${goalWords(group)}`}>
        {words(group.dial_mode)}
      </div>
      <div class="cell cell-since cell-number" role="cell">
        <Since at={group.state_seen_since} isLeast={group.state_since === null} />
      </div>
      <RatioCell group={group} name="busy_ratio" className="cell-busy" label="Busy" />
      <RatioCell group={group} name="hit_ratio" className="cell-hit" label="Hit" />
      <RatioCell group={group} name="overdial_ratio" className="cell-overdial" label="Overdial" />
      <div class="cell cell-finish cell-number" role="cell">
        <span class="card-label" aria-hidden="true">
          Finishes{' '}
        </span>
        <FinishesAt seconds={statistics.time_to_complete_seconds} asOf={group.last_event_at} />
      </div>
      <div class="cell cell-heard cell-number" role="cell">
        <span class="card-label" aria-hidden="true">
          Heard{' '}
        </span>
        <Since at={group.last_heard_at} />
      </div>
      {hasStrip && (
        <div class="cell cell-strip" role="cell">
          <StatusStrip group={group} />
        </div>
      )}
    </div>
  );
}

function StateCell({ group }: { readonly group: CampaignGroup }) {
  const now = useNow();
  const glow = useGlow<HTMLDivElement>(`${group.state} ${String(group.silent)}`);
  useCell(model.limits);
  const trouble = troubleOf(group, model.yardstick(now));
  return (
    <div class={`cell cell-state${trouble === null ? '' : ' has-trouble'}`} role="cell" ref={glow}>
      <GroupState group={group} />
      {trouble !== null && trouble !== 'silent' && <TroubleBadge trouble={trouble} />}
    </div>
  );
}

function NameCell({ group: { id, name, tenant, source, queue } }: { readonly group: CampaignGroup }) {
  return (
    <div class="cell cell-name" role="cell">
      <a href={hrefTo('group', id)} title={isolated(name)}>
        <Said text={name} />
      </a>
      <span class="cell-sub" title={together([tenant, source, queue])}>
        <SaidTogether texts={[tenant, source, queue]} />
      </span>
    </div>
  );
}

/** The least that the scales reach to: a full busy factor, a good hit ratio, twice the limit of over-dialing. */
function topOf(name: RatioProps['name'], limits: Limits | null): number {
  if (name === 'overdial_ratio') return 2 * (limits?.overdial_ratio ?? 0);
  return name === 'busy_ratio' ? 1 : 0.5;
}

interface RatioProps {
  readonly group: CampaignGroup;
  readonly name: Exclude<Statistic, 'time_to_complete_seconds'>;
  readonly className: string;
  readonly label: string;
}

function RatioCell({ group, name, className, label }: RatioProps) {
  const spark = useCell(sparks.of(group.id));
  const value = group.statistics[name];
  const glow = useGlow<HTMLSpanElement>(value);
  const goal = goalOf(group, name);
  const limits = useCell(model.limits);
  const isOver = name === 'overdial_ratio' && isAboveLimit(value, limits);
  const title = goal === null ? label : `${label}, goal ${percent(goal)}`;
  return (
    <div class={`cell cell-ratio cell-number ${className}`} role="cell" title={title}>
      {(value !== null || group.state === 'running') && (
        <Sparkline atMs={spark.atMs} values={spark[name]} goal={goal} top={topOf(name, limits)} />
      )}
      <span class="card-label" aria-hidden="true">
        {label}{' '}
      </span>
      <span class={`figure${value === null ? ' unknown' : ''}${isOver ? ' tone-trouble' : ''}`} ref={glow}>
        {percent(value)}
      </span>
    </div>
  );
}
