/** What must hold after a fault, of a database that several receivers share. */
import { Agent } from 'node:http';
import { messageOf } from '../../../src/domain/errors.js';
import { eventually } from '../../support/eventually.js';
import { copies, freshPosts, groupFaults, shownGroups } from '../check.js';
import { type Breach, findBreaches } from '../oracle.js';
import { DATABASE } from './cluster.js';
import { drained } from './drained.js';
import type { DatabaseGround } from './ground.js';
import { writeSnapshot } from './snapshot.js';

/** The client must be at rest, the fault over. */
export async function checkDatabase(ground: DatabaseGround): Promise<Breach[]> {
  await ground.receiversReady();
  const agent = new Agent({ keepAlive: true });
  try {
    const asked: string[] = [];
    // What one has in its spool, another one does not know.
    await Promise.all(ground.receivers.map(({ url }) => drained(url)));
    for (const { url } of ground.receivers) {
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

const HISTORY = '/api/v1/transitions?limit=1000';
/** What one receiver has committed is what the others show. */
const SHOWN_WITHIN_MS = 2000;

/** One history, and the same groups, whichever receiver is asked. */
async function toldUnlike(ground: DatabaseGround): Promise<string[]> {
  try {
    await eventually(async () => {
      const faults = await toldUnlikeNow(ground);
      if (faults.length > 0) throw new Error(faults.join('; '));
    }, SHOWN_WITHIN_MS);
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}

async function toldUnlikeNow({ receivers, ledger }: DatabaseGround): Promise<string[]> {
  const faults: string[] = [];
  for (const { url } of receivers) {
    const shown = await shownGroups(url);
    faults.push(...groupFaults(ledger, shown).map((what) => `${url}: ${what}`));
  }
  const told = await Promise.all(
    receivers.map(async ({ url }) => {
      const response = await fetch(url + HISTORY);
      return `${String(response.status)} ${await response.text()}`;
    }),
  );
  const [one = '', other = ''] = told;
  if (!one.startsWith('200 ')) return [...faults, `${HISTORY} is answered ${one.slice(0, 300)}`];
  if (one === other) return faults;
  return [...faults, `${HISTORY} differs between receivers: ${firstDifference(one, other)}`];
}

function firstDifference(one: string, other: string): string {
  let at = 0;
  while (one[at] === other[at]) at++;
  return [one, other].map((text) => text.slice(Math.max(0, at - 60), at + 60)).join(' and ');
}
