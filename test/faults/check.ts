/** What must hold after a fault: asked of the service first, then of the database file itself. */
import { Agent } from 'node:http';
import { STATISTICS } from '../../src/ocs/fields.js';
import { eventually } from '../support/eventually.js';
import { postOnce } from './client.js';
import type { Ground } from './grounds.js';
import { type Entry, isCoalesced, isDebt, type Ledger } from './ledger.js';
import { type Breach, findBreaches } from './oracle.js';
import type { Post } from './posts.js';
import type { Service } from './service.js';

/** Posts of each kind that are sent again, and groups and callbacks that are looked at. */
const SAMPLE = 6;

/** The client must be at rest, the fault over. */
export async function check(ground: Ground): Promise<Breach[]> {
  await ground.service.ready();
  const agent = new Agent({ keepAlive: true });
  try {
    const { url } = ground.service;
    const asked = [
      ...(await freshPosts(ground, url, agent)),
      ...(await copies(ground.ledger, url, agent)),
      ...(await shown(ground)),
    ];
    return [
      ...asked.map((what) => ({ kind: 'not served' as const, what })),
      ...findBreaches(ground.database, ground.ledger, ground.onlySource),
    ];
  } finally {
    agent.destroy();
  }
}

/** Who posts after a fault, and where it is written down. */
export type Fresh = Pick<Ground, 'ledger' | 'freshGroup' | 'freshCallbacks'>;

/** A fresh post of each sort goes through; it is a debt like any other. */
export async function freshPosts(ground: Fresh, url: string, agent: Agent): Promise<string[]> {
  const faults: string[] = [];
  for (const post of [ground.freshGroup.next(), ground.freshCallbacks.next()]) {
    const entry = ground.ledger.sending(post);
    ground.ledger.answered(entry, await postOnce(agent, url, post));
    if (!isDebt(entry)) faults.push(`a fresh post, ${post.key}: ${JSON.stringify(entry.told)}`);
  }
  return faults;
}

/** A copy of what was acknowledged is known as one, under the id that was answered then. */
export async function copies(ledger: Ledger, url: string, agent: Agent): Promise<string[]> {
  const faults: string[] = [];
  for (const { post, told } of sampled(ledger, () => true)) {
    const again = await postOnce(agent, url, post);
    if (again.outcome === 'duplicate' && again.id === told.id) continue;
    faults.push(`a copy of ${post.key}, answered ${JSON.stringify(told)}, is answered ${JSON.stringify(again)}`);
  }
  return faults;
}

/** The newest debts of some owners, of campaigns and of callbacks. */
function sampled(ledger: Ledger, wanted: (post: Post) => boolean): Entry[] {
  const debts = [...ledger.entries.values()].filter(
    (entry) => isDebt(entry) && !isCoalesced(entry) && wanted(entry.post),
  );
  const of = (isCampaign: boolean) =>
    debts.filter(({ post }) => (post.kind === 'campaign') === isCampaign).slice(-SAMPLE);
  return [...of(true), ...of(false)];
}

async function shown(ground: Ground): Promise<string[]> {
  const { url } = ground.service;
  const get = async (path: string): Promise<unknown> => (await fetch(`${url}/api/v1${path}`)).json();
  const items = await shownGroups(url);
  const byDbid = new Map(items.map((item) => [item.dbid, item]));
  const faults = groupFaults(ground.ledger, items);
  for (const { post } of sampled(
    ground.ledger,
    ({ bearing, kind }) => kind === 'event' || bearing?.state === 'running',
  )) {
    const what = post.kind === 'campaign' ? await sampleFault(post, byDbid, get) : await storyFault(post, get);
    if (what !== null) faults.push(what);
  }
  const metrics = await fetch(`${url}/metrics`);
  if (!metrics.ok || !(await metrics.text()).includes('ocs_campaign_group_state{'))
    faults.push('/metrics is not served');
  return faults;
}

export interface GroupItem {
  readonly id: string;
  readonly dbid: string;
  readonly state: string;
  readonly last_event_at: string;
}

