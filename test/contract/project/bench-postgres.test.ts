/** The PostgreSQL of a bench ends with it, however that ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { usageOf } from '../../../bench/process-tree.js';
import { walBytes, withDatabase, withPostgres } from '../../../bench/postgres/server.js';

const SERVER = new URL('../../../bench/postgres/server.ts', import.meta.url).href;

describe('the PostgreSQL of a bench', () => {
  it('writes as durably as it can, is measured, and ends when the bench fails', async () => {
    let [pid, folder] = [0, ''];
    const failing = withPostgres(async (postgres) => {
      ({
        pid,
        server: { host: folder },
      } = postgres);
      await withDatabase(postgres, async (database) => {
        const settings = `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`;
        const { rows } = await database.work((client) => client.query(settings));
        expect(rows).toEqual([{ fsync: 'on', commit: 'on' }]);
        const [usage, bytes] = [usageOf(pid), await walBytes(database)];
        await database.work((client) => client.query('CREATE TABLE t AS SELECT generate_series(1, 500000) AS n'));
        expect(await walBytes(database)).toBeGreaterThan(bytes + 1e6);
        // What wrote it has ended, and counts.
        expect(usageOf(pid).cpuSeconds).toBeGreaterThan(usage.cpuSeconds);
      });
      throw new Error('the bench failed');
    });

    await expect(failing).rejects.toThrow('the bench failed');
    expect([existsSync(`/proc/${pid}`), existsSync(folder)]).toEqual([false, false]);
  });

  it('ends when the bench is interrupted', async () => {
    const script = `import { withPostgres } from ${JSON.stringify(SERVER)};
      await withPostgres(async ({ pid, server }) => {
        console.log(JSON.stringify([pid, server.host]));
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`;
    const bench = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(bench.stdout), 'line')) as [string];
    const [pid, folder] = JSON.parse(line) as [number, string];
    bench.kill('SIGINT');
    const [status] = (await once(bench, 'exit')) as [number | null];

    expect(status).toBe(130);
    expect([existsSync(`/proc/${String(pid)}`), existsSync(folder)]).toEqual([false, false]);
  });
});
