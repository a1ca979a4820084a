/** What is in the image, and what is not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { billOfMaterials } from '../../scripts/bill-of-materials.js';
import { BUNDLED, type Bill } from '../../scripts/shipped-packages.js';
import type { Image } from './image.js';
import { layerDifferences } from './layer.js';
import { must, mustBeNone, mustEqual, type Proof } from './proof.js';

export interface Built {
  readonly image: Image;
  /** The same, built in another folder; null: it was built once. */
  readonly again: Image | null;
  /** Folder of the project, with a slash at its end. */
  readonly root: string;
  readonly revision: string;
}

/** What the program adds to its base, file by file; 16.6 MB when it was first measured, before the program was a bundle. */
const MOST_BYTES = 20e6;
const USER = 10001;
const OUR_OWN = new Set(['.package-lock.json', '.bin']);

const packageOf = (root: string) =>
  JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { name: string; version: string; license: string };

export const CONTENTS: readonly Proof<Built>[] = [
  {
    name: 'says whose it is, what it was built from, and how it runs',
    prove({ image: { config }, root, revision }) {
      const { name, version, license } = packageOf(root);
      const said = config.config;
      const labels = { title: name, version, revision, licenses: license };
      for (const [key, value] of Object.entries(labels))
        mustEqual(said.Labels[`org.opencontainers.image.${key}`], value, `the label ${key}`);
      mustEqual(said.User, `${String(USER)}:${String(USER)}`, 'its user');
      mustEqual(said.StopSignal, 'SIGTERM', 'its signal');
      mustEqual(
        [Object.keys(said.Volumes), Object.keys(said.ExposedPorts)],
        [['/data'], ['8080/tcp']],
        'volume and port',
      );
      return `${version}, ${revision.slice(0, 12)}`;
    },
  },
  {
    name: 'adds /app and /data to its base, and changes nothing there',
    prove({ image: { own } }) {
      mustBeNone(
        own.map(({ path }) => path).filter((path) => !/^\/(app|data)(\/|$)/.test(path)),
        'elsewhere',
      );
      mustBeNone(
        own.filter(({ path }) => path.startsWith('/data/')).map(({ path }) => path),
        'in the volume',
      );
    },
  },
  {
    name: 'is at most 20 MB over its base',
    prove({ image: { own, baseBytes } }) {
      const bytes = own.reduce((sum, file) => sum + file.bytes, 0);
      const megabytes = (count: number) => `${(count / 1e6).toFixed(1)} MB`;
      must(bytes <= MOST_BYTES, `${megabytes(bytes)} in ${String(own.length)} files`);
      return `${megabytes(bytes)} in ${String(own.length)} files, over a base of ${megabytes(baseBytes)}`;
    },
  },
  {
    name: 'belongs to root, is readable by its user and writable by nobody else, but for the volume',
    prove({ image: { own } }) {
      const faults = own.flatMap(({ path, kind, mode, owner }) => {
        const wanted = path === '/data' ? `${String(USER)}:${String(USER)}` : '0:0';
        const bits = Number.parseInt(mode, 8);
        const readable = kind === 'link' || (bits & 0o004) !== 0;
        const safe = kind === 'link' || (bits & 0o7022) === 0;
        return owner === wanted && readable && safe && kind !== 'other' ? [] : [`${path}: ${kind} ${mode} of ${owner}`];
      });
      mustBeNone(faults, 'otherwise');
    },
  },
  {
    name: 'has the packages of the lock file that are not for development, and no others',
    prove({ image: { own }, root }) {
      const installed = own
        .map(({ path }) => /^\/app\/(node_modules\/.*)\/package[.]json$/.exec(path)?.[1] ?? '')
        .filter((path) => isPackage(path));
      const wanted = billOfMaterials(root)
        .shipped.map(({ path }) => path)
        .filter((path) => !BUNDLED.some((name) => path === `node_modules/${name}`));
      const beside = own.filter(({ path }) => /^\/app\/node_modules\/[^/]+$/.test(path)).map(({ path }) => path);
      mustBeNone(
        wanted.filter((path) => !installed.includes(path)),
        'missing',
      );
      mustBeNone(
        installed.filter((path) => !wanted.includes(path)),
        'not locked',
      );
      mustBeNone(
        beside.map((path) => path.slice('/app/node_modules/'.length)).filter((name) => isStranger(name, wanted)),
        'no packages',
      );
      return `${String(installed.length)} packages`;
    },
  },
  {
    name: 'has neither what it was compiled from, nor tests, nor anything private',
    prove({ image: { own } }) {
      const unwanted =
        /[.](c|cc|cpp|h|hpp|o|a|gyp|gypi|mk|env|pem|key|map|d[.][cm]?ts)$|\/(test|[.]git|[.]cache|obj[.]target)\//;
      const files = own.filter(({ path, kind }) => kind === 'file' && unwanted.test(path)).map(({ path }) => path);
      mustBeNone(
        files.filter((path) => path !== '/app/node_modules/better-sqlite3/binding.gyp'),
        'these',
      );
    },
  },
  {
    name: 'tells by CycloneDX what it was built of, and with which licences',
    prove({ image: { ownFolder }, root }) {
      const inside = JSON.parse(readFileSync(join(ownFolder, 'app/dist/sbom.cdx.json'), 'utf8')) as Bill;
      const { bill, shipped } = billOfMaterials(root);
      mustEqual(inside.components, bill.components, 'the components');
      mustEqual(inside.dependencies, bill.dependencies, 'who needs whom');
      const licences = readFileSync(join(ownFolder, 'app/dist/licences.txt'), 'utf8');
      mustBeNone(
        shipped
          .map((one) => `${one.name} ${one.version}: ${one.licence}`)
          .filter((line) => !licences.includes(`${line}\n`)),
        'not listed',
      );
      return `${String(shipped.length)} packages`;
    },
  },
  {
    name: 'is the same, byte by byte, when somebody else builds it in another folder',
    prove({ image, again }) {
      if (again === null) return 'NOT DONE: it was built once';
      mustBeNone(layerDifferences(image.own, again.own), 'differences');
      mustEqual(again.layers, image.layers, 'the digests of the layers');
      // Buildah writes the number of the container that it built in into the host's name.
      mustEqual(
        { ...again.config.config, Hostname: '' },
        { ...image.config.config, Hostname: '' },
        'the configuration',
      );
      return image.layers.at(-1) ?? '';
    },
  },
];

/** Whether a path below node_modules is the root of a package, and not a folder with a package.json of its own in one. */
function isPackage(path: string): boolean {
  const last = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return path !== '' && last.split('/').length === (last.startsWith('@') ? 2 : 1);
}

function isStranger(name: string, wanted: readonly string[]): boolean {
  return !OUR_OWN.has(name) && !wanted.some((path) => path.split('/')[1] === name);
}
