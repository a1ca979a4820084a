import Database from 'better-sqlite3';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { anEvent } from '../support/callback-posts.js';
import { eventually } from '../support/eventually.js';
import { valueOf } from '../support/exposition.js';
import { removeFolder } from '../support/folders.js';
import { type Answered, Poster } from '../support/many-posts.js';
import { smallDisk } from '../support/small-disk.js';
import { aPost, dateTime, STARTED, STOPPED } from '../support/posts.js';
import { freePort, Program } from '../support/program.js';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

const send = (url: string, fields: Record<string, unknown> = {}) =>
  fetch(`${url}/ocs/campaign-group-state`, { method: 'POST', body: JSON.stringify(aPost(fields)) });

/** One of very many posts, of a group of its own; the same for the same number. */
function sendNumbered(poster: Poster, url: string, n: number): Promise<Answered> {
  const body = aPost({ GSW_CAMPAIGN_GROUP_DBID: String(n), GSW_DATE_TIME: dateTime(1_790_000_000_000 + n) });
  return poster.post(`${url}/ocs/campaign-group-state`, JSON.stringify(body));
}

/** A post of a callback, the same for the same number. */
function sendCallback(poster: Poster, url: string, kind: 'event' | 'attached' | 'status', n: number) {
  const id = `service-${String(n)}`;
  const at = { _CB_T_SERVICE_START: 1_790_000_000, _CB_T_CALLBACK_OFFERED: 1_790_000_000 };
  const bodies = {
    event: { path: 'callback-events', body: anEvent({ ...at, _CB_SERVICE_ID: id }) },
    attached: { path: 'attached-data', body: { interaction_id: `call-${String(n)}`, _CB_SERVICE_ID: id } },
    status: { path: 'status-notifications', body: { event: '_cbe_on_callback_queued', _service_id: id } },
  };
  const { path, body } = bodies[kind];
  return poster.post(`${url}/gms/${path}`, JSON.stringify(body));
}

function openPoster(): Poster {
  const poster = new Poster();
  cleanUp.push(() => {
    poster.close();
  });
  return poster;
}

const count = (database: string, table: string): number => {
  const db = new Database(database, { readonly: true });
  const rows = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  db.close();
  return rows;
};

async function start(database: string): Promise<TestApp> {
  const app = await startTestApp({}, { database });
  cleanUp.push(() => app.remove());
  return app;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ocm-fault-'));
  cleanUp.push(() => {
    removeFolder(path);
  });
  return path;
}

describe('a full disk', () => {
  const disk = smallDisk(3);
  afterAll(() => disk?.remove());

  it.runIf(disk !== null)(
    'gives 503 with Retry-After, never a 200 that lies, and recovers by itself',
    async () => {
      if (disk === null) throw new Error('there is none');
      const database = join(disk.path, 'test.db');
      const app = await start(database);
      let acknowledged = 0;
      const first = await send(app.url, { GSW_DATE_TIME: dateTime(1_790_000_000_000) });
      expect(first.status).toBe(200);
      acknowledged++;
      disk.fill();
      const refused = await eventually(async () => {
        const response = await send(app.url, {
          GSW_DATE_TIME: dateTime(1_790_000_000_000 + ++acknowledged),
          GSW_NOTE: 'x'.repeat(20_000) + String(acknowledged),
        });
        if (response.status === 200) throw new Error('still writable');
        acknowledged--;
        return response;
      });
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await refused.json()).toMatchObject({ status: 503 });
      expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
      disk.empty();
      await eventually(async () => {
        const response = await send(app.url, { GSW_DATE_TIME: dateTime(1_790_000_000_000 + acknowledged + 1) });
        expect(response.status).toBe(200);
      });
      acknowledged++;
      expect(count(database, 'journal')).toBe(acknowledged);
      const metrics = await (await fetch(`${app.url}/metrics`)).text();
      expect(
        valueOf(metrics, 'ocs_monitor_rejected_total', { reason: 'unavailable', source: 'default' }),
      ).toBeGreaterThan(0);
      expect(app.log.some(({ message }) => message.includes('answered 503'))).toBe(true);
      expect(app.log.some(({ message }) => message.includes('can write again'))).toBe(true);
    },
    60_000,
  );
});

