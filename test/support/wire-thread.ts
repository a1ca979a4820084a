/** The thread that has the connections of `blocking-wire.ts`. */
import { type MessagePort, workerData } from 'node:worker_threads';
import { ExchangeFailed } from '../../src/postgres/failures.js';
import { Wire } from '../../src/postgres/wire.js';
import type { Asked } from './blocking-wire.js';
import { emptyDatabase, newDatabase, newDatabaseIn, OTHER_ENGINE } from './postgres-server.js';

const DEADLINE_MS = 60_000;

export function serveWires(): void {
  const { port, signal } = workerData as { readonly port: MessagePort; readonly signal: Int32Array };
  const wires = new Map<number, Wire>();
  let database: string | null = null;
  const freshDatabase = async ({ server, isOther }: NonNullable<Asked['fresh']>): Promise<string> => {
    if (database === null) database = await (isOther ? newDatabaseIn(server, OTHER_ENGINE) : newDatabase(server));
    else await emptyDatabase(server, database);
    return database;
  };
  const answer = async ({ wire, open, statements, close, fresh }: Asked): Promise<unknown> => {
    if (fresh) return freshDatabase(fresh);
    if (open) wires.set(wire, await Wire.open({ ...open, deadlineMs: DEADLINE_MS }));
    if (statements) return wires.get(wire)?.exchange(statements);
    if (close) await wires.get(wire)?.close();
    return undefined;
  };
  const reply = (message: unknown) => {
    port.postMessage(message);
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  };
  port.on('message', (asked: Asked) => {
    answer(asked).then(
      (value) => {
        reply({ value });
      },
      (error: unknown) => {
        const sqlState = error instanceof ExchangeFailed ? error.sqlState : null;
        reply({ failed: { message: String(error), sqlState } });
      },
    );
  });
}
