/**
 * Missing changes of state as evidence: bodies as they would have been posted, as far as it is proven what they said. They say
 * no figures and no GUID, and a mode only where what follows proves it.
 */
import type { ImportItem } from '../../domain/import.js';
import { NO_STATISTICS } from '../../domain/campaign-group.js';
import type { Statement } from '../../domain/notification.js';
import type { Enumerations, WordTable } from '../../domain/vocabulary.js';
import type { Words } from '../../domain/words.js';
import { encodeNotification } from '../../ocs/encode-notification.js';
import type { EvidenceKey, LostChange } from './state-lines.js';
import { toldChanges, type ToldChange } from './told-states.js';

/** A notification that is held, and what it says. */
export interface SaidHeld extends EvidenceKey {
  readonly statement: Statement;
  readonly words: Words;
}

/** What a store says of the evidence beside a moment. */
export interface NeighbourRows {
  dbid(groupNo: number): string;
  /** The last of a group before a moment, by date-time. */
  before(groupNo: number, atMs: number): SaidHeld | null;
  /** The first from a moment on. */
  after(groupNo: number, atMs: number): SaidHeld | null;
}

export interface BackfillSetup {
  readonly source: string;
  readonly rows: NeighbourRows;
  readonly enumerations: Enumerations;
  readonly nameOf: (nameNo: number) => string;
  /** Whether the log tells of all that happened between two moments. */
  readonly isWhole: (fromMs: number, toMs: number) => boolean;
  readonly tellsOfChange: (groupNo: number, held: SaidHeld) => boolean;
  /** Whether no line of the log tells of evidence. */
  readonly isUnexpected: (nameNo: number, held: SaidHeld) => boolean;
}

/** Changes of one group with nothing held between them, and what is held around them. */
interface Stretch {
  readonly changes: readonly [LostChange, ...LostChange[]];
  readonly before: SaidHeld | null;
  readonly after: SaidHeld | null;
}

/** `lost`: by group and time. Those of which it is not proven what they said are left out. */
export function backfillItems(lost: readonly LostChange[], setup: BackfillSetup): ImportItem[] {
  return stretchesOf(lost, setup).flatMap((stretch) => {
    const { before, after } = stretch;
    const told = toldChanges(
      stretch.changes.map(({ said }) => said),
      { before: reachesBack(stretch, setup) ? (before?.words.state ?? null) : null, after: afterOf(stretch, setup) },
    );
    return stretch.changes.flatMap((change, index) => {
      const one = told[index] ?? null;
      const isLast = index === stretch.changes.length - 1;
      return one === null ? [] : (itemOf(change, one, { before, after, next: isLast ? after : null }, setup) ?? []);
    });
  });
}

function stretchesOf(lost: readonly LostChange[], { rows, isWhole }: BackfillSetup): Stretch[] {
  const stretches: { changes: [LostChange, ...LostChange[]]; before: SaidHeld | null; after: SaidHeld | null }[] = [];
  for (const change of lost) {
    const { groupNo, atMs } = change;
    const before = rows.before(groupNo, atMs);
    const open = stretches.at(-1);
    const last = open?.changes.at(-1);
    const isSameGroup = open !== undefined && last?.groupNo === groupNo;
    if (isSameGroup && before?.dateTimeMs === open.before?.dateTimeMs && isWhole(last.atMs, atMs))
      open.changes.push(change);
    else stretches.push({ changes: [change], before, after: rows.after(groupNo, atMs) });
  }
  return stretches;
}

/** Whether nothing can have happened, but these changes, since what is held before. */
function reachesBack({ changes: [first], before }: Stretch, { isWhole }: BackfillSetup): boolean {
  return before !== null && isWhole(before.dateTimeMs, first.atMs);
}

function afterOf({ changes, after }: Stretch, { isWhole, tellsOfChange, isUnexpected }: BackfillSetup) {
  const last = changes.at(-1) ?? changes[0];
  if (after === null || !isWhole(last.atMs, after.dateTimeMs) || isUnexpected(last.nameNo, after)) return null;
  const { state, action } = after.words;
  return { state, isChange: tellsOfChange(last.groupNo, after), action };
}

interface Beside {
  readonly before: SaidHeld | null;
  readonly after: SaidHeld | null;
  /** What is held after the change, if no other missing one comes before. */
  readonly next: SaidHeld | null;
}

/** Null: there is no number for it. */
function itemOf(change: LostChange, told: ToldChange, beside: Beside, setup: BackfillSetup): ImportItem | null {
  const { source, rows, enumerations, nameOf } = setup;
  const { groupNo, nameNo, atMs } = change;
  const stateCode = codeOf(enumerations.state, told.state);
  const like = (beside.before ?? beside.after)?.statement.attributes;
  if (stateCode === null || like === undefined) return null;
  const statement: Statement = {
    stateCode,
    actionCode: told.action === null ? null : codeOf(enumerations.action, told.action),
    actorCode: null,
    ...modeOf(change, told, beside, setup),
    attributes: { ...like, name: nameOf(nameNo), guid: '' },
    sendsStatistics: false,
    extras: '',
  };
  const body = { source, dbid: rows.dbid(groupNo), atMs, receivedAtMs: atMs, statement, ...NOTHING_MEASURED };
  const bytes = encodeNotification(body);
  return { endpoint: 'campaign-group-state', source, origin: 'ocs-log', receivedAtMs: null, bytes };
}

const NOTHING_MEASURED = { statistics: NO_STATISTICS, callingLists: [] };

type Mode = Pick<Statement, 'dialModeCode' | 'optimizeByCode' | 'optimizeGoal'>;

const NO_MODE: Mode = { dialModeCode: null, optimizeByCode: null, optimizeGoal: null };

/** The mode that a group has had since a change, where what follows says it. */
function modeOf(change: LostChange, { state }: ToldChange, { next }: Beside, setup: BackfillSetup): Mode {
  if (next === null || state !== 'running' || next.words.state !== 'running') return NO_MODE;
  if (!setup.isWhole(change.atMs, next.dateTimeMs) || setup.isUnexpected(change.nameNo, next)) return NO_MODE;
  if (setup.tellsOfChange(change.groupNo, next)) return NO_MODE;
  const { dialModeCode, optimizeByCode, optimizeGoal } = next.statement;
  return { dialModeCode, optimizeByCode, optimizeGoal };
}

function codeOf(table: WordTable, word: string): number | null {
  for (const [code, meaning] of table) if (meaning === word) return code;
  return null;
}
