/** docs/performance.md: what a run found, between two marks; the prose around them is written by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { format } from 'prettier';
import type { Result, Table, Verdict } from './row.js';
import { markdownTable } from './table.js';

const PAGE = new URL('../docs/performance.md', import.meta.url);
const MARKS = /(<!-- bench: [^\n]* -->\n).*?(<!-- \/bench -->)/s;

export interface RunReport {
  readonly date: string;
  readonly command: string;
  readonly isQuick: boolean;
  readonly facts: readonly (readonly [name: string, fact: string])[];
  readonly results: readonly Result[];
  /** That of the results first. */
  readonly tables: readonly Table[];
}

/** The command as others would type it: files by their names, for where they lie is this machine's own. */
export function commandLine(args: readonly string[]): string {
  const said = args.filter((arg) => arg !== '--write').map((arg) => arg.replace(/^(--\w+=)?.*\/.*$/, named));
  return ['npm run bench --', ...said].join(' ');
}

const named = (path: string, option = '') => option + basename(path);

/** What failed, without the folders in which this machine has it. */
export function withoutFolders(text: string, folders: readonly string[]): string {
  return folders.reduce((left, folder) => left.replaceAll(folder, '…'), text);
}

/** "12 rows: 8 held, 1 missed, 3 not measured." */
export function verdictLine(results: readonly Result[]): string {
  const counts = new Map<Verdict, number>();
  for (const { verdict } of results) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const each = Array.from(counts, ([verdict, count]) => `${count} ${verdict}`);
  return `${results.length} rows: ${each.join(', ')}.`;
}

export function reportMarkdown({ date, command, isQuick, facts, results, tables }: RunReport): string {
  const short = isQuick ? ' A short run: it shows that the bench works, and is no measurement to go by.' : '';
  const about = { title: 'Machine and versions', heads: ['', ''], lines: facts };
  return [
    `Measured on ${date} by \`${command}\`.${short} ${verdictLine(results)}`,
    '',
    ...tables.map(markdownTable),
    markdownTable(about),
  ].join('\n');
}

export async function writePerformancePage(report: RunReport): Promise<void> {
  const text = readFileSync(PAGE, 'utf8');
  if (!MARKS.test(text)) throw new Error('docs/performance.md has no place for the results');
  const markdown = reportMarkdown(report);
  const whole = text.replace(MARKS, (_, begin: string, end: string) => `${begin}\n${markdown}\n${end}`);
  writeFileSync(PAGE, await format(whole, { parser: 'markdown', printWidth: 120 }));
}
