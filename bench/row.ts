/** A row of the table: what is measured, against what, how much is asked, and what came out. */

/** What a row must reach. `unit`: behind the figure; × for a ratio. */
export interface Floor {
  readonly kind: 'at_least' | 'at_most';
  readonly value: number;
}

export interface Row {
  readonly key: string;
  readonly what: string;
  /** What it is compared with; null: with nothing. */
  readonly comparison: string | null;
  readonly unit: string;
  /** Null: for information. */
  readonly floor: Floor | null;
}

export interface Measured {
  readonly value: number;
  readonly how: string;
  /** Share of one core that the load generator took; null: there was none. */
  readonly loadCore: number | null;
}

export interface Unmeasured {
  readonly why: string;
}

export type Outcome = Measured | Unmeasured;
export type Verdict = 'held' | 'missed' | 'void' | 'not measured' | 'for information';

export interface Table {
  readonly title: string;
  readonly heads: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/** Outcomes by the rows' keys, and what else is worth a table. */
export interface Findings {
  readonly outcomes: Readonly<Record<string, Outcome>>;
  readonly tables?: readonly Table[];
}

export interface Settings {
  readonly rounds: number;
  readonly seconds: number;
  /** Short: what comes out shows that the bench works, and little more. */
  readonly quick: boolean;
  /** A database of a hundred million notifications, made by the generator. */
  readonly stored: string | null;
  /** Another one, of as many, that reach back 400 days. */
  readonly long: string | null;
  readonly soakHours: number | null;
  readonly say: (text: string) => void;
}

/** What is measured in one go. */
export interface Bench {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly run: (settings: Settings) => Promise<Findings>;
}

export interface Result {
  readonly row: Row;
  readonly outcome: Outcome;
  readonly verdict: Verdict;
}

/** Thrown where something that is needed cannot be had: the rows say so, and the rest goes on. */
export class NotMeasured extends Error {}

/** Contract, section 6: a row counts only if the load generator was not the limit. */
export const MOST_LOAD_CORE = 0.7;

export const atLeast = (value: number): Floor => ({ kind: 'at_least', value });
export const atMost = (value: number): Floor => ({ kind: 'at_most', value });

export function verdictOf({ floor }: Row, outcome: Outcome): Verdict {
  if ('why' in outcome) return 'not measured';
  if (outcome.loadCore !== null && outcome.loadCore >= MOST_LOAD_CORE) return 'void';
  if (floor === null) return 'for information';
  // NaN holds nothing.
  const isHeld = floor.kind === 'at_least' ? outcome.value >= floor.value : outcome.value <= floor.value;
  return isHeld ? 'held' : 'missed';
}

export function resultsOf(bench: Bench, { outcomes }: Findings): Result[] {
  return bench.rows.map((row) => {
    const outcome = outcomes[row.key] ?? { why: 'the bench said nothing of it' };
    return { row, outcome, verdict: verdictOf(row, outcome) };
  });
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** `count` things, as a text: 5 rounds, 1 round. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** What an error says, without what follows. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
