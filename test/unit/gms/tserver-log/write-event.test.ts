import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pair } from '../../../../src/gms/tserver-log/user-data.js';
import { type LogHabit, type WrittenEvent, writeUserEvent } from '../../../../src/gms/tserver-log/write-event.js';
import { readLog } from '../../../support/tserver-logs.js';

const TSERVER = { style: 'tserver', stamps: 'short', indentation: 'tabs' } as const satisfies LogHabit;
const PSDK = { style: 'psdk', stamps: 'long', indentation: 'tabs' } as const satisfies LogHabit;

const latin1 = (options: fc.StringConstraints) =>
  fc.string({ ...options, unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
/** What a log can print: nothing is escaped, so a line of a text that looks like a line of the log is one. */
const isTold = (text: string) =>
  text
    .split('\n')
    .every((line, index) => index === 0 || !/^\s*(?:'|Attribute)|\d{2}:\d{2}:\d{2}|EventUserEvent/.test(line));
const text = fc
  .array(latin1({ maxLength: 12 }), { maxLength: 4 })
  .map((lines) => lines.join('\n').replaceAll('\r', ''))
  .filter((value) => isTold(`x${value}`) && !value.includes('EventUserEvent'));
const key = latin1({ minLength: 1, maxLength: 20 }).filter((name) => !/['\n\r]/.test(name));
const integer = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const flat = fc.record({ key, value: fc.oneof(text, integer) });
const { list } = fc.letrec<{ list: Pair[]; pair: Pair }>((tie) => ({
  list: fc.array(tie('pair'), { maxLength: 8, depthIdentifier: 'lists' }),
  pair: fc.oneof({ depthIdentifier: 'lists', depthSize: 'small' }, flat, fc.record({ key, value: tie('list') })),
}));
const rest = {
  atMs: fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 }),
  dn: fc.stringMatching(/^[A-Za-z0-9_]{1,12}$/),
  sequence: fc.nat(),
  sentTo: fc.array(fc.stringMatching(/^[A-Za-z][A-Za-z_ ]{0,10}[a-z]$/), { maxLength: 3 }),
};

function read(event: WrittenEvent, habit: LogHabit, end: string) {
  return readLog([...writeUserEvent(event, habit), '12:00:00.000 Trc 1 something else'].join(end));
}

describe('what is written', () => {
  it('is read again: any pairs, lists in lists, texts of several lines, both styles, with or without returns', () => {
    const event = fc.record({ ...rest, pairs: list });
    const habit = fc.constantFrom<LogHabit[]>(TSERVER, { ...TSERVER, stamps: 'long', indentation: 'spaces' });
    fc.assert(
      fc.property(event, habit, fc.constantFrom('\n', '\r\n'), (written, how, end) => {
        const { atMs, dn, pairs, sentTo } = written;
        // The log itself has a return before each line feed, in values too.
        fc.pre(end === '\n' || !JSON.stringify(pairs).includes('\\n'));
        expect(read(written, how, end)).toEqual([
          {
            kind: 'event',
            event: { line: 1, atMs, dn, pairs, isChecked: true, sentTo: sentTo.length === 0 ? null : sentTo },
          },
        ]);
      }),
    );
  });

  it('is read again without indentation, with one list at most', () => {
    const pairs = fc
      .tuple(fc.array(flat), fc.option(fc.record({ key, value: fc.array(flat) })), fc.array(flat))
      .map(([before, one, after]): Pair[] => [...before, ...(one === null ? [] : [one]), ...after]);
    fc.assert(
      fc.property(fc.record({ ...rest, pairs }), (written) => {
        const readings = read(written, { ...TSERVER, indentation: 'none' }, '\n');
        expect(readings).toMatchObject([{ kind: 'event', event: { pairs: written.pairs } }]);
      }),
    );
  });

  it('is read again in the style of a PSDK client, where a text has one line', () => {
    const oneLine = (pairs: readonly Pair[]): boolean =>
      pairs.every(({ value }) => (typeof value === 'object' ? oneLine(value) : !String(value).includes('\n')));
    const event = fc.record({ ...rest, pairs: list.filter(oneLine) });
    fc.assert(
      fc.property(event, (written) => {
        const { atMs, dn, pairs } = written;
        expect(read(written, PSDK, '\n')).toMatchObject([{ kind: 'event', event: { atMs, dn, pairs } }]);
      }),
    );
  });

  it('is read as it was written, or not at all, whatever lines its texts have', () => {
    const lines = fc.constantFrom(
      "'k'\t'v'",
      "\t\t'k'\t'v'",
      "'k'",
      "\tAttributeThisDN\t'x'",
      "'",
      '',
      'x',
      "\t\t'l'(list) ",
    );
    const value = fc.array(lines).map((parts) => parts.join('\n'));
    const pairs = fc.array(fc.record({ key, value: fc.oneof(value, integer) }));
    fc.assert(
      fc.property(fc.record({ ...rest, pairs }), fc.constantFrom('tabs', 'spaces', 'none'), (written, indentation) => {
        const readings = read(written, { ...TSERVER, indentation }, '\n');
        expect(readings).toHaveLength(1);
        const [reading] = readings;
        if (reading?.kind === 'event') expect(reading.event.pairs).toEqual(written.pairs);
        else expect(reading?.kind).toBe('damaged');
      }),
    );
  });

  it('is damaged when any line of its user data is lost', () => {
    const pairs = fc.array(flat, { minLength: 1 });
    fc.assert(
      fc.property(fc.record({ ...rest, pairs }), fc.nat(), (written, which) => {
        const lines = writeUserEvent(written, TSERVER);
        const first = lines.findIndex((line) => line.includes('AttributeUserData')) + 1;
        const last = lines.findIndex((line) => line.startsWith('\tAttributeReferenceID'));
        lines.splice(first + (which % (last - first)), 1);
        expect(readLog(lines.join('\n'))).toMatchObject([{ kind: 'damaged' }]);
      }),
    );
  });
});
