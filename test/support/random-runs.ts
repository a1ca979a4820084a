/**
 * How many random cases a property is shown: other ones with each run of the tests, and ten times as many with
 * `npm run test:long`.
 */
export function randomRuns(usual: number): number {
  return process.env['OCM_TEST_LONG'] === undefined ? usual : 10 * usual;
}
