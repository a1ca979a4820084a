/** The real program over a real PostgreSQL, for the tests of a file: each database empty, each program ended with its test, or with its file. */
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
  const shared: Program[] = [];
  beforeAll(async () => {
    server = await postgresServer();
    folder = mkdtempSync(join(tmpdir(), 'ocm-on-postgres-'));
  }, 120_000);
  afterEach(async () => {
    await Promise.all(running.splice(0).map((program) => program.end('SIGKILL')));
  });
  afterAll(async () => {
    await Promise.all(shared.splice(0).map((program) => program.end('SIGKILL')));
    removeFolder(folder);
  });
  const storeOf = (name: string) => urlOf(server, name);
  const begin = async (name: string, flags: readonly string[]): Promise<Program> => {
    const more = ['--store', storeOf(name), '--state-folder', join(folder, name), '--log-level', 'debug', ...flags];
    return Program.start(await freePort(), '', more);
  };
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
      const program = await begin(name, flags);
      running.push(program);
      return program;
    },
    /** For several tests. */
    startForAll: async (name: string, ...flags: string[]): Promise<Program> => {
      const program = await begin(name, flags);
      shared.push(program);
      return program;
    },
  };
}
