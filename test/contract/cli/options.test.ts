import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../../src/cli/options.js';
import { digest } from '../../support/notifications.js';

const json = { json: { type: 'boolean' } } as const;

describe('an id on a command line', () => {
  const ids = fc.oneof(
    fc.string().map(digest),
    fc.string().map((text) => `-${digest(text).slice(1)}`),
    fc.string().map((text) => `--${digest(text).slice(2)}`),
  );

  it('is one whatever it begins with, before and behind options', () => {
    fc.assert(
      fc.property(fc.array(ids, { minLength: 1, maxLength: 4 }), fc.boolean(), (some, isFirst) => {
        const line = isFirst ? ['--json', 'show', ...some] : ['show', ...some, '--json', '--port', '9000'];
        const { positionals, own } = parseCommand(line, json, 5);
        expect([positionals.toSorted(), own['json']]).toEqual([['show', ...some].toSorted(), true]);
        expect(positionals[0]).toBe('show');
      }),
    );
  });

  it('is no option that is as long, and what is no id is refused as before', () => {
    const asLong = '--abcdefghijklmnopqrst';
    expect(asLong).toHaveLength(22);
    const { own } = parseCommand([asLong], { [asLong.slice(2)]: { type: 'boolean' } }, 5);
    expect(own).toEqual({ [asLong.slice(2)]: true });
    expect(() => parseCommand(['show', '-f'], json, 5)).toThrow('there is no option -f');
    expect(() => parseCommand(['show', '--jsn'], json, 5)).toThrow('there is no option --jsn');
    const value = `-${digest('x').slice(1)}`;
    expect(() => parseCommand(['--token', value], { token: { type: 'string' } }, 5)).toThrow(
      `written --token=${value}`,
    );
    expect(parseCommand(['show', '--', '-f'], json, 5).positionals).toEqual(['show', '-f']);
  });
});
