/**
 * From a parsed body to a notification, or to the full list of what is wrong with it. GSW_* names end here.
 * Fatal are only the four things without which a notification means nothing; everything else is applied with a
 * warning (contract section 3). What cannot be applied is kept in the statement's extras.
 */
import { type Body, canonicalJson, isBody } from '../domain/json.js';
import type { Notification, SchemaViolation, Statement, Violation } from '../domain/notification.js';
import type { Enumerations } from '../domain/vocabulary.js';
import { findCallingLists, MEASURED, oneEntryPerList } from './calling-lists.js';
import { parseDateTimeMs, YEAR_2000_MS } from './date-time.js';
import { ALIASES, isSaid, KNOWN_FIELDS, numberOf, STATISTICS, textOf } from './fields.js';

export interface DecodeContext {
  readonly source: string;
  readonly receivedAtMs: number;
  /** The latest GSW_DATE_TIME that is believed: the receiver's clock and what senders may be ahead of it. */
  readonly latestMs: number;
  readonly enumerations: Enumerations;
  readonly validate: (value: unknown) => readonly SchemaViolation[];
  /** Shows a value in a violation, bounded. */
  readonly show: (value: unknown) => string;
  /** Texts that are not in the source's encoding: path, and bytes one character a byte. */
  readonly undecoded?: readonly (readonly [string, string])[];
  /** Statistics that stand as null in the body, because no number was written there: path, and what was. */
  readonly unmeasured?: readonly (readonly [string, string])[];
}

export type Decoded =
  | { readonly notification: Notification; readonly warnings: readonly Violation[] }
  | { readonly notification: null; readonly fatal: readonly Violation[]; readonly warnings: readonly Violation[] };

export function decodeNotification(value: unknown, context: DecodeContext): Decoded {
  if (!isBody(value)) {
    const found = context.show(value);
    return { notification: null, fatal: [{ field: '', rule: 'a JSON object', found }], warnings: [] };
  }
  const reading = new Reading(value, context);
  const atMs = reading.dateTimeMs();
  const stateCode = reading.stateCode();
  const statement = reading.statement(stateCode ?? 0);
  const statistics = {
    busyRatio: reading.statistic(STATISTICS.busyRatio),
    hitRatio: reading.statistic(STATISTICS.hitRatio),
    overdialRatio: reading.statistic(STATISTICS.overdialRatio),
    timeToCompleteSeconds: reading.statistic(STATISTICS.timeToCompleteSeconds),
  };
  const { fatal, warnings } = reading;
  if (fatal.length > 0 || stateCode === null) return { notification: null, fatal, warnings };
  const { source, receivedAtMs } = context;
  const dbid = textOf(value['GSW_CAMPAIGN_GROUP_DBID']).trim();
  const callingLists = oneEntryPerList(reading.callingLists);
  return { notification: { source, dbid, atMs, receivedAtMs, statement, statistics, callingLists }, warnings };
}

/** One body being read: collects violations, and the values that could not be applied. */
class Reading {
  readonly fatal: Violation[] = [];
  readonly warnings: Violation[] = [];
  readonly callingLists: Notification['callingLists'][number][] = [];
  readonly #body: Body;
  readonly #context: DecodeContext;
  /** Fields whose value broke the schema: they count as absent. */
  readonly #faulty = new Set<string>();
  readonly #extras: (readonly [string, unknown])[] = [];

  constructor(body: Body, context: DecodeContext) {
    this.#body = body;
    this.#context = context;
    for (const [field, bytes] of context.undecoded ?? []) {
      this.warnings.push({ field, rule: 'in the encoding of its source', found: context.show(bytes) });
      this.#extras.push([`${field} (bytes)`, bytes]);
    }
    for (const violation of context.validate(body)) this.#schemaViolation(violation);
    for (const [field, value] of Object.entries(body)) if (!KNOWN_FIELDS.has(field)) this.#unknownField(field, value);
    for (const [field, written] of context.unmeasured ?? []) {
      this.warnings.push({ field, rule: MEASURED, found: written.slice(0, 80) });
      this.#extras.push([field, written]);
    }
    for (const [alias, field] of Object.entries(ALIASES)) if (field !== STATE) this.#twice(field, alias);
  }

