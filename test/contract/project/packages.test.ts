import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { debianPackages } from '../../../scripts/packages.js';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const packages = debianPackages(ROOT);
const names = packages.map(({ name }) => name);
/** In every Debian, by its essential packages. */
const ESSENTIAL: ReadonlySet<string> = new Set([
  ...['mkfifo', 'script'],
  ...['dpkg-deb', 'unshare', 'nsenter', 'setpriv'],
]);
/** Too old in Debian 12: the test that knows it goes without, and another holds what it would. */
const BESIDE: ReadonlySet<string> = new Set(['kubectl']);
/** Programs that tests and benches start, as the tool for unused code must be told, and the package that brings each. */
const BRINGS: Readonly<Record<string, string>> = {
  ...{ promtool: 'prometheus', amtool: 'prometheus-alertmanager', umount: 'mount', 'systemd-analyze': 'systemd' },
  ...{ ip: 'iproute2', jsonnetfmt: 'jsonnet', strip: 'binutils', 'dpkg-shlibdeps': 'dpkg-dev' },
};

describe('the one list of Debian packages', () => {
  it('has, once each, a package with its command and its purpose', () => {
    expect(new Set(names).size).toBe(names.length);
    for (const each of packages) expect(Object.values(each)).not.toContain('');
  });

  it('has every program that tests and benches start', () => {
    const { ignoreBinaries } = JSON.parse(read('knip.json')) as { ignoreBinaries: string[] };
    const brought = ignoreBinaries.filter((binary) => !ESSENTIAL.has(binary) && !BESIDE.has(binary));
    const wanted = brought.map((binary) => BRINGS[binary] ?? binary);
    expect(names).toEqual(expect.arrayContaining(wanted));
  });

  it('has every package that a skipped test asks for', () => {
    const files = readdirSync(new URL('test/', ROOT), { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => file.endsWith('.ts')).map((file) => read(`test/${file}`));
    const asked = sources.flatMap((text) =>
      Array.from(text.matchAll(/toolIsHere\('[^']+', '([^']+)'/g), ([, one]) => one),
    );
    expect(asked.length).toBeGreaterThan(2);
    expect(names).toEqual(expect.arrayContaining(asked));
  });

  it('is what CI installs, and nothing else', () => {
    const script = read('.ci/run');
    expect(script).toContain('.ci/packages');
    expect(script.match(/^install_debian .*/gm)).toEqual(['install_debian "${packages[@]}"']);
  });
});
