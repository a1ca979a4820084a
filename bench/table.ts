/** Results as lines for a terminal and as Markdown. */
import type { Floor, Result, Table } from './row.js';

const HEADS = ['what', 'against', 'measured', 'floor', 'verdict', 'how'];

/** Three digits that mean something, thousands apart; a unit behind. */
export function figureText(value: number, unit: string): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const text = value.toFixed(digits).replace(/\B(?=(\d{3})+$)/g, digits === 0 ? ',' : '');
  return unit === '' ? text : `${text} ${unit}`;
}

function floorText(floor: Floor | null, unit: string): string {
  if (floor === null) return '-';
  const value = floor.value.toLocaleString('en');
  return `${floor.kind === 'at_least' ? '≥' : '≤'} ${value}${unit === '' ? '' : ` ${unit}`}`;
}

export function resultTable(title: string, results: readonly Result[]): Table {
  const lines = results.map(({ row, outcome, verdict }) => {
    const isMeasured = !('why' in outcome);
    return [
      row.what,
      row.comparison ?? '-',
      isMeasured ? figureText(outcome.value, row.unit) : '-',
      floorText(row.floor, row.unit),
      verdict,
      isMeasured ? outcome.how : outcome.why,
    ];
  });
  return { title, heads: HEADS, lines };
}

export function plainTable({ title, heads, lines }: Table): string {
  const all = [heads, ...lines];
  const widths = heads.map((_, column) => Math.max(...all.map((line) => (line[column] ?? '').length)));
  const text = all.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${title}\n\n${text.join('\n')}\n`;
}

export function markdownTable({ title, heads, lines }: Table): string {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [`**${title}**`, '', row(heads), row(heads.map(() => '---')), ...lines.map(row), ''].join('\n');
}
