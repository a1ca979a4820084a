import { beforeEach, describe, expect, it } from 'vitest';
import { startChild } from '../../../src/supervisor/child-process.js';
import { inheritedSockets } from '../../../src/supervisor/inherited-sockets.js';
import type { Order } from '../../../src/supervisor/messages.js';
import { type Child, type ChildListener, type Role, Supervisor } from '../../../src/supervisor/supervisor.js';

interface FakeChild extends Child, ChildListener {
  readonly role: Role;
  readonly orders: Order[];
  killed: boolean;
}

/** Children that only note what they are told, and a clock that goes when it is moved. */
class World {
  readonly children: FakeChild[] = [];
  readonly errors: string[] = [];
  readonly infos: Readonly<Record<string, unknown>>[] = [];
  nowMs = 0;
  #timers: { readonly atMs: number; readonly work: () => void }[] = [];
  readonly supervisor: Supervisor;

  constructor() {
    const note = (_fields: object, message: string) => void this.errors.push(message);
    this.supervisor = new Supervisor({
      spawn: (role, listener) => {
        const orders: Order[] = [];
        const child: FakeChild = {
          ...listener,
          role,
          orders,
          killed: false,
          pid: 100 + this.children.length,
          send: (order) => void orders.push(order),
          kill: () => (child.killed = true),
        };
        this.children.push(child);
        return child;
      },
      after: (ms, work) => {
        const timer = { atMs: this.nowMs + ms, work };
        this.#timers.push(timer);
        return () => (this.#timers = this.#timers.filter((other) => other !== timer));
      },
      nowMs: () => this.nowMs,
      log: {
        error: note,
        warn: note,
        info: (fields) => void this.infos.push(fields as Readonly<Record<string, unknown>>),
        debug: () => undefined,
      },
      drainMs: 20_000,
    });
  }

  /** The child started last. */
  get last(): FakeChild {
    return this.child(this.children.length - 1);
  }

  child(index: number): FakeChild {
    const child = this.children[index];
    if (child === undefined) throw new Error(`no child ${String(index)}`);
    return child;
  }

  pass(ms: number): void {
    this.nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.nowMs);
    for (const { work } of due) work();
  }

  /** How long after the death of the last child another one is there. */
  pauseAfterDeath(): number {
    const before = this.children.length;
    const fromMs = this.nowMs;
    this.last.onExit({ status: 1, reason: 'status 1' });
    this.pass(0);
    while (this.children.length === before) {
      if (this.nowMs - fromMs > 60_000) throw new Error('nobody is started again');
      this.pass(50);
    }
    return this.nowMs - fromMs;
  }
}

const DIED = { status: null, reason: 'SIGKILL' };
const ENDED = { status: 0, reason: 'status 0' };
const TAKE_OVER = { kind: 'take-over', by: null, handOver: { touched: null, waitedMs: 0 } };
const TAKE_OVER_OF_THE_DEAD = { ...TAKE_OVER, handOver: null };
const NOTE = { kind: 'note-changes' };
const notReplaced = (by: 'signal' | null, why: string) => {
  return { kind: 'not-replaced', by, why: expect.stringContaining(why) as string };
};
const HAND_OVER = { kind: 'end', how: 'hand-over' };

