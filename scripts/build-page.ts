/** Bundles src/page/ into dist/page/: hashed assets, an index.html that names them, and each compressed beside itself. */
import { build, type Metafile } from 'esbuild';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, 'dist/page');
const ENTRIES = ['src/page/main.tsx', 'src/page/styles.css'];

await rm(OUT, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: ENTRIES,
  outdir: join(OUT, 'assets'),
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  metafile: true,
  tsconfig: join(ROOT, 'src/page/tsconfig.json'),
});
const [script, style] = ENTRIES.map((entry) => outputOf(metafile, entry));
if (script === undefined || style === undefined) throw new Error('esbuild named no outputs');
const template = await readFile(join(ROOT, 'src/page/index.html'), 'utf8');
const preloads = staticImports(metafile, script).map((path) => `<link rel="modulepreload" href="${assetUrl(path)}" />`);
const index = template
  .replace('%SCRIPT%', assetUrl(script))
  .replace('%STYLE%', assetUrl(style))
  .replace('%PRELOADS%', preloads.join('\n    '));
await writeFile(join(OUT, 'index.html'), index);
for (const name of await readdir(join(OUT, 'assets'))) {
  const path = join(OUT, 'assets', name);
  const bytes = await readFile(path);
  await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  await writeFile(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}

function outputOf({ outputs }: Metafile, entry: string): string | undefined {
  return Object.keys(outputs).find((path) => outputs[path]?.entryPoint === entry);
}

/** What a script imports at once, itself not among it. */
function staticImports({ outputs }: Metafile, path: string): string[] {
  const found = new Set<string>();
  const visit = (one: string) => {
    for (const { path: next, kind } of outputs[one]?.imports ?? []) {
      if (kind !== 'import-statement' || found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(path);
  return [...found];
}

function assetUrl(path: string): string {
  return `assets/${basename(path)}`;
}