describe('a locked database', () => {
  it('gives 503 and says why it is not ready, while HTTP goes on, and recovers', async () => {
    const database = join(folder(), 'test.db');
    const app = await start(database);
    expect((await send(app.url)).status).toBe(200);
    const intruder = new Database(database);
    intruder.exec('BEGIN IMMEDIATE');
    const [refused, alive] = await Promise.all([send(app.url), fetch(`${app.url}/healthz`)]);
    expect([refused.status, alive.status]).toEqual([503, 200]);
    const ready = await fetch(`${app.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(((await ready.json()) as { why: string }).why).toContain('locked');
    intruder.exec('ROLLBACK');
    intruder.close();
    await eventually(async () => {
      expect((await send(app.url)).status).toBe(200);
    });
    await eventually(async () => {
      expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
    });
    expect(count(database, 'journal')).toBe(2);
  }, 30_000);
});

/** A directory for temporary files that takes none, whoever asks: their names would be too long for SQLite. */
function uselessTemp(): Record<string, string> {
  const base = folder();
  const path = join(base, 'd'.repeat(240), 'e'.repeat(260 - base.length - 2));
  mkdirSync(path, { recursive: true });
  return { SQLITE_TMPDIR: path, TMPDIR: path };
}

const alternating = (n: number) => ({
  ...(n % 2 === 0 ? STARTED : STOPPED),
  GSW_DATE_TIME: dateTime(1_790_000_000_000 + n * 1000),
});

describe('a system whose directory for temporary files takes none', () => {
  it('refuses no post, forgets, answers reports, and backs up: nothing lies outside the data folder', async () => {
    const database = join(folder(), 'test.db');
    const environment = uselessTemp();
    const program = await Program.start(await freePort(), database, [], environment);
    cleanUp.push(() => program.end('SIGKILL'));
    const statuses: number[] = [];
    // Most come late, and tell anew what came before them.
    for (let from = 0; from < 600; from += 50) {
      const some = Array.from({ length: 50 }, (_, n) => send(program.url, alternating(((from + n) * 457) % 600)));
      for (const { status } of await Promise.all(some)) statuses.push(status);
    }
    // So many that their removal needs a journal of its own for each statement.
    const callbacks = Array.from({ length: 600 }, (_, n) => anEvent({ _CB_SERVICE_ID: `service-${String(n)}` }));
    const events = { method: 'POST', body: JSON.stringify(callbacks) };
    statuses.push((await fetch(`${program.url}/gms/callback-events`, events)).status);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect((await fetch(`${program.url}/readyz`)).status).toBe(200);
    const transitions = await fetch(`${program.url}/api/v1/transitions?from=0&format=csv`);
    expect(transitions.status).toBe(200);
    const run = (...args: readonly string[]) =>
      execFileSync(process.execPath, ['dist/main.js', ...args, '--store', `sqlite:${database}`], {
        encoding: 'utf8',
        env: { ...process.env, ...environment },
      });
    expect(run('backup', `${database}.copy`)).toContain('read back whole');
    const body = JSON.stringify({ source: 'default' });
    const forgot = await fetch(`${program.url}/api/v1/forget`, { method: 'POST', body });
    expect([forgot.status, await forgot.json()]).toMatchObject([
      200,
      { removed: { notifications: 600, callbacks: 600 } },
    ]);
    await program.end('SIGINT');
    run('restore', `${database}.copy`);
    expect(JSON.parse(run('forget', '--source', 'default', '--yes', '--json'))).toMatchObject({
      removed: { notifications: 600, callbacks: 600 },
    });
  });
});

/** A log that takes nothing, or no more than it has room for, as stderr of a program. */
const LOGS: Readonly<Record<string, (folder: string) => number | 'pipe'>> = {
  'a full disk': () => openSync('/dev/full', 'w'),
  'a pipe that nobody reads': (folder) => {
    execFileSync('mkfifo', [join(folder, 'log')]);
    return openSync(join(folder, 'log'), 'r+');
  },
  // What Node makes between processes are sockets.
  'a socket that nobody reads': () => 'pipe',
};

describe('a log that cannot be written', () => {
  it
    .runIf(existsSync('/dev/full'))
    .each([...Object.keys(LOGS).map((log) => ({ log, flags: [] })), { log: 'a full disk', flags: ['--unsupervised'] }])(
    'does not hold up or end the service: $log, $flags',
    async ({ log, flags }) => {
      const place = folder();
      const port = String(await freePort());
      const stderr = LOGS[log]?.(place) ?? 'pipe';
      const args = ['dist/main.js', 'serve', ...flags, '--port', port, '--store', `sqlite:${join(place, 'test.db')}`];
      // Each makes a line of the log: together more than a pipe holds and what is kept.
      const long = Array.from({ length: 12 }, (_, n) => [`OCM_${'X'.repeat(30_000)}${String(n)}`, '1']);
      const env = { ...process.env, ...(Object.fromEntries(long) as Record<string, string>) };
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', stderr], env });
      cleanUp.push(() => child.kill('SIGKILL'));
      child.stderr?.pause();
      if (typeof stderr === 'number')
        cleanUp.push(() => {
          closeSync(stderr);
        });
      const url = `http://127.0.0.1:${port}`;
      await eventually(async () => {
        expect((await fetch(`${url}/readyz`)).status).toBe(200);
      });
      expect((await send(url)).status).toBe(200);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(valueOf(metrics, 'ocs_monitor_log_dropped_total', {})).toBeGreaterThan(0);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      expect(await ended).toBe(0);
    },
  );

  it.runIf(existsSync('/dev/full'))('ends a start that is refused all the same', async () => {
    for (const log of Object.values(LOGS)) {
      const place = folder();
      writeFileSync(join(place, 'foreign'), 'no database');
      const args = ['dist/main.js', 'serve', '--port', '0', '--store', `sqlite:${join(place, 'foreign')}`];
      const stderr = log(place);
      if (typeof stderr === 'number') {
        cleanUp.push(() => {
          closeSync(stderr);
        });
        if (log !== LOGS['a full disk']) fill(stderr);
      }
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', stderr] });
      cleanUp.push(() => child.kill('SIGKILL'));
      child.stderr?.pause();
      expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(1);
    }
  });
});

/** Writes to a pipe until it takes no more. */
function fill(pipe: number): void {
  const quick = openSync(`/proc/self/fd/${String(pipe)}`, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    for (;;) writeSync(quick, Buffer.alloc(4096));
  } catch {
    closeSync(quick);
  }
}

describe('a command whose output cannot be written', () => {
  // More than a pipe holds.
  const args = ['dist/main.js', 'check-config', '--json'];
  const env = { ...process.env, OCM_TENANTS: `1=${'x'.repeat(100_000)}` };

  it.runIf(existsSync('/dev/full'))('says so and fails', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, args, { stdio: ['ignore', full, 'pipe'], env });
    closeSync(full);
    let said = '';
    child.stderr?.on('data', (data: Buffer) => (said += data.toString()));
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1);
    expect(said).toMatch(/^stdout cannot be written: ENOSPC.*\n$/);
  });

  it('is quiet when its reader has enough, and writes all of it for one that is slow', () => {
    const command = (reader: string) => `${process.execPath} ${args.join(' ')} | ${reader}; echo "\${PIPESTATUS[0]}"`;
    const run = (reader: string) => spawnSync('bash', ['-c', command(reader)], { encoding: 'utf8', env });
    expect(run('head -c 1 >/dev/null')).toMatchObject({ stdout: '1\n', stderr: '' });
    const slow = run('(sleep 1; wc -c)');
    expect(slow.stdout).toMatch(/^\d{6}\n0\n$/);
  });
});

