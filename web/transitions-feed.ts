/** Transitions of a range, loaded once and continued by the stream; those withdrawn meanwhile stay visible as such. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Transition } from './api-types.js';
import { getAll } from './api.js';
import { model } from './model.js';
import { type Loaded, useLoaded } from './parts/loaded.js';

const MOST = 20_000;
/** A step in which the start of the range moves, so that a range that ends now is not loaded anew each second. */
const STEP_MS = 600_000;

export interface TransitionsFeed {
  /** By group. */
  readonly byGroup: ReadonlyMap<string, readonly Transition[]>;
  readonly withdrawn: ReadonlyMap<string, readonly Transition[]>;
  readonly isCut: boolean;
  readonly loaded: Loaded<readonly Transition[]>;
}

export function useTransitions(fromMs: number): TransitionsFeed {
  const startMs = Math.floor(fromMs / STEP_MS) * STEP_MS;
  const loaded = useLoaded(String(startMs), (signal) =>
    getAll<Transition>('transitions', { from: new Date(startMs).toISOString() }, MOST, signal),
  );
  const { value } = loaded;
  const [news, setNews] = useState<readonly Transition[]>([]);
  useEffect(() => {
    // What is loaded from now on contains what was told before.
    let waiting: Transition[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = model.on('transition', (transition) => {
      waiting.push(transition);
      timer ??= setTimeout(() => {
        timer = undefined;
        const arrived = waiting;
        waiting = [];
        setNews((known) => [...known, ...arrived].slice(-MOST));
      }, 200);
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, []);
  const lists = useMemo(() => merge(value ?? [], news), [value, news]);
  return { ...lists, loaded, isCut: (value?.length ?? 0) >= MOST };
}

/** The newest word on each transition counts. */
export function merge(loaded: readonly Transition[], news: readonly Transition[]) {
  const byId = new Map(loaded.map((transition) => [transition.id, transition]));
  for (const transition of news) byId.set(transition.id, transition);
  const byGroup = new Map<string, Transition[]>();
  const withdrawn = new Map<string, Transition[]>();
  for (const transition of byId.values()) {
    const map = transition.withdrawn ? withdrawn : byGroup;
    const list = map.get(transition.campaign_group_id);
    if (list) list.push(transition);
    else map.set(transition.campaign_group_id, [transition]);
  }
  return { byGroup, withdrawn };
}
