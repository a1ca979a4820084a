/** Plays a simulated campaign group without network or clock: every post it would send, in order. */
import type { Post } from '../../src/simulator/account.js';
import { DEFAULT_OPTIONS, type SimulationOptions } from '../../src/simulator/options.js';
import { Player } from '../../src/simulator/player.js';
import { Random } from '../../src/simulator/random.js';
import { campaignGroups } from '../../src/simulator/scenario.js';
import { T0 } from './notifications.js';

export interface Play {
  readonly steps: number;
  readonly stepMs: number;
  readonly groupIndex?: number;
  readonly options?: Partial<SimulationOptions>;
}

export function postsOf({ steps, stepMs, groupIndex = 0, options = {} }: Play): Post[] {
  const all: SimulationOptions = { ...DEFAULT_OPTIONS, url: 'http://127.0.0.1:1', groups: groupIndex + 1, ...options };
  const random = new Random(all.seed);
  const group = campaignGroups(all, random.fork('scenario'))[groupIndex];
  if (!group) throw new Error('no such group');
  const player = new Player(group, { groupIndex, loadAtMs: 0 }, { options: all, random });
  const posts: Post[] = [];
  for (let step = 0; step < steps; step++) {
    const moment = { wallMs: T0 + step * stepMs, campaignMs: step * stepMs * all.speed };
    const post = player.change(moment) ?? player.periodic(moment);
    if (post) posts.push(post);
  }
  return posts;
}

export function bodyIn(post: Post): Record<string, unknown> {
  return JSON.parse(post.text) as Record<string, unknown>;
}
