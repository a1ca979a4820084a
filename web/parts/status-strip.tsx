/** The last hours of a group as a slim bar: its states, silences, and what nobody knows. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { CampaignGroup } from '../api-types.js';
import { useCell } from '../cell.js';
import { useNow } from '../clock.js';
import { clock } from '../format.js';
import { laneInWords, laneOf, withPast } from '../lanes.js';
import { model } from '../model.js';
import { unobservedIn } from '../service-info.js';
import { pasts, useSilences } from '../silences.js';
import { recent, STRIP_SPAN_MS } from '../strips.js';
import { StateShapes } from './state-shapes.js';

/** A pixel is minutes: the bar moves so often. */
const STEP_MS = 60_000;

export function StatusStrip({ group }: { readonly group: CampaignGroup }) {
  const now = useNow();
  const toMs = Math.ceil(now / STEP_MS) * STEP_MS;
  const fromMs = toMs - STRIP_SPAN_MS;
  const past = useSilences(group, fromMs);
  const service = useCell(model.service);
  const known = useTransitions(group.id, fromMs);
  const failure = useFailure();
  return useMemo(() => {
    if (known === null) {
      const why = failure === null ? 'not loaded yet' : `could not be loaded: ${failure}`;
      return <Bar words={`Last 6 hours: ${why}`} />;
    }
    const lane = withPast(laneOf(group, known, fromMs, toMs), past, fromMs, toMs);
    const unobserved = unobservedIn(service);
    const words = `Last 6 hours: ${laneInWords(lane, unobserved, { fromMs, toMs }, (ms) => clock(ms, toMs))}`;
    return (
      <Bar words={words}>
        <StateShapes lane={lane} unobserved={unobserved} range={{ fromMs, toMs }} top={6} height={88} />
      </Bar>
    );
  }, [group.state, group.silent, group.state_seen_since, known, past, service, toMs, failure]);
}

function Bar({ words, children }: { readonly words: string; readonly children?: ComponentChildren }) {
  return (
    <span class="strip" title={words} data-tick>
      <svg role="img" aria-label={words}>
        {children}
      </svg>
    </span>
  );
}

function useTransitions(id: string, fromMs: number) {
  // Asked for once: a little more than is shown stays, and the stream goes on from there.
  useEffect(() => recent.want(id, fromMs), [id]);
  return useCell(recent.of(id));
}

function useFailure(): string | null {
  const transitions = useCell(recent.failure);
  const silences = useCell(pasts.failure);
  return transitions ?? silences;
}
