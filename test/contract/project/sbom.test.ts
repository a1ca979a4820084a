/** The bill of materials and the list of licences: held against the lock file, the page's imports, and CycloneDX itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { billOfMaterials, licenceTexts } from '../../../scripts/bill-of-materials.js';
import { BUNDLED, licenceList, type LockFile, shippedPackages } from '../../../scripts/shipped-packages.js';

const require = createRequire(import.meta.url);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Licences that ask for no more than that their text goes along. Whoever adds one has read it. */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'],
  ...['(MIT OR WTFPL)', '(BSD-2-Clause OR MIT OR Apache-2.0)'],
]);
const lock = JSON.parse(readFileSync(`${ROOT}package-lock.json`, 'utf8')) as LockFile;
const { bill, shipped } = billOfMaterials(ROOT);

describe('the bill of materials', () => {
  it('is what CycloneDX asks for', () => {
    // Beside the library's program, in no folder that it exports.
    const library = dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json'));
    const schema = (name: string) =>
      JSON.parse(readFileSync(join(library, `res/schema/${name}.SNAPSHOT.schema.json`), 'utf8')) as object;
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    const validate = ajv
      .addSchema(schema('spdx'), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json')
      .addSchema(schema('jsf-0.82'), 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json')
      .compile(schema('bom-1.5'));
    validate(bill);
    expect(validate.errors).toBeNull();
    const [first, ...others] = bill.components;
    expect(validate({ ...bill, components: [{ ...first, type: 'libary' }, ...others] })).toBe(false);
  });

  it('has every package that the lock file installs without development, and what the page bundles, by digest', () => {
    const installed = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);
    const bundled = BUNDLED.map((name) => [`node_modules/${name}`, lock.packages[`node_modules/${name}`]] as const);
    const locked = [...installed, ...bundled].map(([path, entry]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return `${name} ${entry?.version ?? ''} ${entry?.integrity ?? ''}`;
    });
    const named = bill.components.map(({ name, version, hashes }) => {
      const digests = hashes.map(({ alg, content }) => {
        const algorithm = alg.toLowerCase().replace('-', '');
        return `${algorithm}-${Buffer.from(content, 'hex').toString('base64')}`;
      });
      return `${name} ${version} ${digests.join(' ')}`;
    });
    expect(named.sort()).toEqual([...new Set(locked)].sort());
  });

  it('tells who needs whom, and nobody who is not shipped', () => {
    const refs = bill.components.map((component) => component['bom-ref']);
    const { dependencies } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { dependencies: object };
    const root = bill.dependencies.find(({ ref }) => ref.startsWith('ocs-campaign-monitor@'));
    const direct = root?.dependsOn.map((ref) => ref.slice(0, ref.lastIndexOf('@'))) ?? [];
    expect(direct.sort()).toEqual([...Object.keys(dependencies), ...BUNDLED].sort());
    const needed = new Set(bill.dependencies.flatMap(({ dependsOn }) => dependsOn));
    expect([...needed].sort()).toEqual([...new Set(refs)].sort());
  });

  it('is equal for equal lock files: it has neither a time nor a number, nor the name of the folder', () => {
    expect(bill).not.toHaveProperty('serialNumber');
    expect(bill.metadata).not.toHaveProperty('timestamp');
    expect(bill.metadata.component.name).toBe('ocs-campaign-monitor');
  });

  it('names as bundled what web/ imports', () => {
    const files = readdirSync(join(ROOT, 'web'), { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => /[.](tsx?|css)$/.test(file)).map((file) => join(ROOT, 'web', file));
    const imported = sources.flatMap((file) =>
      Array.from(
        readFileSync(file, 'utf8').matchAll(/(?:from|import) '((?:@[^/']+[/])?[^./'][^/']*)/g),
        ([, name = '']) => name,
      ),
    );
    expect([...new Set(imported)].sort()).toEqual(BUNDLED);
  });
});

describe('the licences', () => {
  it('are all on the list of those that we may ship', () => {
    const others = shipped
      .filter(({ licence }) => !ALLOWED.has(licence))
      .map(({ name, licence }) => `${name} ${licence}`);
    expect(others).toEqual([]);
  });

  it('are in the bill as in the lock file', () => {
    const said = new Map(
      bill.components.map(({ name, version, licenses: [first] }) => [
        `${name}@${version}`,
        first?.expression ?? first?.license?.id,
      ]),
    );
    for (const { name, version, licence } of shipped) expect(said.get(`${name}@${version}`), name).toBe(licence);
  });

  it('are listed with every text once, after the list of packages', () => {
    const texts = { a: ['MIT\n'], b: ['MIT', 'NOTICE of b'], c: [] };
    const three = Object.keys(texts).map((path) => ({ path, name: path, version: '1', integrity: '', licence: 'MIT' }));
    const list = licenceList(three, (path) => texts[path as keyof typeof texts]);
    expect(list).toContain('a 1: MIT\nb 1: MIT\nc 1: MIT\n');
    expect(list.match(/^MIT$/gm)).toHaveLength(1);
    expect(list).toContain('a 1, b 1\n\nMIT\n');
    expect(list).toContain('b 1\n\nNOTICE of b\n');
  });

  it('cannot be told of a package that does not say its own: that is an error', () => {
    const packages = { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'sha512-AA==' } };
    expect(() => shippedPackages({ packages })).toThrow(
      'node_modules/a lacks its version, its integrity or its licence',
    );
  });

  it('have their texts in what is installed: every package brings one', () => {
    // Packages of other systems are locked, and not installed here.
    const here = shipped.filter(({ path }) => existsSync(join(ROOT, path)));
    expect(here.length).toBeGreaterThan(shipped.length - 5);
    for (const { path } of here) expect(licenceTexts(ROOT, path).join('\n'), path).toMatch(/copyright|license/i);
  });
});
