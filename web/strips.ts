/** The last hours of the groups on the wall: their transitions, asked for when a row is seen and continued by the stream. */
import type { Transition } from './api-types.js';
import { getAll } from './api.js';
import type { Model } from './model.js';
import { PerGroup } from './per-group.js';

export const STRIP_SPAN_MS = 6 * 3_600_000;
/** More of one group in this time nobody can tell apart on a strip. */
const MOST = 2000;

export const recent = new PerGroup<readonly Transition[]>((id, fromMs) =>
  getAll<Transition>(
    `campaign-groups/${encodeURIComponent(id)}/transitions`,
    { from: new Date(fromMs).toISOString() },
    MOST,
  ),
);

export function followStrips(model: Model): void {
  model.on('reset', () => {
    recent.allAgain();
  });
  model.on('transition', (transition) => {
    const id = transition.campaign_group_id;
    if (!recent.has(id)) return;
    const cell = recent.of(id);
    if (cell.value !== null) cell.set(withNews(cell.value, transition));
  });
}

/** The newest word on each transition counts. */
export function withNews(known: readonly Transition[], news: Transition): readonly Transition[] {
  const others = known.filter(({ id }) => id !== news.id);
  return news.withdrawn === true ? others : [...others, news].slice(-MOST);
}
