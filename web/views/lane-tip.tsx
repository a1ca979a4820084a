/** What is under the pointer on a lane. */
import type { Transition } from '../api-types.js';
import { nowMs } from '../clock.js';
import { clockSeconds, duration, words } from '../format.js';
import { StateBadge } from '../parts/mark.js';
import { Said } from '../parts/said.js';
import { lookOf, lookOfGroup } from '../state-look.js';
import { inOrder } from '../transition-order.js';
import { describe } from '../transition-words.js';
import type { Pointed } from './lane-row.js';

const TIP_WIDTH = 320;

export function LaneTip({ pointed }: { readonly pointed: Pointed }) {
  const { group, lane, withdrawn, unobserved, atMs, nearMs, x, y } = pointed;
  const now = nowMs();
  const near = [...lane.transitions, ...withdrawn]
    .filter(({ at }) => Math.abs(Date.parse(at) - atMs) <= nearMs)
    .sort(inOrder);
  const under = lane.stretches.filter(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
  const stretch = under.find(({ isSilent }) => isSilent) ?? under[0];
  const unsure = lane.unsure.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
  const gap = unobserved.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
  const isLow = y > innerHeight - 180;
  const style = {
    left: `${Math.max(8, Math.min(x + 12, innerWidth - TIP_WIDTH - 8))}px`,
    ...(isLow ? { bottom: `${innerHeight - y + 40}px` } : { top: `${y + 4}px` }),
  };
  return (
    <div class="tip" style={style}>
      <b>
        <Said text={group.name} />
      </b>
      <span class="quiet">{clockSeconds(atMs, now)}</span>
      {stretch && (
        <span class="tip-line">
          <StateBadge
            look={stretch.isSilent ? lookOfGroup({ state: stretch.state, silent: true }) : lookOf(stretch.state)}
          />
          <span class="quiet">
            {stretch.isAtLeast === true ? 'at least ' : ''}
            {duration(stretch.toMs - stretch.fromMs)}
          </span>
        </span>
      )}
      {stretch?.isSilent === true && (
        <span>
          Silent from {clockSeconds(stretch.fromMs, now)} to {clockSeconds(stretch.toMs, now)}: posts were due and did
          not come
        </span>
      )}
      {atMs < (lane.unknownUntilMs ?? -Infinity) && <span>Nothing is known: the first post came later</span>}
      {unsure && (
        <span>
          ~ {words(unsure.fromState ?? 'not known')} → {words(unsure.transition.to_state)}, some time in these{' '}
          {duration(unsure.toMs - unsure.fromMs)}: the post was missed
        </span>
      )}
      {gap && <span>Nobody observed: this service did not run for {duration(gap.toMs - gap.fromMs)}</span>}
      {near.map((transition) => (
        <TipTransition key={transition.id} transition={transition} />
      ))}
    </div>
  );
}

function TipTransition({ transition }: { readonly transition: Transition }) {
  return (
    <span class={transition.withdrawn ? 'withdrawn' : ''}>
      {clockSeconds(Date.parse(transition.at), nowMs())} {describe(transition)}
      {transition.withdrawn ? ' (withdrawn: a late post corrected it)' : ''}
    </span>
  );
}
