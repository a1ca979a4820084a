/** Transitions of a range, loaded once and continued by the stream; those withdrawn meanwhile stay visible as such. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Page, Transition } from './api-types.js';
import { getWhole } from './api.js';
import { model } from './model.js';
import { type Loaded, useLoaded } from './parts/loaded.js';

const MOST = 20_000;
/** A step in which the start of the range moves, so that a range that ends now is not loaded anew each second. */
const STEP_MS = 600_000;

export interface LoadedTransitions {
  readonly items: readonly Transition[];
  readonly cutMs: number | null;
}

/** Transitions of a path since a time, newest first, `most` or a page more; where these are not all, since when they are. */
export async function loadTransitions(
  path: string,
  from: string,
  most: number,
  signal?: AbortSignal,
): Promise<LoadedTransitions> {
  const { items, lastPage } = await getWhole<Page<Transition>>(path, { from }, most, signal);
  return { items, cutMs: cutOf(items, lastPage.next_cursor) };
}

/** Since when all transitions are among these, newest first; null: nothing comes behind them. */
export function cutOf(items: readonly Pick<Transition, 'at'>[], nextCursor: string | null): number | null {
  const oldest = items.at(-1);
  // Of those of the oldest moment some may be left out.
  return nextCursor === null || oldest === undefined ? null : Date.parse(oldest.at) + 1;
}

export interface TransitionsFeed {
  /** By group. */
  readonly byGroup: ReadonlyMap<string, readonly Transition[]>;
  readonly withdrawn: ReadonlyMap<string, readonly Transition[]>;
  /** Since when all are there; null: since the range begins. There were more than are loaded, and the oldest are left out. */
  readonly cutMs: number | null;
  readonly loaded: Loaded<LoadedTransitions>;
}

export function useTransitions(fromMs: number): TransitionsFeed {
  const startMs = Math.floor(fromMs / STEP_MS) * STEP_MS;
  const loaded = useLoaded(String(startMs), (signal) =>
    loadTransitions('transitions', new Date(startMs).toISOString(), MOST, signal),
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
  const lists = useMemo(() => merge(value?.items ?? [], news), [value, news]);
  return { ...lists, loaded, cutMs: value?.cutMs ?? null };
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