describe('a supervisor', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
    world.last.onReport({ kind: 'ready', drainMs: 20_000 });
  });

  it('ends with the status of a first service that never became ready', async () => {
    const fresh = new World();
    fresh.last.onExit({ status: 1, reason: 'status 1' });
    expect(await fresh.supervisor.ended()).toBe(1);
    expect(fresh.children).toHaveLength(1);
  });

  it('starts another service at once, then after longer and longer pauses, five seconds at most', () => {
    const pauses = Array.from({ length: 8 }, () => world.pauseAfterDeath());
    expect(pauses).toEqual([0, 250, 500, 1000, 2000, 4000, 5000, 5000]);
  });

  it('starts another at once again when the one before was ready for ten seconds', () => {
    for (let time = 0; time < 4; time++) world.pauseAfterDeath();
    world.last.onReport({ kind: 'ready', drainMs: 20_000 });
    world.pass(9_000);
    expect(world.pauseAfterDeath()).toBe(2000);
    world.last.onReport({ kind: 'ready', drainMs: 20_000 });
    world.pass(10_000);
    expect(world.pauseAfterDeath()).toBe(0);
  });

  it('counts no time in which the service was not ready as health', () => {
    world.pauseAfterDeath();
    world.pass(60_000);
    expect(world.pauseAfterDeath()).toBe(250);
  });

  it('lets the successor prepare, then the predecessor drain, then the successor take over', async () => {
    const [old] = [world.last];
    const replaced = world.supervisor.replace();
    const successor = world.last;
    expect(successor.role).toBe('successor');
    expect(old.orders).toEqual([NOTE]);
    successor.onReport({ kind: 'prepared' });
    expect(await replaced).toEqual({ outcome: 'replacing', successor: successor.pid, drainMs: 20_000 });
    expect(old.orders).toEqual([NOTE, HAND_OVER]);
    expect(successor.orders).toEqual([]);
    const touched = { sinceMs: 5, groupNos: [1, 2] };
    old.onReport({ kind: 'released', touched });
    expect(successor.orders).toEqual([{ ...TAKE_OVER, handOver: { touched, waitedMs: 0 } }]);
    old.onExit(ENDED);
    expect(world.children).toHaveLength(2);
  });

  it.each(['before', 'after'])(
    'answers the service that asked for a reload %s the successor is known',
    async (when) => {
      const [old] = [world.last];
      old.onReport({ kind: 'reload' });
      if (when === 'before') world.last.onExit({ status: 1, reason: 'status 1' });
      else world.last.onReport({ kind: 'prepared' });
      await Promise.resolve();
      await Promise.resolve();
      const expected = when === 'before' ? { kind: 'reload-failed' } : { kind: 'reloading', successor: world.last.pid };
      expect(old.orders).toContainEqual(expect.objectContaining(expected));
    },
  );

  it('goes on as it was when the successor dies before it is prepared, and says so', async () => {
    const [old] = [world.last];
    const replaced = world.supervisor.replace();
    world.last.onExit({ status: 1, reason: 'status 1' });
    await expect(replaced).rejects.toMatchObject({ code: 'OCM_RELOAD_FAILED' });
    expect(old.orders).toEqual([NOTE, notReplaced(null, 'status 1')]);
    const again = world.supervisor.replace();
    world.last.onReport({ kind: 'prepared' });
    await expect(again).resolves.toMatchObject({ successor: world.last.pid });
  });

  it('tells the service that goes on who wanted the successor that did not come up', () => {
    world.supervisor.replaceOnSignal();
    world.last.onExit({ status: 1, reason: 'status 1' });
    expect(world.child(0).orders).toEqual([NOTE, notReplaced('signal', 'status 1')]);
  });

  it('kills a successor that hangs before it is prepared, goes on as it was, and can be reloaded again', async () => {
    const [old] = [world.last];
    const replaced = world.supervisor.replace();
    const hung = world.last;
    world.pass(44_999);
    expect(hung.killed).toBe(false);
    world.pass(1);
    await expect(replaced).rejects.toMatchObject({
      code: 'OCM_RELOAD_FAILED',
      message: expect.stringContaining('not prepared within 45 s') as string,
    });
    const failed = notReplaced(null, 'not prepared within 45 s');
    expect([hung.killed, old.killed, old.orders]).toEqual([true, false, [NOTE, failed]]);
    expect(world.errors).toEqual(['the successor did not come up; the service goes on as it was']);
    // Whatever is still heard of it.
    const again = world.supervisor.replace();
    hung.onReport({ kind: 'prepared' });
    hung.onExit(DIED);
    expect(old.orders).toEqual([NOTE, failed, NOTE]);
    world.last.onReport({ kind: 'prepared' });
    await expect(again).resolves.toMatchObject({ successor: world.last.pid });
    expect(old.orders).toEqual([NOTE, failed, NOTE, HAND_OVER]);
    world.pass(25_000);
    expect(world.child(2).killed).toBe(false);
  });

  it('gives up a successor that hangs for the one that a signal asked for meanwhile', () => {
    world.supervisor.replaceOnSignal();
    const hung = world.last;
    world.supervisor.replaceOnSignal();
    world.pass(45_000);
    expect([hung.killed, world.last.role, world.children.length]).toEqual([true, 'successor', 3]);
    world.last.onReport({ kind: 'prepared' });
    expect(world.child(0).orders).toEqual([NOTE, NOTE, HAND_OVER]);
  });

  it('starts another service when the successor hangs and the predecessor is dead', () => {
    void world.supervisor.replace().catch(() => undefined);
    const hung = world.last;
    world.child(0).onExit(DIED);
    world.pass(45_000);
    world.pass(0);
    expect([hung.killed, world.last.role, world.children.length]).toEqual([true, 'service', 3]);
  });

  it('kills a predecessor that let go of the database and does not end', () => {
    const [old] = [world.last];
    void world.supervisor.replace();
    world.last.onReport({ kind: 'prepared' });
    old.onReport({ kind: 'released' });
    world.pass(30_000);
    expect([old.killed, world.last.killed]).toEqual([true, false]);
  });

  it('kills a service that does not end after its drain when everything ends', () => {
    world.supervisor.stop('drain');
    world.pass(79_999);
    expect(world.last.killed).toBe(false);
    world.pass(1);
    expect(world.last.killed).toBe(true);
  });

  it('lets the successor take over as soon as it is prepared when the predecessor dies meanwhile', () => {
    const [old] = [world.last];
    void world.supervisor.replace();
    old.onExit(DIED);
    expect(world.children).toHaveLength(2);
    world.last.onReport({ kind: 'prepared' });
    expect(world.last.orders).toEqual([TAKE_OVER_OF_THE_DEAD]);
  });

  it('lets the successor take over when the predecessor dies while it drains', () => {
    const [old] = [world.last];
    void world.supervisor.replace();
    world.last.onReport({ kind: 'prepared' });
    old.onExit(DIED);
    expect(world.last.orders).toEqual([TAKE_OVER_OF_THE_DEAD]);
  });

  it('tells a successor that does not come up at its take-over from a service that died, and what to do', () => {
    void world.supervisor.replace();
    world.last.onReport({ kind: 'prepared' });
    world.child(0).onReport({ kind: 'released' });
    const pauses = Array.from({ length: 3 }, () => world.pauseAfterDeath());
    const told = 'the service did not come up and is tried again; connections wait';
    expect(pauses).toEqual([0, 250, 500]);
    expect(world.errors).toEqual([told, told, told]);
    world.last.onReport({ kind: 'ready', drainMs: 20_000 });
    world.pauseAfterDeath();
    expect(world.errors.at(-1)).toBe('the service died and is started again');
  });

  it('starts another service when both die, one after the other', () => {
    const [old] = [world.last];
    void world.supervisor.replace();
    world.last.onReport({ kind: 'prepared' });
    world.last.onExit(DIED);
    expect(world.children).toHaveLength(2);
    old.onExit(ENDED);
    world.pass(0);
    expect(world.children).toHaveLength(3);
    expect(world.last.role).toBe('service');
  });

  it('kills a predecessor that does not end its drain', () => {
    const [old] = [world.last];
    void world.supervisor.replace();
    world.last.onReport({ kind: 'prepared' });
    world.pass(29_999);
    expect(old.killed).toBe(false);
    world.pass(1);
    expect(old.killed).toBe(true);
  });

  it('waits for a predecessor that says it waits for its disk, but not for ever', () => {
    const [old] = [world.last];
    void world.supervisor.replace();
    world.last.onReport({ kind: 'prepared' });
    const waiting = (seconds: number) => {
      for (let n = 0; n < seconds; n++) {
        old.onReport({ kind: 'ending', stage: 'answering' });
        world.pass(1000);
      }
    };
    waiting(139);
    expect(old.killed).toBe(false);
    waiting(2);
    expect(old.killed).toBe(true);
  });

  it('kills a predecessor that has stopped saying that it waits', () => {
    const [old] = [world.last];
    void world.supervisor.replace();
    world.last.onReport({ kind: 'prepared' });
    world.pass(28_000);
    old.onReport({ kind: 'ending', stage: 'answering' });
    world.pass(2000);
    expect(old.killed).toBe(false);
    for (let n = 0; n < 4; n++) world.pass(1000);
    expect(old.killed).toBe(true);
  });

  it('logs how long nobody accepted: at a hand-over from the end of the drain on, after a crash from then on', () => {
    const [old] = [world.last];
    void world.supervisor.replace();
    const successor = world.last;
    successor.onReport({ kind: 'prepared' });
    world.pass(20_000);
    old.onReport({ kind: 'ending', stage: 'answering' });
    world.pass(700);
    old.onReport({ kind: 'released' });
    world.pass(300);
    successor.onReport({ kind: 'ready', drainMs: 20_000 });
    successor.onExit(DIED);
    world.pass(40);
    world.last.onReport({ kind: 'ready', drainMs: 20_000 });
    const waits = world.infos.filter(({ unservedMs }) => unservedMs !== undefined);
    expect(waits.map(({ pid, unservedMs }) => [pid, unservedMs])).toEqual([
      [successor.pid, 1000],
      [world.last.pid, 40],
    ]);
  });

  it('gives each predecessor the drain that its own settings name', async () => {
    void world.supervisor.replace();
    const second = world.last;
    second.onReport({ kind: 'prepared' });
    world.child(0).onReport({ kind: 'released' });
    world.child(0).onExit(ENDED);
    second.onReport({ kind: 'ready', drainMs: 120_000 });
    const again = world.supervisor.replace();
    world.last.onReport({ kind: 'prepared' });
    expect(await again).toMatchObject({ drainMs: 120_000 });
    world.pass(129_999);
    expect(second.killed).toBe(false);
    world.pass(1);
    expect(second.killed).toBe(true);
  });

  it('replaces one at a time', async () => {
    void world.supervisor.replace();
    await expect(world.supervisor.replace()).rejects.toMatchObject({ code: 'OCM_RELOAD_FAILED' });
    expect(world.children).toHaveLength(2);
  });

  it('replaces once more on a signal that came while it was replacing, as the settings may have changed since', () => {
    world.supervisor.replaceOnSignal();
    const second = world.last;
    world.supervisor.replaceOnSignal();
    world.supervisor.replaceOnSignal();
    second.onReport({ kind: 'prepared' });
    world.child(0).onReport({ kind: 'released' });
    expect(second.orders).toEqual([{ ...TAKE_OVER, by: 'signal' }]);
    expect(world.children).toHaveLength(2);
    second.onReport({ kind: 'ready', drainMs: 20_000 });
    expect(world.children).toHaveLength(3);
    world.last.onReport({ kind: 'prepared' });
    second.onReport({ kind: 'released' });
    world.last.onReport({ kind: 'ready', drainMs: 20_000 });
    expect(world.children).toHaveLength(3);
  });

  it('tries again at once when the successor died of settings that were mended meanwhile', () => {
    world.supervisor.replaceOnSignal();
    world.supervisor.replaceOnSignal();
    world.last.onExit({ status: 1, reason: 'status 1' });
    expect(world.children).toHaveLength(3);
    expect(world.last.role).toBe('successor');
    world.last.onExit({ status: 1, reason: 'status 1' });
    expect(world.children).toHaveLength(3);
  });

  it('calls nobody dead who drained as it was told', () => {
    void world.supervisor.replace();
    const successor = world.last;
    successor.onReport({ kind: 'prepared' });
    successor.onExit(DIED);
    world.child(0).onExit(ENDED);
    world.pass(0);
    expect(world.children).toHaveLength(3);
    expect(world.errors).not.toContain('the service died and is started again');
  });

  it('starts at once when it is asked to replace a service that waits for its turn after a crash', async () => {
    for (let time = 0; time < 4; time++) world.pauseAfterDeath();
    world.last.onExit(DIED);
    const before = world.children.length;
    await world.supervisor.replace();
    expect(world.children).toHaveLength(before + 1);
    world.pass(60_000);
    expect(world.children).toHaveLength(before + 1);
  });

  it('tells everybody to end, and ends with the worst of their statuses', async () => {
    const [old] = [world.last];
    const replaced = world.supervisor.replace();
    const successor = world.last;
    world.supervisor.stop('drain');
    await expect(replaced).rejects.toMatchObject({ code: 'OCM_RELOAD_FAILED' });
    for (const child of [old, successor]) expect(child.orders.at(-1)).toEqual({ kind: 'end', how: 'drain' });
    world.supervisor.stop('now');
    expect(old.orders.at(-1)).toEqual({ kind: 'end', how: 'now' });
    successor.onExit(ENDED);
    world.pass(1800);
    expect([old.killed, successor.killed]).toEqual([true, false]);
    old.onExit(DIED);
    expect(await world.supervisor.ended()).toBe(1);
  });

  it('fails for nobody who has answered everybody, and only waits for the disk', async () => {
    world.supervisor.stop('now');
    world.last.onReport({ kind: 'ending', stage: 'answered' });
    world.pass(1800);
    expect(world.last.killed).toBe(true);
    world.last.onExit(DIED);
    expect(await world.supervisor.ended()).toBe(0);
  });

  it('fails for nobody who is killed in the start: such a service has taken nothing', async () => {
    const starting = new World();
    starting.supervisor.stop('now');
    starting.pass(1800);
    expect(starting.last.killed).toBe(true);
    starting.last.onExit({ status: null, reason: 'SIGKILL' });
    expect(await starting.supervisor.ended()).toBe(0);
  });

  it('ends at once while nobody serves, and starts nobody any more', async () => {
    world.last.onExit(DIED);
    world.supervisor.stop('drain');
    world.pass(60_000);
    expect(await world.supervisor.ended()).toBe(0);
    expect(world.children).toHaveLength(1);
  });
});

