/** What stands around every view: where one is, whether it is live, and what the keys do. */
import { useEffect, useState } from 'preact/hooks';
import { useCell } from '../cell.js';
import { leaveToView } from '../focus.js';
import { onKey } from '../keys.js';
import { model } from '../model.js';
import { Announcer } from '../parts/announcer.js';
import { Boundary } from '../parts/boundary.js';
import { ConnectionBanner, ConnectionState } from '../parts/connection.js';
import { SignOut } from '../parts/sign-out.js';
import { densityIn, theme, THEMES } from '../preferences.js';
import { choose, go, hrefTo, route, type View } from '../route.js';
import { showInTab, subject } from '../tab-sign.js';
import { Help } from './help.js';
import { LaterView } from './later-view.js';
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
  { view: 'compliance', label: 'Compliance', key: 'a', also: [] },
  { view: 'health', label: 'Health', key: 'h', also: [] },
];

export function Frame() {
  const { view, id, parameters } = useCell(route);
  const isScreen = view === 'wall' && densityIn(parameters) === 'wall';
  const isSignedOut = useCell(model.isSignedOut);
  const isSigningIn = useCell(model.isSigningIn);
  const connection = useCell(model.connection);
  const [isHelping, setHelping] = useState(false);
  const name = useTabSign(view);
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
      <main class="frame-main" id="main" tabIndex={-1} aria-label={name}>
        {isSignedOut || isSigningIn ? (
          <SignIn to={isSignedOut ? 'read' : 'administer'} />
        ) : (
          <CurrentView view={view} id={id} />
        )}
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

/** Trouble is seen in the tab, too, by whoever looks at another. Returns what the view is called. */
function useTabSign(view: View): string {
  const troubles = useCell(model.troubles);
  const service = useCell(model.service);
  const { status } = useCell(model.connection);
  const about = useCell(subject);
  const label = TABS.find((tab) => tab.view === view || tab.also.includes(view))?.label ?? '';
  useEffect(() => {
    showInTab({
      view: about ?? label,
      troubles,
      isLost: status === 'lost',
      instanceName: service?.instance_name ?? null,
    });
  }, [label, about, troubles, service, status]);
  return about ?? label;
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
      leaveToView();
      leaveScreen();
      model.isSigningIn.set(false);
    });
  }, []);
}

function Header({ view, onHelp }: { readonly view: View; readonly onHelp: () => void }) {
  const chosenTheme = useCell(theme);
  return (
    <header class="frame-header">
      <a class="brand" href={hrefTo('wall')}>
        OCS <span class="brand-long">campaign monitor</span>
      </a>
      <nav class="tabs" aria-label="Views">
        {TABS.map(({ view: target, label, also, key }) => (
          <a
            key={target}
            href={hrefTo(target)}
            aria-current={view === target || also.includes(view) ? 'page' : undefined}
            title={`g ${key}`}
          >
            {label}
          </a>
        ))}
      </nav>
      <span class="spring" />
      <ConnectionState />
      <SignInButton />
      <SignOut />
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

/** Where everybody reads and administration wants a token: nothing else would lead to the sign-in. */
function SignInButton() {
  const session = useCell(model.session);
  const isSigningIn = useCell(model.isSigningIn);
  if (session === null || !session.anonymous || session.admin || isSigningIn) return null;
  return (
    <button
      type="button"
      class="plain sign-in-button"
      title="Sign in to administer"
      onClick={() => {
        model.isSigningIn.set(true);
      }}
    >
      Sign in
    </button>
  );
}

/** Each view, and each group or callback in it, with a boundary of its own: one that fails takes no other with it. */
function CurrentView({ view, id }: { readonly view: View; readonly id: string | null }) {
  return (
    <Boundary key={`${view} ${id ?? ''}`} what="This view" as="view">
      {view === 'wall' ? <Wall /> : <LaterView view={view} />}
    </Boundary>
  );
}
