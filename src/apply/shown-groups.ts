/** Which groups a start hands over: no more than are shown, however many are stored. */
import { MAX_WAITING_GROUPS } from '../domain/campaign-group.js';
import type { Evidence } from './evidence.js';
import type { HeadRows, ShownGroups } from './tables.js';

/**
 * As the roster chooses: loaded groups first, in the order of their numbers, and some more that wait for room; then
 * unloaded ones, those heard last.
 */
export function shownGroups(heads: HeadRows, evidence: Evidence, maxGroups: number): ShownGroups {
  if (heads.count() <= maxGroups) return { groupNos: null, leftOut: 0 };
  const loaded: number[] = [];
  const unloaded: { readonly groupNo: number; readonly heardMs: number }[] = [];
  for (const { groupNo, isLoaded, heardMs } of heads.standings()) {
    if (isLoaded) loaded.push(groupNo);
    else unloaded.push({ groupNo, heardMs });
  }
  const heard = unloaded.map(({ groupNo, heardMs }) => ({
    groupNo,
    heardMs: Math.max(heardMs, evidence.newestAtMs(groupNo) ?? 0),
  }));
  heard.sort((a, b) => b.heardMs - a.heardMs);
  const shown = [
    ...loaded.slice(0, maxGroups + MAX_WAITING_GROUPS),
    ...heard.slice(0, Math.max(0, maxGroups - loaded.length)).map(({ groupNo }) => groupNo),
  ];
  const groupNos = shown.sort((a, b) => a - b);
  return { groupNos, leftOut: Math.max(0, loaded.length - maxGroups - MAX_WAITING_GROUPS) };
}
