/** What a group's samples say of its state and its ratio, over any store. */
import type { TimeRange } from '../domain/store.js';
import type { Enumerations } from '../domain/vocabulary.js';
import { type Words, wordsOf } from '../domain/words.js';
import { placeMs } from '../evidence/sample.js';
import type { Saying } from '../reports/abandonment.js';
import type { Evidence } from './evidence.js';
import type { StatementRows } from './evidence-rows.js';

export interface SaidIn {
  readonly evidence: Evidence;
  readonly statements: Pick<StatementRows, 'byNo'>;
  readonly words: Enumerations;
}

/** Of a half-open range, newest first; read as far as they are iterated. */
export function* sayingsOf(
  { evidence, statements, words }: SaidIn,
  group: number,
  { fromMs, toMs }: TimeRange,
): Generator<Saying> {
  const known = new Map<number, Words>();
  for (const sample of evidence.inOrder.backwards(group, fromMs, toMs)) {
    const { statementNo, statistics } = sample;
    const said = known.get(statementNo) ?? wordsOf(statements.byNo(statementNo).statement, words);
    known.set(statementNo, said);
    yield { atMs: placeMs(sample), state: said.state, guid: said.guid, overdialRatio: statistics.overdialRatio };
  }
}
