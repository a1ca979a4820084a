import { visibleLine } from '../domain/visible-text.js';

/** Cells in aligned columns, two spaces apart; without heads no first line. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = (heads.length === 0 ? rows : [heads, ...rows]).map((line) => line.map(visibleLine));
  const widths: number[] = [];
  for (const line of lines) line.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
