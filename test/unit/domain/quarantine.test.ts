import { describe, expect, it } from 'vitest';
import { appliedOf } from '../../../src/domain/quarantine.js';

describe('what a replay applied', () => {
  const items = ['transition', 'quarantined', 'duplicate', 'after-final'].map((outcome) => ({ outcome }));

  it('is all but what is still faulty', () => {
    expect(appliedOf(items, false)).toBe(3);
  });

  it('is nothing in a dry run', () => {
    expect(appliedOf(items, true)).toBe(0);
  });
});
