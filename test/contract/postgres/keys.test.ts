import { describe, expect, it } from 'vitest';
import { contentKey } from '../../../src/postgres/keys.js';
import { digest } from '../../support/notifications.js';

describe('numbers made of what they name', () => {
  it('are whole, exact, the same for the same content, and others for another', () => {
    const keys = Array.from({ length: 1000 }, (_, n) => contentKey(digest, 'group', ['default', String(n), 0]));
    expect(new Set(keys).size).toBe(1000);
    expect(keys.every((key) => Number.isSafeInteger(key) && key > 0 && key < 2 ** 52)).toBe(true);
    expect(keys.some((key) => key > 2 ** 51)).toBe(true);
    expect(contentKey(digest, 'group', ['default', '7', 0])).toBe(keys[7]);
    expect(contentKey(digest, 'list', ['default', '7', 0])).not.toBe(keys[7]);
  });

  it('are the first 52 bits of the digest, and never 0', () => {
    expect(contentKey(() => '_________abc', 'x', [])).toBe(2 ** 52 - 1);
    expect(contentKey(() => 'AAAAAAAAAAAA', 'x', [])).toBe(1);
  });
});
