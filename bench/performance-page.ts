/** docs/performance.md: what a run found, between two marks; the prose around them is written by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { format } from 'prettier';
import type { Result, Table, Verdict } from './row.js';
import { markdownTable } from './table.js';

const PAGE = new URL('../docs/performance.md', import.meta.url);
const MARKS = /(<!-- bench: [^\n]* -->\n)(.*?)(<!-- \/bench -->)/s;

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
  const about = { title: MACHINE, heads: ['', ''], lines: facts };
  return [
    `Measured on ${date} by \`${command}\`.${short} ${verdictLine(results)}`,
    '',
    ...tables.map(markdownTable),
    markdownTable(about),
  ].join('\n');
}

/**
 * A report in which rows and tables that are not of its run are those of an earlier one, as its page has them, with the day
 * on which they were measured.
 */
export function withEarlier(markdown: string, earlier: string): string {
  const date = /Measured on (\S+) by/.exec(earlier)?.[1] ?? '';
  const marked = (text: string) => (EARLIER.test(text) ? text : `${text} (of ${date})`);
  const before = tablesIn(earlier);
  const after = tablesIn(markdown);
  const known = new Map(before[0]?.lines.map((line) => [nameOf(line), line]));
  const [results, ...others] = after;
  if (!results) return markdown;
  const lines = results.lines.map((line) => {
    const found = known.get(nameOf(line));
    if (line[VERDICT] !== NOT_MEASURED || !found || found[VERDICT] === NOT_MEASURED) return line;
    return found.with(-1, marked(found.at(-1) ?? ''));
  });
  const about = (title: string) => title.split(':')[0];
  const isNew = ({ title }: Table) => !after.some((one) => about(one.title) === about(title));
  const kept = before.filter(isNew).map((table) => ({ ...table, title: marked(table.title) }));
  const said = markdown.slice(0, markdown.indexOf('\n'));
  const all = [{ ...results, lines }, ...others.slice(0, -1), ...kept, ...others.slice(-1)];
  return [
    said,
    '',
    'Rows and tables with a day beside them are of an earlier run.',
    '',
    ...all.map(markdownTable),
  ].join('\n');
}

const MACHINE = 'Machine and versions';
const NOT_MEASURED: Verdict = 'not measured';
const VERDICT = 4;
const EARLIER = / \(of \d{4}-\d\d-\d\d\)$/;

/** What was measured, and against what. */
const nameOf = ([what = '', against = '']: readonly string[]) => `${what}; ${against}`;

function tablesIn(markdown: string): readonly Table[] {
  return Array.from(markdown.matchAll(/^\*\*(.+)\*\*\n\n((?:\|.*\n)+)/gm), ([, title = '', rows = '']) => {
    const [heads = [], , ...lines] = rows.trimEnd().split('\n').map(cellsOf);
    return { title, heads, lines };
  });
}

function cellsOf(line: string): string[] {
  const cells = line.split(/(?<!\\)\|/).slice(1, -1);
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** `keepsEarlier`: what is not of this run stays as it is. */
export async function writePerformancePage(report: RunReport, keepsEarlier: boolean): Promise<void> {
  const text = readFileSync(PAGE, 'utf8');
  const [, , earlier] = MARKS.exec(text) ?? [];
  if (earlier === undefined) throw new Error('docs/performance.md has no place for the results');
  const markdown = keepsEarlier ? withEarlier(reportMarkdown(report), earlier) : reportMarkdown(report);
  const whole = text.replace(
    MARKS,
    (_, begin: string, _results: string, end: string) => `${begin}\n${markdown}\n${end}`,
  );
  writeFileSync(PAGE, await format(whole, { parser: 'markdown', printWidth: 120 }));
}
