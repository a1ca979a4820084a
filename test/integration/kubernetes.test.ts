/**
 * What becomes of posts when Kubernetes replaces receivers, takes a machine from them, or loses one: the program with the settings
 * of deploy/kubernetes, ended by the same signals in the same order, under senders that keep their connections and repeat nothing.
 * Whatever was acknowledged must be there.
 */
import { Agent } from 'node:http';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { PooledClient, postOnce } from '../faults/client.js';
import { isDebt, Ledger } from '../faults/ledger.js';
import { Deployed } from '../support/deployed.js';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';
import { kustomized } from '../support/kustomize.js';
import { ClusterService, Pod, TOKEN } from '../support/pods.js';
import { postgresServices } from '../support/postgres-service.js';
import { aPost } from '../support/posts.js';

const services = postgresServices();
const [sqlite, postgres] = ['sqlite', 'postgres'].map(
  (name) => new Deployed(kustomized(`deploy/kubernetes/overlays/${name}`)),
) as [Deployed, Deployed];
/** The waits of the manifests, as many times as short. */
const SHORTER = 8;
/** So long the nodes take to hear that a pod goes, of the 10 s / 8 that it waits. */
const HEARD_MS = 600;
const CONNECTIONS = 3;

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ocm-pods-'));
  cleanUp.push(() => {
    removeFolder(path);
  });
  return path;
}

async function podOf(deployed: Deployed, store: string | null, place = folder()): Promise<Pod> {
  const pod = await Pod.start(deployed, { folder: place, store });
  cleanUp.push(() => pod.kill());
  return pod;
}

async function serviceOf(...pods: readonly Pod[]): Promise<ClusterService> {
  const service = await ClusterService.start(pods.map(({ port }) => port));
  cleanUp.push(() => {
    service.end();
  });
  return service;
}

interface Sending {
  readonly ledger: Ledger;
  /** Resolves when so many more posts are acknowledged. */
  readonly more: (debts: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Twice as many connections as said: OCS's, and Callback's. */
function sendingTo({ url }: ClusterService): Sending {
  const ledger = new Ledger();
  const client = new PooledClient({ url, ledger, connections: CONNECTIONS, groups: 2 }, 'pods');
  client.pace(150);
  const stop = () => client.stop();
  cleanUp.push(stop);
  const more = async (debts: number) => {
    const wanted = ledger.total + debts;
    await eventually(() => {
      expect(ledger.total).toBeGreaterThanOrEqual(wanted);
    });
  };
  return { ledger, more, stop };
}

/** What was acknowledged and is not there: posted once more it would be new. */
async function missingAt(pod: Pod, { entries }: Ledger): Promise<readonly string[]> {
  const agent = new Agent({ keepAlive: true });
  const missing: string[] = [];
  for (const entry of [...entries.values()].filter(isDebt)) {
    const { outcome } = await postOnce(agent, `http://127.0.0.1:${String(pod.port)}/t/${TOKEN}`, entry.post);
    if (outcome !== 'duplicate') missing.push(`${entry.post.key}: ${String(outcome)}`);
  }
  agent.destroy();
  return missing;
}

describe('two receivers on PostgreSQL', () => {
  it('are replaced one after the other, or their machines drained, and no post is lost', async () => {
    const store = services.storeOf(await services.database());
    const places = [folder(), folder()];
    const pods = [await podOf(postgres, store, places[0]), await podOf(postgres, store, places[1])];
    const service = await serviceOf(...pods);
    const sending = sendingTo(service);
    for (const [at, old] of pods.entries()) {
      await sending.more(30);
      const ended = old.end(SHORTER);
      await pause(HEARD_MS);
      service.endpoints = pods.filter((one) => one !== old).map(({ port }) => port);
      expect(await ended).toBe(0);
      pods[at] = await podOf(postgres, store, places[at]);
      service.endpoints = pods.map(({ port }) => port);
    }
    await sending.more(30);
    await sending.stop();
    const { ledger } = sending;
    expect({ lost: ledger.lost, strange: ledger.strange }).toEqual({ lost: 0, strange: [] });
    // Everybody had to move twice; the last that came gets nobody, because connections stay where they are.
    expect(service.taken.size).toBe(3);
    for (const pod of pods) expect(await missingAt(pod, ledger)).toEqual([]);
  });

  it('without the wait before the signal a post is refused that a node sends to a pod that has gone', async () => {
    const store = services.storeOf(await services.database());
    const [going, staying] = [await podOf(postgres, store), await podOf(postgres, store)];
    const service = await serviceOf(going, staying);
    expect(await going.endAtOnce()).toBe(0);
    const post = { path: '/ocs/campaign-group-state', text: JSON.stringify(aPost()) };
    const told = [];
    for (let n = 0; n < 2; n++) told.push((await postOnce(new Agent(), service.url, post)).status);
    expect(told).toEqual([null, 200]);
  });

  it('lose with a machine what was under way to it, and nothing that was acknowledged', async () => {
    const store = services.storeOf(await services.database());
    const place = folder();
    const [dying, staying] = [await podOf(postgres, store, place), await podOf(postgres, store)];
    const service = await serviceOf(dying, staying);
    const sending = sendingTo(service);
    await sending.more(30);
    dying.freeze();
    // Nobody knows yet. Who has a connection to the other one goes on.
    await sending.more(20);
    service.endpoints = [staying.port];
    await dying.kill();
    await sending.more(30);
    const again = await podOf(postgres, store, place);
    service.endpoints = [again.port, staying.port];
    await sending.more(10);
    await sending.stop();
    const { ledger } = sending;
    expect(ledger.strange).toEqual([]);
    expect(ledger.lost).toBeGreaterThan(0);
    expect(ledger.lost).toBeLessThanOrEqual(2 * CONNECTIONS);
    expect(await missingAt(staying, ledger)).toEqual([]);
  });
});

describe('one receiver with SQLite', () => {
  it('loses what is posted until the next one is ready, and nothing that was acknowledged', async () => {
    const place = folder();
    const old = await podOf(sqlite, null, place);
    const service = await serviceOf(old);
    const sending = sendingTo(service);
    await sending.more(30);
    // A pod that ends gets posts as long as there is no other.
    expect(await old.end(SHORTER)).toBe(0);
    expect(sending.ledger.strange).toEqual([]);
    const next = await podOf(sqlite, null, place);
    service.endpoints = [next.port];
    await sending.more(30);
    await sending.stop();
    expect(sending.ledger.lost).toBeGreaterThan(0);
    expect(await missingAt(next, sending.ledger)).toEqual([]);
  });
});
