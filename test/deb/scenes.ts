/**
 * The life of an installation, while a pooled client that never retries posts to it: what dpkg, the maintainer scripts,
 * systemd and the program do together.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { eventually } from '../support/eventually.js';
import { DATABASE, type Installation, URL_OF_SERVICE } from './installation.js';
import type { Parcels } from './parcels.js';

const [SERVICE, SOCKET] = ['ocs-monitor.service', 'ocs-monitor.socket'];
const SETTINGS = '/etc/ocs-monitor/ocs-monitor.env';

export interface Scene {
  readonly name: string;
  /** Whether every post must be answered, or only none that was answered may be lost. */
  readonly loses: 'nothing' | 'nothing answered';
  readonly after: 'served' | 'not served';
  /** What is wrong. */
  readonly play: (at: Installation, parcels: Parcels) => Promise<readonly (string | null)[]>;
}

const unless = (right: boolean, fault: string): string | null => (right ? null : fault);
const mustBe = (what: string, found: string, wanted: string) =>
  unless(found === wanted, `${what} is ${found}, not ${wanted}`);

/** A process of the service, as the machine counts processes; and since when systemd listens. */
async function instance(at: Installation) {
  return {
    pid: await at.property(SERVICE, 'MainPID'),
    listensSince: await at.property(SOCKET, 'ActiveEnterTimestampMonotonic'),
  };
}

/** The service is another process than before, and the socket the same. */
async function replaced(at: Installation, act: () => Promise<unknown>): Promise<(string | null)[]> {
  const before = await instance(at);
  await at.traffic();
  await act();
  await at.traffic();
  const after = await instance(at);
  return [
    unless(before.pid !== after.pid, `the service still is process ${before.pid}`),
    unless(before.listensSince === after.listensSince, 'the socket was closed and opened anew'),
    mustBe('the service', await at.property(SERVICE, 'ActiveState'), 'active'),
  ];
}

const settingsOf = (at: Installation) => readFileSync(at.path(SETTINGS), 'utf8');

async function installed(at: Installation, parcels: Parcels): Promise<(string | null)[]> {
  await at.install(parcels.node20);
  await at.install(parcels.earlier);
  await at.ready();
  const state = async (unit: string) =>
    [(await at.run('systemctl', 'is-enabled', unit)).stdout, await at.property(unit, 'ActiveState')]
      .map((word) => word.trim())
      .join(' ');
  const owner = async (path: string) => (await at.does('stat', '-c', '%a %U:%G', path)).trim();
  const user = (await at.does('ps', '-o', 'user=', '-p', (await instance(at)).pid)).trim();
  const { stdout: store } = await at.run('ocs-monitor', 'check-config', '--json');
  const faults = [
    mustBe('the service', await state(SERVICE), 'enabled active'),
    mustBe('the socket', await state(SOCKET), 'enabled active'),
    mustBe('the socket for reading', await state('ocs-monitor-read.socket'), 'disabled inactive'),
    mustBe('the file of settings', await owner(SETTINGS), '640 root:ocs-monitor'),
    mustBe('the folder of the database', await owner('/var/lib/ocs-monitor'), '700 ocs-monitor:ocs-monitor'),
    mustBe('the user of the service', user, 'ocs-monitor'),
    mustBe('what dpkg finds changed', await at.dpkg('--verify', 'ocs-campaign-monitor'), ''),
    unless(store.includes(`sqlite:${DATABASE}`), `the command has other settings than the service: ${store}`),
  ];
  // As the manual says: settings, then a restart.
  writeFileSync(at.path(SETTINGS), `${settingsOf(at)}OCM_DRAIN_TIMEOUT=1s\n`);
  await at.does('systemctl', 'restart', SERVICE);
  await at.ready();
  const { stdout: drain } = await at.run('ocs-monitor', 'check-config', '--json');
  return [...faults, unless(drain.includes('1s'), `the command does not know what the service was set to: ${drain}`)];
}

async function upgraded(at: Installation, parcels: Parcels): Promise<(string | null)[]> {
  const before = settingsOf(at);
  const faults = await replaced(at, () => at.install(parcels.present));
  return [
    ...faults,
    mustBe('the version', await versionOf(at), versionIn(parcels.present)),
    unless(settingsOf(at) === before, 'the settings were not kept'),
  ];
}

const versionOf = (at: Installation) => at.does('dpkg-query', '-W', '-f', '${Version}', 'ocs-campaign-monitor');
const versionIn = (parcel: string) => basename(parcel).split('_')[1] ?? '';

async function downgraded(at: Installation, parcels: Parcels): Promise<(string | null)[]> {
  const faults = await replaced(at, () => at.install(parcels.earlier));
  return [...faults, mustBe('the version', await versionOf(at), versionIn(parcels.earlier))];
}

