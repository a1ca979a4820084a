/**
 * Bundles web/ into dist/page/: hashed assets, each compressed beside itself, and the pages that name them:
 * index.html, the live page, and docs.html, the viewer of the API's document.
 */
import { build as bundle, type Metafile, type Plugin } from 'esbuild';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Where the page goes: the project's own build unless another is named. */
const OUT = join(process.argv[2] ?? join(ROOT, 'dist'), 'page');
const PAGES = [
  { template: 'index.html', script: 'web/main.tsx', style: 'web/styles.css' },
  { template: 'docs.html', script: 'web/docs/docs.ts', style: 'web/docs/docs.css' },
] as const;

/**
 * uPlot makes a number format of the browser's language when it is loaded, and takes the page with it when that is none
 * that Intl knows (`en-US@posix` on a Linux without LANG). The page writes figures itself, in English: so does uPlot.
 */
const UPLOT_LANGUAGE = "new Intl.NumberFormat(domEnv ? nav.language : 'en-US')";
const uplotSpeaksEnglish: Plugin = {
  name: 'uplot-speaks-english',
  setup(build) {
    build.onLoad({ filter: /uPlot[.]esm[.]js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!source.includes(UPLOT_LANGUAGE)) throw new Error(`${path} does not say ${UPLOT_LANGUAGE} any more`);
      return { contents: source.replace(UPLOT_LANGUAGE, "new Intl.NumberFormat('en-GB')"), loader: 'js' };
    });
  },
};

await rm(OUT, { recursive: true, force: true });
for (const page of PAGES) {
  // Each by itself: what both import is no chunk that the live page would wait for.
  const { metafile } = await bundle({
    absWorkingDir: ROOT,
    entryPoints: [page.script, page.style],
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
    plugins: [uplotSpeaksEnglish],
    tsconfig: join(ROOT, 'web/tsconfig.json'),
  });
  const [script, style] = [outputOf(metafile, page.script), outputOf(metafile, page.style)];
  if (script === undefined || style === undefined) throw new Error(`esbuild named no outputs for ${page.template}`);
  const preloads = staticImports(metafile, script).map(
    (path) => `<link rel="modulepreload" href="${assetUrl(path)}" />`,
  );
  const text = (await readFile(join(ROOT, 'web', page.template), 'utf8'))
    .replace('%SCRIPT%', assetUrl(script))
    .replace('%STYLE%', assetUrl(style))
    .replace('%PRELOADS%', preloads.join('\n    '));
  await writeFile(join(OUT, page.template), text);
}
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
