import type { Statement } from './notification.js';
import type { Moment } from './transition.js';
import { type Enumerations, wordFor, type WordTable } from './vocabulary.js';

/** What a statement says, in words: a moment without its time. */
export type Words = Omit<Moment, 'atMs'>;

/** The words of a statement's codes; null for what is not said. */
export function wordsOf(statement: Statement, enumerations: Enumerations): Words {
  const word = (table: WordTable, code: number | null) => (code === null ? null : wordFor(table, code));
  return {
    state: wordFor(enumerations.state, statement.stateCode),
    dialMode: word(enumerations.dialMode, statement.dialModeCode),
    optimizeBy: word(enumerations.optimizeBy, statement.optimizeByCode),
    optimizeGoal: statement.optimizeGoal,
    action: word(enumerations.action, statement.actionCode),
    actor: actorWord(enumerations, statement.actorCode),
    guid: comparableGuid(statement.attributes.guid),
  };
}

/** One GUID is written in several ways; one of zeros only stands for none. */
function comparableGuid(guid: string): string | null {
  const text = guid
    .trim()
    .replace(/^\{(.*)\}$/s, '$1')
    .toLowerCase();
  return /^[0-]*$/.test(text) ? null : text;
}

/** From 2 on OCS acted by itself, whatever the number: the reference ends after 1 (docs/sources.md#cgs-enumerations). */
function actorWord({ actor }: Enumerations, code: number | null): string {
  if (code === null) return 'unknown';
  return code > 2 && !actor.has(code) ? 'automatic' : wordFor(actor, code);
}
