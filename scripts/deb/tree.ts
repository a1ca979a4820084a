/** What a package has, and where it goes. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianChangelog, PACKAGE } from './control.js';
import { copyrightFile, type LicensedPackage } from './copyright.js';
import { driverFor, driverPath, RUNTIMES } from './drivers.js';
import type { LaidOut } from './laid-out.js';
import { type Help, manPage } from './man-page.js';
import { packagedUnit } from './service-unit.js';
import {
  importedPackages,
  loadedPackages,
  type LockFile,
  namedPackages,
  type ShippedPackage,
} from './shipped-packages.js';

export interface Release {
  readonly version: string;
  readonly maintainer: string;
  readonly atMs: number;
}

export const HOME = `usr/lib/${PACKAGE}`;
/** Where dpkg of Debian 12 wants units. */
export const UNITS = 'lib/systemd/system';
export const SETTINGS = 'etc/ocs-monitor/ocs-monitor.env';
const DOCUMENTS = `usr/share/doc/${PACKAGE}`;

/** Of an npm package: what nobody loads, and licences, which are in the copyright file. The name of a file in the package. */
const NOT_LOADED = [
  /^(?:tests?|__tests__|examples?|benchmarks?|docs?|coverage|\.[^/]+)(?:\/|$)/,
  /\.(?:map|md|markdown|html|sh|d\.[cm]?ts|ya?ml)$/,
  /(?:^|\/)(?:licen[cs]e|copying|authors)[^/]*$/i,
  // Commands of packages.
  /^bin\.[cm]?js$/,
];
/** Of the driver: its JavaScript. What it is compiled from stays behind. */
const DRIVER = 'better-sqlite3';
const OF_DRIVER = /^(?:$|package\.json$|lib(?:\/|$))/;
/** What the service reads at run time. */
const OF_SCHEMAS = /^(?!examples)/;

export const FILES: readonly (readonly [path: string, what: string])[] = [
  [`/${SETTINGS}`, 'Settings of the service, OCM_… variables. Root and the group ocs-monitor may read it.'],
  ['/var/lib/ocs-monitor/ocs-monitor.db', 'The database of the service.'],
  [`/${DOCUMENTS}`, 'Documents, and in examples/ dashboards, rules for Prometheus and a balancer.'],
];

export function layProgram(root: string, tree: LaidOut): void {
  const home = join(tree.folder, HOME);
  mkdirSync(home, { recursive: true });
  const node = (...args: readonly string[]) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  node(
    'node_modules/typescript/bin/tsc',
    '-p',
    'tsconfig.json',
    '--outDir',
    join(home, 'dist'),
    '--sourceMap',
    'false',
  );
  node('node_modules/tsx/dist/cli.mjs', 'scripts/build-page.ts', join(home, 'dist'));
  chmodSync(join(home, 'dist/main.js'), 0o755);
  for (const name of ['package.json', 'migrations']) tree.copy(join(root, name), `${HOME}/${name}`);
  tree.copy(join(root, 'schemas'), `${HOME}/schemas`, (path) => OF_SCHEMAS.test(path));
  tree.copy(join(root, 'deploy/debian/packaged.env'), `${HOME}/packaged.env`);
  for (const { name, path } of loadedPackages(lockFile(root))) layPackage(root, tree, { name, path });
  for (const runtime of RUNTIMES)
    layDriver(tree, driverFor(root, runtime), `${HOME}/node_modules/${DRIVER}/${driverPath(runtime)}`);
  tree.write('usr/bin/ocs-monitor', readFileSync(join(root, 'deploy/debian/ocs-monitor')), 0o755);
}

function layPackage(root: string, tree: LaidOut, { name, path }: Pick<ShippedPackage, 'name' | 'path'>): void {
  const source = join(root, path);
  // Of another platform.
  if (!existsSync(source)) return;
  const isOwn = (one: string) => !/(?:^|\/)node_modules(?:\/|$)/.test(one);
  const isWanted = (one: string) =>
    isOwn(one) && (name === DRIVER ? OF_DRIVER.test(one) : true) && !NOT_LOADED.some((not) => not.test(one));
  tree.copy(source, `${HOME}/${path}`, isWanted);
}

function layDriver(tree: LaidOut, driver: string, path: string): void {
  const file = join(tree.folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  cpSync(driver, file);
  execFileSync('strip', ['--strip-unneeded', '--remove-section=.comment', '--remove-section=.note', file]);
}

export function laySystem(root: string, tree: LaidOut): void {
  const own = (name: string) => readFileSync(join(root, 'deploy', name), 'utf8');
  for (const name of readdirSync(join(root, 'deploy/systemd'))) {
    const unit = own(`systemd/${name}`);
    tree.write(`${UNITS}/${name}`, name === 'ocs-monitor.service' ? packagedUnit(unit, `/${HOME}`) : unit);
  }
  tree.write(`usr/lib/sysusers.d/${PACKAGE}.conf`, own('debian/sysusers.conf'));
  tree.write(SETTINGS, own('debian/ocs-monitor.env'), 0o640);
  tree.write(`usr/share/lintian/overrides/${PACKAGE}`, own('debian/lintian-overrides'));
}

export function layDocuments(root: string, tree: LaidOut, help: Help, release: Release): void {
  tree.compressed('usr/share/man/man1/ocs-monitor.1', manPage({ ...help, atMs: release.atMs, files: FILES }));
  tree.compressed(`${DOCUMENTS}/changelog`, readFileSync(join(root, 'CHANGELOG.md'), 'utf8'));
  tree.compressed(`${DOCUMENTS}/changelog.Debian`, debianChangelog(release));
  tree.write(`${DOCUMENTS}/copyright`, copyrightFile(HOME, licensedPackages(root)));
  tree.copy(join(root, 'docs'), DOCUMENTS, (path) => path === '' || /^[^/]+\.(?:md|json)$/.test(path));
  for (const name of ['dashboards', 'prometheus'])
    tree.copy(join(root, 'grafana', name), `${DOCUMENTS}/examples/${name}`, (path) => !/^tests(?:\/|$)/.test(path));
  tree.copy(join(root, 'deploy/haproxy'), `${DOCUMENTS}/examples/haproxy`);
}

/** What the program loads, and what the page's bundle has code of. */
export function licensedPackages(root: string): LicensedPackage[] {
  const lock = lockFile(root);
  const loaded = loadedPackages(lock).filter(({ path }) => existsSync(join(root, path)));
  const inPage = namedPackages(lock, importedPackages(sourcesIn(join(root, 'web'))));
  return [
    ...loaded.map((one) => licensed(root, one, one.path)),
    ...inPage.map((one) => licensed(root, one, 'dist/page/assets')),
  ];
}

function licensed(root: string, shipped: ShippedPackage, at: string): LicensedPackage {
  const folder = join(root, shipped.path);
  const [name] = readdirSync(folder).filter((one) => /^(?:licen[cs]e|copying)/i.test(one));
  const { author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { author?: Author };
  const text = name === undefined ? null : readFileSync(join(folder, name), 'utf8');
  return { ...shipped, text, author: typeof author === 'object' ? author.name : (author ?? ''), folder: at };
}
type Author = string | { readonly name: string };

const lockFile = (root: string) => JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;

function sourcesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
  return names.map((name) => readFileSync(join(folder, name), 'utf8'));
}
