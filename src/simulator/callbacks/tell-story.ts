/** The life of one callback, from the offer to the end. Times of a record are consistent with its durations. */
import { contact } from './contact.js';
import type { Service } from './services.js';
import { secondsBetween, type Story } from './story.js';

/** Real seconds from acceptance to the first attempt. */
const WAITS: Readonly<Record<Service['callbackType'], readonly [number, number]>> = {
  IMMEDIATE: [1, 5],
  WAIT_FOR_AGENT: [180, 900],
  SCHEDULED: [1200, 5400],
};

export function tellStory(story: Story): void {
  const [shortest, longest] = WAITS[story.service.callbackType];
  const waitSeconds = story.random.between(shortest, longest);
  offer(story, waitSeconds);
  const { reach } = story.ending;
  if (reach === 'not-offered' || reach === 'declined' || reach === 'abandoned-offer') {
    withoutCallback(story);
    return;
  }
  accept(story);
  if (reach === 'never-started') {
    attachToOrigin(story, waitSeconds);
    story.notify('_cbe_on_callback_submit_failed');
    return;
  }
  // Whoever attaches the keys to the call races with the strategy.
  const isAttachedFirst = story.random.chance(0.5);
  if (isAttachedFirst) attachToOrigin(story, waitSeconds);
  start(story, waitSeconds);
  if (!isAttachedFirst) attachToOrigin(story, waitSeconds);
  if (reach === 'never-dialed') neverDialed(story, waitSeconds);
  else {
    waitForTurn(story, waitSeconds);
    contact(story);
  }
  end(story);
}

function offer(story: Story, waitSeconds: number): void {
  const { service, random, ids, waitingLine, customer } = story;
  const offerType = random.pick(service.offerTypes);
  const ewtSeconds = service.callbackType === 'SCHEDULED' ? random.between(300, 1500) : waitSeconds;
  const ewtWhenOfferedSeconds = story.compressed(ewtSeconds * random.between(0.7, 1.4));
  const channel = random.pick(service.channels);
  story.know({
    ...waitingLine.fields,
    serviceId: ids.serviceId,
    orsSessionId: ids.orsSessionId,
    channel,
    offerType,
    offerTiming: offerType === 'SCHEDULED' && random.chance(0.5) ? 'OFF-HOURS' : 'ON-HOURS',
    offeredMs: story.stampMs,
    serviceStartMs: story.stampMs,
    offerSeconds: 0,
    offered: 1,
    ewtWhenOfferedSeconds,
    posWhenOffered: 1 + Math.round(ewtSeconds / 45),
    ewtThresholdSeconds: story.compressed(120),
    ewtInboundVqSeconds: random.chance(0.5) ? ewtWhenOfferedSeconds : story.compressed(ewtSeconds * 1.2),
    finalRecord: 0,
    ignoringAvailability: 0,
  });
  if (channel !== 'IVR') return;
  const waitedBeforeOfferSeconds = story.compressed(random.between(5, 60));
  story.know({ customerAni: customer.ani, originationIxnId: ids.interactionId(0), waitedBeforeOfferSeconds });
}

/** No callback came of it: a start and an end within the offer. */
function withoutCallback(story: Story): void {
  const { reach } = story.ending;
  story.know({ accepted: 0 });
  if (reach === 'not-offered') story.know({ offered: 0 });
  story.report('QUEUED');
  story.wait(1, 30);
  if (reach !== 'not-offered') knowOffer(story);
  story.know({
    abandonedDuringOffer: reach === 'abandoned-offer' ? 1 : 0,
    serviceEndMs: story.stampMs,
    finalRecord: 1,
  });
  story.report(story.ending.disposition);
}

function knowOffer(story: Story): void {
  const offerSeconds = secondsBetween(story.known.offeredMs, story.stampMs);
  story.know({ offerSeconds, lastOfferSeconds: offerSeconds, offersPerSession: story.random.integer(1, 2) });
}

