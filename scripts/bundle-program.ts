/**
 * Bundles src/ into a folder: the program, and each of its threads by itself. A start reads sixty files instead of many
 * hundreds. Types are checked by `npm run types`.
 */
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledChecks } from './compiled-checks.js';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
/** Built beside it, by build-page.ts. */
const PAGE = 'page';
/** What a file says of its own place holds where tsc would have put it. In strings of a bundle this stands for its folder. */
const HERE = 'BUILT-HERE';
/** Made anew for a build. */
const CHECKS = 'node/schema-checks.ts';
const THREAD = /new URL\('([^']+)[.]js', import[.]meta[.]url\)/g;
/** What some packages ask for that are no modules. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
/**
 * What later Nodes call themselves. Where nobody has a name, pg makes a response of fetch to see whether it is Cloudflare's:
 * in each thread that loads all that fetch needs, which took 30 ms of a processor.
 */
export const OWN_NAVIGATOR = { navigator: '{"userAgent":"Node.js"}' } as const;

const COMMON = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outbase: SRC,
  // The driver is compiled for the machine; the other is asked for by pg, and not used.
  external: ['better-sqlite3', 'pg-native'],
  define: OWN_NAVIGATOR,
  write: false,
} as const satisfies BuildOptions;

/** Text to text of a source file, by its path in src/. */
export type Change = (path: string, text: string) => string;

/** Scripts that are in the folder from an earlier build go, but for the page. */
export async function bundleProgram(outdir: string, change: Change = (_path, text) => text): Promise<void> {
  const own = { ...COMMON, outdir: resolve(outdir), plugins: [keepsPlaces(change)] };
  const built = await Promise.all([
    build({
      ...own,
      entryPoints: [join(SRC, 'main.ts')],
      splitting: true,
      chunkNames: 'program/[name]-[hash]',
      banner: { js: REQUIRE },
    }),
    build({ ...own, entryPoints: threads(), banner: { js: REQUIRE } }),
  ]);
  const files = built.flatMap(({ outputFiles }) => outputFiles);
  for (const { path, text } of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.replaceAll(HERE, relative(dirname(path), own.outdir) || '.'));
  }
  removeOthers(own.outdir, new Set(files.map(({ path }) => path)));
}

function removeOthers(folder: string, kept: ReadonlySet<string>): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== PAGE) removeOthers(path, kept);
    } else if (/[.]js([.]map)?$/.test(path) && !kept.has(path)) rmSync(path);
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

/** The entry points of all threads: what a file of src/ names by its place. */
function threads(): string[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(SRC, path));
  const named = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(THREAD)].map(([, path = '']) => join(dirname(file), `${path}.ts`)),
  );
  return [...new Set(named)].sort();
}

function keepsPlaces(change: Change): Plugin {
  return {
    name: 'keeps-places',
    setup(bundle) {
      bundle.onLoad({ filter: /[.]ts$/ }, ({ path }) => {
        const place = relative(SRC, path);
        if (place === CHECKS) return { contents: compiledChecks(), loader: 'js' };
        const text = change(place, readFileSync(path, 'utf8'));
        const asBuilt = `${HERE}/${place.replace(/[.]ts$/, '.js')}`;
        const contents = text.replaceAll('import.meta.url', `new URL('${asBuilt}', import.meta.url).href`);
        return { contents, loader: 'ts' };
      });
    },
  };
}
