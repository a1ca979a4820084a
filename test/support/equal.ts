import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';

/** As `expect(actual).toEqual(expected)`, which takes three times as long to see that nothing differs. It tells what does. */
export function expectEqual(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}
