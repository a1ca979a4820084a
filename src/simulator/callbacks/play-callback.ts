/** Plays one callback: every post about it, what a receiver should answer, and the truth to compare it with. Pure. */
import { CALLBACK_STATES, type CallbackState, OTHER_SUB_STATE } from '../../domain/callback.js';
import type { Body } from '../../domain/json.js';
import type { PartialRecord } from '../../gms/encode-record.js';
import type { CallbackScenario } from './catalogue.js';
import { spoil } from './defects.js';
import {
  attachedPairsOf,
  type Endpoint,
  type Habit,
  HABITS,
  inBodies,
  isOfKind,
  NOTIFICATION_SHAPES,
  pairsOf,
  writeAttached,
  writeEvents,
  writeNotification,
  type Written,
} from './posting.js';
import { type Stage, Story } from './story.js';
import { tellStory } from './tell-story.js';
import { type AttachedTelling, type EventTelling, isComplete, reported, type Telling } from './telling.js';

/** What becomes of one thing told when the posts arrive in order, once each. */
export type Expected = 'recorded' | 'duplicate' | 'after-final' | 'quarantined' | 'stored';

export interface CallbackPost extends Written {
  readonly atMs: number;
  /** What it tells, and the keys that T-Server distributes, or a call carries. */
  readonly told: readonly ToldKeys[];
  readonly endpoint: Endpoint;
  /** One for each event of the body; for other endpoints one. */
  readonly expected: readonly Expected[];
  /** Every event in it lacks a mandatory key: a receiver may be right to refuse it, in whatever order posts arrive. */
  readonly isDefective: boolean;
}

export interface ToldKeys {
  readonly telling: EventTelling | AttachedTelling;
  readonly keys: Body;
}

/** What is true of a callback when everything told has arrived. */
export interface CallbackTruth {
  readonly scenario: string;
  readonly habit: string;
  readonly serviceId: string;
  readonly isFinal: boolean;
  readonly state: CallbackState | 'unknown';
  readonly subState: string | null;
  /** Merged, and as `reported`. Empty when no complete event is told. */
  readonly record: PartialRecord;
  /** Things told, by what becomes of them. */
  readonly expected: Readonly<Partial<Record<Expected, number>>>;
  readonly attachments: number;
  readonly notifications: number;
}

export interface PlayedCallback {
  /** In order of time. */
  readonly posts: readonly CallbackPost[];
  readonly truth: CallbackTruth;
  /** The events told, in order, and how they are written: for whoever posts them in another way. */
  readonly events: readonly EventTelling[];
  readonly habit: Habit;
  /** Service execution name. */
  readonly service: string;
}

/** Equal arguments give equal callbacks. Without a habit, chance chooses one. */
export function playCallback(scenario: CallbackScenario, stage: Stage & { readonly habit?: Habit }): PlayedCallback {
  const story = new Story(scenario, stage);
  const habit = stage.habit ?? stage.random.pick(HABITS);
  tellStory(story);
  const { defect, missing } = scenario;
  const wrapUpMs = Math.round((story.random.between(10, 90) * 1000) / stage.speed);
  const tellings = spoil(story.tellings, { defect, missing, random: story.random, wrapUpMs });
  const posts = postsOf(tellings, scenario, { habit, serviceId: stage.ids.serviceId, story });
  const events = tellings.filter(isOfKind('event'));
  return {
    posts,
    truth: truthOf(tellings, scenario, { habit, serviceId: stage.ids.serviceId }),
    events,
    habit,
    service: scenario.service.name,
  };
}

interface Hand {
  readonly habit: Habit;
  readonly serviceId: string;
}

function postsOf(
  tellings: readonly Telling[],
  { service }: CallbackScenario,
  { habit, serviceId, story }: Hand & { readonly story: Story },
): CallbackPost[] {
  const events = tellings.filter(isOfKind('event'));
  const expected = new Map(expectedOf(events).map((expectation, index) => [events[index], expectation]));
  const bodies = new Map(inBodies(events, habit).map((body) => [body.at(-1), body]));
  const shape = story.random.pick(NOTIFICATION_SHAPES);
  return tellings.flatMap((telling): CallbackPost[] => {
    const { atMs } = telling;
    switch (telling.kind) {
      case 'event': {
        const body = bodies.get(telling);
        if (body === undefined) return [];
        const told = body.map((event) => ({ telling: event, keys: pairsOf(event, habit, service.name) }));
        return [{ ...eventPost(body, expected), ...writeEvents(body, habit, service.name), atMs, told }];
      }
      case 'attached': {
        const told = [{ telling, keys: attachedPairsOf(telling, habit) }];
        return [{ ...writeAttached(telling, habit), ...STORED, atMs, endpoint: 'attached-data', told }];
      }
      case 'notification': {
        const written = writeNotification(telling, serviceId, shape);
        return [{ ...written, ...STORED, atMs, endpoint: 'status-notifications', told: [] }];
      }
    }
  });
}

const STORED = { expected: ['stored'], isDefective: false } as const;

function eventPost(body: readonly EventTelling[], expected: ReadonlyMap<EventTelling | undefined, Expected>) {
  return {
    endpoint: 'callback-events',
    expected: body.map((event) => expected.get(event) ?? 'recorded'),
    isDefective: body.every(({ record }) => !isComplete(record)),
  } as const;
}

function expectedOf(events: readonly EventTelling[]): Expected[] {
  const seen = new Set<string>();
  let hasFinal = false;
  return events.map(({ record }) => {
    const content = JSON.stringify(record);
    if (seen.has(content)) return 'duplicate';
    if (!hasFinal && !isComplete(record)) return 'quarantined';
    seen.add(content);
    if (hasFinal) return 'after-final';
    hasFinal = record.finalRecord === 1;
    return 'recorded';
  });
}

function truthOf(tellings: readonly Telling[], scenario: CallbackScenario, { habit, serviceId }: Hand): CallbackTruth {
  const events = tellings.filter(isOfKind('event'));
  const expectations = expectedOf(events);
  const recorded = events
    .filter((_, index) => expectations[index] === 'recorded')
    .map(({ record }) => reported(record));
  const record = merged(recorded);
  const count = (kind: Telling['kind']) => tellings.filter((telling) => telling.kind === kind).length;
  const expected: Partial<Record<Expected, number>> = {};
  for (const one of expectations) expected[one] = (expected[one] ?? 0) + 1;
  return {
    scenario: scenario.name,
    habit: habit.name,
    serviceId,
    isFinal: record.finalRecord === 1,
    ...stateOf(record),
    record,
    expected,
    attachments: count('attached'),
    notifications: count('notification'),
  };
}

/** The final record, its gaps filled from the event that says most. */
function merged(recorded: readonly PartialRecord[]): PartialRecord {
  const rank = (record: PartialRecord) => Object.keys(record).length + (record.finalRecord === 1 ? 1000 : 0);
  return Object.assign({}, ...[...recorded].sort((a, b) => rank(a) - rank(b))) as PartialRecord;
}

function stateOf({ disposition, finalRecord }: PartialRecord): Pick<CallbackTruth, 'state' | 'subState'> {
  const [word, subState = null] = (disposition ?? '').split('.');
  const state = CALLBACK_STATES.find((known) => known === word);
  if (state) return { state, subState };
  if (finalRecord !== 1) return { state: 'unknown', subState: null };
  return { state: 'COMPLETED', subState: disposition ? OTHER_SUB_STATE : null };
}
