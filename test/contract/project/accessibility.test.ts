import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const DOCS = new URL('../../../docs/', import.meta.url);
const PAGE = readFileSync(new URL('accessibility.md', DOCS), 'utf8');

/** WCAG 2.2 of 5 October 2023, levels A and AA: how many criteria each guideline has there, and their numbers. */
const CRITERIA = [
  ['1.1', [1]],
  ['1.2', [1, 2, 3, 4, 5]],
  ['1.3', [1, 2, 3, 4, 5]],
  ['1.4', [1, 2, 3, 4, 5, 10, 11, 12, 13]],
  ['2.1', [1, 2, 4]],
  ['2.2', [1, 2]],
  ['2.3', [1]],
  ['2.4', [1, 2, 3, 4, 5, 6, 7, 11]],
  ['2.5', [1, 2, 3, 4, 7, 8]],
  ['3.1', [1, 2]],
  ['3.2', [1, 2, 3, 4, 6]],
  ['3.3', [1, 2, 3, 4, 7, 8]],
  ['4.1', [2, 3]],
] as const;

interface Row {
  readonly criterion: string;
  readonly how: string;
  readonly tests: readonly { readonly title: string; readonly file: string }[];
}

function rows(): Row[] {
  return [...PAGE.matchAll(/^\| (\d\.\d\.\d+) [^|]+ \| A{1,2} +\| ([^|]+) \| ([^|]+) \|$/gm)].map(
    ([, criterion = '', how = '', tests = '']) => ({
      criterion,
      how,
      tests: [...tests.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(([, title = '', file = '']) => ({ title, file })),
    }),
  );
}

it('the page of accessibility has each criterion of WCAG 2.2, A and AA', () => {
  const all = CRITERIA.flatMap(([guideline, numbers]) => numbers.map((number) => `${guideline}.${String(number)}`));
  expect(all.length).toBe(55);
  expect(rows().map(({ criterion }) => criterion)).toEqual(all);
});

it('each criterion names a test that there is, or says that it does not apply or is not proved', () => {
  for (const { criterion, how, tests } of rows()) {
    if (tests.length === 0)
      expect([criterion, how]).toEqual([criterion, expect.stringMatching(/^(?:Does not apply|Not proved): /)]);
    for (const { title, file } of tests) {
      const url = new URL(file, DOCS);
      const lines = existsSync(url) ? readFileSync(url, 'utf8').split('\n') : [];
      const named = lines.filter((line) => /^ *(it\b|\])/.test(line) && line.includes(title));
      expect([criterion, title, named.length]).toEqual([criterion, title, 1]);
    }
  }
});
