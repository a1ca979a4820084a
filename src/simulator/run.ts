/** Plays a contact centre against a receiver: the loop that moves groups and callbacks on and posts what they say. */
import { type Account, type Details, Ledger } from './account.js';
import { CallbackLogs } from './callback-logs.js';
import { CallbackCentre } from './callbacks/callback-centre.js';
import { Delivery } from './delivery.js';
import { IconExport } from './icon-export.js';
import { OcsLog } from './ocs-log.js';
import type { SimulationDeps, SimulationOptions } from './options.js';
import { firstDueMs, IntervalPacing, RatePacing } from './pacing.js';
import { type BothClocks, Player } from './player.js';
import { type Deliver, letterOf, playOn, type Tick, withinLastAnswers } from './playing.js';
import { Random } from './random.js';
import { receivingUrl } from './receiving-url.js';
import { campaignGroups } from './scenario.js';
import { Sender } from './sender.js';

/** Interval posts and changes are looked for this often; paced ones more often, for an even flow. */
const TICK_MS = 20;
const PACED_TICK_MS = 5;
/** At a rate all groups were due to load and start before the simulation began: each starts as soon as its turn comes. */
const START_OVERDUE_MS = -10_000;

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
  const log = options.ocsLog && new OcsLog(options.ocsLog.path, options.ocsLog.timeZone, deps.clock.nowMs());
  const icon = options.iconExport === null ? null : new IconExport(options.iconExport);
  const callbackLogs =
    options.iconExport === null ? null : new CallbackLogs(options.iconExport, machineZone(), deps.clock.nowMs());
  const deliver: Deliver = (post, nowMs) => {
    const [url, group] = [urls[post.groupIndex], groups[post.groupIndex]];
    if (!url || !group) return;
    log?.note({ post, name: group.name, uri: url.href, atMs: nowMs });
    if (post.change !== null) icon?.noteChange(group.dbid, post.change);
    delivery.deliver(letterOf(post, url, ledger), nowMs);
  };
  const callbacks = new CallbackCentre(options, random.fork('callbacks'), deps.clock.nowMs());
  const callbackDelivery = new Delivery(options, random.fork('callback fates'), sender, ledger);
  const tick =
    options.rate === null
      ? tickByInterval(players, deliver, options.intervalMs)
      : tickByRate(players, deliver, { perSecond: options.rate, sender });
  const both: Tick = (now, elapsedMs) => {
    tick(now, elapsedMs);
    for (const { post, ...due } of callbacks.takeDue(elapsedMs, now.wallMs, sender.ready)) {
      const { contentType, body, isDefective } = post;
      icon?.notePost(post);
      callbackLogs?.notePost(post);
      callbackDelivery.deliver({ ...due, contentType, text: body, isPatient: true, isDefective }, now.wallMs);
    }
  };
  const deliveries = [delivery, callbackDelivery];
  const flush = () => Promise.all(deliveries.map((one) => one.flush()));
  try {
    const tickMs = options.rate === null ? TICK_MS : PACED_TICK_MS;
    const { durationMs, speed } = options;
    await playOn(both, { durationMs, speed, tickMs, deps, deliveries, ledger });
    await withinLastAnswers(flush());
  } finally {
    sender.close();
    await log?.close();
    await icon?.close();
    await callbackLogs?.close();
  }
  await flush();
  return { account: ledger.account(), details: ledger.details(callbacks.details()) };
}

function machineZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function tickByInterval(players: readonly Player[], deliver: Deliver, intervalMs: number): Tick {
  const pacing = new IntervalPacing(players.length, intervalMs);
  return (now, elapsedMs) => {
    players.forEach((player, index) => {
      const change = player.change(now);
      if (change) deliver(change, now.wallMs);
      if (!pacing.takeDue(index, elapsedMs) || change) return;
      const periodic = player.periodic(now);
      if (periodic) deliver(periodic, now.wallMs);
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
  const nextPost = (now: BothClocks) => {
    let unasked = players.length;
    while (unasked-- > 0) {
      const player = players[turn];
      turn = (turn + 1) % players.length;
      const post = player?.periodic(now);
      if (post) return post;
    }
    return null;
  };
  return (now, elapsedMs) => {
    while (sender.ready && pacing.takeToken(elapsedMs)) {
      const post = nextPost(now);
      if (!post) {
        pacing.skip(elapsedMs);
        return;
      }
      deliver(post, now.wallMs);
    }
  };
}
