/** Where an export ended, so that the next one goes on there: an opaque text for whoever keeps it. */
import { MonitorError } from '../../domain/errors.js';
import type { PersonalData } from '../callback-rows.js';

export const EXPORTED = ['transitions', 'sessions', 'statistics', 'callbacks'] as const;
export type Exported = (typeof EXPORTED)[number];

/** What is asked for. A mark keeps it: exports that go on from one another are about the same. */
export interface ExportScope {
  readonly what: Exported;
  /** Of statistics; of everything else the same. */
  readonly resolution: '15m' | 'samples';
  /** Null: of all. */
  readonly source: string | null;
  readonly fromMs: number;
  readonly pii: PersonalData;
}

export interface ExportMark {
  readonly scope: ExportScope;
  /** When it was made. */
  readonly madeMs: number;
  /** Until when the service had been up by then, as the database knows it; 0: never. */
  readonly aliveMs: number;
  readonly era: number;
  /** The last change of a transition or a callback. */
  readonly changeNo: number;
  /** The last row of the journal, and the last chunk. */
  readonly entryNo: number;
  readonly chunkNo: number;
}

const NUMBERS = ['madeMs', 'aliveMs', 'era', 'changeNo', 'entryNo', 'chunkNo'] as const;

export function writeMark({ scope, ...numbers }: ExportMark): string {
  const { what, resolution, source, fromMs, pii } = scope;
  const members = [what, resolution, source, fromMs, pii, ...NUMBERS.map((name) => numbers[name])];
  return Buffer.from(JSON.stringify(members)).toString('base64url');
}

/** Throws OCM_USAGE for anything that `writeMark` has not written. */
export function readMark(text: string): ExportMark {
  const [what, resolution, source, fromMs, pii, ...numbers] = membersOf(text);
  const isOurs =
    EXPORTED.some((one) => one === what) &&
    (resolution === '15m' || resolution === 'samples') &&
    (pii === 'masked' || pii === 'full') &&
    (source === null || typeof source === 'string') &&
    numbers.length === NUMBERS.length &&
    [fromMs, ...numbers].every(Number.isSafeInteger);
  if (!isOurs) {
    throw new MonitorError('OCM_USAGE', 'the mark is none that an export told; without it, an export begins anew');
  }
  const scope = { what, resolution, source, fromMs, pii } as ExportScope;
  return { scope, ...Object.fromEntries(NUMBERS.map((name, at) => [name, numbers[at]])) } as ExportMark;
}

function membersOf(text: string): readonly unknown[] {
  try {
    const members: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(members) ? members : [];
  } catch {
    return [];
  }
}
