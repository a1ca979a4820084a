/** What is under the pointer on a lane. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Transition } from '../api-types.js';
import { nowMs } from '../clock.js';
import { clockSeconds, duration, words } from '../format.js';
import { onKey } from '../keys.js';
import { StateBadge } from '../parts/mark.js';
import { Said } from '../parts/said.js';
import { lookOf, lookOfGroup } from '../state-look.js';
import { inOrder } from '../transition-order.js';
import { describe } from '../transition-words.js';
import type { Pointed } from './lane-row.js';

const TIP_WIDTH = 320;

/** The pointer is on its way from the lane onto the tip. */
const REACH_MS = 300;

/** The tip stays while the pointer is on its lane or on itself, until Escape. */
export function useTip() {
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const point = useCallback((next: Pointed | null) => {
    clearTimeout(timer.current);
    if (next !== null) setPointed(next);
    else
      timer.current = setTimeout(() => {
        setPointed(null);
      }, REACH_MS);
  }, []);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    [],
  );
  const isShown = pointed !== null;
  useEffect(() => {
    if (!isShown) return undefined;
    return onKey(['Escape'], () => {
      setPointed(null);
    });
  }, [isShown]);
  const hold = () => {
    clearTimeout(timer.current);
  };
  return { pointed, point, hold };
}

interface Props {
  readonly pointed: Pointed;
  readonly point: (pointed: null) => void;
  readonly hold: () => void;
}

export function LaneTip({ pointed, point, hold }: Props) {
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
    <div
      class="tip"
      style={style}
      onPointerEnter={hold}
      onPointerLeave={() => {
        point(null);
      }}
    >
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
