/**
 * What a person sees first: the parts that some groups play around the start of the demo, so that every state and every
 * trouble of the page has a reason. Seconds from the start; before it is the past, posted as such.
 */
import type { Random } from '../random.js';
import { type Change, ending, type End, rounded, type Session } from './session.js';

type Cue = readonly [atSeconds: number, step: Change['step'], more?: Omit<Change, 'atMs' | 'step'>];

interface Part {
  readonly cues: readonly Cue[];
  /** How a session that the cues leave open ends. */
  readonly end?: readonly [atSeconds: number, how: End];
  /** When a calling list runs dry, by its place. */
  readonly dry?: Readonly<Record<number, number>>;
  /** Told to whoever starts the demo; `name` stands for the group's. */
  readonly says?: readonly (readonly [atSeconds: number, text: string])[];
}

/** The installation that cannot reach the service for a while, and when. */
export const CUT_SOURCE = 'ocs-2';
const CUT_FROM_SECONDS = 45;
/** How long its silence is shown. */
const SHOWN_SECONDS = 35;

/** From when to when nothing of it arrives. A source counts as silent after three intervals. */
export function cutOf(zeroMs: number, intervalMs: number): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = zeroMs + CUT_FROM_SECONDS * 1000;
  return { fromMs, toMs: fromMs + 3 * intervalMs + SHOWN_SECONDS * 1000 };
}

/** The service was down so long ago, if the past is told from the beginning. */
export function outageOf(zeroMs: number): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: zeroMs - 130 * 60_000, toMs: zeroMs - 121 * 60_000 };
}

const loaded = (minutesAgo: number): readonly [Cue, Cue] => [
  [-60 * minutesAgo, 'load'],
  [-60 * minutesAgo + 9, 'start'],
];

/** By campaign. */
const PARTS: Readonly<Record<string, Part>> = {
  'Claims Follow-up': {
    cues: [...loaded(95), [-22 * 60, 'unload'], [110, 'force_unload']],
    says: [
      [0, '{name} has been stuck in unload for 22 minutes'],
      [110, '{name} is forced out of its unload'],
    ],
  },
  'Card Collections': {
    cues: [...loaded(66), [-14 * 60, 'stop', { isAutomatic: true }], [85, 'start']],
    end: [1300, 'completed'],
    says: [
      [0, '{name} stopped by itself 14 minutes ago'],
      [85, '{name} is started again'],
    ],
  },
  'Tariff Renewal': {
    cues: [
      ...loaded(52),
      [25, 'stop', { isAutomatic: true }],
      [240, 'unload'],
      [275, 'unload_progress'],
      [283, 'unloaded'],
    ],
    says: [[25, '{name} stops by itself: its records have run out']],
  },
  'Service Due': {
    cues: [...loaded(45), [40, 'set', { optimizeGoal: 8 }], [130, 'set', { optimizeGoal: 2 }]],
    end: [1100, 'unload'],
    says: [
      [40, '{name} is given an overdial goal of 8 %, and goes over the limit of 3 %'],
      [130, '{name} is given its old goal again, and recovers'],
    ],
  },
  'Motor Renewal': {
    cues: [...loaded(40)],
    end: [2400, 'completed'],
    dry: { 1: 75 },
    says: [[75, 'A calling list of {name} runs dry; the others go on']],
  },
  'MOT Reminder': {
    cues: [...loaded(60), [-52, 'stop'], [-45, 'unload'], [20, 'unload_progress'], [34, 'unloaded']],
  },
  'Meter Reading': { cues: [...loaded(33), [14, 'unload'], [58, 'unload_progress'], [66, 'unloaded']] },
  'Mortgage Review': {
    cues: [...loaded(25), [50, 'stop'], [56, 'unload'], [118, 'unload_progress'], [127, 'unloaded']],
  },
  'Lapsed Owners': { cues: [...loaded(70), [104, 'unload'], [170, 'unload_progress'], [180, 'unloaded']] },
  'Card Activation': {
    cues: [
      [-20, 'load'],
      [5, 'start'],
    ],
    end: [1500, 'completed'],
    says: [[5, '{name} is started; every few seconds something like it happens somewhere']],
  },
  'Welcome Calls': { cues: [...loaded(32), [9, 'set', { dialMode: 'progressive' }]], end: [700, 'unload'] },
  'Recall Notice': { cues: [...loaded(17), [17, 'stop'], [52, 'start']], end: [900, 'completed'] },
  'Home Renewal': {
    cues: [
      [21, 'load'],
      [30, 'start'],
    ],
    end: [1000, 'completed'],
  },
  'Savings Maturity': {
    cues: [
      [-6 * 60, 'load'],
      [63, 'start'],
    ],
    end: [1200, 'unload'],
  },
  'Policy Survey': { cues: [...loaded(28), [-7 * 60, 'stop'], [99, 'start']], end: [1400, 'completed'] },
  'Boiler Cover': { cues: [...loaded(58), [-9 * 60, 'stop']], end: [400, 'unload'] },
  // Nobody hears of these two while their source is silent: when it is heard again, they are inferred.
  'Fibre Upgrade': { cues: [...loaded(68), [-190, 'stop'], [70, 'start']], end: [1600, 'completed'] },
  'Contract Expiry': { cues: [...loaded(50), [74, 'set', { dialMode: 'progressive' }]], end: [1250, 'unload'] },
  // Nor of these while the service was down.
  'Smart Meter Booking': {
    cues: [...loaded(205), [-138 * 60, 'stop'], [-126 * 60, 'start']],
    end: [1150, 'completed'],
  },
  'Loan Offers': { cues: [...loaded(190), [-134 * 60, 'stop'], [-124 * 60, 'start']], end: [850, 'unload'] },
  'Bill Reminder': {
    cues: [...loaded(185), [-125 * 60, 'set', { dialMode: 'progressive' }]],
    end: [1350, 'completed'],
  },
};

