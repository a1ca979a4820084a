/** Which npm packages a .deb carries: those that the program loads, and those of which the page's bundle has code. */

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  readonly packages: Readonly<Record<string, Locked>>;
}

export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  /** In the project, `node_modules/…`. */
  readonly path: string;
  /** As the package names it (SPDX). */
  readonly license: string;
}

/** Brings the driver's binary at an installation from npm; nothing loads it later. */
const INSTALLERS: ReadonlySet<string> = new Set(['prebuild-install']);

/** What is reached from the dependencies of the project by the lock file. Throws where the lock file lacks one. */
export function loadedPackages({ packages }: LockFile): ShippedPackage[] {
  const found = new Map<string, ShippedPackage>();
  const visit = (folder: string) => {
    const { dependencies, optionalDependencies } = packages[folder] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (INSTALLERS.has(name)) continue;
      const path = resolved(packages, folder, name);
      if (path === null) {
        if (optionalDependencies?.[name] !== undefined) continue;
        throw new Error(`package-lock.json has no ${name} for ${folder === '' ? 'the project' : folder}`);
      }
      if (found.has(path)) continue;
      found.set(path, shipped(packages, path));
      visit(path);
    }
  };
  visit('');
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Packages by their names at the top of `node_modules`. Throws where the lock file lacks one. */
export function namedPackages({ packages }: LockFile, names: readonly string[]): ShippedPackage[] {
  return names.map((name) => shipped(packages, `node_modules/${name}`));
}

/** Packages that source files import, by their names. */
export function importedPackages(sources: readonly string[]): string[] {
  const names = sources.flatMap((source) =>
    Array.from(
      source.matchAll(/^(?:import|export)\b[^;]*?from '((?:@[^/']+\/)?[^./'][^/']*)/gm),
      ([, name = '']) => name,
    ),
  );
  return [...new Set(names)].sort();
}

function shipped(packages: LockFile['packages'], path: string): ShippedPackage {
  const locked = packages[path];
  if (locked === undefined) throw new Error(`package-lock.json has no ${path}`);
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return { name, version: locked.version, path, license: locked.license ?? 'unknown' };
}

/** Where Node finds a package from a folder: in the nearest `node_modules` above. */
function resolved(packages: LockFile['packages'], folder: string, name: string): string | null {
  for (let from = folder; ;) {
    const path = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (from === '') return null;
    const end = from.lastIndexOf('/node_modules/');
    from = end === -1 ? '' : from.slice(0, end);
  }
}
