/** Which user events are about callbacks, and how they are posted: as a sender would have. */
import { isLegacy, isRecordKey } from '../legacy-keys.js';
import type { Pair, PairValue } from './user-data.js';

/** `callback`: an event of the registry's keys; `legacy`: one from before them; `other`: of somebody else. */
export type EventKind = 'callback' | 'legacy' | 'other';

export function kindOf(pairs: readonly Pair[]): EventKind {
  const keys = pairs.map(({ key }) => key);
  if (keys.some(isRecordKey)) return 'callback';
  return isLegacy(keys) ? 'legacy' : 'other';
}

/** User data as the JSON object that a sender posts, one character a byte. A key that is there twice stays so. */
export function bodyOf(pairs: readonly Pair[]): string {
  return `{${pairs.map(({ key, value }) => `${JSON.stringify(key)}:${written(value)}`).join(',')}}`;
}

function written(value: PairValue): string {
  return typeof value === 'object' ? bodyOf(value) : JSON.stringify(value);
}

/** Applications of this name are taken for an Interaction Concentrator, where no name is given. */
const ICON_NAME = /icon|concentrator/i;

/** Whether an event was sent on to ICON, which alone takes it to Info Mart; null: the log does not say. */
export function isSentToIcon(sentTo: readonly string[] | null, icon: string | null): boolean | null {
  return sentTo === null ? null : sentTo.some((name) => (icon === null ? ICON_NAME.test(name) : name === icon));
}
