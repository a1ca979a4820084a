/** The rows that abandonment is told by, of notifications in memory: as history is defined, without a store. */
import { compareMoments, type OrderedMoment } from '../../src/domain/history.js';
import type { Notification, Statement } from '../../src/domain/notification.js';
import type { Gap, SilenceRule } from '../../src/domain/silence.js';
import type { TimeRange } from '../../src/domain/store.js';
import { beginsSession, between, type Bearing, isToldByGuid, rankOf } from '../../src/domain/transition.js';
import { type Words, wordsOf } from '../../src/domain/words.js';
import { statementContent } from '../../src/domain/identity.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import type { Boundary, DialedGroup, Saying } from '../../src/reports/abandonment.js';

interface Told extends OrderedMoment {
  readonly overdialRatio: number | null;
}

const within = ({ fromMs, toMs }: TimeRange, atMs: number) => atMs >= fromMs && atMs < toMs;

/** What is told of one group. */
export function dialedRows(
  id: string,
  notifications: readonly Notification[],
  downs: readonly Gap[],
  rule: SilenceRule | null,
): DialedGroup {
  const told = eachOnce(notifications).sort(compareMoments);
  const boundaries = boundariesOf(told);
  const newestFirst = [...told].reverse();
  const times = [...new Set(newestFirst.map(({ atMs }) => atMs))];
  return {
    id,
    rule,
    abandonment: {
      boundaries: (range, limit) => boundaries.filter(({ atMs }) => within(range, atMs)).slice(0, limit),
      sayings: (range) => newestFirst.filter(({ atMs }) => within(range, atMs)).map(sayingOf),
      loads: (guid) => {
        const begun = boundaries.filter((one) => one.beginsSession && one.guid !== null);
        const same = begun.filter((one) => one.guid === guid).length;
        return { same, others: begun.length - same };
      },
      runningMs: (range) => runningMs(told, range),
    },
    sessions: {
      lastBeginMs: (beforeMs) =>
        boundaries.findLast(({ atMs, beginsSession: begins }) => begins && atMs < beforeMs)?.atMs ?? null,
    },
    silences: {
      told: { within: (range, limit) => times.filter((ms) => within(range, ms)).slice(0, limit), since: () => [] },
      repeated: { within: () => [], since: () => [] },
      downs: () => downs,
      firstRunMs: () => 0,
      firstToldMs: () => told[0]?.atMs ?? null,
      samplesSinceMs: null,
    },
  };
}

function sayingOf({ atMs, state, guid, overdialRatio }: Told): Saying {
  return { atMs, state, guid, overdialRatio };
}

type Meaning = Words & { readonly content: string };
const MEANINGS = new WeakMap<Statement, Meaning>();

function meaningOf(statement: Statement): Meaning {
  const known = MEANINGS.get(statement) ?? {
    ...wordsOf(statement, ENUMERATIONS),
    content: statementContent(statement),
  };
  MEANINGS.set(statement, known);
  return known;
}

/** Copies are the same object here. */
function eachOnce(notifications: readonly Notification[]): Told[] {
  return [...new Set(notifications)].map(({ atMs, statement, statistics }) => ({
    ...meaningOf(statement),
    atMs,
    overdialRatio: statistics.overdialRatio,
  }));
}

function boundariesOf(told: readonly Told[]): Boundary[] {
  const boundaries: Boundary[] = [];
  let current: { atMs: number; bearing: Bearing } | null = null;
  let guidSaidMs: number | null = null;
  for (const moment of told) {
    const { bearing, transition } = between(current, moment);
    const begins = transition !== null && beginsSession(transition);
    if (transition !== null && (begins || (bearing.state === 'not_loaded' && transition.fromState !== 'not_loaded')))
      boundaries.push({
        atMs: moment.atMs,
        rank: rankOf(moment),
        digest: moment.content,
        fromState: transition.fromState,
        state: bearing.state,
        guid: bearing.guid,
        beginsSession: begins,
        action: transition.action,
        notBeforeMs: isToldByGuid(transition) ? guidSaidMs : transition.notBeforeMs,
      });
    current = { atMs: moment.atMs, bearing };
    if (moment.guid !== null) guidSaidMs = moment.atMs;
  }
  return boundaries;
}

function runningMs(told: readonly Told[], { fromMs, toMs }: TimeRange): number {
  return told.reduce((sum, { atMs, state }, n) => {
    const nextMs = Math.min(told[n + 1]?.atMs ?? toMs, toMs);
    return state === 'running' ? sum + Math.max(0, nextMs - Math.max(atMs, fromMs)) : sum;
  }, 0);
}
