/** The machine that figures belong to, and the versions of what was measured on it. */
import Database from 'better-sqlite3';
import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join, sep } from 'node:path';
import { postgresVersion } from './postgres/server.js';
import { nodeRedVersion } from './programs/node-red.js';
import { pushgatewayVersion } from './programs/pushgateway.js';
import { NotMeasured } from './row.js';
import { wrkVersion } from './wrk.js';

const SYNCS = 200;
const PAGE_BYTES = 4096;

type Facts = readonly (readonly [name: string, fact: string])[];

/** Databases lie in the folder for temporary files, TMPDIR: it is that disk which is asked. */
export function machineFacts(): Facts {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-disk-'));
  try {
    const [p50Ms, p99Ms] = syncsMs(folder);
    return [
      ['CPU', `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}`],
      ['memory', `${(totalmem() / 2 ** 30).toFixed(1)} GiB`],
      ['load average at the start', (loadavg()[0] ?? NaN).toFixed(1)],
      ['kernel', `Linux ${release()}`],
      ['file system', fileSystemOf(folder)],
      ['append of 4 KiB and fsync', `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ${SYNCS} times`],
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function versionFacts(): Promise<Facts> {
  return [
    ['Node', process.version.slice(1)],
    ['better-sqlite3', `${packageVersion('better-sqlite3')}, SQLite ${sqliteVersion()}`],
    ['PostgreSQL', postgresVersion()],
    ['Express (obvious program)', packageVersion('express')],
    ['ajv (bare limit, obvious program)', packageVersion('ajv')],
    ['Pushgateway', await orWhy(pushgatewayVersion)],
    ['Node-RED', await orWhy(nodeRedVersion)],
    ['wrk', await wrkVersion()],
  ];
}

function syncsMs(folder: string): [p50: number, p99: number] {
  const file = openSync(join(folder, 'file'), 'w');
  const taken: number[] = [];
  for (let n = 0; n < SYNCS; n++) {
    const beganMs = performance.now();
    writeSync(file, Buffer.alloc(PAGE_BYTES, n));
    fsyncSync(file);
    taken.push(performance.now() - beganMs);
  }
  closeSync(file);
  taken.sort((a, b) => a - b);
  return [taken[SYNCS / 2] ?? NaN, taken[Math.floor(SYNCS * 0.99)] ?? NaN];
}

/** The type of the longest mount that a folder lies below. */
function fileSystemOf(folder: string): string {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  let [longest, found] = ['', 'unknown'];
  for (const mount of mounts) {
    const [, at = '', type = ''] = mount.split(' ');
    const isAbove = at === sep || folder === at || folder.startsWith(at + sep);
    if (isAbove && at.length >= longest.length && at !== '') [longest, found] = [at, type];
  }
  return found;
}

function sqliteVersion(): string {
  const db = new Database(':memory:');
  const version = db.prepare<[], string>('SELECT sqlite_version()').pluck().get();
  db.close();
  return version ?? 'unknown';
}

function packageVersion(name: string): string {
  const about: unknown = createRequire(import.meta.url)(`${name}/package.json`);
  return typeof about === 'object' && about !== null && 'version' in about ? String(about.version) : 'unknown';
}

async function orWhy(version: () => Promise<string>): Promise<string> {
  try {
    return await version();
  } catch (error) {
    if (error instanceof NotMeasured) return `not measured: ${error.message}`;
    throw error;
  }
}
