/** Says plainly whether what is shown is live, and since when it is not. */
import { useEffect, useState } from 'preact/hooks';
import { useCell } from '../cell.js';
import { browserMs } from '../clock.js';
import { clockSeconds, duration, utc } from '../format.js';
import { model } from '../model.js';

const WORDS = { connecting: 'Connecting', live: 'Live', polling: 'Polling', lost: 'Not live' } as const;

export function ConnectionState() {
  const { status } = useCell(model.connection);
  const isSignedOut = useCell(model.isSignedOut);
  if (isSignedOut) return null;
  return (
    <span class={`connection connection-${status}`}>
      <span class="connection-dot" aria-hidden="true" />
      {WORDS[status]}
    </span>
  );
}

export function ConnectionBanner() {
  const connection = useCell(model.connection);
  const now = useBrowserTime(connection.status === 'lost');
  const isLoaded = useCell(model.isLoaded);
  if (connection.status !== 'lost') return null;
  const { sinceMs, retryAtMs } = connection;
  const waitSeconds = Math.ceil((retryAtMs - now) / 1000);
  return (
    <div class="banner" role="alert">
      <b>Connection lost</b>
      <span>
        {isLoaded ? 'What is shown is as of ' : 'No data since '}
        <time dateTime={new Date(sinceMs).toISOString()} title={utc(sinceMs)}>
          {clockSeconds(sinceMs, now)}
        </time>
        <span aria-hidden="true">
          , {duration(now - sinceMs)} ago. {waitSeconds > 0 ? `Next attempt in ${waitSeconds} s.` : 'Trying…'}
        </span>
      </span>
      <button
        type="button"
        onClick={() => {
          model.retryNow();
        }}
      >
        Try now
      </button>
    </div>
  );
}

/** The browser's own time goes on while the service's stands still. */
function useBrowserTime(isWanted: boolean): number {
  const [now, setNow] = useState(browserMs());
  useEffect(() => {
    if (!isWanted) return undefined;
    setNow(browserMs());
    const timer = setInterval(() => {
      setNow(browserMs());
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, [isWanted]);
  return now;
}
