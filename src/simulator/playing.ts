/** The loop that plays a contact centre: it moves on what it is given, and posts what that says. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger, Post } from './account.js';
import type { Delivery, Letter } from './delivery.js';
import type { SimulationDeps } from './options.js';
import type { BothClocks } from './player.js';

const PROGRESS_EVERY_MS = 100;
const LAST_ANSWERS_WITHIN_MS = 10_000;

export type Tick = (now: BothClocks, elapsedMs: number) => void;
export type Deliver = (post: Post, nowMs: number) => void;

/** A post about a campaign group, to be delivered and accounted for. */
export function letterOf(post: Post, url: URL, ledger: Ledger): Letter {
  return {
    url,
    lane: String(post.groupIndex),
    contentType: 'application/json',
    text: post.text,
    isPatient: false,
    isDefective: false,
    tell: (fate) => {
      ledger.happened(post, fate);
    },
    sending: () => {
      ledger.sendingPost(post);
    },
  };
}

export interface Stage {
  /** Wall time; Infinity = until aborted. */
  readonly durationMs: number;
  /** Campaigns live so many times as fast as wall time. */
  readonly speed: number;
  /** Between two looks at what is due. */
  readonly tickMs: number;
  readonly deps: SimulationDeps;
  readonly deliveries: readonly Delivery[];
  readonly ledger: Ledger;
}

/** Plays until the duration is over or the signal aborts. */
export async function playOn(
  tick: Tick,
  { durationMs, speed, tickMs, deps, deliveries, ledger }: Stage,
): Promise<void> {
  const { clock, signal, onProgress } = deps;
  const startMs = clock.nowMs();
  let progressAtMs = 0;
  for (;;) {
    const wallMs = clock.nowMs();
    const elapsedMs = wallMs - startMs;
    if (elapsedMs >= durationMs || signal?.aborted) break;
    tick({ wallMs, campaignMs: elapsedMs * speed }, elapsedMs);
    for (const delivery of deliveries) delivery.repeat(wallMs);
    if (elapsedMs >= progressAtMs) {
      onProgress?.(elapsedMs, ledger.sent);
      progressAtMs = elapsedMs + PROGRESS_EVERY_MS;
    }
    await pause(Math.min(tickMs, durationMs - elapsedMs), signal);
  }
  onProgress?.(Math.min(clock.nowMs() - startMs, durationMs), ledger.sent);
}

/** Resolves early when aborted. */
async function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(durationMs, undefined, signal ? { signal } : {}).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}

/** Resolves when the last answers have come, or when they take too long. */
export async function withinLastAnswers(answers: Promise<unknown>, withinMs = LAST_ANSWERS_WITHIN_MS): Promise<void> {
  const giveUp = new AbortController();
  const limit = pause(withinMs, giveUp.signal);
  await Promise.race([answers, limit]);
  giveUp.abort();
  await limit;
}
