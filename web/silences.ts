/**
 * When groups were silent: asked of the service for those on the screen, and continued by the stream. For every view
 * that draws time: `useSilences` gives a group's silences, the one that lasts included.
 */
import { useEffect, useMemo } from 'preact/hooks';
import type { CampaignGroup, SilencePage } from './api-types.js';
import { getJson } from './api.js';
import { useCell } from './cell.js';
import { msOf } from './format.js';
import type { Model } from './model.js';
import { PerGroup } from './per-group.js';

export interface SilentTime {
  readonly fromMs: number;
  /** Null while it lasts. */
  readonly toMs: number | null;
  /** It may have been longer. */
  readonly isAtLeast: boolean;
}

/** What a group's past is beside its transitions. */
export interface KnownPast {
  /** Oldest first. */
  readonly silences: readonly SilentTime[];
  /** Before it nothing is known of the group; null: not asked yet, or there is nothing. */
  readonly knownFromMs: number | null;
}

type Present = Pick<CampaignGroup, 'id' | 'silent' | 'silent_since' | 'last_heard_at' | 'last_event_at'>;

/** More of one group nobody can tell apart on a screen. */
const MOST = 1000;
/** A step in which the start of a range moves, so that a range that ends now is not asked for anew each second. */
const STEP_MS = 600_000;
/** A post that tells nothing newer may have ended a silence, long ago: looked at no more often than this. */
const LATE_LOOK_MS = 15_000;
const NOTHING: KnownPast = { silences: [], knownFromMs: null };

/** Asked of the service at once: whole silences that touch a time. `toMs` null: until now. */
export async function loadPast(id: string, fromMs: number, toMs: number | null = null): Promise<KnownPast> {
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const path = `campaign-groups/${encodeURIComponent(id)}/silences`;
  const silences: SilentTime[] = [];
  let knownFromMs: number | null;
  let cursor: string | null = null;
  do {
    const page: SilencePage = await getJson<SilencePage>(path, {
      from: iso(fromMs),
      to: iso(toMs),
      limit: MOST,
      cursor,
    });
    for (const { from, to, at_least: isAtLeast } of page.items)
      silences.push({ fromMs: Date.parse(from), toMs: msOf(to), isAtLeast });
    knownFromMs = msOf(page.first_at);
    cursor = page.next_cursor;
  } while (cursor !== null && silences.length < MOST);
  return { silences: silences.reverse(), knownFromMs };
}

export const pasts = new PerGroup<KnownPast>(loadPast);

/** A group's past since a time, and its present; `known` is null until the service has answered. */
export function useSilences(group: Present, fromMs: number): KnownPast {
  const { id, silent, silent_since } = group;
  const startMs = Math.floor(fromMs / STEP_MS) * STEP_MS;
  useEffect(() => pasts.want(id, startMs), [id, startMs]);
  const known = useCell(pasts.of(id));
  return useMemo(() => withPresent(known ?? NOTHING, group), [known, silent, silent_since]);
}

/** That a silence lasts, and since when, the group itself says. */
export function withPresent(
  known: KnownPast,
  { silent, silent_since }: Pick<Present, 'silent' | 'silent_since'>,
): KnownPast {
  const sinceMs = silent ? msOf(silent_since) : null;
  const over = known.silences.filter(({ fromMs, toMs }) => toMs !== null && (sinceMs === null || fromMs < sinceMs));
  if (sinceMs === null) return { ...known, silences: over };
  return { ...known, silences: [...over, { fromMs: sinceMs, toMs: null, isAtLeast: true }] };
}

/** Keeps what is known in line with what the stream tells. */
export function followSilences(model: Model): void {
  const seen = new Map<string, Present>();
  const lookedMs = new Map<string, number>();
  model.on('reset', () => {
    seen.clear();
    lookedMs.clear();
    pasts.allAgain();
  });
  model.on('statistics', (group) => {
    const { id } = group;
    if (!pasts.has(id)) return;
    const before = seen.get(id) ?? null;
    seen.set(id, group);
    const heardMs = Date.parse(group.last_heard_at);
    const how = whatChanged(before, group);
    if (how === 'ended') {
      const cell = pasts.of(id);
      if (cell.value !== null) cell.set(withEnded(cell.value, msOf(before?.silent_since ?? null), heardMs));
      pasts.again(id);
    } else if (how === 'late' && heardMs - (lookedMs.get(id) ?? 0) > LATE_LOOK_MS) {
      lookedMs.set(id, heardMs);
      if ((pasts.of(id).value?.silences.length ?? 0) > 0) pasts.again(id);
    }
  });
}

/** Whether a silence ended, or what came may tell of an earlier time. */
export function whatChanged(before: Present | null, now: Present): 'ended' | 'late' | null {
  if (before === null) return now.silent ? null : 'late';
  if (before.silent && !now.silent) return 'ended';
  const isHeard = now.last_heard_at > before.last_heard_at;
  return isHeard && now.last_event_at <= before.last_event_at ? 'late' : null;
}

/** Until the service has said it exactly. */
function withEnded(known: KnownPast, sinceMs: number | null, heardMs: number): KnownPast {
  const over = known.silences.filter(({ toMs }) => toMs !== null);
  if (sinceMs === null || sinceMs >= heardMs) return { ...known, silences: over };
  return { ...known, silences: [...over, { fromMs: sinceMs, toMs: heardMs, isAtLeast: false }] };
}

/** A step further: those within a time, as of now, oldest first. For what draws stretches of time. */
export function silentWithin(
  { silences }: Pick<KnownPast, 'silences'>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): readonly { readonly fromMs: number; readonly toMs: number; readonly isAtLeast: boolean }[] {
  return silences.flatMap((one) => {
    const [startMs, endMs] = [Math.max(one.fromMs, fromMs), Math.min(one.toMs ?? toMs, toMs)];
    if (startMs >= endMs) return [];
    const isCut = startMs !== one.fromMs || (one.toMs !== null && endMs !== one.toMs);
    return [{ fromMs: startMs, toMs: endMs, isAtLeast: one.isAtLeast || isCut }];
  });
}
