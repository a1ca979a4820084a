/** What is shipped of others: the packages below node_modules of an installed service, and those bundled into the page. */

export interface LockFile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

interface LockEntry {
  readonly name?: string;
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
}

export interface ShippedPackage {
  /** Where it is, from the root of the project. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  /** An SPDX expression. */
  readonly licence: string;
}

/** Packages that are developed with and yet shipped: their code is in dist/page. Each has no dependency that is. */
export const BUNDLED = ['preact', 'swagger-ui-dist', 'uplot'];

/** By path. A package that does not say its licence or its digest is an error: nobody could answer for it. */
export function shippedPackages({ packages }: LockFile): ShippedPackage[] {
  const bundled = new Set(BUNDLED.map((name) => `node_modules/${name}`));
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && (dev !== true || bundled.has(path)))
    .map(([path, { name = path.replace(/^.*node_modules\//, ''), version, integrity, license }]) => {
      if (version === undefined || integrity === undefined || license === undefined)
        throw new Error(`package-lock.json: ${path} lacks its version, its integrity or its licence`);
      return { path, name, version, integrity, licence: license };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[];
}

/** The parts of a CycloneDX document that are read or changed here. */
export interface Bill {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: { readonly name: string } };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/**
 * The bill of what is shipped, out of npm's bill of everything that is locked. `npm sbom --omit=dev` also leaves out what is
 * shipped and developed with (https://github.com/npm/cli/issues/7909). Equal lock files make equal bills: it says neither
 * when nor in which folder it was made.
 */
export function billOfShipped(everything: Bill, shipped: readonly ShippedPackage[], name: string): Bill {
  const wanted = new Set(shipped.map((one) => `${one.name}@${one.version}`));
  const components = everything.components
    .filter((one) => wanted.has(`${one.name}@${one.version}`))
    .map((one) => ({ ...one, scope: 'required', properties: [] }));
  const { component } = everything.metadata;
  const refs = new Set([component, ...components].map((one) => ('bom-ref' in one ? one['bom-ref'] : '')));
  return {
    ...without(everything, 'serialNumber'),
    metadata: { ...without(everything.metadata, 'timestamp'), component: { ...component, name } },
    components,
    dependencies: everything.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) })),
  };
}

function without<Whole extends object>(whole: Whole, name: keyof Whole): Whole {
  return Object.fromEntries(Object.entries(whole).filter(([each]) => each !== name)) as Whole;
}

/** The list of licences, then every text that a package brings with it; equal texts once. */
export function licenceList(shipped: readonly ShippedPackage[], textsOf: (path: string) => readonly string[]): string {
  const owners = new Map<string, string[]>();
  for (const { path, name, version } of shipped)
    for (const text of textsOf(path).map((each) => each.trim()))
      owners.set(text, [...(owners.get(text) ?? []), `${name} ${version}`]);
  const list = shipped.map(({ name, version, licence }) => `${name} ${version}: ${licence}`);
  const texts = [...owners].map(([text, names]) => `${'='.repeat(80)}\n${names.join(', ')}\n\n${text}\n`);
  return `Packages of others that are part of this program\n\n${list.join('\n')}\n\n${texts.join('\n')}`;
}
