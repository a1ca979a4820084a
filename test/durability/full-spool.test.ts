/** A spool on a full disk takes nothing and says so; what it had taken is drained, and none of it is missing. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { onDatabase, urlOf } from '../support/postgres-server.js';
import { aPost, dateTime, STARTED } from '../support/posts.js';
import { freePort, Program } from '../support/program.js';
import { smallDisk } from '../support/small-disk.js';

/** More than the spool's file and its log take when they are new. */
const DISK_MB = 4;
const STARTED_MS = 1_790_000_000_000;

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});
const disk = smallDisk(DISK_MB);
afterAll(() => disk?.remove());

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly outcome: unknown;
}

async function send(url: string, n: number): Promise<Answer> {
  const body = JSON.stringify(aPost({ ...STARTED, GSW_DATE_TIME: dateTime(STARTED_MS + n * 1000) }));
  const response = await fetch(`${url}/ocs/campaign-group-state`, { method: 'POST', body });
  const { outcome } = (await response.json()) as { outcome?: unknown };
  return { status: response.status, retryAfter: response.headers.get('retry-after'), outcome };
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`ocs_monitor_${name} `));
  return Number(line?.split(' ')[1]);
}

describe('a spool on a full disk', () => {
  it.runIf(disk !== null)(
    'gives 503 with Retry-After, never a 200 that lies, and goes on when there is room',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ocm-full-spool-'));
      cleanUp.push(() => {
        removeFolder(folder);
      });
      if (disk === null) throw new Error('there is none');
      const server = await OwnPostgres.start(folder);
      cleanUp.push(() => server.end());
      await onDatabase(server.server, 'postgres', (client) => client.query('CREATE DATABASE ocm'));
      const flags = ['--store', urlOf(server.server, 'ocm'), '--state-folder', disk.path];
      const program = await Program.start(await freePort(), '', flags);
      cleanUp.push(() => program.end('SIGKILL'));
      const { url } = program;

      let sent = 0;
      const taken: number[] = [];
      const post = async () => {
        const n = sent++;
        const answer = await send(url, n);
        if (answer.status === 200) taken.push(n);
        return answer;
      };
      expect((await post()).status).toBe(200);
      server.freeze();
      await eventually(async () => {
        expect((await post()).outcome).toBe('spooled');
      });
      disk.fill();
      await eventually(async () => {
        const { status, retryAfter } = await post();
        expect({ status, mayRetry: retryAfter !== null }).toEqual({ status: 503, mayRetry: true });
      });
      disk.empty();
      await eventually(async () => {
        expect((await post()).outcome).toBe('spooled');
      });
      server.thaw();
      await eventually(async () => {
        expect([await metric(url, 'store_up'), await metric(url, 'spool_items')]).toEqual([1, 0]);
      });
      for (const n of taken) expect((await send(url, n)).outcome, `post ${String(n)}`).toBe('duplicate');
    },
    60_000,
  );
});
