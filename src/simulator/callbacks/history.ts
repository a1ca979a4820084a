/** A day of callbacks that are over: what a receiver would know had it been there, posted as arrays. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../domain/clock.js';
import { type Account, Ledger } from '../account.js';
import { Random } from '../random.js';
import { type Outgoing, Sender } from '../sender.js';
import { type Environment, environments } from './callback-centre.js';
import { callbackScenarios, Deck } from './catalogue.js';
import { callbackIds } from './ids.js';
import { playCallback, type PlayedCallback } from './play-callback.js';
import { pairsOf } from './posting.js';

export interface HistoryOptions {
  readonly url: string;
  readonly sources: number;
  readonly seed: number;
  readonly token: string | null;
  readonly connections: number;
}

const HOUR_MS = 3_600_000;
const HOURS = 24;
/** Events of one body: less than 256 KB. */
const EVENTS_A_BODY = 40;
const GIVE_UP_AFTER_MS = 20_000;

/** Callbacks that begin in an hour of the day: about 200 a day, most of them at work time. */
function callbacksAt(hour: number): number {
  return hour >= 8 && hour < 19 ? 14 : hour >= 6 && hour < 22 ? 5 : 2;
}

/** Of each hour the same callbacks with the same ids, whenever they are asked for: to post them again repeats them. */
export function callbackHistory(nowMs: number, seed: number): readonly PlayedCallback[] {
  const finished = callbackScenarios.filter(
    ({ ending, defect }) =>
      ending.reach !== 'never-started' && defect !== 'session-died' && defect !== 'missing-mandatory-keys',
  );
  const currentHour = Math.floor(nowMs / HOUR_MS);
  const callbacks = Array.from({ length: HOURS }, (_, index) => {
    const hourMs = (currentHour - HOURS + index) * HOUR_MS;
    const random = new Random(seed).fork(`callbacks of hour ${hourMs}`);
    const deck = new Deck(finished, random.fork('deck'));
    return Array.from({ length: callbacksAt(new Date(hourMs).getUTCHours()) }, (_, number) => {
      const own = random.fork(`callback ${number}`);
      const ids = callbackIds(hourMs, number, own.fork('ids'));
      return playCallback(deck.deal(), { random: own, startMs: hourMs + own.integer(0, HOUR_MS - 1), speed: 1, ids });
    });
  }).flat();
  return callbacks.filter(({ events }) => events.every(({ atMs }) => atMs < nowMs));
}

/** Posts the history, one body after the other, and gives account of it. A receiver that fails is counted, never thrown. */
export async function sendCallbackHistory(
  options: HistoryOptions,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<Account> {
  const ledger = new Ledger([]);
  const sender = new Sender(options);
  const ending = new AbortController();
  const limit = AbortSignal.any([ending.signal, ...(signal ? [signal] : [])]);
  const givingUp = delay(GIVE_UP_AFTER_MS, undefined, { signal: limit }).catch(() => undefined);
  try {
    const sending = (async () => {
      for (const outgoing of bodiesOf(callbackHistory(clock.nowMs(), options.seed), environments(options))) {
        if (limit.aborted) return;
        ledger.sending();
        ledger.ended(await sender.post(outgoing), { isDefective: false });
      }
    })();
    await Promise.race([sending, givingUp]);
    sender.close();
    ending.abort();
    await sending;
  } finally {
    sender.close();
  }
  return ledger.account();
}

/** Each environment has the callbacks of its turn: their events in arrays, then what stands on their calls. */
function bodiesOf(callbacks: readonly PlayedCallback[], all: readonly Environment[]): Outgoing[] {
  return all.flatMap(([, urls], environment) => {
    const own = callbacks.filter((_, index) => index % all.length === environment);
    const items = own.flatMap(({ events, habit, service }) => events.map((event) => pairsOf(event, habit, service)));
    const arrays = Array.from({ length: Math.ceil(items.length / EVENTS_A_BODY) }, (_, index) => ({
      url: urls['callback-events'],
      contentType: 'application/json',
      text: JSON.stringify(items.slice(index * EVENTS_A_BODY, (index + 1) * EVENTS_A_BODY)),
    }));
    const attached = own
      .flatMap(({ posts }) => posts.filter(({ endpoint }) => endpoint === 'attached-data'))
      .map(({ contentType, body }) => ({ url: urls['attached-data'], contentType, text: body }));
    return [...arrays, ...attached];
  });
}
