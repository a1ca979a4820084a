/** The demo's contact centre without network or clock: what a receiver hears of each group. */
import { deriveHistory, type History, type OrderedMoment } from '../../src/domain/history.js';
import { statementContent } from '../../src/domain/identity.js';
import type { Notification } from '../../src/domain/notification.js';
import { wordsOf } from '../../src/domain/words.js';
import { decodeNotification } from '../../src/ocs/decode-notification.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { compileNotificationSchema } from '../../src/node/schemas.js';
import type { Post } from '../../src/simulator/account.js';
import type { Known } from '../../src/simulator/demo/join.js';
import { CUT_SOURCE, cutOf } from '../../src/simulator/demo/opening.js';
import { pastAt, type Uptime } from '../../src/simulator/demo/past.js';
import { isUnheard, postsOf, thinned } from '../../src/simulator/demo/posts.js';
import { demoStories } from '../../src/simulator/demo/run-demo.js';
import type { CampaignGroup } from '../../src/simulator/scenario.js';

export const INTERVAL_MS = 5000;

const { validate } = compileNotificationSchema();

/** A post that arrived, as the receiver reads it. */
export interface Heard {
  readonly post: Post;
  readonly notification: Notification;
}

export interface HeardGroup {
  readonly group: CampaignGroup;
  /** In order of time. */
  readonly past: readonly Heard[];
  readonly live: readonly Heard[];
}

export interface Start {
  readonly zeroMs: number;
  readonly uptime?: Uptime;
  readonly knownOf?: (source: string, dbid: string) => Known | null;
  readonly liveMs?: number;
  /** Groups to look at; all unless said. */
  readonly only?: (group: CampaignGroup, index: number) => boolean;
}

export function heardOf(start: Start): HeardGroup[] {
  const { zeroMs, uptime = null, knownOf = () => null, liveMs = 0, only = () => true } = start;
  const past = pastAt(zeroMs, uptime);
  const stories = demoStories({ zeroMs, past, knownOf, intervalMs: INTERVAL_MS });
  const cut = cutOf(zeroMs, INTERVAL_MS);
  return stories.flatMap((story, index) => {
    const { group } = story;
    if (!only(group, index)) return [];
    const told = postsOf(story, index, {
      afterMs: past.fromMs - 1,
      untilMs: zeroMs,
      everyMs: thinned(zeroMs),
      lateMs: 0,
    });
    const heard = [...told].filter((post) => !isUnheard(post, past.unheardMs));
    const live = postsOf(story, index, {
      afterMs: zeroMs,
      untilMs: zeroMs + liveMs,
      everyMs: () => INTERVAL_MS,
      lateMs: 0,
    });
    const arrived = [...live].filter((post) => group.source !== CUT_SOURCE || !isUnheard(post, [cut]));
    return [{ group, past: heard.map((post) => read(post, group)), live: arrived.map((post) => read(post, group)) }];
  });
}

/** Throws where the receiver would refuse or warn. */
function read(post: Post, { source }: CampaignGroup): Heard {
  const body: unknown = JSON.parse(post.text);
  const { notification, warnings } = decodeNotification(body, {
    source,
    receivedAtMs: post.atMs,
    latestMs: post.atMs + 3_600_000,
    enumerations: ENUMERATIONS,
    validate,
    show: (value) => JSON.stringify(value),
  });
  if (notification === null || warnings.length > 0) throw new Error(`not as OCS would post it: ${post.text}`);
  return { post, notification };
}

/** What a receiver makes of it. */
export function historyOf(heard: readonly Heard[]): History {
  const moments = heard.map(({ notification }): OrderedMoment => {
    const { statement, atMs } = notification;
    return { ...wordsOf(statement, ENUMERATIONS), atMs, content: statementContent(statement) };
  });
  return deriveHistory(moments);
}

/** How a group stands by what was heard of it until a time; null: nothing. */
export function knownBy(heard: readonly Heard[], untilMs: number): Known | null {
  const until = heard.filter(({ post }) => post.atMs <= untilMs);
  const last = until.at(-1);
  const { current, transitions } = historyOf(until);
  if (last === undefined || current === null) return null;
  const { state, dialMode, optimizeBy, optimizeGoal } = current.bearing;
  const { GSW_CAMPAIGN_GROUP_GUID: guid } = JSON.parse(last.post.text) as Record<string, string>;
  const [first] = transitions;
  return {
    ...{ state, dialMode, optimizeBy, optimizeGoal, guid: guid ?? '', atMs: current.atMs },
    firstLoadMs: first?.fromState === 'not_loaded' ? first.atMs : null,
  };
}
