/**
 * The log of lanes: with each commit everything that is shown of it, for the other receivers. They read it on from where they
 * were, lane by lane, and have then seen what every lane has committed, in its order.
 */
import type { GroupSnapshot } from '../domain/campaign-group.js';
import { type Heard, OUTCOMES } from '../domain/store.js';
import type { Answer } from './exchange.js';
import type { NotedChange } from './change-table.js';
import type { LanePlace } from './fence.js';
import type { Statement } from './statements.js';
import type { Touched } from './touched.js';

/**
 * How long what lanes have committed is kept for those who follow.
 * @bound commits kept for other receivers and for stream clients that resume, on PostgreSQL
 * @beyond the oldest go: a receiver that is further behind loads everything anew, a client is told to reload
 * @seen `ocs_monitor_follow_lag_seconds`
 */
export const LANE_LOG_KEPT_MS = 600_000;
/** The kept number that says from when on they are all there. */
export const LANE_LOG_PRUNED = 'lane_log_pruned_ms';

/** What a commit changed of what is shown. */
export interface Logged extends Touched {
  readonly heard: readonly Heard[];
  readonly snapshots: readonly GroupSnapshot[];
  readonly transitions: readonly NotedChange[];
}

/** A post in few characters: there is one for each. */
type Packed = readonly [
  groupNo: number,
  outcome: number,
  receivedAtMs: number,
  atMs: number,
  lastEventMs: number,
  busyRatio: number | null,
  hitRatio: number | null,
  overdialRatio: number | null,
  timeToCompleteSeconds: number | null,
];

type Written = Partial<Omit<Logged, 'heard'>> & { readonly heard?: readonly Packed[] };

export function loggedText(logged: Logged): string {
  const written: Written = { ...logged, heard: logged.heard.map(packed) };
  return JSON.stringify(
    Object.fromEntries(Object.entries(written).filter(([, part]) => (Array.isArray(part) ? part.length > 0 : part))),
  );
}

/** Null: the row stands for a commit that was not done. */
export function loggedFrom(text: string): Logged | null {
  if (text === '') return null;
  const { heard = [], ...written } = JSON.parse(text) as Written;
  return { ...NOTHING, ...written, heard: heard.map(unpacked) };
}

const NOTHING: Logged = {
  heard: [],
  snapshots: [],
  transitions: [],
  callbacks: [],
  bodies: [],
  isHolding: false,
  gone: [],
  forgotten: [],
};

/** The row of a commit; to be written when all is held that the commit changes. Its moment is answered. */
export function logging({ lane, seq }: LanePlace, recordedMs: number, logged: Logged): Statement {
  return {
    text: `INSERT INTO lane_log (lane, seq, recorded_ms, changes, moment)
      SELECT $1, $2, $3, $4, greatest((extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
        (SELECT coalesce(max(moment), 0) + 1 FROM lane_log))
      RETURNING moment`,
    values: [lane, seq, recordedMs, loggedText(logged)],
  };
}

/** What is answered to `logging`. */
export function momentOf(answer: Answer | undefined): number {
  return Number(answer?.rows[0]?.[0]);
}

function packed({ groupNo, outcome, receivedAtMs, atMs, lastEventMs, statistics }: Heard): Packed {
  const { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds } = statistics;
  return [
    ...([groupNo, OUTCOMES.indexOf(outcome), receivedAtMs, atMs, lastEventMs] as const),
    ...([busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds] as const),
  ];
}

function unpacked([groupNo, outcome, receivedAtMs, atMs, lastEventMs, ...figures]: Packed): Heard {
  const [busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds] = figures;
  const statistics = { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds };
  return { groupNo, outcome: OUTCOMES[outcome] ?? 'refresh', receivedAtMs, atMs, lastEventMs, statistics };
}
