/** What a batch that writes to a group or a callback looks at in any case. */
import { END_PLACE } from './coverage.js';
import type { Claim } from './not-loaded.js';

/** What the head of a group is made of. */
export function headClaims(source: string, groupNo: number): readonly Claim[] {
  const group = [source, groupNo];
  return [
    ...['journal', 'journal.last', 'journal.statements', 'lists'].map((kind) => ({ kind, values: group })),
    ...['steps', 'chunks', 'standing', 'repeats'].map((name) => {
      return { kind: `${name}.below`, values: [...group, END_PLACE] };
    }),
  ];
}

/** By what it is told whether a head is right that is known already. */
export function lastClaims(source: string, groupNo: number, hasLists: boolean): readonly Claim[] {
  const kinds = ['journal.last', ...(hasLists ? ['lists'] : [])];
  return kinds.map((kind) => ({ kind, values: [source, groupNo] }));
}

/** Where a step is told that comes behind others. */
export function lastSteps(source: string, groupNo: number): Claim {
  return { kind: 'steps.below', values: [source, groupNo, END_PLACE] };
}

export function callbackClaims(source: string, callbackNo: number): readonly Claim[] {
  const kinds = ['events', 'attachments', 'notifications', 'interactions'];
  return kinds.map((kind) => ({ kind, values: [source, callbackNo] }));
}
