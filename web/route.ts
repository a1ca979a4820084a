/** The view and all that is chosen in it, in the URL's hash: `#/wall?state=running&sort=name`. */
import { Cell } from './cell.js';

export const VIEWS = ['wall', 'timeline', 'group', 'callbacks', 'callback', 'compliance', 'health'] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  readonly view: View;
  /** What the view is of: a group's id, a callback's. */
  readonly id: string | null;
  readonly parameters: Readonly<Record<string, string>>;
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [name, id] = path.split('/', 2);
  const view = VIEWS.find((one) => one === name) ?? 'wall';
  return { view, id: id ? decoded(id) : null, parameters: Object.fromEntries(new URLSearchParams(query)) };
}

export function hrefOf(view: View, id: string | null = null, parameters: Route['parameters'] = {}): string {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '')).toString();
  return `#/${view}${id === null ? '' : `/${encodeURIComponent(id)}`}${query === '' ? '' : `?${query}`}`;
}

/** The filter and the time go along from view to view. A callback's source says whose it is, and filters nothing. */
const CARRIED = ['q', 'state', 'source', 'tenant', 'range', 'from', 'to', 'sort', 'dir', 'rule'];

export function carried({ view, parameters }: Pick<Route, 'view' | 'parameters'>): Route['parameters'] {
  const goes = (name: string) => CARRIED.includes(name) && !(view === 'callback' && name === 'source');
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => goes(name)));
}

/** From where the page is to a view, with what goes along. */
export function hrefTo(view: View, id: string | null = null, parameters: Route['parameters'] = {}): string {
  return hrefOf(view, id, { ...carried(route.value), ...parameters });
}

/** Decodes what somebody may have typed. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where the page is. */
export const route = new Cell<Route>({ view: 'wall', id: null, parameters: {} });

/** Where the page was before, in another view or of another subject; null: nowhere. */
let before: Pick<Route, 'view' | 'id'> | null = null;

/** The group whose view led here: its row is gone back to. */
export function groupLeft(): string | null {
  return before?.view === 'group' ? before.id : null;
}

export function followLocation(): void {
  let isFirst = true;
  const follow = () => {
    const next = parseRoute(location.hash);
    const { view, id } = route.value;
    if (!isFirst && (next.view !== view || next.id !== id)) before = { view, id };
    isFirst = false;
    route.set(next);
  };
  addEventListener('hashchange', follow);
  follow();
}

export function go(view: View, id: string | null = null): void {
  location.hash = hrefTo(view, id);
}

/** Changes what is chosen in the view; an empty text takes a parameter away. No step in the history for each letter. */
export function choose(changes: Readonly<Record<string, string>>, how: 'replace' | 'push' = 'replace'): void {
  const { view, id, parameters } = route.value;
  const href = hrefOf(view, id, { ...parameters, ...changes });
  if (how === 'push') {
    location.hash = href;
    return;
  }
  history.replaceState(null, '', href);
  route.set(parseRoute(href));
}
