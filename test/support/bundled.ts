/** Threads of tests as one script each: a thread of Node takes no TypeScript, and a loader would ask the thread that waits. */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { OWN_NAVIGATOR } from '../../scripts/bundle-program.js';

const built = new Map<string, string>();

/** The script of a file; `calls`: with a call of what it exports by this name. */
export function bundled(file: URL, calls: string | null = null): string {
  const path = fileURLToPath(file);
  const key = `${path} ${calls ?? ''}`;
  const script = built.get(key) ?? build(path, calls);
  built.set(key, script);
  return script;
}

function build(path: string, calls: string | null): string {
  const from = JSON.stringify(path);
  const contents = calls === null ? `import ${from};` : `import { ${calls} } from ${from}; ${calls}();`;
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: dirname(path) },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    external: ['pg-native', 'esbuild'],
    define: { ...OWN_NAVIGATOR, 'import.meta.url': JSON.stringify(import.meta.url) },
  });
  return outputFiles[0]?.text ?? '';
}

/** A script that imports files of the project by their paths, as a program for `node --input-type=module` in its folder. */
export function scriptOf(contents: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: resolve('.'), loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  return outputFiles[0]?.text ?? '';
}
