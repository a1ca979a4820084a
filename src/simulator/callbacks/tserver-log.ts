/**
 * The log of a T-Server that distributes what callbacks tell, among whatever else it logs: with legacy events, events of
 * others, and known damage. Pure; equal options give equal logs.
 */
import type { Body } from '../../domain/json.js';
import { bodyOf, type EventKind } from '../../gms/tserver-log/sort-event.js';
import type { Pair } from '../../gms/tserver-log/user-data.js';
import { type LogHabit, stampOf, writeUserEvent } from '../../gms/tserver-log/write-event.js';
import { Random } from '../random.js';
import { callbackScenarios, Deck } from './catalogue.js';
import { callbackIds } from './ids.js';
import { playCallback } from './play-callback.js';
import { pairsOf } from './posting.js';

/** What is done to the lines of an event on their way into the log. */
export const LOG_DAMAGES = ['lost line', 'cut short', 'lost value', 'changed size'] as const;
export type LogDamage = (typeof LOG_DAMAGES)[number];

export interface TserverLogOptions {
  readonly seed: number;
  readonly startMs: number;
  readonly callbacks: number;
  readonly habit: LogHabit;
  /** Of events: probabilities. */
  readonly damaged: number;
  readonly sentToIcon: number;
}

/** One event of the log. */
export interface LoggedEvent {
  /** Its first line, from 1, and how many lines it has. */
  readonly line: number;
  readonly lines: number;
  readonly atMs: number;
  readonly dn: string;
  readonly kind: EventKind;
  /** As its sender posts it. */
  readonly body: string;
  readonly damage: LogDamage | null;
  /** Null: the log does not say. */
  readonly sentToIcon: boolean | null;
}

interface Told {
  readonly atMs: number;
  readonly dn: string;
  readonly kind: EventKind;
  readonly pairs: readonly Pair[];
}

const ICON = 'Icon_Voice';
const OTHERS = ['Stat_Server', 'Universal_Routing_Server'];
const REPORTING_DN = 'REPORTING';

export class TserverLog {
  readonly #options: TserverLogOptions;
  readonly #random: Random;
  #line = 0;
  #sequence = 0;

  constructor(options: TserverLogOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  /** The log, some lines at a time, each with its line feed and one character a byte; `onEvent` is told of each event. */
  *text(onEvent: (event: LoggedEvent) => void): Generator<string, void> {
    yield this.#written([`${stampOf(this.#options.startMs, 'long')} Std 05060 Application started`]);
    for (const told of this.#events()) {
      yield this.#written(this.#noise(told.atMs));
      yield this.#event(told, onEvent);
    }
  }

  *#events(): Generator<Told, void> {
    const { seed, startMs, callbacks } = this.#options;
    const deck = new Deck(callbackScenarios, this.#random.fork('deck'));
    for (let number = 0; number < callbacks; number++) {
      const random = this.#random.fork(`callback ${number}`);
      const ids = callbackIds(startMs, number, random.fork(`ids ${seed}`));
      const atMs = startMs + number * 1000;
      const { events, habit, service } = playCallback(deck.deal(), { random, startMs: atMs, speed: 1, ids });
      for (const event of events) {
        const pairs = pairsIn(pairsOf(event, habit, service));
        yield { atMs: event.atMs, dn: REPORTING_DN, kind: 'callback', pairs };
      }
      if (random.chance(0.2)) yield { atMs, dn: REPORTING_DN, kind: 'legacy', pairs: legacyPairs(atMs, random) };
      if (random.chance(0.2)) {
        yield { atMs, dn: '7001', kind: 'other', pairs: [{ key: 'GSIP_REC_FN', value: random.uuid() }] };
      }
    }
  }

  #event({ atMs, dn, kind, pairs }: Told, onEvent: (event: LoggedEvent) => void): string {
    const { damaged, habit, sentToIcon } = this.#options;
    const random = this.#random.fork(`event ${++this.#sequence}`);
    const isSent = random.chance(sentToIcon);
    const names = isSent ? [ICON, ...OTHERS] : OTHERS;
    const damage = kind !== 'other' && random.chance(damaged) ? random.pick(LOG_DAMAGES) : null;
    const written = writeUserEvent({ atMs, dn, sequence: this.#sequence, pairs, sentTo: names }, habit);
    const lines = damage === null ? written : spoiled(written, damage, random);
    const saysClients = habit.style === 'tserver';
    onEvent({
      line: this.#line + 1,
      lines: lines.length,
      ...{ atMs, dn, kind, damage },
      body: bodyOf(pairs),
      sentToIcon: saysClients ? isSent : null,
    });
    return this.#written(lines);
  }

  /** What else a T-Server logs: the request, its answer, and a call that rings. */
  #noise(atMs: number): string[] {
    const { habit } = this.#options;
    const stamp = stampOf(atMs, habit.stamps);
    return [
      `${stamp} Int 04543 Interaction message "RequestDistributeUserEvent" received from 516 ("OrchestrationServer")`,
      `@${stamp}0 [0] 8.1.000.62 send_to_client: message EventACK`,
      '\tAttributeUserEvent\tRequestDistributeUserEvent',
      `@${stamp}0 [0] 8.1.000.62 distribute_event: message EventRinging`,
      "\tAttributeUserData\t[16] 00 01 00 00..\n\t\t'_CB_X'\t'none'",
    ];
  }

  #written(lines: readonly string[]): string {
    const text = `${lines.join('\n')}\n`;
    this.#line += text.split('\n').length - 1;
    return text;
  }
}

/** Texts in UTF-8, one character a byte; numbers that are no integers of a T-Server as texts. */
export function pairsIn(body: Body): Pair[] {
  return Object.entries(body).map(([key, value]) => {
    const isInteger = typeof value === 'number' && (value | 0) === value;
    return { key, value: isInteger ? value : Buffer.from(String(value), 'utf8').toString('latin1') };
  });
}

function legacyPairs(atMs: number, random: Random): Pair[] {
  return [
    { key: 'gms_ServiceName', value: 'inbound-delay' },
    { key: 'gms_ServiceStartAt', value: String(atMs) },
    { key: 'gms_ServiceStoppedAt', value: '' },
    { key: 'gms_SessionEventSeq', value: random.integer(1, 9) },
    { key: 'gms_SessionId', value: random.uuid() },
  ];
}

function spoiled(lines: readonly string[], damage: LogDamage, random: Random): string[] {
  const data = lines.findIndex((line) => line.includes('AttributeUserData'));
  const end = lines.findIndex((line, index) => index > data && /^\s*Attribute/.test(line));
  const within = random.integer(data + 1, end - 1);
  switch (damage) {
    case 'lost line':
      return lines.filter((_, index) => index !== within);
    case 'cut short':
      // Whoever writes logs was killed, and began anew.
      return lines.slice(0, within);
    case 'lost value':
      return lines.map((line, index) => (index === within ? line.replace(/^(\s*'[^']*').*$/, '$1') : line));
    case 'changed size':
      return lines.map((line, index) => (index === data ? line.replace(/\[(\d+)\]/, (_, size) => `[${size}1]`) : line));
  }
}
