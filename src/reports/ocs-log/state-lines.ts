/** What an audit has read about changes of state, so far as it takes to bring back those that are missing. */
import { MonitorError } from '../../domain/errors.js';
import { align, NOBODY } from './align.js';
import type { SaidOfChange } from './told-states.js';

/**
 * @bound lines about changes of state in the logs of a backfill
 * @beyond it ends before anything is brought back, and says so
 * @seen the answer
 */
const MAX_STATE_LINES = 1_000_000;

/** A change that OCS says it told of. */
export interface ChangeLine {
  readonly atMs: number;
  readonly nameNo: number;
  /** Null: whose it was is not known, or it is of a campaign group that was never heard. */
  readonly groupNo: number | null;
  readonly isMissing: boolean;
}

export interface LostChange extends ChangeLine {
  readonly groupNo: number;
  readonly said: SaidOfChange;
}

/** Evidence by what tells it apart from others of its group. */
export interface EvidenceKey {
  readonly dateTimeMs: number;
  readonly statementNo: number;
}

export class StateLines {
  readonly #changes: ChangeLine[] = [];
  /** Messages that a group was loaded, started, stopped or unloaded, by name. */
  readonly #messages = new Map<number, { atMs: number; id: number; kind: null }[]>();
  readonly #toldChanges = new Set<string>();
  #lines = 0;

  /** `evidence`: what is held of it; null: it is missing. */
  change({ atMs, nameNo, groupNo }: Omit<ChangeLine, 'isMissing'>, evidence: EvidenceKey | null): void {
    this.#count();
    this.#changes.push({ atMs, nameNo, groupNo, isMissing: evidence === null });
    if (evidence !== null) this.#toldChanges.add(keyOf(groupNo ?? 0, evidence));
  }

  message(nameNo: number, atMs: number, id: number): void {
    this.#count();
    const known = this.#messages.get(nameNo);
    if (known === undefined) this.#messages.set(nameNo, [{ atMs, id, kind: null }]);
    else known.push({ atMs, id, kind: null });
  }

  /** Whether a line of the log says that evidence was sent for a change. */
  tellsOfChange(groupNo: number, evidence: EvidenceKey): boolean {
    return this.#toldChanges.has(keyOf(groupNo, evidence));
  }

  /** Missing changes whose group is known, those of one group at a time; in order of time. */
  *lostByGroup(toleranceMs: number): Generator<readonly LostChange[]> {
    const lost = this.#lost(toleranceMs);
    let from = 0;
    for (const [index, { groupNo }] of lost.entries()) {
      if (lost[index + 1]?.groupNo === groupNo) continue;
      yield lost.slice(from, index + 1);
      from = index + 1;
    }
  }

  /** By group and time. */
  #lost(toleranceMs: number): readonly LostChange[] {
    const found: LostChange[] = [];
    for (const [nameNo, changes] of byName(this.#changes)) {
      const said = this.#saidOf(nameNo, changes, toleranceMs);
      changes.forEach((line, index) => {
        const { groupNo, isMissing } = line;
        if (isMissing && groupNo !== null) found.push({ ...line, groupNo, said: said[index] ?? 'unclear' });
      });
    }
    return found.sort((a, b) => a.groupNo - b.groupNo || a.atMs - b.atMs);
  }

  #saidOf(nameNo: number, changes: readonly ChangeLine[], toleranceMs: number): SaidOfChange[] {
    if (this.#messages.size === 0) return changes.map(() => 'unclear');
    const messages = (this.#messages.get(nameNo) ?? []).sort((a, b) => a.atMs - b.atMs);
    const partners = align(
      changes.map(({ atMs }) => ({ atMs, kind: null })),
      messages,
      toleranceMs,
    );
    return changes.map((_, index) => {
      if (hasNamesakeNear(changes, index, 2 * toleranceMs)) return 'unclear';
      const partner = partners[index] ?? NOBODY;
      return messages[partner]?.id ?? 'untold';
    });
  }

  #count(): void {
    if (++this.#lines <= MAX_STATE_LINES) return;
    const message = `more than ${MAX_STATE_LINES} lines about changes of state: give fewer files at once`;
    throw new MonitorError('OCM_USAGE', message);
  }
}

/** In order of time. */
function byName(changes: readonly ChangeLine[]): ReadonlyMap<number, readonly ChangeLine[]> {
  const found = new Map<number, ChangeLine[]>();
  for (const line of changes) {
    const known = found.get(line.nameNo);
    if (known === undefined) found.set(line.nameNo, [line]);
    else known.push(line);
  }
  for (const lines of found.values()) lines.sort((a, b) => a.atMs - b.atMs);
  return found;
}

/** Whether another group of the same name changes about then: a message names no group but by its name. */
function hasNamesakeNear(changes: readonly ChangeLine[], index: number, nearMs: number): boolean {
  const { groupNo, atMs } = changes[index] ?? { groupNo: null, atMs: NaN };
  for (const step of [-1, 1]) {
    for (let at = index + step; Math.abs((changes[at]?.atMs ?? NaN) - atMs) <= nearMs; at += step) {
      if (changes[at]?.groupNo !== groupNo) return true;
    }
  }
  return false;
}

function keyOf(groupNo: number, { dateTimeMs, statementNo }: EvidenceKey): string {
  return `${groupNo};${dateTimeMs};${statementNo}`;
}
