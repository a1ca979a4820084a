/** Ending the session of this browser: in every tab, and at the service. */
import { useEffect, useState } from 'preact/hooks';
import { sendJson } from '../api.js';
import { useCell } from '../cell.js';
import { model } from '../model.js';
import type { SessionInfo } from '../service-info.js';

/** Tabs of one service: others may be served beside it. */
const tabs = new BroadcastChannel(`ocs-monitor session ${location.pathname}`);

/** Where everybody reads, rights alone do not say whether somebody signed in: kept beside the cookie, which no script sees. */
const MARK = 'ocs-monitor.signed-in';

/** Tells the other tabs that somebody signed in or out here. */
export function tellTabs(now: 'in' | 'out'): void {
  try {
    if (now === 'in') localStorage.setItem(MARK, 'yes');
    else localStorage.removeItem(MARK);
  } catch {
    // A browser may forbid storage.
  }
  tabs.postMessage(now);
}

function isSignedIn(session: SessionInfo | null): boolean {
  if (session === null) return false;
  return session.anonymous ? session.admin && isMarked() : session.reader;
}

function isMarked(): boolean {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    return false;
  }
}

/** Another tab signed in or out. What this one knows goes with who may know it. */
async function follow(): Promise<void> {
  const session = await model.askSession();
  if (session === null) return;
  if (!session.anonymous && !session.reader) location.reload();
  else model.signedIn();
}

export function SignOut() {
  const session = useCell(model.session);
  const isSignedOut = useCell(model.isSignedOut);
  const [why, setWhy] = useState<string | null>(null);
  useEffect(() => {
    const hear = () => void follow();
    tabs.addEventListener('message', hear);
    return () => {
      tabs.removeEventListener('message', hear);
    };
  }, []);
  if (isSignedOut || !isSignedIn(session)) return null;
  const signOut = async () => {
    try {
      await sendJson('DELETE', 'session', null);
      tellTabs('out');
      // Nothing of what was read stays in memory.
      location.reload();
    } catch (error) {
      setWhy((error as Error).message);
    }
  };
  return (
    <>
      {why !== null && (
        <span class="tone-trouble" role="alert">
          Not signed out: {why}
        </span>
      )}
      <button type="button" class="plain sign-out-button" onClick={() => void signOut()}>
        Sign out
      </button>
    </>
  );
}