/** A user who is not asked for permission may do everything. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

describe('a data folder that may not be read', () => {
  it('gives 503 with the reason and the metrics that do not need it, and recovers', async () => {
    const place = folder();
    const data = join(place, 'data');
    mkdirSync(data);
    chmodSync(place, 0o755);
    if (NOBODY.uid !== undefined) chownSync(data, NOBODY.uid, NOBODY.gid);
    const port = String(await freePort());
    const store = `sqlite:${join(data, 'test.db')}`;
    const args = ['dist/main.js', 'serve', '--unsupervised', '--port', port, '--store', store];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], ...NOBODY });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    cleanUp.push(() => child.kill('SIGKILL'));
    const url = `http://127.0.0.1:${port}`;
    await eventually(async () => {
      expect((await send(url)).status).toBe(200);
    });
    chmodSync(data, 0);
    const why = 'the data folder cannot be read (EACCES)';
    await eventually(async () => {
      const ready = await fetch(`${url}/readyz`);
      expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining(why)]);
    });
    const response = await fetch(`${url}/metrics`);
    const metrics = await response.text();
    expect(response.status).toBe(200);
    expect(metrics).toMatch(/^ocs_campaign_group_state{/m);
    expect(metrics).not.toMatch(/^ocs_monitor_store_(size_bytes|moved_aside)\b/m);
    expect((await send(url, { GSW_NOTE: 'refused' })).status).toBe(503);
    chmodSync(data, 0o700);
    await eventually(async () => {
      expect((await send(url, { GSW_NOTE: 'again' })).status).toBe(200);
    });
    expect(said.split('\n').filter((line) => line.includes(why)).length).toBe(1);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  it('takes no other metric with it, whatever cannot be looked up', async () => {
    const app = await startTestApp(
      {},
      {
        freeBytes: () => {
          throw new Error('EIO');
        },
      },
    );
    cleanUp.push(() => app.remove());
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toMatch(/^ocs_monitor_store_size_bytes{/m);
    expect(metrics).not.toMatch(/^ocs_monitor_store_free_bytes /m);
  });
});

describe('a database whose files are taken away', () => {
  it.each([
    ['its log removed', '-wal', false],
    ['its log replaced', '-wal', true],
    ['its main file removed', '', false],
  ])(
    '%s: 503, the end of the process, and nothing that was answered 200 before is lost',
    async (_, suffix, replaced) => {
      const database = join(folder(), 'test.db');
      const port = await freePort();
      const program = await Program.start(port, database);
      const at = (n: number) => ({ GSW_DATE_TIME: dateTime(1_790_000_000_000 + n * 1000) });
      expect((await send(program.url, at(1))).status).toBe(200);
      const taken = `${database}${suffix}.taken`;
      renameSync(`${database}${suffix}`, taken);
      if (replaced) writeFileSync(`${database}${suffix}`, '');
      const refused = await Promise.all([2, 3].map((n) => send(program.url, at(n)).catch(() => null)));
      expect(refused.filter((response) => response?.status === 503).length).toBeGreaterThan(0);
      expect(refused.filter((response) => response?.status === 200)).toEqual([]);
      expect(await program.end('SIGCONT')).toBe(1);
      expect(program.stderr).toContain('removed or replaced');
      // The log of the file that was moved stays where it was.
      if (suffix === '') renameSync(`${database}-wal`, `${taken}-wal`);
      expect(count(suffix === '' ? taken : database, 'journal')).toBe(1);
    },
  );
});

describe('a drain', () => {
  it('during which the store is lost ends at once with 1, not with 0 when it is over', async () => {
    const database = join(folder(), 'test.db');
    const program = await Program.start(await freePort(), database, ['--drain-timeout', '50s']);
    const { connect } = await import('node:net');
    const open = connect(Number(new URL(program.url).port), '127.0.0.1');
    cleanUp.push(() => open.destroy());
    open.on('error', () => undefined);
    await new Promise((resolve) => open.once('connect', resolve));
    const ended = program.end('SIGTERM');
    await eventually(() => {
      if (!program.stderr.includes('stopping')) throw new Error('not yet');
    });
    expect((await send(program.url)).status).toBe(200);
    renameSync(`${database}-wal`, `${database}-wal.taken`);
    expect((await send(program.url, { GSW_DATE_TIME: dateTime(1_790_000_000_000) })).status).toBe(503);
    expect(await ended).toBe(1);
    expect(count(database, 'journal')).toBe(1);
  });
});

describe('the process', () => {
  it('killed at any moment has every acknowledged post in its database when it is back', async () => {
    const database = join(folder(), 'test.db');
    const port = await freePort();
    const poster = openPoster();
    const debts = new Set<string>();
    let sent = 0;
    for (let cycle = 0; cycle < 5; cycle++) {
      const program = await Program.start(port, database);
      let killed = false;
      const sender = async () => {
        while (!killed) {
          const n = ++sent;
          const answer = await sendNumbered(poster, program.url, n).catch(() => null);
          if (answer?.status === 200) debts.add((JSON.parse(answer.text) as { id: string }).id);
        }
      };
      const senders = Array.from({ length: 8 }, sender);
      const before = debts.size;
      await eventually(() => {
        if (debts.size < before + 200) throw new Error('not enough traffic');
      });
      await program.end('SIGKILL');
      killed = true;
      await Promise.all(senders);
    }
    const program = await Program.start(port, database);
    let missing = 0;
    const again = [...Array(sent).keys()].map((n) => n + 1);
    for (let from = 0; from < again.length; from += 50) {
      await Promise.all(
        again.slice(from, from + 50).map(async (n) => {
          const { text } = await sendNumbered(poster, program.url, n);
          const answer = JSON.parse(text) as { id: string; outcome: string };
          if (debts.has(answer.id) && answer.outcome !== 'duplicate') missing++;
        }),
      );
    }
    expect(missing).toBe(0);
    expect(debts.size).toBeGreaterThanOrEqual(1000);
    await program.end('SIGINT');
    const db = new Database(database);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
  });

  it('holds every callback event that was acknowledged', async () => {
    const database = join(folder(), 'test.db');
    const port = await freePort();
    const poster = openPoster();
    const debts = new Map<number, 'event' | 'attached' | 'status'>();
    let sent = 0;
    for (let cycle = 0; cycle < 3; cycle++) {
      const program = await Program.start(port, database);
      let killed = false;
      const sender = async () => {
        while (!killed) {
          const n = ++sent;
          const kind = (['event', 'attached', 'status'] as const)[n % 3] ?? 'event';
          const response = await sendCallback(poster, program.url, kind, n).catch(() => null);
          if (response?.status === 200) debts.set(n, kind);
        }
      };
      const senders = Array.from({ length: 8 }, sender);
      const before = debts.size;
      await eventually(() => {
        if (debts.size < before + 300) throw new Error('not enough traffic');
      });
      await program.end('SIGKILL');
      killed = true;
      await Promise.all(senders);
    }
    const program = await Program.start(port, database);
    const missing: number[] = [];
    const again = [...debts];
    for (let from = 0; from < again.length; from += 50) {
      await Promise.all(
        again.slice(from, from + 50).map(async ([n, kind]) => {
          const { text } = await sendCallback(poster, program.url, kind, n);
          if ((JSON.parse(text) as { outcome: string }).outcome !== 'duplicate') missing.push(n);
        }),
      );
    }
    expect(missing).toEqual([]);
    expect(debts.size).toBeGreaterThanOrEqual(900);
    await program.end('SIGINT');
    const db = new Database(database);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
  });

  it('asked to end goes on answering with Connection: close, leaves a whole file, and exits 0', async () => {
    const database = join(folder(), 'test.db');
    const program = await Program.start(await freePort(), database);
    const http = await import('node:http');
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const post = () =>
      new Promise<{ status: number; connection: string }>((resolve, reject) => {
        const body = JSON.stringify(aPost({ GSW_NOTE: String(Math.random()) }));
        const request = http.request(
          `${program.url}/ocs/campaign-group-state`,
          { agent, method: 'POST' },
          (response) => {
            response.resume();
            response.on('end', () => {
              resolve({ status: response.statusCode ?? 0, connection: response.headers.connection ?? '' });
            });
          },
        );
        request.on('error', reject);
        request.end(body);
      });
    expect(await post()).toEqual({ status: 200, connection: 'keep-alive' });
    const ended = program.end('SIGTERM');
    await eventually(() => {
      if (!program.stderr.includes('stopping')) throw new Error('not yet');
    });
    expect(await post()).toEqual({ status: 200, connection: 'close' });
    const refused = await fetch(`${program.url}/ocs/nothing`, { method: 'POST' });
    expect([refused.status, refused.headers.get('connection')]).toEqual([404, 'close']);
    agent.destroy();
    expect(await ended).toBe(0);
    expect(count(database, 'journal')).toBe(2);
  });

  it('interrupted ends with 0 and no drain, whatever connections are open', async () => {
    const port = await freePort();
    const program = await Program.start(port, join(folder(), 'test.db'), ['--drain-timeout', '1h']);
    const { connect } = await import('node:net');
    const idle = connect(port, '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    idle.on('error', () => undefined);
    expect(await program.end('SIGINT')).toBe(0);
    idle.destroy();
  });
});
