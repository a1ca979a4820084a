import fc from 'fast-check';

/**
 * How many random cases a property is shown: other ones with each run of the tests, and ten times as many with
 * `npm run test:long`.
 */
export function randomRuns(usual: number): number {
  return process.env['OCM_TEST_LONG'] === undefined ? usual : 10 * usual;
}

/**
 * Shows `property` that many cases, then on as long as `hasSeenAll` tells that a kind of case has not come yet: the
 * rarest may come once in twenty cases. Gives up after ten times as many, which says that the kind no longer comes.
 */
export function assertUntilSeen<Case>(property: fc.IProperty<Case>, numRuns: number, hasSeenAll: () => boolean): void {
  for (let round = 0; round < 10; round++) {
    fc.assert(property, { numRuns });
    if (hasSeenAll()) return;
  }
  throw new Error(`a kind of case did not come in ${10 * numRuns} cases`);
}
