/** The known defects of callback reporting, as changes to what is told of a callback. */
import type { CallbackRecord } from '../../domain/callback-record.js';
import { pairOf } from '../../gms/key-value-pairs.js';
import type { PartialRecord } from '../../gms/encode-record.js';
import type { Random } from '../random.js';
import type { EventTelling, Telling } from './telling.js';

/** Those that spoil what is told of a good callback. */
export const SPOILING_DEFECTS = [
  /** The agent's desktop repeats the record when wrap-up ends: other content, mandatory keys gone. */
  'repeated-at-wrap-up',
  /** The same, with equal content. */
  'copied-at-wrap-up',
  /** The ORS session died: no final record ever. */
  'session-died',
  /** Another ORS session went on with it: no defect for the receiver, but the session's id changes. */
  'session-moved',
  'start-lost',
  'queue-without-dbid',
  'accepted-without-time',
  'attempts-miscounted',
] as const;

export const DEFECTS = [
  ...SPOILING_DEFECTS,
  /** The start event lacks mandatory keys, which are absent, texts that say nothing, or times of 0. */
  'missing-mandatory-keys',
  'more-than-five-attempts',
  'free-text-disposition',
] as const;
export type Defect = (typeof DEFECTS)[number];

export interface Spoiling {
  readonly defect: Defect | null;
  readonly missing: readonly (keyof CallbackRecord)[];
  readonly random: Random;
  /** How long the agent's wrap-up takes; wall time. */
  readonly wrapUpMs: number;
}

/** What is told when the defect strikes; tellings in order of time. */
export function spoil(tellings: readonly Telling[], spoiling: Spoiling): Telling[] {
  const { defect } = spoiling;
  return defect === null ? [...tellings] : SPOILERS[defect](tellings, spoiling);
}

type Spoiler = (tellings: readonly Telling[], spoiling: Spoiling) => Telling[];
const unspoiled: Spoiler = (tellings) => [...tellings];

const SPOILERS: Readonly<Record<Defect, Spoiler>> = {
  'repeated-at-wrap-up': (tellings, { wrapUpMs }) => [...tellings, ...repeated(tellings, wrapUpMs, REPEATED)],
  'copied-at-wrap-up': (tellings, { wrapUpMs }) => [...tellings, ...repeated(tellings, wrapUpMs, {})],
  'session-died': (tellings, { random }) => untilDeath(tellings, random),
  'session-moved': (tellings) =>
    mapEvents(tellings, ({ finalRecord, orsSessionId }) =>
      finalRecord === 1 ? { orsSessionId: `${(orsSessionId ?? '').slice(0, -1)}Z` } : {},
    ),
  'start-lost': (tellings) => tellings.filter((telling) => telling !== tellings.find(isEvent)),
  'queue-without-dbid': (tellings) =>
    mapEvents(tellings, () => ({ vqDbid: null, vqConfigType: null, vqConfigTypeId: null })),
  'accepted-without-time': (tellings) =>
    mapEvents(tellings, () => ({ acceptedMs: null })).filter(({ kind }) => kind !== 'attached'),
  'attempts-miscounted': (tellings) =>
    mapEvents(tellings, ({ attempts, finalRecord }) => (finalRecord === 1 ? { attempts: (attempts ?? 0) + 1 } : {})),
  'missing-mandatory-keys': (tellings, { missing, random }) => {
    const gaps = Object.fromEntries(missing.map((field) => [field, absent(field, random)]));
    const start = tellings.find(isEvent);
    return tellings.map((telling) =>
      telling === start ? { ...start, record: { ...start.record, ...gaps } } : telling,
    );
  },
  // The ending brings these about.
  'more-than-five-attempts': unspoiled,
  'free-text-disposition': unspoiled,
};

/** What the desktop repeats differs from the final record. */
const REPEATED: PartialRecord = { disposition: 'Wrap-up done', offeredMs: null, offerSeconds: null };

export function isEvent(telling: Telling): telling is EventTelling {
  return telling.kind === 'event';
}

function repeated(tellings: readonly Telling[], afterMs: number, changed: PartialRecord): EventTelling[] {
  const final = tellings.filter(isEvent).at(-1);
  if (!final) return [];
  const atMs = (tellings.at(-1)?.atMs ?? final.atMs) + afterMs;
  return [{ ...final, atMs, record: { ...final.record, ...changed } }];
}

/** Dies after one of the events that are not the last. */
function untilDeath(tellings: readonly Telling[], random: Random): Telling[] {
  const events = tellings.filter(isEvent).slice(0, -1);
  const last = events[random.integer(0, events.length - 1)];
  return last ? tellings.slice(0, tellings.indexOf(last) + 1) : [];
}

function mapEvents(tellings: readonly Telling[], changes: (record: PartialRecord) => PartialRecord): Telling[] {
  return tellings.map((telling) =>
    isEvent(telling) ? { ...telling, record: { ...telling.record, ...changes(telling.record) } } : telling,
  );
}

function absent(field: keyof CallbackRecord, random: Random): 0 | null {
  return pairOf(field).type === 'timestamp' && random.chance(0.3) ? 0 : null;
}
