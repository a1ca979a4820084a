/** What happens to a database, and to receivers before it. */
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import type { DatabaseGround, Way } from './ground.js';
import { signal } from './node.js';
import { LONG_OUTAGE, outage, SHORT_OUTAGE } from './outage.js';

export interface DatabaseFault {
  readonly name: string;
  readonly way: Way;
  /** How often in a default run, and in a long one. */
  readonly cycles: { readonly default: number; readonly long: number };
  /** Does it, waits until it has an effect, and heals it. What it returns goes into the account. */
  readonly strike: (scene: DatabaseScene) => Promise<string | null>;
}

export interface DatabaseScene {
  readonly ground: DatabaseGround;
  /** A number in [0, 1): when exactly something happens. */
  readonly random: () => number;
  readonly isLong: boolean;
  /** To be told what was asked for and not reached, which keeps nothing from being counted. */
  readonly miss: (what: string) => void;
}

export const KILLED_PRIMARY = 'kill -9 of the primary, its standby takes over';
const ONCE = { default: 1, long: 20 };
/** Posts that were not stored as ever before a fault counts as felt. */
const FELT = 8;
const FELT_WITHIN_MS = 60_000;
const AGAIN_WITHIN_MS = 30_000;

/** Any moment of a batch, of a commit, of an answer. */
const anyMoment = ({ random }: DatabaseScene) => pause(random() * 200);

const unlike = ({ ledger }: DatabaseGround) => ledger.lost + ledger.spooled;

/** Resolves when posts are refused, not answered or spooled. */
async function felt(ground: DatabaseGround): Promise<void> {
  const before = unlike(ground);
  await eventually(() => {
    if (unlike(ground) < before + FELT) throw new Error('the fault is not felt');
  }, FELT_WITHIN_MS);
}

/** Does what brings it back, and resolves with how long it took until posts are stored again. */
async function storedAgain(ground: DatabaseGround, heal: () => Promise<void> | void): Promise<string> {
  const startedMs = performance.now();
  await heal();
  const healedMs = performance.now();
  const stored = () => ground.ledger.total - ground.ledger.spooled;
  const before = stored();
  await eventually(() => {
    if (stored() < before + FELT) throw new Error(`nothing is stored again: ${ground.service.stderr}`);
  }, AGAIN_WITHIN_MS);
  const [healing, again] = [healedMs - startedMs, performance.now() - healedMs].map((ms) => (ms / 1000).toFixed(1));
  return `healed in ${healing ?? ''} s, stored again ${again ?? ''} s later`;
}

async function failOver(ground: DatabaseGround): Promise<string> {
  return storedAgain(ground, () => ground.failOver());
}

export const DATABASE_FAULTS: readonly DatabaseFault[] = [
  {
    name: KILLED_PRIMARY,
    way: 'direct',
    cycles: { default: 2, long: 20 },
    strike: async (scene) => {
      await anyMoment(scene);
      await scene.ground.cluster.primary.kill();
      return failOver(scene.ground);
    },
  },
  {
    name: 'frozen primary',
    way: 'direct',
    cycles: ONCE,
    strike: async (scene) => {
      const { primary } = scene.ground.cluster;
      await anyMoment(scene);
      primary.freeze();
      await felt(scene.ground);
      await anyMoment(scene);
      return storedAgain(scene.ground, () => {
        primary.thaw();
      });
    },
  },
  {
    name: 'frozen walreceiver of the standby',
    way: 'direct',
    cycles: ONCE,
    strike: async (scene) => {
      const pid = scene.ground.cluster.standby.walReceiver();
      signal(pid, 'SIGSTOP');
      await felt(scene.ground);
      await anyMoment(scene);
      return storedAgain(scene.ground, () => {
        signal(pid, 'SIGCONT');
      });
    },
  },
  {
    name: 'network cut, and back',
    way: 'direct',
    cycles: ONCE,
    strike: async (scene) => {
      const { network, cluster } = scene.ground;
      await anyMoment(scene);
      network.plug(cluster.primary.host, false);
      await felt(scene.ground);
      return storedAgain(scene.ground, () => {
        network.plug(cluster.primary.host, true);
      });
    },
  },
  {
    name: 'network cut, the standby takes over',
    way: 'direct',
    cycles: ONCE,
    strike: async (scene) => {
      const { network, cluster } = scene.ground;
      const cutOff = cluster.primary;
      await anyMoment(scene);
      network.plug(cutOff.host, false);
      await felt(scene.ground);
      const note = await failOver(scene.ground);
      // It has not heard that it is none any more: nobody may find it writing.
      await cutOff.kill();
      network.plug(cutOff.host, true);
      return note;
    },
  },
  {
    name: 'full disk of the primary',
    way: 'direct',
    cycles: ONCE,
    strike: async ({ ground }) => {
      const { primary } = ground.cluster;
      primary.fillDisk();
      await felt(ground);
      return storedAgain(ground, async () => {
        primary.emptyDisk();
        if (!primary.isRunning) await primary.start();
      });
    },
  },
  {
    name: 'kill -9 of one receiver after the other while the primary is away',
    way: 'direct',
    cycles: ONCE,
    strike: async (scene) => {
      const { ground } = scene;
      await ground.cluster.primary.kill();
      await felt(ground);
      await anyMoment(scene);
      for (const receiver of ground.receivers) {
        // Its successor begins without a database, with what this one has spooled.
        await receiver.kill();
        await felt(ground);
      }
      return storedAgain(ground, () => ground.cluster.primary.start());
    },
  },
  {
    name: 'outage',
    way: 'direct',
    cycles: { default: 1, long: 1 },
    strike: ({ ground, isLong, miss }) => outage(ground, isLong ? LONG_OUTAGE : SHORT_OUTAGE, miss),
  },
  {
    name: 'kill -9 of a receiver',
    way: 'direct',
    cycles: { default: 2, long: 20 },
    strike: async (scene) => {
      const receiver = scene.ground.receivers[scene.random() < 0.5 ? 0 : 1];
      await anyMoment(scene);
      await receiver.kill();
      return null;
    },
  },
  {
    name: 'SIGTERM and start of a receiver',
    way: 'direct',
    cycles: ONCE,
    strike: async (scene) => {
      const receiver = scene.ground.receivers[scene.random() < 0.5 ? 0 : 1];
      await anyMoment(scene);
      const code = await receiver.end('SIGTERM');
      if (code !== 0) throw new Error(`SIGTERM: exit code ${String(code)}`);
      await receiver.start();
      return null;
    },
  },
  {
    name: 'kill -9 of the primary behind PgBouncer, its standby takes over',
    way: 'pooled',
    cycles: ONCE,
    strike: async (scene) => {
      await anyMoment(scene);
      await scene.ground.cluster.primary.kill();
      return failOver(scene.ground);
    },
  },
  {
    name: 'kill -9 of PgBouncer',
    way: 'pooled',
    cycles: ONCE,
    strike: async (scene) => {
      await anyMoment(scene);
      return storedAgain(scene.ground, () => scene.ground.pooler.restart());
    },
  },
];
