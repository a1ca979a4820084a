/** A view that is fetched when it is first looked at. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Broken, messageOf } from '../parts/boundary.js';
import { Loading } from '../parts/empty.js';
import type { View } from '../route.js';

const LATER: Readonly<Record<Exclude<View, 'wall'>, () => Promise<ComponentType>>> = {
  timeline: async () => (await import('./timeline.js')).Timeline,
  group: async () => (await import('./group.js')).Group,
  callbacks: async () => (await import('./callbacks.js')).Callbacks,
  callback: async () => (await import('./callback.js')).CallbackStory,
  health: async () => (await import('./health.js')).Health,
};

type Fetched = { readonly Component: ComponentType } | { readonly error: unknown };

export function LaterView({ view }: { readonly view: Exclude<View, 'wall'> }) {
  const [fetched, setFetched] = useState<Fetched | null>(null);
  useEffect(() => {
    let isHere = true;
    const show = (next: Fetched) => {
      if (isHere) setFetched(next);
    };
    LATER[view]().then(
      (Component) => {
        show({ Component });
      },
      (error: unknown) => {
        reportError(error);
        show({ error });
      },
    );
    return () => {
      isHere = false;
    };
  }, [view]);
  if (fetched === null) return <Loading />;
  if ('Component' in fetched) return <fetched.Component />;
  return isDownloadFailure(fetched.error) ? (
    <NotFetched error={fetched.error} />
  ) : (
    <Broken what="This view" as="view" error={fetched.error} onRetry={reload} />
  );
}

/** What Chromium, Firefox and Safari say of a module that did not come; one that came and failed throws an error of its own. */
const NOT_FETCHED = /dynamically imported module|Importing a module script failed/i;

export function isDownloadFailure(error: unknown): boolean {
  return error instanceof TypeError && NOT_FETCHED.test(error.message);
}

function NotFetched({ error }: { readonly error: unknown }) {
  return (
    <section class="empty" role="alert">
      <h2>Load the page anew</h2>
      <p>
        A part of it could not be fetched: the service cannot be reached, or was updated, and its parts have other names
        now.
      </p>
      <p>{messageOf(error)}</p>
      <button type="button" onClick={reload}>
        Load
      </button>
    </section>
  );
}

/** Browsers remember a module that failed for as long as the page lives. Where one is stands in the address. */
function reload(): void {
  location.reload();
}
