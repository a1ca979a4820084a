/**
 * Statistics per calling list. The reference says that they come in the same body but not under which key, so any
 * container serves whose items carry GSW_STAT_* keys: an array of objects, or an object of objects keyed by list.
 */
import { type Body, canonicalJson, isBody } from '../domain/json.js';
import type { CallingListFigures, Violation } from '../domain/notification.js';
import { isSaid, isStatistic, numberOf, STATISTICS, textOf } from './fields.js';

/** Containers are looked for this deep below the top level. */
const CONTAINER_DEPTH = 4;
const NAME_KEYS = ['GSW_CALLING_LIST', 'GSW_CALLING_LIST_NAME', 'GSW_LIST_NAME'];
const DBID_KEYS = ['GSW_CALLING_LIST_DBID', 'GSW_LIST_DBID'];
const ITEM_KEYS: ReadonlySet<string> = new Set([
  ...NAME_KEYS,
  ...DBID_KEYS,
  STATISTICS.hitRatio,
  STATISTICS.timeToCompleteSeconds,
]);

export const MEASURED = 'a number, 0 or more, or null';

export interface CallingListsFound {
  readonly lists: readonly CallingListFigures[];
  readonly warnings: readonly Violation[];
  /** What the items carry besides: path to value. */
  readonly extras: readonly (readonly [string, unknown])[];
}

/** The calling lists in one top-level value, or null when it is no such container. */
export function findCallingLists(
  field: string,
  value: unknown,
  show: (value: unknown) => string,
): CallingListsFound | null {
  const { items, others } = lookInto(field, value, CONTAINER_DEPTH);
  if (items.length === 0) return null;
  const lists: CallingListFigures[] = [];
  const warnings: Violation[] = [];
  const extras: [string, unknown][] = [];
  const keep = (path: string, raw: unknown) => {
    warnings.push({ field: path, rule: 'a known field', found: show(raw) });
    extras.push([path, raw]);
  };
  for (const [path, other] of others) keep(path, other);
  for (const { path, key, item } of items) {
    const figure = (name: string): number | null => {
      const raw = item[name];
      const number = numberOf(raw);
      if (number !== null && number >= 0) return number;
      if (isSaid(raw)) {
        warnings.push({ field: `${path}/${name}`, rule: MEASURED, found: show(raw) });
        extras.push([`${path}/${name}`, raw]);
      }
      return null;
    };
    const dbid = firstSaid(item, DBID_KEYS);
    const name = firstSaid(item, NAME_KEYS) ?? (textOf(key).trim() || dbid);
    if (name === null) warnings.push({ field: path, rule: 'a calling list with a name', found: show(item) });
    lists.push({
      name: name ?? 'Unknown',
      dbid,
      hitRatio: figure(STATISTICS.hitRatio),
      timeToCompleteSeconds: figure(STATISTICS.timeToCompleteSeconds),
    });
    for (const [name, raw] of Object.entries(item)) if (!ITEM_KEYS.has(name)) keep(`${path}/${name}`, raw);
  }
  return { lists, warnings, extras };
}

/** One entry a list: several entries of one list are one list, decided by content so that their order does not matter. */
export function oneEntryPerList(lists: readonly CallingListFigures[]): CallingListFigures[] {
  const byList = new Map<string, CallingListFigures>();
  for (const list of lists) {
    const key = canonicalJson([list.name, list.dbid]);
    const before = byList.get(key);
    if (!before || canonicalJson(before) < canonicalJson(list)) byList.set(key, list);
  }
  return [...byList.values()];
}

interface Item {
  readonly path: string;
  /** The map key, when the container is a map. */
  readonly key: string | null;
  readonly item: Body;
}

/** The items in a value, and what stands beside them. */
interface Contents {
  readonly items: readonly Item[];
  readonly others: readonly (readonly [path: string, value: unknown])[];
}

function lookInto(path: string, value: unknown, depth: number): Contents {
  const nothing: Contents = { items: [], others: [[path, value]] };
  if (depth === 0 || typeof value !== 'object' || value === null) return nothing;
  if (isBody(value) && carriesStatistics(value) && firstSaid(value, NAME_KEYS) !== null) {
    return { items: [{ path, key: null, item: value }], others: [] };
  }
  const children = Object.entries<unknown>(value as Body).map(([key, child]) => ({
    key,
    child,
    path: `${path}/${key}`,
  }));
  const holdsItems = children.some(({ child }) => isBody(child) && carriesStatistics(child));
  const within = children.map(({ key, child, path }): Contents => {
    if (!holdsItems) return lookInto(path, child, depth - 1);
    if (!isBody(child) || !carriesStatistics(child)) return { items: [], others: [[path, child]] };
    return { items: [{ path, key: Array.isArray(value) ? null : key, item: child }], others: [] };
  });
  const items = within.flatMap((contents) => contents.items);
  return items.length === 0 ? nothing : { items, others: within.flatMap(({ others }) => others) };
}

function carriesStatistics(item: Body): boolean {
  return Object.keys(item).some(isStatistic);
}

function firstSaid(item: Body, keys: readonly string[]): string | null {
  for (const key of keys) {
    const text = textOf(item[key]).trim();
    if (text !== '') return text;
  }
  return null;
}
