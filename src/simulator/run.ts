/** Plays a contact centre against a receiver: the loop that moves groups and callbacks on and posts what they say. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Account, type Details, Ledger, type Post } from './account.js';
import { CallbackCentre } from './callbacks/callback-centre.js';
import { Delivery, type Letter } from './delivery.js';
import type { SimulationDeps, SimulationOptions } from './options.js';
import { firstDueMs, IntervalPacing, RatePacing } from './pacing.js';
import { type Moment, Player } from './player.js';
import { Random } from './random.js';
import { receivingUrl } from './receiving-url.js';
import { campaignGroups } from './scenario.js';
import { Sender } from './sender.js';

/** Interval posts and changes are looked for this often; paced ones more often, for an even flow. */
const TICK_MS = 20;
const PACED_TICK_MS = 5;
const PROGRESS_EVERY_MS = 100;
/** At a rate all groups were due to load and start before the simulation began: each starts as soon as its turn comes. */
const START_OVERDUE_MS = -10_000;
const LAST_ANSWERS_WITHIN_MS = 10_000;

/**
 * Simulates until the duration is over or the signal aborts, waits at most 10 s for the last answers, and resolves
 * with the account. Rejects with OCM_USAGE on a faulty URL; a receiver that fails is counted, never thrown.
 */
export async function runSimulation(options: SimulationOptions, deps: SimulationDeps): Promise<Account> {
  return (await runSimulationInDetail(options, deps)).account;
}

/** The same, with what every group and callback really did: what tests compare a receiver's answers with. */
export async function runSimulationInDetail(
  options: SimulationOptions,
  deps: SimulationDeps,
): Promise<{ account: Account; details: Details }> {
  const random = new Random(options.seed);
  const groups = campaignGroups(options, random.fork('scenario'));
  const urls = groups.map(({ source }) => receivingUrl(options.url, options.sources > 1 ? source : null));
  const players = groups.map((group, groupIndex) => {
    const loadAtMs =
      options.rate === null
        ? firstDueMs(groupIndex, groups.length, options.intervalMs) * options.speed
        : START_OVERDUE_MS;
    return new Player(group, { groupIndex, loadAtMs }, { options, random });
  });
  const ledger = new Ledger(groups);
  const sender = new Sender(options);
  const delivery = new Delivery(options, random.fork('fates'), sender, ledger);
  const deliver: Deliver = (post, nowMs) => {
    const url = urls[post.groupIndex];
    if (url) delivery.deliver(letterOf(post, url, ledger), nowMs);
  };
  const callbacks = new CallbackCentre(options, random.fork('callbacks'), deps.clock.nowMs());
  const callbackDelivery = new Delivery(options, random.fork('callback fates'), sender, ledger);
  const tick =
    options.rate === null
      ? tickByInterval(players, deliver, options.intervalMs)
      : tickByRate(players, deliver, { perSecond: options.rate, sender });
  const both: Tick = (moment, elapsedMs) => {
    tick(moment, elapsedMs);
    for (const { post, ...due } of callbacks.takeDue(elapsedMs, moment.wallMs, sender.ready)) {
      const { contentType, body, isDefective } = post;
      callbackDelivery.deliver({ ...due, contentType, text: body, isPatient: true, isDefective }, moment.wallMs);
    }
  };
  const deliveries = [delivery, callbackDelivery];
  const flush = () => Promise.all(deliveries.map((one) => one.flush()));
  try {
    await playOn(both, { options, deps, deliveries, ledger });
    await withinLastAnswers(flush());
  } finally {
    sender.close();
  }
  await flush();
  return { account: ledger.account(), details: ledger.details(callbacks.details()) };
}

type Tick = (moment: Moment, elapsedMs: number) => void;
type Deliver = (post: Post, nowMs: number) => void;

function letterOf(post: Post, url: URL, ledger: Ledger): Letter {
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

interface Stage {
  readonly options: SimulationOptions;
  readonly deps: SimulationDeps;
  readonly deliveries: readonly Delivery[];
  readonly ledger: Ledger;
}

async function playOn(tick: Tick, { options, deps, deliveries, ledger }: Stage): Promise<void> {
  const { clock, signal, onProgress } = deps;
  const startMs = clock.nowMs();
  const pauseMs = options.rate === null ? TICK_MS : PACED_TICK_MS;
  let progressAtMs = 0;
  for (;;) {
    const wallMs = clock.nowMs();
    const elapsedMs = wallMs - startMs;
    if (elapsedMs >= options.durationMs || signal?.aborted) break;
    tick({ wallMs, campaignMs: elapsedMs * options.speed }, elapsedMs);
    for (const delivery of deliveries) delivery.repeat(wallMs);
    if (elapsedMs >= progressAtMs) {
      onProgress?.(elapsedMs, ledger.sent);
      progressAtMs = elapsedMs + PROGRESS_EVERY_MS;
    }
    await pause(Math.min(pauseMs, options.durationMs - elapsedMs), signal);
  }
  onProgress?.(Math.min(clock.nowMs() - startMs, options.durationMs), ledger.sent);
}

/** Resolves early when aborted. */
async function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(durationMs, undefined, signal ? { signal } : {}).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}

async function withinLastAnswers(answers: Promise<unknown>): Promise<void> {
  const giveUp = new AbortController();
  const limit = pause(LAST_ANSWERS_WITHIN_MS, giveUp.signal);
  await Promise.race([answers, limit]);
  giveUp.abort();
  await limit;
}

function tickByInterval(players: readonly Player[], deliver: Deliver, intervalMs: number): Tick {
  const pacing = new IntervalPacing(players.length, intervalMs);
  return (moment, elapsedMs) => {
    players.forEach((player, index) => {
      const change = player.change(moment);
      if (change) deliver(change, moment.wallMs);
      if (!pacing.takeDue(index, elapsedMs) || change) return;
      const periodic = player.periodic(moment);
      if (periodic) deliver(periodic, moment.wallMs);
    });
  };
}

/** Changes take their turn too, so that the rate is exact. */
function tickByRate(
  players: readonly Player[],
  deliver: Deliver,
  { perSecond, sender }: { readonly perSecond: number; readonly sender: Sender },
): Tick {
  const pacing = new RatePacing(perSecond);
  let turn = 0;
  const nextPost = (moment: Moment) => {
    let unasked = players.length;
    while (unasked-- > 0) {
      const player = players[turn];
      turn = (turn + 1) % players.length;
      const post = player?.periodic(moment);
      if (post) return post;
    }
    return null;
  };
  return (moment, elapsedMs) => {
    while (sender.ready && pacing.takeToken(elapsedMs)) {
      const post = nextPost(moment);
      if (!post) {
        pacing.skip(elapsedMs);
        return;
      }
      deliver(post, moment.wallMs);
    }
  };
}