/** What the page shows and why, in order of time. */
export function programme(nameOf: (campaign: string) => string, cutSeconds: number): (readonly [number, string])[] {
  const said = Object.entries(PARTS).flatMap(([campaign, { says = [] }]) =>
    says.map(([atSeconds, text]) => [atSeconds, text.replace('{name}', nameOf(campaign))] as const),
  );
  const silence = [
    [CUT_FROM_SECONDS, `${CUT_SOURCE} cannot reach the service; soon its running groups are unknown`],
    [CUT_FROM_SECONDS + cutSeconds, `${CUT_SOURCE} is heard again, and two changes that nobody saw are inferred`],
  ] as const;
  return [...said, ...silence].sort(([a], [b]) => a - b);
}

/** The session a group plays at the start; null: it has no part in it. */
export function partOf(campaign: string, zeroMs: number, random: Random): Session | null {
  const part = PARTS[campaign];
  if (part === undefined) return null;
  const atMs = (seconds: number) => zeroMs + seconds * 1000;
  const cues = part.cues.map(([seconds, step, more = {}]): Change => ({ atMs: atMs(seconds), step, ...more }));
  const changes = rounded([...cues, ...(part.end ? ending(atMs(part.end[0]), part.end[1], random) : [])]);
  const dialledMs = dialledBefore(changes, Infinity);
  const lasts = changes.some(({ step, isAutomatic }) => step === 'unload' && isAutomatic !== true);
  return {
    guid: random.uuid(),
    // Records last exactly as long as it dials where OCS stops it for good, and longer where a person does.
    dialMs: lasts && campaign !== 'Tariff Renewal' ? dialledMs * 1.4 : dialledMs,
    ...(part.dry && {
      listMs: Object.fromEntries(
        Object.entries(part.dry).map(([place, seconds]) => [place, dialledBefore(changes, atMs(seconds))]),
      ),
    }),
    changes,
  };
}

function dialledBefore(changes: readonly Change[], endMs: number): number {
  let dialledMs = 0;
  let sinceMs: number | null = null;
  for (const { step, atMs } of changes) {
    if (atMs > endMs) break;
    if (step === 'start') sinceMs = atMs;
    else if (step !== 'set' && sinceMs !== null) {
      dialledMs += atMs - sinceMs;
      sinceMs = null;
    }
  }
  return sinceMs === null ? dialledMs : dialledMs + endMs - sinceMs;
}
