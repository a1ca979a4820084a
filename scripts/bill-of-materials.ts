import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { type Bill, billOfShipped, type LockFile, type ShippedPackage, shippedPackages } from './shipped-packages.js';

const LOCKED = ['--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
const MOST_BYTES = 64e6;

/** Asks npm for the bill of everything that is locked in the folder `root`, which ends in `/`, and keeps what is shipped. */
export function billOfMaterials(root: string): { bill: Bill; shipped: ShippedPackage[] } {
  const { name } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { name: string };
  const lock = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')) as LockFile;
  const shipped = shippedPackages(lock);
  const said = execFileSync('npm', ['sbom', ...LOCKED], { cwd: root, maxBuffer: MOST_BYTES, encoding: 'utf8' });
  return { bill: billOfShipped(JSON.parse(said) as Bill, shipped, name), shipped };
}

const LICENCE_FILES = /^(licen[cs]e|copying)/i;
/** What goes along beside it: notices, and what a bundle of bundles says of its parts (that of swagger-ui which the page has). */
const NOTICE_FILES = /^notice|es-bundle[.]js[.]LICENSE[.]txt$/i;

/** The texts that a package brings; its licence is at the end of its README where it has no file of its own. */
export function licenceTexts(root: string, path: string): string[] {
  const names = readdirSync(`${root}${path}`, { withFileTypes: true })
    .filter((file) => file.isFile())
    .map(({ name }) => name)
    .sort();
  const read = (name: string) => readFileSync(`${root}${path}/${name}`, 'utf8');
  const licences = names.filter((name) => LICENCE_FILES.test(name)).map(read);
  const notices = names.filter((name) => NOTICE_FILES.test(name)).map(read);
  if (licences.length > 0) return [...licences, ...notices];
  const readme = names.find((name) => /^readme/i.test(name));
  const section = readme === undefined ? null : /^#+ licen[cs]e\n([^]*)/im.exec(read(readme));
  if (section?.[1] === undefined) throw new Error(`${path} brings no text of its licence`);
  return [section[1], ...notices];
}