describe('a process that cannot be started', () => {
  it('is told of as one that ended, later', async () => {
    const exits: string[] = [];
    const ended = new Promise<void>((resolve) => {
      const onExit = ({ reason }: { reason: string }) => {
        exits.push(reason);
        resolve();
      };
      // Refused before there is a process, as when descriptors have run out.
      startChild({ args: ['\0'], environment: {}, sockets: [] }, { onReport: () => undefined, onExit });
    });
    expect(exits).toEqual([]);
    await ended;
    expect(exits).toEqual([expect.stringContaining('null bytes')]);
  });
});

describe('inherited sockets', () => {
  it.each([
    ['none without the variable', {}, null],
    ['none when there are none', { LISTEN_FDS: '0' }, null],
    ['none when they are meant for another process', { LISTEN_FDS: '1', LISTEN_PID: '8' }, null],
    ['the first for posts', { LISTEN_FDS: '1', LISTEN_PID: '7' }, { ingest: 3 }],
    ['whatever its name', { LISTEN_FDS: '1', LISTEN_FDNAMES: 'ocs-monitor.socket' }, { ingest: 3 }],
    ['by name', { LISTEN_FDS: '2', LISTEN_FDNAMES: 'read:ingest' }, { read: 3, ingest: 4 }],
    ['the other one for posts', { LISTEN_FDS: '2', LISTEN_FDNAMES: 'read:unknown' }, { read: 3, ingest: 4 }],
  ])('are %s', (_what, environment, expected) => {
    expect(inheritedSockets(environment, 7)).toEqual(expected);
  });

  it.each([{ LISTEN_FDS: 'three' }, { LISTEN_FDS: '-1' }, { LISTEN_FDS: '1', LISTEN_FDNAMES: 'read' }])(
    'are refused when they make no sense: %o',
    (environment) => {
      expect(() => inheritedSockets(environment, 7)).toThrow(expect.objectContaining({ code: 'OCM_CONFIG' }));
    },
  );
});