function accept(story: Story): void {
  const { service, random, customer } = story;
  story.wait(8, 35);
  knowOffer(story);
  story.know({
    acceptedMs: story.stampMs,
    accepted: 1,
    abandonedDuringOffer: 0,
    priorityWhenAccepted: random.integer(0, 20) * 5,
    customerPhoneNumber: customer.phoneNumber,
    callbackType: service.callbackType,
    connectOrder: service.connectOrder,
    callDirection: service.callDirection,
    ...(service.startsAt === 'request' && { serviceStartMs: story.stampMs }),
  });
}

function attachToOrigin(story: Story, waitSeconds: number): void {
  const { originationIxnId, serviceId, serviceStartMs, acceptedMs, offeredMs } = story.known;
  if (!originationIxnId || !serviceId) return;
  // The attached copy of a scheduled callback holds the scheduled time (sources.md#callback-ivr).
  const attachedStartMs = story.service.callbackType === 'SCHEDULED' ? story.stampInMs(waitSeconds) : serviceStartMs;
  story.attach(originationIxnId, {
    serviceId,
    serviceStartMs: attachedStartMs ?? null,
    acceptedMs: acceptedMs ?? null,
    ...(story.random.chance(0.5) && { offeredMs: offeredMs ?? null }),
  });
}

function start(story: Story, waitSeconds: number): void {
  const isScheduled = story.service.callbackType === 'SCHEDULED';
  story.notify('_cbe_on_service_create');
  if (isScheduled) story.notify('_cbe_on_callback_scheduled', desiredIn(story, waitSeconds));
  else story.notify('_cbe_on_callback_submitted');
  story.report(isScheduled ? 'SCHEDULED' : 'QUEUED');
}

function desiredIn(story: Story, seconds: number): Record<string, string> {
  return { _desired_time: new Date(story.stampInMs(seconds)).toISOString() };
}

function waitForTurn(story: Story, waitSeconds: number): void {
  const { waitingLine, service, ending, random } = story;
  const queue = { _urs_virtual_queue: waitingLine.fields.vq };
  if (service.callbackType === 'SCHEDULED') {
    story.wait(waitSeconds);
    story.notify('_cbe_on_callback_reminder');
    if (ending.snoozed) snooze(story, random.between(900, 1800));
    story.notify('_cbe_on_callback_queued', queue);
  } else {
    story.notify('_cbe_on_callback_queued', queue);
    story.notify('_cbe_on_virtual_ixn_create', queue);
    story.wait(waitSeconds);
  }
  story.know({ finalTarget: waitingLine.target });
  story.notify('_cbe_on_target_found', queue);
  // Whoever previews, does it before the customer is dialed.
  if (service.connectOrder === 'AGENT_FIRST_PREVIEW') story.wait(10, 40);
}

/** The slot is full: the next one has to do. */
function snooze(story: Story, seconds: number): void {
  story.know({ snoozed: 1, nextRedialMs: story.stampInMs(seconds) });
  story.report('SCHEDULED');
  story.notify('_cbe_on_callback_rescheduled', desiredIn(story, seconds));
  story.wait(seconds);
  story.know({ snoozed: 0, nextRedialMs: null });
}

/** Cancelled by the customer, or rejected by every agent who looked at it. */
function neverDialed(story: Story, waitSeconds: number): void {
  const isCancelled = story.ending.disposition === 'COMPLETED.CANCELLED';
  story.wait(waitSeconds * story.random.between(0.2, 0.9));
  if (isCancelled) story.notify('_cbe_on_callback_cancelled');
  else {
    story.notify('_cbe_on_target_found', { _v_queue: story.waitingLine.fields.vq });
    story.wait(10, 90);
    story.notify('_cbe_on_callback_processing_failed');
  }
  story.know({
    attempts: 0,
    agentAdded: 0,
    offlineWaitSeconds: secondsBetween(story.known.acceptedMs, story.stampMs),
  });
}

function end(story: Story): void {
  const { finalDialResult, dialogResult, disposition } = story.ending;
  story.know({
    serviceEndMs: story.stampMs,
    finalRecord: 1,
    ...(finalDialResult !== undefined && { finalDialResult }),
    ...(dialogResult !== undefined && { dialogResult }),
  });
  story.report(disposition);
  story.notify('_cbe_on_service_exit', { _c_termination_type: disposition?.split('.')[1] ?? 'COMPLETED' });
}
