/** What tells whether a floor is held is right itself. */
import { describe, expect, it } from 'vitest';
import {
  commandLine,
  reportMarkdown,
  verdictLine,
  withEarlier,
  withoutFolders,
} from '../../../bench/performance-page.js';
import { atLeast, atMost, type Bench, type Outcome, resultsOf, type Row, verdictOf } from '../../../bench/row.js';
import { figureText, markdownTable, plainTable, resultTable } from '../../../bench/table.js';

const ratio: Row = { key: 'bare', what: 'ingest', comparison: 'bare', unit: '×', floor: atLeast(0.85) };
const bytes: Row = { key: 'bytes', what: 'bytes', comparison: null, unit: 'B', floor: atMost(700) };
const measured = (value: number, loadCore: number | null = 0.3): Outcome => ({ value, loadCore, how: 'once' });

describe('a verdict', () => {
  it.each([
    ['held', ratio, measured(0.85)],
    ['missed', ratio, measured(0.849)],
    ['held', bytes, measured(700, null)],
    ['missed', bytes, measured(701)],
    ['missed', ratio, measured(NaN)],
    ['missed', bytes, measured(NaN)],
    ['void', ratio, measured(2, 0.7)],
    ['not measured', ratio, { why: 'needs --stored' }],
    ['for information', { ...ratio, floor: null }, measured(0.1)],
    ['void', { ...ratio, floor: null }, measured(0.1, 0.9)],
  ] as const)('is %s', (verdict, row, outcome) => {
    expect(verdictOf(row, outcome)).toBe(verdict);
  });

  it('is given to rows that a bench says nothing of', () => {
    const bench: Bench = { name: 'any', rows: [ratio, bytes], run: () => Promise.resolve({ outcomes: {} }) };
    const results = resultsOf(bench, { outcomes: { bare: measured(1) } });

    expect(results.map(({ verdict }) => verdict)).toEqual(['held', 'not measured']);
    expect(verdictLine(results)).toBe('2 rows: 1 held, 1 not measured.');
  });
});

describe('what a page says of its run', () => {
  it('has rows and tables of an earlier run where it measured none, with the day of that', () => {
    const report = (date: string, outcomes: readonly [Row, Outcome][], title: string) => {
      const results = outcomes.map(([row, outcome]) => ({ row, outcome, verdict: verdictOf(row, outcome) }));
      const tables = [resultTable('Results', results), { title, heads: ['a'], lines: [[date]] }];
      return reportMarkdown({
        date,
        command: 'npm run bench',
        isQuick: false,
        facts: [['cpu', 'x|y']],
        results,
        tables,
      });
    };
    const none = { why: 'not part of this run' };
    const first = report(
      '2026-11-01',
      [
        [ratio, measured(0.5)],
        [bytes, none],
      ],
      'Cost: by day',
    );
    const second = report(
      '2026-11-02',
      [
        [ratio, none],
        [bytes, measured(600)],
      ],
      'Ingest',
    );
    const page = withEarlier(second, first);
    expect(page).toMatch(/^Measured on 2026-11-02 by /);
    expect(page).toContain('| ingest | bare | 0.50 × | ≥ 0.85 × | missed | once (of 2026-11-01) |');
    expect(page).toContain('| bytes | - | 600 B | ≤ 700 B | held | once |');
    expect(page.match(/\*\*.*\*\*/g)).toEqual([
      '**Results**',
      '**Ingest**',
      '**Cost: by day (of 2026-11-01)**',
      '**Machine and versions**',
    ]);
    // The machine is that of the last run, and what was kept twice says its own day.
    const third = report(
      '2026-11-03',
      [
        [ratio, none],
        [bytes, none],
      ],
      'Cost: by night',
    );
    const last = withEarlier(third, page);
    expect(last).toContain('| once (of 2026-11-01) |');
    expect(last).toContain('| once (of 2026-11-02) |');
    expect(last).not.toContain('by day');
    expect(last).toContain('| cpu | x\\|y |');
  });

  it('names files, and no folder of the machine', () => {
    const args = [
      '--write',
      '--rounds',
      '2',
      '--stored',
      '/data/bench/100m.db',
      '--long=../old/long.db',
      '--only',
      'ingest,ack',
    ];
    expect(commandLine(args)).toBe('npm run bench -- --rounds 2 --stored 100m.db --long=long.db --only ingest,ack');
    expect(withoutFolders('cannot open /tmp/ocm-1/bench.db', ['/home/x', '/tmp'])).toBe('cannot open …/ocm-1/bench.db');
  });
});

describe('tables', () => {
  const results = [
    { row: ratio, outcome: measured(0.5149), verdict: 'missed' },
    { row: bytes, outcome: { why: 'no | disk' }, verdict: 'not measured' },
  ] as const;

  it.each([
    [0.5149, '×', '0.51 ×'],
    [12.34, 'ms', '12.3 ms'],
    [12_345.6, '', '12,346'],
    [1_234_567, 'B', '1,234,567 B'],
    [NaN, 'ms', '-'],
  ])('show %d', (value, unit, text) => {
    expect(figureText(value, unit)).toBe(text);
  });

  it('have a line for each row', () => {
    expect(plainTable(resultTable('Results', results)).split('\n').slice(2, 5)).toEqual([
      'what    against  measured  floor     verdict       how',
      'ingest  bare     0.51 ×    ≥ 0.85 ×  missed        once',
      'bytes   -        -         ≤ 700 B   not measured  no | disk',
    ]);
  });

  it('do not end a cell where a text has a bar', () => {
    expect(markdownTable(resultTable('Results', results))).toContain('| no \\| disk |');
  });

  it('say on the page what was run, and that a short run is no measurement', () => {
    const report = {
      date: '2026-11-29',
      command: 'npm run bench -- --quick',
      facts: [['CPU', 'one']],
      results,
    } as const;
    const text = reportMarkdown({ ...report, isQuick: true, tables: [resultTable('Results', results)] });

    expect(text).toContain('Measured on 2026-11-29 by `npm run bench -- --quick`.');
    expect(text).toContain('no measurement to go by');
    expect(text).toContain('| CPU | one |');
  });
});
