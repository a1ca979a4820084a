/** The plot of one campaign group: changes in order, and how the group stands after each. Pure. */
import { type Condition, settingOf } from '../life.js';
import type { CampaignGroup } from '../scenario.js';
import type { Beat } from './beat.js';
import { overdialAt, overdialTarget } from './figures.js';
import { type Change, conditionAfter, type Session } from './session.js';

export interface Turn {
  readonly session: Session;
  readonly change: Change;
}

export interface Player {
  readonly group: CampaignGroup;
  readonly salt: number;
}

export const UNLOADED: Condition = {
  state: 'not_loaded',
  guid: '',
  dialMode: 'none',
  optimizeGoal: 0,
  action: null,
  actor: 'unknown',
  statServerLost: false,
};

export function turnsOf(sessions: readonly Session[]): Turn[] {
  return sessions.flatMap((session) => session.changes.map((change) => ({ session, change })));
}

/** The beats that turns lead to, after another one or from the beginning. */
export function played(player: Player, turns: readonly Turn[], before: Beat | null): Beat[] {
  const beats: Beat[] = [];
  let last = before;
  for (const turn of turns) {
    last = beatAfter(player, last, turn);
    beats.push(last);
  }
  return beats;
}

function beatAfter({ group, salt }: Player, before: Beat | null, { session, change }: Turn): Beat {
  const { atMs } = change;
  const condition = conditionAfter(before?.condition ?? UNLOADED, change, group, session.guid);
  const isRunning = condition.state === 'running';
  const same = before !== null && before.session === session ? before : null;
  if (same === null) {
    const overdial = usualOverdial(group, condition, salt);
    return { atMs, condition, session, dialledMs: 0, runningSinceMs: isRunning ? atMs : null, overdial, salt };
  }
  const { runningSinceMs: sinceMs } = same;
  const dialledMs = same.dialledMs + (sinceMs === null ? 0 : atMs - same.atMs);
  const runningSinceMs = isRunning ? (sinceMs ?? atMs) : null;
  return { atMs, condition, session, dialledMs, runningSinceMs, overdial: overdialSince(same, group, atMs), salt };
}

/** Where the share of abandoned calls stands while nothing has gone wrong. */
export function usualOverdial(group: CampaignGroup, condition: Condition, salt: number): number {
  const running = settingOf({ ...condition, state: 'running' }, group);
  return running === null ? 0 : overdialTarget(running, salt);
}

function overdialSince(beat: Beat, group: CampaignGroup, atMs: number): number {
  const setting = settingOf(beat.condition, group);
  return setting === null ? beat.overdial : overdialAt(beat, setting, atMs);
}
