/** A day of callbacks that are over: what a receiver would know had it been there. */
import { Random } from '../random.js';
import { callbackScenarios, Deck } from './catalogue.js';
import { environmentNames } from './callback-centre.js';
import { callbackIds } from './ids.js';
import { playCallback, type PlayedCallback } from './play-callback.js';
import type { Endpoint } from './posting.js';

/** A post of the past. */
export interface PastCallbackPost {
  readonly endpoint: Endpoint;
  readonly source: string;
  readonly atMs: number;
  readonly contentType: string;
  readonly body: string;
}

const HOUR_MS = 3_600_000;
const HOURS = 24;

/** Callbacks that begin in an hour: about 200 a day, most of them in the last hours, which are work time wherever one looks. */
function callbacksAt(hoursAgo: number): number {
  return hoursAgo <= 10 || hoursAgo > 18 ? 10 : 2;
}

/** Of each hour the same callbacks with the same ids, more or fewer, whenever they are asked for: to post them again repeats them. */
function callbackHistory(nowMs: number, seed: number): readonly PlayedCallback[] {
  const finished = callbackScenarios.filter(
    ({ ending, defect }) =>
      ending.reach !== 'never-started' && defect !== 'session-died' && defect !== 'missing-mandatory-keys',
  );
  const currentHour = Math.floor(nowMs / HOUR_MS);
  const callbacks = Array.from({ length: HOURS + 1 }, (_, index) => {
    const hourMs = (currentHour - HOURS + index) * HOUR_MS;
    const random = new Random(seed).fork(`callbacks of hour ${hourMs}`);
    const deck = new Deck(finished, random.fork('deck'));
    return Array.from({ length: callbacksAt(HOURS - index) }, (_, number) => {
      const own = random.fork(`callback ${number}`);
      const ids = callbackIds(hourMs, number, own.fork('ids'));
      return playCallback(deck.deal(), { random: own, startMs: hourMs + own.integer(0, HOUR_MS - 1), speed: 1, ids });
    });
  }).flat();
  return callbacks.filter(({ posts }) => posts.every(({ atMs }) => atMs < nowMs));
}

/** The records that were posted about them, each by an environment in turn. */
export function callbackHistoryPosts(nowMs: number, seed: number, sources: number): readonly PastCallbackPost[] {
  const names = environmentNames(sources);
  return callbackHistory(nowMs, seed).flatMap(({ posts }, index) => {
    const source = names[index % names.length] ?? names[0];
    const records = posts.filter(({ endpoint }) => endpoint !== 'status-notifications');
    return records.map(({ endpoint, atMs, contentType, body }) => ({ endpoint, source, atMs, contentType, body }));
  });
}
