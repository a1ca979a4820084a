/**
 * The thread between a client and PostgreSQL of `faulty-server.ts`: it counts statements, and does something else in the place
 * of some. What the server refuses it really refuses, so that all that comes behind it is as with a fault of its own.
 */
import { connect, createServer, type Socket } from 'node:net';
import { type MessagePort, workerData } from 'node:worker_threads';
import { CELLS, FAULTS, type Fault, type ProxyData } from './wire-faults.js';

/** One statement of the client with its Sync, or a simple query: what the server answers by one ReadyForQuery. */
interface Unit {
  readonly bytes: Buffer;
  /** Null: it goes through. */
  readonly fault: Fault | null;
}

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const message = (type: string, body: Buffer) => Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
const query = (sql: string) => message('Q', Buffer.from(`${sql}\0`));
const refusal = (severity: string, sqlState: string) =>
  message('E', Buffer.from(`S${severity}\0V${severity}\0C${sqlState}\0Mplayed\0\0`));
const done = (tag: string) => message('C', Buffer.from(`${tag}\0`));

/** What the server is told in the place of a statement. */
function toldFor({ bytes, fault }: Unit): Buffer {
  if (fault?.kind === 'refused' || fault?.kind === 'hidden')
    return query(`DO $$ BEGIN RAISE EXCEPTION 'played' USING ERRCODE = '${fault.sqlState}'; END $$`);
  return fault?.kind === 'terminated' ? query('SELECT pg_terminate_backend(pg_backend_pid())') : bytes;
}

/** What the client hears in the place of what the server says; null: what it says. */
function answerOf(fault: Fault): Buffer | null {
  if (fault.kind === 'answered') return refusal('ERROR', fault.sqlState);
  return fault.kind === 'hidden' ? done('INSERT 0 1') : null;
}

/** The messages that are whole at the front of what has come; how long they are together. */
function* messagesIn(bytes: Buffer): Generator<{ readonly type: string; readonly whole: Buffer }, number> {
  let from = 0;
  while (bytes.length >= from + 5) {
    const to = from + 1 + bytes.readInt32BE(from + 1);
    if (bytes.length < to) break;
    yield { type: String.fromCharCode(bytes[from] ?? 0), whole: bytes.subarray(from, to) };
    from = to;
  }
  return from;
}

class Session {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #control: Int32Array;
  #fromClient: Buffer = Buffer.alloc(0);
  #fromServer: Buffer = Buffer.alloc(0);
  #isStarted = false;
  #parts: Buffer[] = [];
  /** Sent, and not yet answered whole. The start of the session is the first. */
  readonly #open: Unit[] = [{ bytes: Buffer.alloc(0), fault: null }];
  /** Nothing of the client goes through any more. */
  #isCut = false;

  constructor(client: Socket, target: string, control: Int32Array) {
    this.#client = client;
    this.#control = control;
    this.#server = connect(target);
    client.setNoDelay(true);
    client.on('data', (bytes) => {
      this.#fromClient = Buffer.concat([this.#fromClient, bytes]);
      this.#hearClient();
    });
    this.#server.on('data', (bytes) => {
      this.#fromServer = Buffer.concat([this.#fromServer, bytes]);
      this.#hearServer();
    });
    for (const [one, other] of [
      [client, this.#server],
      [this.#server, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('end', () => other.end());
      one.on('close', () => other.destroy());
    }
  }

  #hearClient(): void {
    if (!this.#isStarted) {
      const length = this.#fromClient.length < 4 ? Infinity : this.#fromClient.readInt32BE(0);
      if (this.#fromClient.length < length) return;
      this.#isStarted = true;
      this.#server.write(this.#fromClient.subarray(0, length));
      this.#fromClient = this.#fromClient.subarray(length);
    }
    const messages = messagesIn(this.#fromClient);
    let step = messages.next();
    for (; !step.done; step = messages.next()) this.#take(step.value.type, step.value.whole);
    this.#fromClient = this.#fromClient.subarray(step.value);
  }

  #take(type: string, whole: Buffer): void {
    if (this.#isCut) return;
    if (type === 'X') {
      this.#server.write(whole);
      return;
    }
    this.#parts.push(whole);
    if (type !== 'Q' && type !== 'S') return;
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#send({ bytes, fault: this.#faultNow() });
  }

  #faultNow(): Fault | null {
    const no = Atomics.add(this.#control, CELLS.count, 1) + 1;
    const from = Atomics.load(this.#control, CELLS.at);
    const isHit = from > 0 && no >= from && no < from + Atomics.load(this.#control, CELLS.times);
    if (!isHit) return null;
    Atomics.add(this.#control, CELLS.played, 1);
    return FAULTS[Atomics.load(this.#control, CELLS.fault)]?.fault ?? null;
  }

  #send(unit: Unit): void {
    if (unit.fault?.kind === 'broken before') {
      this.#isCut = true;
      this.#break();
      return;
    }
    if (unit.fault?.kind === 'broken after') this.#isCut = true;
    this.#open.push(unit);
    this.#server.write(toldFor(unit));
  }

  #hearServer(): void {
    const messages = messagesIn(this.#fromServer);
    let step = messages.next();
    for (; !step.done; step = messages.next()) this.#relay(step.value.type, step.value.whole);
    this.#fromServer = this.#fromServer.subarray(step.value);
  }

  #relay(type: string, whole: Buffer): void {
    const fault = this.#open[0]?.fault ?? null;
    const isReady = type === 'Z';
    if (isReady) this.#open.shift();
    if (fault?.kind === 'broken after') {
      if (isReady) this.#break();
      return;
    }
    const answer = fault === null ? null : answerOf(fault);
    if (answer !== null && !isReady) return;
    if (answer !== null) this.#client.write(answer);
    this.#client.write(whole);
  }

  #break(): void {
    this.#server.destroy();
    this.#client.destroy();
  }
}

export function serveFaults(): void {
  const { port, control, target } = workerData as ProxyData & { readonly port: MessagePort };
  const server = createServer((client) => {
    new Session(client, target, control);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    port.postMessage(typeof address === 'object' && address !== null ? address.port : 0);
  });
}
