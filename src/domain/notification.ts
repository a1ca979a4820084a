import type { ImportedFrom } from './origin.js';

/** The four statistics of OCS since 8.1.517.04. Ratios are fractions (0.85 = 85 %); null = OCS does not know. */
export interface Statistics {
  readonly busyRatio: number | null;
  readonly hitRatio: number | null;
  /** May exceed 1. */
  readonly overdialRatio: number | null;
  readonly timeToCompleteSeconds: number | null;
}

/** Hit ratio and time to complete of one calling list, as the same notification says them. */
export interface CallingListFigures {
  readonly name: string;
  readonly dbid: string | null;
  readonly hitRatio: number | null;
  readonly timeToCompleteSeconds: number | null;
}

/** Who and what the group is called. Nothing here identifies it: the key is source + DBID. */
export interface GroupAttributes {
  readonly name: string;
  readonly tenant: string;
  readonly tenantCcid: string;
  readonly guid: string;
  readonly group: string;
  readonly campaign: string;
  readonly template: string;
  readonly queue: string;
}

/**
 * What a notification says apart from its time and its figures. It changes rarely, so stores keep it once
 * and refer to it. Codes are the numbers as sent (words depend on configuration); null = not said.
 */
export interface Statement {
  readonly stateCode: number;
  readonly dialModeCode: number | null;
  readonly optimizeByCode: number | null;
  /** As sent: percent or seconds, see `goalUnit`. */
  readonly optimizeGoal: number | null;
  readonly actionCode: number | null;
  readonly actorCode: number | null;
  readonly attributes: GroupAttributes;
  /** Whether any GSW_STAT_* key was there, null or not. OCS before 8.1.517.04 sends none. */
  readonly sendsStatistics: boolean;
  /** Unknown fields and values that could not be applied, as canonical JSON; '' when there are none. */
  readonly extras: string;
  /** Left out: a post made it. */
  readonly origin?: ImportedFrom;
}

/** One thing OCS posts about one campaign group, in our words: evidence of its state at a moment. */
export interface Notification {
  readonly source: string;
  readonly dbid: string;
  /** GSW_DATE_TIME: when the action occurred, UTC milliseconds. A periodic post may repeat the action's time. */
  readonly atMs: number;
  readonly receivedAtMs: number;
  readonly statement: Statement;
  readonly statistics: Statistics;
  readonly callingLists: readonly CallingListFigures[];
}

/** One deviation from the schema: which field, which rule, and what was found there (shortened). */
export interface Violation {
  readonly field: string;
  readonly rule: string;
  readonly found: string;
}

/** A deviation as the schema's validator reports it, with the value found. */
export interface SchemaViolation {
  readonly field: string;
  readonly rule: string;
  readonly value: unknown;
  readonly fatal: boolean;
}
