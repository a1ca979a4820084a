/** The real program over a real PostgreSQL, for the tests of a file: each database empty, each program ended with its test. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { removeFolder } from './folders.js';
import { freePort, Program } from './program.js';
import { onDatabase, postgresServer, type Server, urlOf } from './postgres-server.js';

/** Of all files of a process, which share its server. */
let databases = 0;

/** To be called at the top of a file. */
export function postgresServices() {
  let server: Server = { major: 18, host: '', port: 0, user: '' };
  let folder = '';
  const running: Program[] = [];
  beforeAll(async () => {
    server = await postgresServer();
    folder = mkdtempSync(join(tmpdir(), 'ocm-on-postgres-'));
  }, 120_000);
  afterEach(async () => {
    await Promise.all(running.splice(0).map((program) => program.end('SIGKILL')));
  });
  afterAll(() => {
    removeFolder(folder);
  });
  const storeOf = (name: string) => urlOf(server, name);
  return {
    get server(): Server {
      return server;
    },
    /** Of the test's own. */
    get folder(): string {
      return folder;
    },
    storeOf,
    /** The name of an empty database. */
    database: async (): Promise<string> => {
      const name = `service_${String(process.pid)}_${String(++databases)}`;
      await onDatabase(server, 'postgres', (client) => client.query(`CREATE DATABASE ${name}`));
      return name;
    },
    start: async (name: string, ...flags: string[]): Promise<Program> => {
      const more = ['--store', storeOf(name), '--state-folder', join(folder, name), '--log-level', 'debug', ...flags];
      const program = await Program.start(await freePort(), '', more);
      running.push(program);
      return program;
    },
  };
}
