/** Random bodies that a test sends: enough to meet every way of a body, and the hundred thousand of `npm run test:long`. */
export const RANDOM_BODIES = process.env['OCM_TEST_LONG'] === '1' ? 100_000 : 5000;
