/** What a comparison with OCS logs came to, as JSON in pieces: what is missing may be much. */
import { isoTime } from '../rows.js';
import type { LogAudit } from './audit.js';
import type { SentLines } from './sent-lines.js';

export interface AuditView extends LogAudit {
  readonly source: string;
  readonly lines: number;
  readonly unreadable: number;
  /** By how much later the lines would fit what is held; null: nothing says that they were read by a wrong clock. */
  readonly fitsLaterMs: number | null;
  /** Missing changes of state that this audit has brought back. */
  readonly backfilled: number;
}

/** Entries of a list in one piece of text. */
const AT_ONCE = 1000;

export function deliveryRatio({ sent, received }: { readonly sent: number; readonly received: number }): number | null {
  return sent === 0 ? null : received / sent;
}

/** The names that scripts rely on, and more. One document, in pieces. */
export function* auditJson(view: AuditView): Generator<string> {
  const { compared, nameOf } = view;
  const head = { source: view.source, lines: view.lines, sent: compared.sent, received: compared.received };
  yield `${JSON.stringify(head).slice(0, -1)},"missing":[`;
  yield* entriesOf(compared.missing, ({ atMs, nameNo, kind }) => ({
    at: isoTime(atMs),
    campaign_group: nameOf(nameNo),
    kind,
  }));
  yield `],"unexpected":[`;
  yield* entriesOf(compared.unexpected, ({ atMs, nameNo }) => ({ at: isoTime(atMs), campaign_group: nameOf(nameNo) }));
  const rest = {
    ambiguous: compared.ambiguous,
    misdirected: view.misdirected,
    trace_off: view.isTraceOff,
    delivery_ratio: deliveryRatio(compared),
    longest_gap_seconds: compared.longestGapMs / 1000,
    backfilled: view.backfilled,
    restored: compared.restored,
    fits_later_seconds: view.fitsLaterMs === null ? null : view.fitsLaterMs / 1000,
    from: isoTime(view.fromMs),
    to: isoTime(view.toMs),
    hours: compared.hours().map((hour) => ({
      from: isoTime(hour.hourMs),
      sent: hour.sent,
      received: hour.received,
      delivery_ratio: deliveryRatio(hour),
    })),
    downtime: compared.downtime().map(({ fromMs, toMs, missing }) => ({
      from: boundText(fromMs),
      to: boundText(toMs),
      missing,
    })),
    before_horizon: view.beforeHorizon,
    in_damaged_chunks: compared.damaged,
    unreadable: view.unreadable,
    left_out: compared.leftOut,
  };
  yield `],${JSON.stringify(rest).slice(1)}\n`;
}

/** Null: since ever, or for ever. */
export function boundText(ms: number): string | null {
  return Number.isFinite(ms) ? isoTime(ms) : null;
}

function* entriesOf(lines: SentLines, entryOf: (line: ReturnType<SentLines['at']>) => object): Generator<string> {
  const indices = lines.inTime();
  for (let from = 0; from < indices.length; from += AT_ONCE) {
    const entries = [...indices.subarray(from, from + AT_ONCE)].map((index) =>
      JSON.stringify(entryOf(lines.at(index))),
    );
    yield `${from === 0 ? '' : ','}${entries.join(',')}`;
  }
}
