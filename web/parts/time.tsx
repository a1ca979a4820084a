/** Times in the viewer's zone with UTC on hover, and durations that count. */
import { useNow } from '../clock.js';
import { clock, clockSeconds, duration, NOT_KNOWN, utc } from '../format.js';

interface Props {
  readonly at: string | null;
}

/** How long ago, counting; at least so long where only that is known. Marked, so that a test of what changed can tell a tick from a change. */
export function Since({ at, isLeast = false }: Props & { readonly isLeast?: boolean }) {
  const now = useNow();
  if (at === null) return <span class="unknown">{NOT_KNOWN}</span>;
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={`${clockSeconds(ms, now)} · ${utc(ms)}`} data-tick>
      {isLeast ? '≥ ' : ''}
      {duration(now - ms)}
    </time>
  );
}

export function Clock({ at, seconds = false }: Props & { readonly seconds?: boolean }) {
  const now = useNow();
  if (at === null) return <span class="unknown">{NOT_KNOWN}</span>;
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={utc(ms)} data-tick>
      {seconds ? clockSeconds(ms, now) : clock(ms, now)}
    </time>
  );
}

/** When what takes so many seconds from a time on is over; the day is said when it is not today. */
export function FinishesAt({ seconds, asOf }: { readonly seconds: number | null; readonly asOf: string }) {
  if (seconds === null) return <span class="unknown">{NOT_KNOWN}</span>;
  return <Clock at={new Date(Date.parse(asOf) + seconds * 1000).toISOString()} />;
}
