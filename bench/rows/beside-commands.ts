/** Good posts beside commands of the operator, one after the other for as long as it is measured. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '../program.js';
import { steady } from '../steady.js';
import { load } from '../wrk.js';
import { besideBench } from './beside.js';

const run = promisify(execFile);
const GROUPS = 1000;

/** Runs `ask` again and again; ends after the one under way. What fails, fails the bench. */
function again(ask: () => Promise<unknown>): () => Promise<void> {
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) await ask();
  })();
  // It is awaited at the end.
  asking.catch(() => undefined);
  return async () => {
    over.abort();
    await asking;
  };
}

export const BESIDE_BACKUP = besideBench({
  ...{ name: 'beside-backup', what: 'backups', groups: GROUPS, ceiling: 1.5 },
  // Something to copy: at the rate of wrk some hundred thousand notifications.
  prepare: async ({ port }, { seconds }) => {
    await load(port, { seconds: 2 * seconds, groups: GROUPS });
  },
  begin: ({ database }) => {
    const copy = `${database}.copy`;
    return again(async () => {
      const args = [join(root, 'dist/main.js'), 'backup', copy, '--store', `sqlite:${database}`];
      await run(process.execPath, args);
      rmSync(copy);
    });
  },
});

const FORGETS = 3;
const FORGOTTEN_GROUPS = 10;
const FORGOTTEN_POSTS = 5000;
const sourceNamed = (no: number) => `forgotten-${no}`;

/** Sources of 10 groups and 5,000 posts each are told of before, and forgotten three per round. */
export const BESIDE_FORGET = (() => {
  let forgotten = 0;
  return besideBench({
    ...{ name: 'beside-forget', what: '`forget`', groups: GROUPS, ceiling: 1.5 },
    prepare: async ({ port }, { rounds }) => {
      forgotten = 0;
      const options = { port, perSecond: FORGOTTEN_POSTS, seconds: 1, groups: FORGOTTEN_GROUPS };
      // Once more than there are rounds: while the rate is looked for.
      for (let no = 0; no < FORGETS * (rounds + 1); no++) await steady({ ...options, source: sourceNamed(no) });
    },
    begin: ({ port }) => {
      let left = FORGETS;
      return again(async () => {
        if (left-- > 0) await forget(port, sourceNamed(forgotten++));
        await pause(1000);
      });
    },
  });
})();

async function forget(port: number, source: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const post = { method: 'POST', headers, body: JSON.stringify({ source }) };
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/forget`, post);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`forget was answered ${answer.status}: ${text}`);
}
