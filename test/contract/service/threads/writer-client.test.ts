/** What becomes of the writer's thread is told to whoever waits: over real threads that play it. */
import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { MonitorError } from '../../../../src/domain/errors.js';
import { WriterClient } from '../../../../src/service/threads/writer-client.js';
import { eventually } from '../../../support/eventually.js';

const workers: Worker[] = [];
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.terminate();
});

/** A thread that answers `prepare` and `open`, and does with every other question what `script` says. */
function aThread(script: string): Worker {
  const worker = new Worker(
    `const { parentPort: port } = require('node:worker_threads');
     const answer = (id, value) => port.postMessage({ kind: 'answer', id, value });
     const fail = (id, code) => port.postMessage({ kind: 'fault', id, fault: { code, message: 'why', stack: '' } });
     const die = () => setImmediate(() => { throw new Error('it broke'); });
     port.on('message', ({ id, method, args }) => {
       if (method === 'close') { answer(id); setImmediate(() => port.close()); return; }
       ${script}
     });`,
    { eval: true },
  );
  workers.push(worker);
  return worker;
}

const ENTRY = { atMs: 0, action: 'reload', actor: 'signal', address: null, detail: {}, result: 'done' };

async function started(script: string) {
  const deaths: string[] = [];
  const worker = aThread(`if (method === 'open') { answer(id, {}); return; } ${script}`);
  const { client } = await WriterClient.start(worker, {
    onDeath: ({ message }) => void deaths.push(message),
  });
  return { client, deaths };
}

const messageOf = (error: unknown) => (error as Error).message;

describe('a start', () => {
  it('that is refused says why, though answer and end come in one turn: of 1,200 real threads on a busy machine one did', async () => {
    const told = new EventEmitter();
    const postMessage = ({ id }: { id: number }) => {
      setImmediate(() => {
        told.emit('message', { kind: 'fault', id, fault: { code: 'OCM_LOCKED', message: 'why', stack: '' } });
        told.emit('exit', 0);
      });
    };
    const worker = Object.assign(told, { postMessage }) as unknown as Worker;
    const starting = WriterClient.start(worker, { onDeath: () => undefined });
    await expect(starting).rejects.toMatchObject({ code: 'OCM_LOCKED' });
  });

  it('keeps of what was handed over what was not forgotten since, and nothing of a damaged database', async () => {
    const news = (method: string, args: string) =>
      `port.postMessage({ kind: 'news', method: '${method}', args: [${args}] });`;
    const worker = aThread(`
      if (method === 'prepare') {
        ${news('snapshots', '[{ groupNo: 1 }]')} ${news('anew', '')} ${news('snapshots', '[{ groupNo: 2 }, { groupNo: 3 }]')}
        answer(id, ['migrate']);
      }
      if (method === 'open') {
        ${news('snapshots', '[{ groupNo: 3, again: true }, { groupNo: 4 }]')} ${news('gone', '[2]')}
        ${news('callbacks', "['a']")} ${news('callbacks', "['b']")}
        answer(id, { retoldGroups: args[0].waitedMs });
      }`);
    const { state } = await WriterClient.start(worker, {
      onDeath: () => undefined,
      predecessorGone: (pending) => Promise.resolve({ touched: null, waitedMs: pending.length }),
    });
    expect(state).toEqual({
      retoldGroups: 1,
      snapshots: [{ groupNo: 3, again: true }, { groupNo: 4 }],
      openCallbacks: ['a', 'b'],
    });
  });

  it('fails when the thread dies, also while the predecessor is still there; nobody else is told', async () => {
    const deaths: string[] = [];
    const start = WriterClient.start(aThread(`answer(id, []); die();`), {
      onDeath: ({ message }) => void deaths.push(message),
      predecessorGone: () => new Promise(() => undefined),
    });
    await expect(start).rejects.toThrow('it broke');
    expect(deaths).toEqual([]);
  });

  it('fails with the code of what kept the writer from opening', async () => {
    const start = WriterClient.start(aThread(`fail(id, 'OCM_LOCKED');`), { onDeath: () => undefined });
    await expect(start).rejects.toThrow(expect.objectContaining({ code: 'OCM_LOCKED' }) as Error);
  });
});

describe('a writer’s thread that dies', () => {
  it('rejects all that wait and all that comes, and is told once', async () => {
    const { client, deaths } = await started(`if (method === 'probe') die();`);
    const waiting = [
      client.commit([]),
      client.audit(ENTRY),
      client.replay({ ids: [], source: null, reason: null, dryRun: true }, () => undefined),
      client.probe(),
    ];
    const ends = await Promise.all(waiting.map((one) => one.then(() => 'kept', messageOf)));
    expect(ends).toEqual(Array(4).fill('it broke'));
    expect(await client.commit([]).catch(messageOf)).toBe('it broke');
    await client.close();
    expect(deaths).toEqual(['it broke']);
  });

  it('is no death when it was told to close: what it leaves unanswered is rejected', async () => {
    const { client, deaths } = await started('');
    const probe = client.probe();
    await Promise.all([client.close(), expect(probe).rejects.toThrow('the service is stopping')]);
    expect(deaths).toEqual([]);
  });
});

describe('a store that is lost', () => {
  const code = (error: unknown) => (error as MonitorError).code;

  it.each(['OCM_STORE_LOST', 'OCM_DAMAGED'])('is told by whoever commits, and else at once: %s', async (lost) => {
    const { client, deaths } = await started(`fail(id, '${lost}');`);
    expect(await client.commit([]).then(() => null, code)).toBe(lost);
    expect(deaths).toEqual([]);
    expect(await client.audit(ENTRY).then(() => null, code)).toBe(lost);
    expect(deaths).toEqual(['why']);
  });

  it('is not, where only nothing can be written now', async () => {
    const { client, deaths } = await started(`fail(id, 'OCM_UNAVAILABLE');`);
    expect(await client.probe().then(() => null, code)).toBe('OCM_UNAVAILABLE');
    expect(deaths).toEqual([]);
  });

  it('is told though nobody asked, when a beat finds it', async () => {
    const fault = `{ code: 'OCM_STORE_LOST', message: 'the file is gone', stack: '' }`;
    const { client, deaths } = await started(`port.postMessage({ kind: 'news', method: 'lost', args: [${fault}] });`);
    client.probe().catch(() => undefined);
    await eventually(() => {
      expect(deaths).toEqual(['the file is gone']);
    });
  });
});
