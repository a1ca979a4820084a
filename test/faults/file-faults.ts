/** What others do to the files of the database while the service posts to it; what was kept is brought back by salvage. */
import Database from 'better-sqlite3';
import { execFileSync } from 'node:child_process';
import { closeSync, linkSync, openSync, readdirSync, readFileSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { groupFaults, moreDebts, shownGroups } from './check.js';
import { freePort } from '../support/program.js';
import { moreRefusals, ONCE, type Fault, type Scene } from './faults.js';
import type { Ground } from './grounds.js';
import { Service } from './service.js';

/** How often a second name comes and goes, before it stays. */
const SECOND_NAMES = 25;
const ROOT = new URL('../..', import.meta.url).pathname;

/** Posts must be refused and the process must end; the next one receives, and nothing is missing once salvage has run. */
function changed(name: string, change: (ground: Ground) => void): Fault {
  return {
    name,
    ground: 'young',
    cycles: ONCE,
    strike: async ({ ground, random }: Scene) => {
      const { service } = ground;
      await pause(random() * 40);
      change(ground);
      const code = await within(service.exited, `${name}: the service goes on`);
      if (code !== 1) throw new Error(`${name}: exit ${String(code)}`);
      await service.start();
      await pause(200);
      if (files(ground, /\.changed-/).length === 0) throw new Error(`${name}: nobody was told`);
      await service.end('SIGTERM');
      const kept = files(ground, /\.damaged-\d+T\d+Z(-\d+)?(-log)?$/);
      for (const file of kept) salvage(ground, file);
      for (const file of files(ground, /\.(damaged|changed|vanished)-/)) rmSync(join(ground.dataFolder, file));
      await service.start();
      return `exit 1, brought back from ${String(kept.length)} files`;
    },
  };
}

const files = ({ dataFolder }: Ground, pattern: RegExp) => readdirSync(dataFolder).filter((file) => pattern.test(file));

/** Its exit status says that rows were lost, of files that are not whole; the oracle says whether it is so. */
function salvage({ dataFolder, database }: Ground, file: string): void {
  const args = [join(ROOT, 'dist/main.js'), 'salvage', join(dataFolder, file), '--store', `sqlite:${database}`];
  try {
    execFileSync(process.execPath, args, { stdio: 'pipe' });
  } catch (error) {
    const said = String((error as { stdout?: Buffer }).stdout);
    if (!said.includes('recovered')) throw error;
  }
}

/** After each group has posted about once more. */
async function mustShowWhatIsHeld(ground: Ground): Promise<void> {
  await moreDebts(ground, 40, 0);
  await ground.client.pause();
  const faults = groupFaults(ground.ledger, await shownGroups(ground.service.url));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  ground.client.resume();
}

async function within<T>(work: Promise<T>, why: string): Promise<T> {
  const late = pause(20_000, null, { ref: false }).then(() => {
    throw new Error(why);
  });
  return Promise.race([work, late]);
}

/** As `cp` does it: the file stays the same one. */
function copyOver(bytes: Buffer, to: string): void {
  truncateSync(to, 0);
  const file = openSync(to, 'r+');
  writeSync(file, bytes);
  closeSync(file);
}

function takeBackup({ database, dataFolder }: Ground): Buffer {
  const backup = join(dataFolder, 'backup.db');
  const db = new Database(database, { readonly: true });
  db.prepare('VACUUM INTO ?').run(backup);
  db.close();
  const bytes = readFileSync(backup);
  rmSync(backup);
  return bytes;
}

export const FILE_FAULTS: readonly Fault[] = [
  changed('old copy put over the database', (ground) => {
    copyOver(takeBackup(ground), ground.database);
  }),
  changed('log cut off under load', ({ database }) => {
    truncateSync(`${database}-wal`, 0);
  }),
  changed('database removed under load', ({ database }) => {
    rmSync(database);
  }),
  {
    name: 'second name of the database',
    ground: 'young',
    cycles: ONCE,
    strike: async ({ ground, random }) => {
      const { dataFolder, database } = ground;
      const other = join(dataFolder, 'other.db');
      for (let times = 0; times < SECOND_NAMES; times++) {
        // In the middle of a commit, too: then it stands, and is refused.
        await pause(10 + random() * 10);
        linkSync(database, other);
        await pause(random() * 4);
        rmSync(other);
        await mustShowWhatIsHeld(ground);
      }
      linkSync(database, other);
      const port = await freePort();
      const second = new Service({
        root: ROOT,
        port,
        store: `sqlite:${other}`,
        environment: {},
        flags: ['--unsupervised'],
      });
      second.spawn();
      const code = await within(second.exited, 'a second service works on the same file by another name');
      const refused = await moreRefusals(ground, 20);
      for (const file of files(ground, /^other\.db/)) rmSync(join(dataFolder, file));
      if (code !== 1 || !second.stderr.includes('second name'))
        throw new Error(`exit ${String(code)}: ${second.stderr}`);
      return `the second service exits 1, ${String(refused)} posts refused with 503`;
    },
  },
  {
    name: 'database mounted by itself',
    ground: 'small',
    cycles: ONCE,
    strike: async ({ ground }) => {
      const { service, database } = ground;
      await service.end('SIGTERM');
      execFileSync('mount', ['--bind', database, database], { stdio: 'pipe' });
      try {
        service.spawn();
        const code = await within(service.exited, 'it starts on a file that is mounted by itself');
        if (code !== 1 || !service.stderr.includes('mount the folder'))
          throw new Error(`exit ${String(code)}: ${service.stderr}`);
        return 'refuses to start, exit 1';
      } finally {
        execFileSync('umount', [database]);
        await service.start();
      }
    },
  },
];