async function onNewerNode(at: Installation, parcels: Parcels): Promise<(string | null)[]> {
  const faults = await replaced(at, async () => {
    await at.install(parcels.node24);
    await at.does('systemctl', 'restart', SERVICE);
  });
  const metrics = await (await fetch(`${URL_OF_SERVICE}/metrics`)).text();
  const version = /nodejs_version_info\{version="v(\d+)/.exec(metrics)?.[1] ?? 'none';
  return [...faults, mustBe('the Node of the service', version, '24')];
}

/** What an older program does with the database of a newer one: it touches nothing, says so, and posts wait. */
async function onNewerSchema(at: Installation): Promise<(string | null)[]> {
  const setSchema = (by: number) => {
    const db = new Database(at.path(DATABASE));
    try {
      const schema = db.pragma('user_version', { simple: true }) as number;
      db.pragma(`user_version = ${String(schema + by)}`);
    } finally {
      db.close();
    }
  };
  await at.pause();
  await at.does('systemctl', 'stop', SERVICE);
  setSchema(1);
  at.resume();
  await at.run('systemctl', 'start', SERVICE);
  const said = await eventually(async () => {
    const journal = await at.does('journalctl', '-u', SERVICE, '--no-pager', '-o', 'cat');
    if (!journal.includes('run the newer version, or restore an older backup')) throw new Error(journal.slice(-1500));
    return /the database has schema[^"]*/.exec(journal)?.[0] ?? '';
  });
  const listens = await at.property(SOCKET, 'ActiveState');
  setSchema(-1);
  await at.ready();
  await at.traffic();
  return [
    mustBe('the socket meanwhile', listens, 'active'),
    unless(said !== '', 'the journal does not name the schemas'),
  ];
}

async function removed(at: Installation): Promise<(string | null)[]> {
  await at.traffic();
  const before = settingsOf(at);
  await at.dpkg('--remove', 'ocs-campaign-monitor');
  const { stdout } = await at.run('pgrep', '-u', 'ocs-monitor');
  return [
    mustBe('the socket', await at.property(SOCKET, 'ActiveState'), 'inactive'),
    unless(stdout === '', `processes of the service go on: ${stdout}`),
    unless(existsSync(at.path(SETTINGS)) && settingsOf(at) === before, 'the settings are gone'),
    unless(!existsSync(at.path('/usr/bin/ocs-monitor')), 'the command is still there'),
  ];
}

async function installedAnew(at: Installation, parcels: Parcels): Promise<(string | null)[]> {
  await at.install(parcels.present);
  await at.ready();
  await at.traffic();
  return [mustBe('the service', await at.property(SERVICE, 'ActiveState'), 'active')];
}

async function purged(at: Installation): Promise<(string | null)[]> {
  const said = await at.dpkg('--purge', 'ocs-campaign-monitor');
  const left = leftOver(at, ['/etc', '/usr', '/lib', '/run/systemd', '/var']).filter(
    (path) => !path.startsWith('/var/lib/ocs-monitor'),
  );
  const files = readdirSync(at.path('/var/lib/ocs-monitor'));
  return [
    unless(left.length === 0, `left over: ${left.join(', ')}`),
    unless(files.includes('ocs-monitor.db'), `the database is gone: ${files.join(', ')}`),
    unless(said.includes('rm -r /var/lib/ocs-monitor'), `nobody is told of the records: ${said}`),
    mustBe('the user', (await at.run('id', '-un', 'ocs-monitor')).stdout.trim(), 'ocs-monitor'),
    mustBe('what dpkg knows', (await at.run('dpkg-query', '-W', 'ocs-campaign-monitor')).stdout, ''),
  ];
}

/** Files that have the name of the package or of the service, but for dpkg's own log. */
function leftOver(at: Installation, folders: readonly string[]): string[] {
  const found: string[] = [];
  const visit = (folder: string) => {
    for (const entry of readdirSync(at.path(folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (/ocs-(?:campaign-)?monitor/.test(entry.name)) found.push(path);
      else if (entry.isDirectory()) visit(path);
    }
  };
  for (const folder of folders) if (existsSync(at.path(folder))) visit(folder);
  return found;
}

/** In this order, on one installation. Nobody posts before the first is over. */
export const SCENES: readonly Scene[] = [
  { name: 'installation', loses: 'nothing', after: 'served', play: installed },
  { name: 'upgrade', loses: 'nothing', after: 'served', play: upgraded },
  { name: 'another Node', loses: 'nothing', after: 'served', play: onNewerNode },
  { name: 'downgrade', loses: 'nothing', after: 'served', play: downgraded },
  { name: 'a database of a newer schema', loses: 'nothing', after: 'served', play: onNewerSchema },
  { name: 'removal', loses: 'nothing answered', after: 'not served', play: removed },
  { name: 'installation after removal', loses: 'nothing answered', after: 'served', play: installedAnew },
  { name: 'purge', loses: 'nothing answered', after: 'not served', play: purged },
];
