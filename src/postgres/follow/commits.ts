/** What is in the log of lanes, as those take it who show it. */
import type { Callback } from '../../domain/callback.js';
import type { FollowedCommit } from '../../domain/followed.js';
import type { QuarantineCount } from '../../domain/quarantine.js';
import type { TransitionChange } from '../../domain/store.js';
import type { NotedChange } from '../change-table.js';
import type { LanePlace } from '../fence.js';
import { type Logged, loggedFrom } from '../lane-log.js';

export interface LogRow extends LanePlace {
  readonly moment: number;
  readonly changes: string;
}

export interface LoggedCommit extends Logged {
  readonly no: number;
}

/** In the order of their moments: those of one group are in the order in which they were made. */
export function loggedCommits(rows: readonly LogRow[]): readonly LoggedCommit[] {
  return [...rows]
    .sort((a, b) => a.moment - b.moment || (a.lane < b.lane ? -1 : a.lane > b.lane ? 1 : a.seq - b.seq))
    .flatMap(({ moment, changes }) => {
      const logged = loggedFrom(changes);
      return logged === null ? [] : [{ ...logged, no: moment }];
    });
}

/** Source and service id in one. */
export function callbackName(source: string, serviceId: string): string {
  return JSON.stringify([source, serviceId]);
}

/** With the callbacks as they stand now, and what the quarantine holds now. */
export function followedOf(
  commits: readonly LoggedCommit[],
  callbacks: ReadonlyMap<string, Callback>,
  quarantine: readonly QuarantineCount[] | null,
): readonly FollowedCommit[] {
  return commits.map(({ transitions, ...commit }) => ({
    ...commit,
    made: changesOf(transitions, false),
    withdrawn: changesOf(transitions, true),
    startsOver: transitions.some(({ transition }) => transition === null),
    quarantine: isHeldOther(commit) ? quarantine : null,
    callbacks: commit.callbacks.flatMap(([source, serviceId]) => {
      const callback = callbacks.get(callbackName(source, serviceId));
      if (callback === undefined) return [];
      const { isFinal, lastEventMs } = callback;
      const event = lastEventMs === null ? null : { outcome: 'recorded' as const, isFinal };
      return [{ callback, event, finished: false }];
    }),
  }));
}

/** Whether the quarantine holds more or less after it. */
export function isHeldOther({ isHolding, forgotten }: Pick<Logged, 'isHolding' | 'forgotten'>): boolean {
  return isHolding || forgotten.length > 0;
}

function changesOf(noted: readonly NotedChange[], withdrawn: boolean): TransitionChange[] {
  return noted.flatMap(({ groupNo, isWithdrawn, transition }) =>
    transition === null || isWithdrawn !== withdrawn ? [] : [{ groupNo, transition }],
  );
}
