/** The attempts to reach the customer, and what comes of them. */
import type { PartialRecord } from '../../gms/encode-record.js';
import { secondsBetween, type Story } from './story.js';

const SLOTS = [
  ['dial1Ms', 'dial1Result'],
  ['dial2Ms', 'dial2Result'],
  ['dial3Ms', 'dial3Result'],
  ['dial4Ms', 'dial4Result'],
  ['dial5Ms', 'dial5Result'],
] as const;

export function contact(story: Story): void {
  const { dials, disposition, reach } = story.ending;
  dials.forEach((result, index) => {
    if (index > 0) waitForRedial(story);
    attempt(story, index, result);
  });
  if (reach !== 'never-answered') answered(story);
  else {
    story.know({ agentAdded: 0 });
    const isCancelled = disposition === 'COMPLETED.CANCELLED';
    story.notify(isCancelled ? '_cbe_on_callback_cancelled' : '_cbe_on_callback_processing_failed');
  }
}

function waitForRedial(story: Story): void {
  const seconds = story.random.between(240, 900);
  story.know({ nextRedialMs: story.stampInMs(seconds) });
  // Without a slot for the attempt there is nothing new to report.
  if ((story.known.attempts ?? 0) <= SLOTS.length) story.reportOnTheWay('QUEUED');
  story.wait(seconds);
  story.know({ nextRedialMs: null });
}

function attempt(story: Story, index: number, result: string): void {
  const { customer, ids, service, waitingLine } = story;
  const [slotMs, slotResult] = SLOTS[index] ?? [];
  const isPush = service.traits.includes('pushes');
  const dialed = { _c_dialed_number: customer.phoneNumber };
  knowDial(story, index);
  if (slotMs) story.know({ [slotMs]: story.stampMs });
  story.notify('_cbe_on_dial_init', { ...dialed, _vq_for_outbound_calls: `${waitingLine.fields.vq}_Out` });
  if (isPush) story.reportOnTheWay('ROUTING.PUSH_SEND');
  if (service.callDirection === 'CUSTOMER_TERMINATED' && result !== 'CREATE_CALL_ERROR') {
    const ixnId = ids.interactionId(index + 1);
    story.know({ firstOutIxnId: story.known.firstOutIxnId ?? ixnId, lastOutIxnId: ixnId });
  }
  story.wait(4, 25);
  if (isPush && result === 'USERORIGINATED_CONNECTED') confirmPush(story, slotResult);
  if (slotResult) story.know({ [slotResult]: result });
  story.notify('_cbe_on_dial_done', dialed);
}

function knowDial(story: Story, index: number): void {
  const dialMs = story.stampMs;
  const ewtSeconds = story.compressed(story.random.between(5, 60));
  if (index === 0) {
    story.know({
      readyMs: dialMs,
      offlineWaitSeconds: secondsBetween(story.known.acceptedMs, dialMs),
      ewtWhenReadySeconds: ewtSeconds,
      posWhenReady: 1,
    });
  }
  story.know({
    attempts: index + 1,
    lastDialMs: dialMs,
    ewtWhenLastDialSeconds: ewtSeconds,
    posWhenLastDial: story.random.integer(1, 2),
  });
}

/** The push arrived; some time later the customer calls. */
function confirmPush(story: Story, slotResult: keyof PartialRecord | undefined): void {
  if (slotResult) story.know({ [slotResult]: 'PUSH_DELIVERY_CONFIRMED' });
  story.reportOnTheWay('ROUTING.PUSH_DELIVERY_CONFIRMED');
  story.wait(5, 60);
}

function answered(story: Story): void {
  const { reach } = story.ending;
  if (reach === 'dialogue') dialogue(story);
  else {
    connect(story);
    if (reach === 'no-agent-needed') serveWithoutAgent(story);
    else waitForAgent(story);
  }
}

function dialogue(story: Story): void {
  const { dialogResult } = story.ending;
  story.wait(15, 40);
  story.know({ agentAdded: 0 });
  if (dialogResult === 'CANCELLED') story.notify('_cbe_on_callback_cancelled');
  if (dialogResult !== 'RESCHEDULED') return;
  const _desired_time = new Date(story.stampInMs(86_400)).toISOString();
  story.notify('_cbe_on_callback_rescheduled', { _desired_time });
}

function connect(story: Story): void {
  const { known, random, service } = story;
  const customerConnectedMs = story.stampMs;
  story.know({
    customerConnectedMs,
    establishMediaSeconds: secondsBetween(known.lastDialMs, customerConnectedMs),
    priorityWhenConnected: (known.priorityWhenAccepted ?? 0) + random.integer(0, 10) * 5,
  });
  story.notify('_cbe_on_connect_treatment_start');
  if (service.callDirection === 'CUSTOMER_TERMINATED' && known.lastOutIxnId && known.serviceId) {
    const { serviceId, acceptedMs = null, serviceStartMs = null } = known;
    const record = { serviceId, serviceStartMs, acceptedMs, customerConnectedMs };
    if (service.callbackType === 'SCHEDULED') story.attach(known.lastOutIxnId, { serviceId, customerConnectedMs });
    else story.attach(known.lastOutIxnId, record);
  }
  story.reportOnTheWay('ROUTING.CONNECTED');
}

function serveWithoutAgent(story: Story): void {
  story.wait(20, 90);
  story.know({ agentRequired: 0, agentAdded: 0 });
}

function waitOnLine(story: Story, transfersFailed: number): void {
  const { reach } = story.ending;
  if (reach === 'timed-out') story.wait(300);
  else if (reach === 'abandoned-waiting') story.wait(20, 180);
  else if (story.service.connectOrder === 'CUSTOMER_FIRST') story.wait(5, 90 + transfersFailed * 20);
  else story.wait(0, 2 + transfersFailed * 20);
}

/** On the line, until an agent comes, the customer leaves or the time is up. */
function waitForAgent(story: Story): void {
  const { reach, transfersFailed = 0 } = story.ending;
  story.notify('_cbe_on_customer_queued', { _v_queue: story.waitingLine.fields.vq });
  waitOnLine(story, transfersFailed);
  const isAdded = reach === 'agent';
  story.know({
    onlineWaitSeconds: secondsBetween(story.known.customerConnectedMs, story.stampMs),
    priorityAtEndOfWait: (story.known.priorityWhenConnected ?? 0) + story.random.integer(0, 5) * 5,
    agentRequired: 1,
    transfersFailed,
    abandonedWaiting: reach === 'abandoned-waiting' ? 1 : 0,
    timedOutWaiting: reach === 'timed-out' ? 1 : 0,
    agentAdded: isAdded ? 1 : 0,
  });
  if (!isAdded) {
    story.notify('_cbe_on_callback_processing_failed');
    return;
  }
  story.notify('_cbe_on_route_to_agent');
  story.reportOnTheWay('PROCESSING.AGENT');
  story.wait(60, 420);
}
