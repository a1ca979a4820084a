/** The table `vocabulary`, as every database has it: the words under which history was told, as text. */
import type { Enumerations, WordTable } from '../../domain/vocabulary.js';

/** Which column of `statements` speaks in the words of which table. Actors name nobody's state, but transitions show them. */
const COLUMNS: Readonly<Record<keyof Enumerations, string>> = {
  state: 'state_code',
  dialMode: 'dial_mode_code',
  optimizeBy: 'optimize_by_code',
  action: 'action_code',
  actor: 'actor_code',
};

type Tables = Record<string, Record<string, string>>;

export function wordsText(enumerations: Enumerations): string {
  return JSON.stringify(tablesOf(enumerations));
}

export function enumerationsIn(text: string): Enumerations {
  const tables = JSON.parse(text) as Tables;
  const table = (name: keyof Enumerations): WordTable =>
    new Map(Object.entries(tables[name] ?? {}).map(([code, word]) => [Number(code), word]));
  return {
    state: table('state'),
    dialMode: table('dialMode'),
    optimizeBy: table('optimizeBy'),
    action: table('action'),
    actor: table('actor'),
  };
}

/** Codes whose word is another than the text has, by the column of `statements` that says them; only columns with any. */
export function changedWords(text: string, enumerations: Enumerations): { column: string; codes: readonly number[] }[] {
  const before = JSON.parse(text) as Tables;
  const now = tablesOf(enumerations);
  return Object.entries(COLUMNS)
    .map(([name, column]) => ({ column, codes: changedCodes(before[name] ?? {}, now[name] ?? {}) }))
    .filter(({ codes }) => codes.length > 0);
}

function tablesOf(enumerations: Enumerations): Tables {
  const tables = Object.entries(enumerations) as [string, WordTable][];
  return Object.fromEntries(tables.map(([name, table]) => [name, Object.fromEntries(table)]));
}

function changedCodes(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): number[] {
  const codes = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...codes].filter((code) => before[code] !== now[code]).map(Number);
}
