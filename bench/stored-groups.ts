/** A database of many campaign groups, written by the store's own thread. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { KEPT_FOR_EVER } from '../src/domain/retention.js';
import type { Delivery } from '../src/domain/store.js';
import { WriterClient } from '../src/service/threads/writer-client.js';
import type { WriterThreadData } from '../src/service/sqlite/writer-thread-data.js';
import { root } from './program.js';

const AT_ONCE = 1000;
/** Of three groups one is unloaded again, one runs, one is loaded only. */
const KINDS = 3;

export interface Told {
  readonly no: number;
  readonly atMs: number;
  /** State and action of the enumeration. */
  readonly state: number;
  readonly action: number;
}

/** What OCS posts of a group; every tenth has two calling lists. */
export function bodyOf({ no, atMs, state, action }: Told): string {
  const lists = no % 10 === 0 && state === 5 ? { GSW_CALLING_LISTS: listsOf(no) } : {};
  return JSON.stringify({
    GSW_USER_EVENT: 'CampaignGroupState',
    GSW_DATE_TIME: (atMs / 1000).toFixed(3),
    GSW_TENANT_NAME: 'Environment',
    GSW_TENANT_CCID: '1',
    GSW_CAMPAIGN_GROUP_NAME: `Campaign ${no}@Agents ${no % 50}`,
    GSW_CAMPAIGN_GROUP_GUID: `6f1c2d34-90ab-4e1f-8d55-${String(no).padStart(12, '0')}`,
    GSW_CAMPAIGN_GROUP_DBID: String(no),
    GSW_GROUP_NAME: `Agents ${no % 50}`,
    GSW_CAMPAIGN_NAME: `Campaign ${no}`,
    GSW_CAMPAIGN_TEMPLATE_NAME: 'Outbound Standard',
    GSW_QUEUE_NAME: '8001',
    GSW_DIAL_MODE: 1,
    GSW_OPTIMIZE_BY: 2,
    GSW_OPTIMIZE_GOAL: 3,
    GSW_CAMPAIGN_GROUP_STATE: state,
    GSW_CAMPAIGN_GROUP_ACTION: action,
    GSW_CAMPAIGN_GROUP_ACTOR: 1,
    ...(state === 5 && { GSW_STAT_BUSY_FACTOR: 0.81, GSW_STAT_HIT_RATIO: 0.27, GSW_STAT_OVERDIAL_RATE: 0.014 }),
    ...lists,
  });
}

function listsOf(no: number) {
  const figures = { GSW_STAT_HIT_RATIO: 0.29, GSW_STAT_TIME_TO_COMPLETE: 1800 };
  return { [`List ${no} early`]: figures, [`List ${no} late`]: figures };
}

/** Loaded, started, and of a third unloaded again: three posts per group at most. */
function* livesOf(groups: number, nowMs: number): Generator<Delivery> {
  for (let post = 0; post < 3; post++) {
    for (let no = 1; no <= groups; no++) {
      const atMs = nowMs - 3_600_000 + post * 60_000 + (no % 1000);
      const told = toldOf(no, post);
      if (told === null) continue;
      const bytes = bodyOf({ no, atMs, ...told });
      yield { endpoint: 'campaign-group-state', source: 'default', receivedAtMs: atMs + 5, bytes };
    }
  }
}

/** What a group's nth post says: null when it has no more to say. */
function toldOf(no: number, post: number): Pick<Told, 'state' | 'action'> | null {
  if (post === 0) return { state: 3, action: 7 };
  if (no % KINDS === 0) return null;
  if (post === 1) return { state: 5, action: 9 };
  return no % KINDS === 1 ? { state: 0, action: 8 } : null;
}

/** Writes the database, an hour before `nowMs`. */
export async function storeGroups(database: string, groups: number, nowMs: number): Promise<void> {
  const data: WriterThreadData = {
    ...{
      path: database,
      maxHeads: groups,
      quarantineLimitBytes: 1_000_000,
      retention: KEPT_FOR_EVER,
      maxClockAheadMs: 3_600_000,
    },
    ...{ lockWaitMs: 0, keepsLedger: false, socketOutlived: false },
    ...{ numberKey: null, callbackTtlMs: 86_400_000, enumerations: {}, encodings: {} },
  };
  const worker = new Worker(join(root, 'dist/service/sqlite/writer-thread.js'), { workerData: data });
  const { client } = await WriterClient.start(worker, { onDeath: () => undefined });
  let batch: Delivery[] = [];
  for (const delivery of livesOf(groups, nowMs)) {
    batch.push(delivery);
    if (batch.length < AT_ONCE) continue;
    await client.commit(batch);
    batch = [];
  }
  await client.commit(batch);
  await client.close();
}
