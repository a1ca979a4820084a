import { describe, expect, it } from 'vitest';
import { LocalTime } from '../../../src/domain/local-time.js';
import { contentDisposition } from '../../../src/reports/csv-file-name.js';

const NOW_MS = Date.UTC(2026, 10, 28, 9, 30);
const file = { path: '/campaign-groups/g1/transitions', subject: null, range: null, zone: new LocalTime('UTC') };
const nameOf = (more: object) => contentDisposition({ ...file, nowMs: NOW_MS, ...more });

describe('the name of a file of CSV', () => {
  it('is that of the list and of its range', () => {
    const range = { fromMs: Date.UTC(2026, 10, 1), toMs: Date.UTC(2026, 10, 20, 8, 15) };
    expect(nameOf({ path: '/transitions', range })).toBe(
      'attachment; filename="transitions_2026-11-01_2026-11-20T0815.csv"',
    );
    expect(nameOf({ path: '/quarantine' })).toBe('attachment; filename="quarantine.csv"');
  });

  it('ends with now where the range is open, and has no begin where there is none', () => {
    const open = { fromMs: Date.UTC(2026, 10, 27), toMs: 8.64e15 };
    expect(nameOf({ path: '/transitions', range: open })).toContain('transitions_2026-11-27_2026-11-28T0930.csv');
    expect(nameOf({ path: '/callbacks', range: { ...open, fromMs: 0 } })).toContain('callbacks_until_2026-11-28T0930');
    const coming = { fromMs: NOW_MS + 60_000, toMs: 8.64e15 };
    expect(nameOf({ path: '/callbacks', range: coming })).toContain('callbacks_2026-11-28T0931_2026-11-28T0931.csv');
  });

  it.each([
    ['Sales "East"', 'transitions_Sales-East.csv', null],
    ['../../etc/passwd', 'transitions_etc-passwd.csv', null],
    ['a\r\nSet-Cookie: x', 'transitions_a-Set-Cookie-x.csv', null],
    ['Müller', 'transitions_Muller.csv', 'transitions_M%C3%BCller.csv'],
    ['営業', 'transitions___.csv', 'transitions_%E5%96%B6%E6%A5%AD.csv'],
    ['\ud800', 'transitions_unnamed.csv', null],
    ['', 'transitions_unnamed.csv', null],
    ['x'.repeat(300), `transitions_${'x'.repeat(60)}.csv`, null],
  ])('of a group called %j harms no header and no shell', (subject, ascii, whole) => {
    const more = whole === null ? '' : `; filename*=UTF-8''${whole}`;
    expect(nameOf({ subject })).toBe(`attachment; filename="${ascii}"${more}`);
  });
});
