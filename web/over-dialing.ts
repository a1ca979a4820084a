/** When a group over-dials: as the alert rules have it, one figure neither makes nor ends it. Pure. */
import type { CampaignGroup } from './api-types.js';
import type { Limits } from './service-info.js';
import { isAboveLimit } from './trouble.js';

type Told = Pick<CampaignGroup, 'state' | 'statistics' | 'last_event_at' | 'last_heard_at'>;
type Line = Pick<Limits, 'overdial_ratio' | 'overdial_for_seconds' | 'overdial_resolve_seconds'>;

/** By the sender's clock and by ours: each is held against itself alone. */
interface BothTimes {
  readonly eventMs: number;
  readonly heardMs: number;
}

export interface Watch {
  readonly isOver: boolean;
  /** Since when figures say the opposite; null: they do not. */
  readonly turned: BothTimes | null;
}

const CALM: Watch = { isOver: false, turned: null };

/** What was before the page looked it does not know: the figure that it finds stands for it. */
export function firstSeen(group: Told, line: Line): Watch {
  return { isOver: isAbove(group, line), turned: null };
}

/** After a post; `watch` is null for a group that posted for the first time. */
export function watched(watch: Watch | null, group: Told, line: Line): Watch {
  if (group.state !== 'running') return CALM;
  const at: BothTimes = { eventMs: Date.parse(group.last_event_at), heardMs: Date.parse(group.last_heard_at) };
  const before = watch === null ? CALM : settled(watch, at, line);
  if (isAbove(group, line) === before.isOver) return { isOver: before.isOver, turned: null };
  return settled({ isOver: before.isOver, turned: before.turned ?? at }, at, line);
}

/** A figure that stays goes on counting. */
export function isOverAt(watch: Watch, nowMs: number, line: Line): boolean {
  return settled(watch, { eventMs: -Infinity, heardMs: nowMs }, line).isOver;
}

function settled(watch: Watch, at: BothTimes, line: Line): Watch {
  const { isOver, turned } = watch;
  if (turned === null) return watch;
  const needMs = (isOver ? line.overdial_resolve_seconds : line.overdial_for_seconds) * 1000;
  const lastedMs = Math.max(at.eventMs - turned.eventMs, at.heardMs - turned.heardMs);
  return lastedMs >= needMs ? { isOver: !isOver, turned: null } : watch;
}

function isAbove({ state, statistics }: Told, line: Line): boolean {
  return state === 'running' && isAboveLimit(statistics.overdial_ratio, line);
}