/** All groups, page by page. */
export async function shownGroups(url: string): Promise<GroupItem[]> {
  const items: GroupItem[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await fetch(`${url}/api/v1/campaign-groups?limit=1000${query}`);
    const page = (await response.json()) as { items: GroupItem[]; next_cursor: string | null };
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

/** Every group stands where its newest post put it: the newest debt, or a later post that was not answered. */
export function groupFaults(ledger: Ledger, items: readonly GroupItem[]): string[] {
  const byDbid = new Map(items.map((item) => [item.dbid, item]));
  const posts = new Map<string, Entry[]>();
  for (const entry of ledger.entries.values()) {
    if (entry.post.kind !== 'campaign') continue;
    const ofGroup = posts.get(entry.post.owner) ?? [];
    posts.set(entry.post.owner, ofGroup);
    ofGroup.push(entry);
  }
  const faults: string[] = [];
  for (const [dbid, entries] of posts) {
    const owed = entries.findLastIndex(isDebt);
    if (owed === -1) continue;
    const item = byDbid.get(dbid);
    const candidates = entries.slice(owed).map(({ post }) => post.bearing);
    const stands = candidates.some(
      (bearing) => item?.state === bearing?.state && Date.parse(item?.last_event_at ?? '') === bearing?.atMs,
    );
    if (!stands) {
      const told = entries
        .slice(Math.max(0, owed - 1))
        .map((entry) => `${entry.post.key} ${entry.post.bearing?.state ?? ''}: ${String(entry.told.status)}`);
      const { state, last_event_at } = item ?? {};
      const shown = item === undefined ? 'not shown' : `shown as ${String(state)} at ${String(last_event_at)}`;
      faults.push(`group ${dbid} is ${shown}; answered: ${told.join(', ')}`);
    }
  }
  return faults;
}

type Get = (path: string) => Promise<unknown>;

/** The sample of a running group with the figures that were sent. */
async function sampleFault(post: Post, byDbid: ReadonlyMap<string, GroupItem>, get: Get): Promise<string | null> {
  const atMs = post.bearing?.atMs ?? 0;
  const range = `from=${new Date(atMs).toISOString()}&to=${new Date(atMs + 1).toISOString()}`;
  const id = byDbid.get(post.owner)?.id ?? '';
  const { items } = (await get(`/campaign-groups/${id}/statistics?${range}`)) as { items?: Record<string, unknown>[] };
  const sent = JSON.parse(post.text) as Record<string, unknown>;
  const isSame = Object.entries(STATISTICS).every(
    ([name, field]) => items?.[0]?.[COLUMN_OF[name as keyof typeof STATISTICS]] === sent[field],
  );
  return isSame ? null : `the sample of ${post.key} is shown as ${JSON.stringify(items)}`;
}

const COLUMN_OF = {
  busyRatio: 'busy_ratio',
  hitRatio: 'hit_ratio',
  overdialRatio: 'overdial_ratio',
  timeToCompleteSeconds: 'time_to_complete_seconds',
} as const satisfies Record<keyof typeof STATISTICS, string>;

/** The story of a callback holds the event. */
async function storyFault(post: Post, get: Get): Promise<string | null> {
  const story = (await get(`/callbacks/${post.owner}`)) as { events?: { keys: Record<string, unknown> }[] };
  const sent = JSON.parse(post.text) as Record<string, unknown>;
  const held = story.events?.some(({ keys }) => keys['_CB_FINAL_RECORD'] === sent['_CB_FINAL_RECORD']) ?? false;
  return held ? null : `the story of ${post.owner} lacks ${post.key}: ${JSON.stringify(story).slice(0, 500)}`;
}

interface Posting {
  readonly ledger: Ledger;
  readonly service: Pick<Service, 'stderr'>;
}

/** Resolves when so many more debts of both sorts were made; rejects when traffic stands still for too long. */
export async function moreDebts({ ledger, service }: Posting, campaigns: number, callbacks: number): Promise<void> {
  const until = { campaigns: ledger.campaignDebts + campaigns, callbacks: ledger.callbackDebts + callbacks };
  await eventually(() => {
    if (ledger.campaignDebts >= until.campaigns && ledger.callbackDebts >= until.callbacks) return;
    const made = `${String(ledger.campaignDebts)} campaign and ${String(ledger.callbackDebts)} callback posts`;
    throw new Error(`no traffic: ${made} acknowledged so far; the service says: ${service.stderr.slice(-1500)}`);
  }, 60_000);
}
