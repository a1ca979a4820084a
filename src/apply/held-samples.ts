/** What is held of the notifications of one source, for the comparison with an OCS log, over any store. */
import { LRUCache } from 'lru-cache';
import type { Statement } from '../domain/notification.js';
import { isRetelling } from '../domain/origin.js';
import type { TimeRange } from '../domain/store.js';
import { rankOf } from '../domain/transition.js';
import type { Enumerations } from '../domain/vocabulary.js';
import { wordsOf } from '../domain/words.js';
import type { SaidHeld } from '../reports/ocs-log/backfill.js';
import type { HeldNotification } from '../reports/ocs-log/held-rows.js';
import type { Evidence } from './evidence.js';
import type { StatementRows } from './evidence-rows.js';
import { inOrder } from './tie-break.js';

/**
 * @bound statements that an audit of an OCS log keeps in memory
 * @beyond the one used longest ago makes room; read again when needed
 */
const CACHED_STATEMENTS = 20_000;

export interface HeldOf {
  readonly source: string;
  readonly enumerations: Enumerations;
  readonly nowMs: number;
}

interface EvidenceOfGroup {
  readonly evidence: Evidence;
  readonly statements: Pick<StatementRows, 'byNo'>;
}

type Look = Pick<HeldNotification, 'name' | 'bearing' | 'isRunning' | 'isRetold'>;

export class HeldSamples {
  readonly #of: (groupNo: number) => EvidenceOfGroup;
  readonly #enumerations: Enumerations;
  readonly #looks = new LRUCache<number, Look>({ max: CACHED_STATEMENTS });

  constructor(of: (groupNo: number) => EvidenceOfGroup, enumerations: Enumerations) {
    this.#of = of;
    this.#enumerations = enumerations;
  }

  held(groupNo: number, { fromMs, toMs }: TimeRange): HeldNotification[] {
    const { evidence, statements } = this.#of(groupNo);
    return evidence.inOrder.placed(groupNo, fromMs, toMs).map(({ atMs, receivedMs, statementNo, tag }) => ({
      placeMs: tag === 0 ? atMs : receivedMs,
      dateTimeMs: atMs,
      receivedMs,
      isRepeat: tag !== 0,
      statementNo,
      tag,
      ...this.#look(statements, statementNo),
    }));
  }

  before(groupNo: number, atMs: number): SaidHeld | null {
    const beforeMs = this.#of(groupNo).evidence.lastAtMsBefore(groupNo, atMs);
    return beforeMs === null ? null : (this.#saidAt(groupNo, beforeMs).at(-1) ?? null);
  }

  after(groupNo: number, atMs: number): SaidHeld | null {
    const [afterMs] = this.#of(groupNo).evidence.timesFrom(groupNo, atMs, 1);
    return afterMs === undefined ? null : (this.#saidAt(groupNo, afterMs)[0] ?? null);
  }

  /** In the order of history. */
  #saidAt(groupNo: number, dateTimeMs: number): SaidHeld[] {
    const { evidence, statements } = this.#of(groupNo);
    return evidence
      .statementNosAt(groupNo, dateTimeMs)
      .map((statementNo) => {
        const { statement, contentDigest } = statements.byNo(statementNo);
        const words = wordsOf(statement, this.#enumerations);
        return { dateTimeMs, statementNo, statement, words, contentDigest, rank: rankOf(words) };
      })
      .sort(inOrder);
  }

  #look(statements: Pick<StatementRows, 'byNo'>, statementNo: number): Look {
    const known = this.#looks.get(statementNo);
    if (known !== undefined) return known;
    const { statement } = statements.byNo(statementNo);
    const look = {
      name: statement.attributes.name,
      bearing: bearingOf(statement),
      isRunning: this.#enumerations.state.get(statement.stateCode) === 'running',
      isRetold: isRetelling(statement.origin),
    };
    this.#looks.set(statementNo, look);
    return look;
  }
}

function bearingOf({ stateCode, dialModeCode, optimizeByCode, optimizeGoal }: Statement): string {
  return [stateCode, dialModeCode, optimizeByCode, optimizeGoal].join(';');
}

/** A service that runs says so every few seconds: one that has not for so long is down. */
const SAID_ALIVE_MS = 60_000;

/** When nobody listened: before the first run, between runs, and since the last sign of life. */
export function allDowns(
  { firstMs, lastMs }: { readonly firstMs: number | null; readonly lastMs: number | null },
  between: readonly TimeRange[],
  nowMs: number,
): TimeRange[] {
  if (firstMs === null || lastMs === null) return [{ fromMs: -Infinity, toMs: Infinity }];
  const since = lastMs < nowMs - SAID_ALIVE_MS ? [{ fromMs: lastMs, toMs: Infinity }] : [];
  return [{ fromMs: -Infinity, toMs: firstMs }, ...between, ...since];
}

/** By name the numbers of groups that had it, in their order. */
export function groupNosByName(
  rows: readonly { readonly name: string; readonly groupNo: number }[],
): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const { name, groupNo } of rows) {
    const known = found.get(name);
    if (known === undefined) found.set(name, [groupNo]);
    else known.push(groupNo);
  }
  return found;
}
