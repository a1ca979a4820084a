/** What stands around every view: where one is, whether it is live, and what the keys do. */
import { type ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useCell } from '../cell.js';
import { onKey } from '../keys.js';
import { model } from '../model.js';
import { Announcer } from '../parts/announcer.js';
import { ConnectionBanner, ConnectionState } from '../parts/connection.js';
import { Loading } from '../parts/empty.js';
import { densityIn, theme, THEMES } from '../preferences.js';
import { choose, go, hrefOf, route, type View } from '../route.js';
import { Help } from './help.js';
import { SignIn } from './sign-in.js';
import { Wall } from './wall.js';

interface Tab {
  readonly view: View;
  readonly label: string;
  readonly key: string;
  /** Views that belong to it. */
  readonly also: readonly View[];
}

const TABS: readonly Tab[] = [
  { view: 'wall', label: 'Wall', key: 'w', also: ['group'] },
  { view: 'timeline', label: 'Timeline', key: 't', also: [] },
  { view: 'callbacks', label: 'Callbacks', key: 'c', also: ['callback'] },
  { view: 'health', label: 'Health', key: 'h', also: [] },
];

/** Views that are fetched when they are first looked at. */
const LATER: Readonly<Record<Exclude<View, 'wall'>, () => Promise<ComponentType>>> = {
  timeline: async () => (await import('./timeline.js')).Timeline,
  group: async () => (await import('./group.js')).Group,
  callbacks: async () => (await import('./callbacks.js')).Callbacks,
  callback: async () => (await import('./callback.js')).CallbackStory,
  health: async () => (await import('./health.js')).Health,
};

export function Frame() {
  const { view, parameters } = useCell(route);
  const isScreen = view === 'wall' && densityIn(parameters) === 'wall';
  const isSignedOut = useCell(model.isSignedOut);
  const connection = useCell(model.connection);
  const [isHelping, setHelping] = useState(false);
  useViewKeys(() => {
    setHelping((known) => !known);
  });
  return (
    <div
      class={`frame view-${view}${isScreen ? ' is-screen' : ''}`}
      data-stale={connection.status === 'lost' ? 'true' : 'false'}
    >
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the view
      </a>
      <Header
        view={view}
        onHelp={() => {
          setHelping(true);
        }}
      />
      <ConnectionBanner />
      <main class="frame-main" id="main" tabIndex={-1}>
        {isSignedOut ? <SignIn /> : <CurrentView view={view} />}
      </main>
      <Announcer />
      {isHelping && (
        <Help
          onClose={() => {
            setHelping(false);
          }}
        />
      )}
    </div>
  );
}

function leaveScreen(): void {
  if (densityIn(route.value.parameters) === 'wall') choose({ density: '' });
}

function skipToMain(event: Event): void {
  // The hash is the view's.
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function useViewKeys(toggleHelp: () => void): void {
  useEffect(() => {
    for (const { view, key } of TABS)
      onKey([`g ${key}`], () => {
        go(view);
      });
    onKey(['/'], () => {
      document.getElementById('search')?.focus();
    });
    onKey(['?'], toggleHelp);
    onKey(['Escape'], () => {
      (document.activeElement as HTMLElement | null)?.blur();
      leaveScreen();
    });
  }, []);
}

function Header({ view, onHelp }: { readonly view: View; readonly onHelp: () => void }) {
  const chosenTheme = useCell(theme);
  return (
    <header class="frame-header">
      <a class="brand" href={hrefOf('wall')}>
        OCS <span class="brand-long">campaign monitor</span>
      </a>
      <nav class="tabs" aria-label="Views">
        {TABS.map(({ view: target, label, also, key }) => (
          <a
            key={target}
            href={hrefOf(target)}
            aria-current={view === target || also.includes(view) ? 'page' : undefined}
            title={`g ${key}`}
          >
            {label}
          </a>
        ))}
      </nav>
      <span class="spring" />
      <ConnectionState />
      <button type="button" class="plain leave-screen" onClick={leaveScreen}>
        Leave wall screen <kbd>Esc</kbd>
      </button>
      <button
        type="button"
        class="plain theme-button"
        aria-label={`Colours: ${chosenTheme}`}
        title={`Colours: ${chosenTheme}`}
        onClick={() => {
          theme.set(THEMES[(THEMES.indexOf(chosenTheme) + 1) % THEMES.length] ?? 'auto');
        }}
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
          <path
            d={
              chosenTheme === 'light'
                ? ''
                : chosenTheme === 'dark'
                  ? 'M8 2a6 6 0 0 1 0 12A6 6 0 0 1 8 2z'
                  : 'M8 2a6 6 0 0 0 0 12z'
            }
            fill="currentColor"
          />
        </svg>
      </button>
      <button type="button" class="plain help-button" aria-label="Keys and marks" title="?" onClick={onHelp}>
        ?
      </button>
    </header>
  );
}

function CurrentView({ view }: { readonly view: View }) {
  if (view === 'wall') return <Wall />;
  return <LaterView key={view} view={view} />;
}

function LaterView({ view }: { readonly view: Exclude<View, 'wall'> }) {
  const [loaded, setLoaded] = useState<{ readonly Component: ComponentType } | null>(null);
  const [why, setWhy] = useState<string | null>(null);
  const isHere = useRef(true);
  useEffect(() => {
    isHere.current = true;
    LATER[view]().then(
      (Component) => {
        if (isHere.current) setLoaded({ Component });
      },
      (error: unknown) => {
        if (isHere.current) setWhy(error instanceof Error ? error.message : String(error));
      },
    );
    return () => {
      isHere.current = false;
    };
  }, [view]);
  if (why !== null)
    return (
      <section class="empty" role="alert">
        <h2>Load the page anew</h2>
        <p>A part of it could not be fetched: after an update of the service its parts have other names.</p>
        <p>{why}</p>
        <button
          type="button"
          onClick={() => {
            location.reload();
          }}
        >
          Load
        </button>
      </section>
    );
  return loaded === null ? <Loading /> : <loaded.Component />;
}
