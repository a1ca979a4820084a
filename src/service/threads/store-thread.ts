/** A thread of the store. */
import { type ResourceLimits, Worker } from 'node:worker_threads';
import type { Logger } from '../../domain/log.js';

/** Characters of what a thread says at once. */
const SAID_CHARACTERS = 1000;

/** What Node has to say in it, such as a warning, goes to the log: by itself it would wait for whoever reads stderr. */
export function startThread(entry: URL, workerData: unknown, log: Logger, resourceLimits: ResourceLimits = {}): Worker {
  const thread = new Worker(entry, {
    workerData,
    stdout: true,
    stderr: true,
    resourceLimits,
  });
  for (const stream of [thread.stdout, thread.stderr]) {
    stream.on('data', (said: Buffer) => {
      log.warn({ said: said.toString().slice(0, SAID_CHARACTERS) }, 'a thread of the store has something to say');
    });
  }
  return thread;
}
