/**
 * Node-RED with a flow of its own nodes: HTTP in, JSON with a schema, SQLite, HTTP response. Installed when it is asked for
 * into a folder outside the project, which keeps it for the next time.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bodyParts } from '../post-body.js';
import type { Program } from '../program.js';
import { NotMeasured } from '../row.js';
import { nodeRedFlow } from './node-red-flow.js';

const run = promisify(execFile);
const HOME = join(tmpdir(), 'ocm-bench-node-red');
/** The last Node-RED for Node 20: 5 asks for 22.9. */
const PACKAGES = { 'node-red': '4.1.8', 'node-red-node-sqlite': '1.1.1' };
const INSTALL_WITHIN_MS = 15 * 60_000;

export const NODE_RED: Program = {
  name: 'Node-RED',
  form: 'ocs',
  prepare: install,
  command: ({ folder, database, port }) => {
    const settings = join(folder, 'settings.cjs');
    writeFileSync(join(folder, 'flows.json'), JSON.stringify(nodeRedFlow(database)));
    writeFileSync(settings, `module.exports = ${JSON.stringify(settingsOf(port))};\n`);
    return {
      file: process.execPath,
      args: [join(HOME, 'node_modules/node-red/red.js'), '-u', folder, '-s', settings, 'flows.json'],
    };
  },
  isReady: takesPosts,
};

/** As lean as it can be told to be: no editor, no log but of errors. */
function settingsOf(port: number) {
  return {
    ...{ uiHost: '127.0.0.1', uiPort: port, httpAdminRoot: false, disableEditor: true },
    logging: { console: { level: 'error', metrics: false, audit: false } },
  };
}

async function takesPosts(port: number): Promise<boolean> {
  const { before, after } = bodyParts(1);
  const body = `${before}${(Date.now() / 1000).toFixed(3)}${after(0.5, 0.25, 0.125, 5400)}`;
  const headers = { 'Content-Type': 'application/json' };
  const post = { method: 'POST', headers, body, signal: AbortSignal.timeout(1000) };
  return fetch(`http://127.0.0.1:${port}/ocs/campaign-group-state`, post).then(
    ({ status }) => status === 200,
    () => false,
  );
}

async function install(): Promise<void> {
  if (Object.entries(PACKAGES).every(([name, version]) => installedVersion(name) === version)) return;
  mkdirSync(HOME, { recursive: true });
  const wanted = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  const options = ['--prefix', HOME, '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', ...options, ...wanted], { cwd: HOME, timeout: INSTALL_WITHIN_MS }).catch(
    (cause: unknown) => {
      throw new NotMeasured('npm could not install Node-RED and its SQLite node', { cause });
    },
  );
}

function installedVersion(name: string): string | null {
  try {
    const about: unknown = JSON.parse(readFileSync(join(HOME, 'node_modules', name, 'package.json'), 'utf8'));
    return typeof about === 'object' && about !== null && 'version' in about ? String(about.version) : null;
  } catch {
    return null;
  }
}

/** Its SQLite is that of the node's driver, not ours. */
export async function nodeRedVersion(): Promise<string> {
  const version = installedVersion('node-red');
  if (version === null) throw new NotMeasured('Node-RED is not installed');
  const ask = `new (require('sqlite3').Database)(':memory:').get('select sqlite_version() v', (_, row) => console.log(row.v))`;
  const { stdout } = await run(process.execPath, ['-e', ask], { cwd: HOME });
  return `${version} (node-red-node-sqlite ${installedVersion('node-red-node-sqlite') ?? '?'}, SQLite ${stdout.trim()})`;
}
