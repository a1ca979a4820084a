/** What must hold after a fault, of a database that several receivers share. */
import { Agent } from 'node:http';
import { eventually } from '../../support/eventually.js';
import { copies, freshPosts } from '../check.js';
import { type Breach, findBreaches } from '../oracle.js';
import { DATABASE } from './cluster.js';
import type { DatabaseGround } from './ground.js';
import { writeSnapshot } from './snapshot.js';

const DRAINED_WITHIN_MS = 90_000;

/** The client must be at rest, the fault over. */
export async function checkDatabase(ground: DatabaseGround): Promise<Breach[]> {
  await ground.receiversReady();
  const agent = new Agent({ keepAlive: true });
  try {
    const asked: string[] = [];
    for (const { url } of ground.receivers) {
      await drained(url);
      asked.push(...(await freshPosts(ground, url, agent)), ...(await copies(ground.ledger, url, agent)));
    }
    asked.push(...(await toldUnlike(ground)));
    await writeSnapshot(ground.cluster.primary.server, DATABASE, ground.snapshot);
    return [
      ...asked.map((what) => ({ kind: 'not served' as const, what })),
      ...findBreaches(ground.snapshot, ground.ledger),
      ...(await ground.twin.differences(ground.snapshot, ground.ledger)),
    ];
  } finally {
    agent.destroy();
  }
}

/** Resolves when a receiver holds nothing any more that the database has not. */
async function drained(url: string): Promise<void> {
  await eventually(async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const [, items = '0'] = /^ocs_monitor_spool_items(?:{[^}]*})? (\d+)/m.exec(metrics) ?? [];
    if (items !== '0') throw new Error(`${url} still has ${items} posts in its spool`);
  }, DRAINED_WITHIN_MS);
}

const HISTORY = '/api/v1/transitions?limit=1000';

/** As a receiver knows them of groups that it has heard of itself. */
const NAMES = new Set(['tenant', 'campaign_group', 'campaign', 'agent_group', 'queue']);

/** One history, whichever receiver is asked. */
async function toldUnlike({ receivers }: DatabaseGround): Promise<string[]> {
  const told = await Promise.all(
    receivers.map(async ({ url }) => {
      const response = await fetch(url + HISTORY);
      const withoutNames = (key: string, value: unknown) => (NAMES.has(key) ? undefined : value);
      return `${String(response.status)} ${JSON.stringify(await response.json(), withoutNames)}`;
    }),
  );
  const [one = '', other = ''] = told;
  if (!one.startsWith('200 ')) return [`${HISTORY} is answered ${one.slice(0, 300)}`];
  return one === other ? [] : [`${HISTORY} differs between receivers: ${firstDifference(one, other)}`];
}

function firstDifference(one: string, other: string): string {
  let at = 0;
  while (one[at] === other[at]) at++;
  return [one, other].map((text) => text.slice(Math.max(0, at - 60), at + 60)).join(' and ');
}
