/** The follower's thread on PostgreSQL: reads what other receivers commit, on a connection of its own. */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { HeldAnew, Polled } from '../../domain/followed.js';
import { randomKey, sha256Digest } from '../../node/digest.js';
import { systemClock } from '../../node/system-clock.js';
import { enumerationsWith } from '../../ocs/enumerations.js';
import { LaneAtOnce } from '../../postgres/at-once.js';
import { BlockingConnection } from '../../postgres/blocking/blocking-connection.js';
import { BlockingWire } from '../../postgres/blocking/blocking-wire.js';
import { Follower } from '../../postgres/follow/follower.js';
import { HeldState } from '../../postgres/held-state.js';
import { ServiceRows } from '../../postgres/service-rows.js';
import { answer, type Answering } from '../threads/calls.js';
import { inPieces } from '../threads/pieces.js';
import type { FollowerCalls, HeldPiece } from './follower-calls.js';
import type { PostgresFollowerData } from './thread-data.js';

/** How long the server may take for an answer: what is shown is as old meanwhile. */
const DEADLINE_MS = 5000;
/** Rows around a place that are loaded together. */
const ROWS_AT_ONCE = 20;

const QUERY_THREAD = new URL('../../postgres/blocking/query-thread.js', import.meta.url);
const WIRE_THREAD = new URL('../../postgres/blocking/wire-thread.js', import.meta.url);

const nowMs = () => systemClock.nowMs();

class FollowerThread implements Answering<FollowerCalls> {
  readonly #data: PostgresFollowerData;
  readonly #follower: Follower;

  constructor(data: PostgresFollowerData) {
    this.#data = data;
    const db = new BlockingConnection(
      data.server,
      (threadData, transferList) =>
        new Worker(QUERY_THREAD, { workerData: threadData, transferList: [...transferList] }),
      DEADLINE_MS,
    );
    const elapsedMs = () => performance.now();
    this.#follower = new Follower(db, { ...data.from, ownLanes: data.lanes, nowMs, elapsedMs });
  }

  poll(): Polled {
    return this.#follower.poll();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- slices are told in turn, as of any long answer
  async *reload(): AsyncGenerator<HeldPiece, Omit<HeldAnew, keyof HeldPiece>> {
    // First: what is committed from here on is polled.
    const places = this.#follower.places();
    const no = this.#follower.newestMoment();
    const wire = this.#openWire();
    try {
      const held = this.#heldOver(wire);
      const { snapshots, leftOut } = held.shown();
      yield* piecesOf(snapshots, (piece) => ({ snapshots: piece, openCallbacks: [] }));
      const openCallbacks = held.openCallbacks(systemClock.nowMs() - this.#data.callbackTtlMs);
      yield* piecesOf(openCallbacks, (piece) => ({ snapshots: [], openCallbacks: piece }));
      const lastCallbackEvents = held.lastCallbackEvents();
      const quarantine = held.quarantineCounts();
      this.#follower.startFrom(places);
      return { no, leftOut, lastCallbackEvents, quarantine };
    } finally {
      wire.close();
    }
  }

  #openWire(): BlockingWire {
    const { server } = this.#data;
    const spawn: ConstructorParameters<typeof BlockingWire>[1] = (threadData, transferList) =>
      new Worker(WIRE_THREAD, { workerData: threadData, transferList: [...transferList] });
    return new BlockingWire(server, spawn, DEADLINE_MS);
  }

  /** Over a lane that writes nothing. */
  #heldOver(wire: BlockingWire): HeldState {
    const { maxHeads, quarantineLimitBytes, enumerations, lanes, from } = this.#data;
    const lane = new LaneAtOnce(wire, {
      maxHeads,
      quarantineLimitBytes,
      enumerations: enumerationsWith(enumerations),
      digest: sha256Digest,
      hashNumber: () => '',
      numberMark: null,
      schemaVersionOf: () => '',
      nowMs,
      rowsAtOnce: ROWS_AT_ONCE,
      newId: () => `${lanes}.${randomKey()}`,
    });
    return new HeldState(lane, new ServiceRows(wire, { receiver: from.receiver, holder: lanes }));
  }
}

function piecesOf<T>(items: Iterable<T>, pieceOf: (items: readonly T[]) => HeldPiece): readonly HeldPiece[] {
  const pieces: HeldPiece[] = [];
  inPieces(items, (piece) => pieces.push(pieceOf(piece)));
  return pieces;
}

function main(): void {
  const port = parentPort;
  if (!port) throw new Error('follower-thread.ts runs as a worker thread only');
  answer<[FollowerCalls]>(port, [new FollowerThread(workerData as PostgresFollowerData)]);
}

main();
