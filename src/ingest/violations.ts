/** What every judge says about a body: bounded lists of violations, and values shown in few characters. */
import type { Violation } from '../domain/notification.js';
import type { Oversize } from '../domain/store.js';
import { type BodyViolation, shorten } from './parse-body.js';

/** Violations listed one by one; a body of the size limit can hold tens of thousands, and none is worth that answer. */
const VIOLATIONS_LISTED = 1000;

export function bounded(violations: readonly Violation[]): readonly Violation[] {
  const more = violations.length - VIOLATIONS_LISTED;
  if (more <= 0) return violations;
  const rest = { field: '', rule: `told in at most ${VIOLATIONS_LISTED} violations`, found: `${more} more` };
  return [...violations.slice(0, VIOLATIONS_LISTED), rest];
}

/** Duplicate keys; fatal are those with differing values, because one of the values would be lost silently. */
export function splitDuplicates(violations: readonly BodyViolation[]) {
  return {
    fatalDuplicates: violations.filter(({ fatal }) => fatal).map(plain),
    duplicates: violations.filter(({ fatal }) => !fatal).map(plain),
  };
}

export function tooLarge({ size, isExact }: Oversize): Violation {
  return { field: '', rule: 'within OCM_BODY_LIMIT', found: `${size} bytes${isExact === true ? '' : ' or more'}` };
}

function plain({ field, rule, found }: Violation): Violation {
  return { field, rule, found };
}

/** A value as a violation shows it: its JSON, shortened. */
export function show(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' && value.length > 200 ? `${value.slice(0, 200)}…` : value;
  return shorten(JSON.stringify(text));
}