  dateTimeMs(): number {
    const field = 'GSW_DATE_TIME';
    const atMs = parseDateTimeMs(this.#body[field]);
    if (this.#faulty.has(field)) return atMs;
    if (!Number.isFinite(atMs)) this.#refuse(field, 'UTC seconds since 1970, readable');
    else if (atMs < YEAR_2000_MS) this.#refuse(field, 'not before the year 2000');
    else if (atMs > this.#context.latestMs)
      this.#refuse(field, "not further ahead of the receiver's clock than allowed");
    return atMs;
  }

  /** The state under either spelling; fatal when neither says one, or when they differ. */
  stateCode(): number | null {
    const state = numberOf(this.#body[STATE]);
    const status = numberOf(this.#body[STATUS]);
    if (state !== null && status !== null && state !== status) {
      const [one, other] = [STATE, STATUS].map((field) => textOf(this.#body[field]).trim());
      const found = `${one} and ${other}`;
      this.fatal.push({ field: STATE, rule: `equal to ${STATUS}`, found });
    }
    const code = state ?? status;
    if (code === null) {
      if (this.fatal.every(({ field }) => ALIASES[field] !== STATE && field !== STATE)) this.#refuse(STATE, 'present');
    } else if (!this.#context.enumerations.state.has(code)) {
      this.#warnUnknownNumber(state === null ? STATUS : STATE);
    }
    return code;
  }

  /** Everything said but time and figures. Comes after the state, because extras of all fields go in. */
  statement(stateCode: number): Statement {
    const { enumerations } = this.#context;
    const attributes = {
      name: this.#text('GSW_CAMPAIGN_GROUP_NAME') || textOf(this.#body['GSW_CAMPAIGN_GROUP_DBID']).trim(),
      tenant: this.#text('GSW_TENANT_NAME') || 'Unknown',
      tenantCcid: this.#text('GSW_TENANT_CCID') || 'Unknown',
      guid: this.#text('GSW_CAMPAIGN_GROUP_GUID', 'GSW_CAMPAIGN_GROUP_UUID'),
      group: this.#text('GSW_GROUP_NAME'),
      campaign: this.#text('GSW_CAMPAIGN_NAME'),
      template: this.#text('GSW_CAMPAIGN_TEMPLATE_NAME', 'GSW_CAMPAIGN_TEMPLATE'),
      queue: this.#text('GSW_QUEUE_NAME'),
    };
    const codes = {
      dialModeCode: this.#code(['GSW_DIAL_MODE'], enumerations.dialMode),
      optimizeByCode: this.#code(['GSW_OPTIMIZE_BY'], enumerations.optimizeBy),
      optimizeGoal: this.#goal(),
      actionCode: this.#code(['GSW_CAMPAIGN_GROUP_ACTION'], enumerations.action),
      actorCode: this.#actorCode(),
    };
    const sendsStatistics = Object.values(STATISTICS).some((field) => this.#body[field] !== undefined);
    const extras = this.#extras.length === 0 ? '' : canonicalJson(Object.fromEntries(this.#extras));
    return { stateCode, ...codes, attributes, sendsStatistics, extras };
  }

  statistic(field: string): number | null {
    return this.#number(field);
  }

  #schemaViolation({ field, rule, value, fatal }: SchemaViolation): void {
    if (this.#faulty.has(field)) return;
    this.#faulty.add(field);
    const found = value === undefined ? 'nothing' : this.#context.show(value);
    (fatal ? this.fatal : this.warnings).push({ field, rule, found });
    if (!fatal && value !== undefined) this.#extras.push([field, value]);
  }

  #unknownField(field: string, value: unknown): void {
    const found = findCallingLists(field, value, this.#context.show);
    if (found) {
      // Item by item: as arguments of one call, a large body's thousands would overflow the stack.
      for (const list of found.lists) this.callingLists.push(list);
      for (const warning of found.warnings) this.warnings.push(warning);
      for (const extra of found.extras) this.#extras.push(extra);
      return;
    }
    this.warnings.push({ field, rule: 'a known field', found: this.#context.show(value) });
    this.#extras.push([field, value]);
  }

  #refuse(field: string, rule: string): void {
    const value = this.#body[field];
    this.fatal.push({ field, rule, found: value === undefined ? 'nothing' : this.#context.show(value) });
  }

  #warnUnknownNumber(field: string): void {
    this.warnings.push({ field, rule: 'a known number', found: this.#context.show(this.#body[field]) });
  }

  /** Two spellings of one field that say different things: the first is applied, the other is kept. */
  #twice(field: string, alias: string): void {
    const [value, other] = [this.#body[field], this.#body[alias]];
    if ([field, alias].some((one) => this.#faulty.has(one)) || !isSaid(value) || !isSaid(other)) return;
    if (textOf(value).trim() === textOf(other).trim()) return;
    this.warnings.push({ field: alias, rule: `equal to ${field}`, found: this.#context.show(other) });
    this.#extras.push([alias, other]);
  }

  #text(...fields: string[]): string {
    for (const field of fields) {
      const text = textOf(this.#body[field]);
      if (text.trim() !== '') return text;
    }
    return '';
  }

  #number(field: string): number | null {
    return this.#faulty.has(field) ? null : numberOf(this.#body[field]);
  }

  /** 0, like nothing, means not said. */
  #goal(): number | null {
    const goal = this.#number('GSW_OPTIMIZE_GOAL');
    return goal === 0 ? null : goal;
  }

  /** A number of an enumeration; 0, like nothing, means not said. */
  #code(fields: string[], table: ReadonlyMap<number, string>): number | null {
    for (const field of fields) {
      const code = this.#number(field);
      if (code === null || code === 0) continue;
      if (!table.has(code)) this.#warnUnknownNumber(field);
      return code;
    }
    return null;
  }

  /** From 2 on OCS acted by itself, whatever the number (docs/sources.md#cgs-enumerations); only a negative one is unknown. */
  #actorCode(): number | null {
    const fields = ['GSW_CAMPAIGN_GROUP_ACTOR', 'GSW_CAMPAIGN_GROUP_ACTOR_TYPE'];
    const field = fields.find((one) => this.#number(one) !== null) ?? null;
    const code = field === null ? null : this.#number(field);
    if (field !== null && code !== null && code < 0) this.#warnUnknownNumber(field);
    return code;
  }
}

const STATE = 'GSW_CAMPAIGN_GROUP_STATE';
const STATUS = 'GSW_CAMPAIGN_GROUP_STATUS';
