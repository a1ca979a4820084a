/** A view that is fetched when there is nothing else to do, or when it is first looked at, and until it comes. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { browserMs } from '../clock.js';
import { Broken } from '../parts/boundary.js';
import { Loading } from '../parts/empty.js';
import type { View } from '../route.js';

const LATER: Readonly<Record<Exclude<View, 'wall'>, () => Promise<ComponentType>>> = {
  timeline: async () => (await import('./timeline.js')).Timeline,
  group: async () => (await import('./group.js')).Group,
  callbacks: async () => (await import('./callbacks.js')).Callbacks,
  callback: async () => (await import('./callback.js')).CallbackStory,
  compliance: async () => (await import('./compliance.js')).Compliance,
  health: async () => (await import('./health.js')).Health,
};

type Fetched = { readonly Component: ComponentType } | { readonly error: unknown; readonly isGone: boolean };

/** How long after a part did not come it is asked for again. */
const RETRY_MS = 2000;
/** A page that was loaded anew for a part so lately is not for the same reason. */
const RELOADED_MS = 30_000;
const RELOADED = 'reloaded-for-part';

/** Fetches every view while there is nothing else to do, so that an outage later keeps none away. */
export function fetchLaterViews(): void {
  const fetchAll = () => {
    for (const fetchView of Object.values(LATER)) void fetchView().catch(() => undefined);
  };
  // Safari has no such thing.
  if ('requestIdleCallback' in window) requestIdleCallback(fetchAll, { timeout: 10_000 });
  else setTimeout(fetchAll, 1000);
}

export function LaterView({ view }: { readonly view: Exclude<View, 'wall'> }) {
  const [fetched, setFetched] = useState<Fetched | null>(null);
  useEffect(() => {
    let isHere = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tryIt = async () => {
      const next = await fetchOf(view);
      if (!isHere) return;
      setFetched(next);
      if ('error' in next && !next.isGone && isDownloadFailure(next.error))
        timer = setTimeout(() => void tryIt(), RETRY_MS);
    };
    void tryIt();
    return () => {
      isHere = false;
      clearTimeout(timer);
    };
  }, [view]);
  if (fetched === null) return <Loading />;
  if ('Component' in fetched) return <fetched.Component />;
  if (!isDownloadFailure(fetched.error))
    return <Broken what="This view" as="view" error={fetched.error} onRetry={reload} />;
  return fetched.isGone ? <Gone /> : <NotFetched />;
}

async function fetchOf(view: keyof typeof LATER): Promise<Fetched> {
  try {
    return { Component: await LATER[view]() };
  } catch (error) {
    if (!isDownloadFailure(error)) {
      reportError(error);
      return { error, isGone: false };
    }
    const status = await statusOfPart(error);
    // The part is there, but browsers remember that it was not, for as long as the page lives.
    if (status === 200 && !wasReloaded()) reload();
    return { error, isGone: status === 404 };
  }
}

/** What the service answers for the part that did not come; null: nothing. */
async function statusOfPart(error: Error): Promise<number | null> {
  const [part] = /https?:\S+\.js/.exec(error.message) ?? [];
  try {
    const { status } = await fetch(part ?? location.pathname, { method: 'HEAD', cache: 'no-store' });
    return status;
  } catch {
    return null;
  }
}

/** Whether it was lately; when not, it is noted that it is now. */
function wasReloaded(): boolean {
  const lastMs = Number(sessionStorage.getItem(RELOADED) ?? 0);
  const now = browserMs();
  if (now - lastMs < RELOADED_MS) return true;
  sessionStorage.setItem(RELOADED, String(now));
  return false;
}

/** What Chromium, Firefox and Safari say of a module that did not come; one that came and failed throws an error of its own. */
const NOT_FETCHED = /dynamically imported module|Importing a module script failed/i;

export function isDownloadFailure(error: unknown): error is TypeError {
  return error instanceof TypeError && NOT_FETCHED.test(error.message);
}

function NotFetched() {
  return (
    <section class="empty" role="alert">
      <h2>This view is not here yet</h2>
      <p>The service cannot be reached. The view is asked for again and again, and shown as soon as it comes.</p>
    </section>
  );
}

function Gone() {
  return (
    <section class="empty" role="alert">
      <h2>Load the page anew</h2>
      <p>The service was updated: the parts of this page have other names now.</p>
      <button type="button" onClick={reload}>
        Load
      </button>
    </section>
  );
}

/** Where one is stands in the address. */
function reload(): void {
  location.reload();
}
