import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('the threat model in SECURITY.md', () => {
  it('names a test for every threat, and each of them is there', () => {
    const [, threats = ''] = /## Threats\n([^]*?)\n## /.exec(read('SECURITY.md')) ?? [];
    const rows = threats.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:Threat|-)/.test(line));
    expect(rows.length).toBeGreaterThan(15);
    for (const row of rows) {
      const named = Array.from(row.matchAll(/`([\w/-]+\.test\.ts)`: "([^"]+)"/g), ([, file = '', title = '']) => ({
        file,
        title,
      }));
      expect(named, row).not.toEqual([]);
      for (const { file, title } of named) expect(read(`test/${file}`), file).toContain(`'${title}'`);
    }
  });
});
