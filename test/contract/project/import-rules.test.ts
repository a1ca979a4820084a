/**
 * .dependency-cruiser.cjs over a tree of small files: each rule is broken, by values and by types, and tells what
 * breaks it; what the layers allow is found clean. One run for all.
 */
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult, type IConfiguration } from 'dependency-cruiser';
import { afterAll, describe, expect, it } from 'vitest';
import { removeFolder } from '../../support/folders.js';

/** Sources by path. */
type Files = Readonly<Record<string, string>>;

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const { forbidden, options } = createRequire(import.meta.url)(join(ROOT, '.dependency-cruiser.cjs')) as IConfiguration;
const RULES = forbidden ?? [];
/** `pg` is not installed yet: its rule waits for it. */
const PACKAGES = [
  'express',
  'helmet',
  'better-sqlite3',
  'prom-client',
  'ajv',
  'pino',
  'hyparquet-writer',
  'csv-parse',
  'lru-cache',
  'yaml',
  'preact',
  'supertest',
];

/** What a file writes to import another, or a package. */
function specifier(from: string, to: string): string {
  if (!/^(src|web|test|bench|scripts|grafana)\//.test(to)) return to;
  const path = relative(dirname(from), to).replace(/[.]tsx?$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}
const byValue = (from: string, to: string) => `import '${specifier(from, to)}';\n`;
const byType = (from: string, to: string) => `import type * as T from '${specifier(from, to)}';\nexport type { T };\n`;
const later = (from: string, to: string) => `await import('${specifier(from, to)}');\n`;

/** A file of its own in the folder for every way to take each of these. */
function taking(folder: string, targets: readonly string[], ways = [byValue, byType]): Files {
  const files: Record<string, string> = {};
  for (const to of targets)
    for (const way of ways) {
      const from = `${folder}/${way.name}-${to.replace(/\W+/g, '-')}.ts`;
      files[from] = way(from, to);
    }
  return files;
}
/** One file that takes all of these by value. */
const file = (from: string, targets: readonly string[]): Files => ({
  [from]: `export {};\n${targets.map((to) => byValue(from, to)).join('')}`,
});

/** Every file is to be told by this rule, and by no other. */
const BROKEN: Readonly<Record<string, Files>> = {
  'no-cycles': {
    ...file('src/live/day.ts', ['src/live/night.ts']),
    ...taking('src/live', ['src/live/tide.ts'], [byType]),
  },
  'no-orphans': { ...file('src/live/alone.ts', []), ...file('web/alone.tsx', []) },
  'domain-is-pure': taking('src/domain', ['src/ocs/any.ts', 'src/live/any.ts', 'node:fs', 'lru-cache']),
  'wire-formats-know-only-the-domain': {
    ...taking('src/ocs', ['src/gms/any.ts', 'src/live/any.ts', 'src/ingest/any.ts']),
    ...taking('src/gms', ['src/ocs/any.ts', 'src/http/any.ts']),
  },
  'evidence-knows-only-the-domain': taking('src/evidence', ['src/apply/any.ts', 'src/ocs/any.ts', 'lru-cache']),
  'live-is-below-receiving-and-reports': taking('src/live', ['src/ingest/any.ts', 'src/reports/any.ts']),
  'apply-is-above-what-it-uses': {
    ...taking('src/ingest', ['src/apply/any.ts']),
    ...taking('src/reports', ['src/apply/any.ts']),
    ...taking('src/live', ['src/apply/any.ts']),
  },
  'core-knows-no-adapter': {
    ...taking('src/apply', ['src/sqlite/any.ts', 'src/postgres/any.ts', 'src/http/any.ts']),
    ...taking('src/ingest', ['src/http/any.ts', 'src/postgres/any.ts', 'src/supervisor/any.ts']),
    ...taking('src/live', ['src/prometheus/any.ts']),
    ...taking('src/reports', ['src/sqlite/any.ts', 'src/simulator/any.ts'], [byValue, byType, later]),
  },
  'core-does-no-io': {
    ...taking('src/apply', ['node:fs', 'node:worker_threads']),
    ...taking('src/ocs', ['node:fs/promises']),
    ...taking('src/gms', ['node:net', 'yaml']),
    ...taking('src/ingest', ['node:worker_threads', 'node:timers']),
    ...taking('src/live', ['fs', 'node:tls']),
    ...taking('src/reports', ['node:child_process'], [byValue, byType, later]),
  },
  'adapters-are-strangers': {
    ...taking('src/http', ['src/sqlite/any.ts', 'src/prometheus/any.ts'], [byValue, byType, later]),
    ...taking('src/sqlite', ['src/postgres/any.ts']),
    ...taking('src/postgres', ['src/sqlite/any.ts']),
    ...taking('src/prometheus', ['src/http/any.ts']),
    ...taking('src/simulator', ['src/http/any.ts']),
    ...taking('src/supervisor', ['src/simulator/any.ts']),
  },
  'only-the-service-assembles': {
    ...taking('src/apply', ['src/service/any.ts', 'src/config/any.ts', 'src/node/any.ts']),
    ...taking('src/http', ['src/service/any.ts', 'src/config/any.ts', 'src/node/any.ts', 'src/cli/any.ts']),
    ...taking('src/sqlite', ['src/node/any.ts', 'src/service/sqlite/any.ts']),
    ...taking('src/reports', ['src/config/any.ts']),
    ...taking('src/live', ['src/node/any.ts']),
  },
  'settings-and-node-serve-the-service': {
    ...taking('src/config', ['src/service/any.ts', 'src/sqlite/any.ts']),
    ...taking('src/node', ['src/service/any.ts', 'src/http/any.ts']),
  },
  'databases-are-strangers': {
    ...taking('src/service/sqlite', ['src/service/postgres/any.ts', 'src/postgres/any.ts']),
    ...taking('src/service/postgres', ['src/service/sqlite/any.ts', 'src/sqlite/any.ts']),
  },
  'commands-use-the-service': {
    ...taking('src/cli', ['src/sqlite/any.ts', 'src/http/any.ts'], [byValue, byType, later]),
    ...file('src/main.ts', ['src/prometheus/any.ts']),
  },
  'commands-are-the-top': {
    ...taking('src/service', ['src/cli/any.ts']),
    ...taking('src/config', ['src/cli/any.ts']),
    ...taking('src/node', ['src/cli/any.ts']),
  },
  'nobody-imports-the-start': { ...taking('src/cli', ['src/main.ts']), ...taking('test/contract', ['src/main.ts']) },
  'driver-stays-in-its-home-sqlite': taking('src/http', ['better-sqlite3', '@types/better-sqlite3']),
  'driver-stays-in-its-home-pg': { ...taking('src/sqlite', ['pg']), ...taking('src/service', ['pg']) },
  'driver-stays-in-its-home-prom': taking('src/http', ['prom-client']),
  'driver-stays-in-its-home-express': {
    ...taking('src/service', ['express', 'helmet']),
    ...taking('web', ['express']),
  },
  'driver-stays-in-its-home-ajv': { ...taking('src/http', ['ajv']), ...taking('src/node', ['ajv']) },
  'driver-stays-in-its-home-pino': { ...taking('src/node', ['pino']), ...taking('web', ['pino']) },
  'driver-stays-in-its-home-parquet': {
    ...taking('src/cli', ['hyparquet-writer']),
    ...taking('web', ['hyparquet-writer']),
  },
  'driver-stays-in-its-home-csv': { ...taking('src/node', ['csv-parse']), ...taking('web', ['csv-parse']) },
  'sqlite-is-opened-in-one-place': taking('src/sqlite', ['better-sqlite3'], [byValue, later]),
  'page-is-a-program-of-its-own': taking('web', ['src/reports/any.ts', 'src/domain/any.ts'], [byValue, later]),
  'page-borrows-of-the-core-alone': {
    ...taking('web', ['src/http/any.ts', 'src/live/any.ts'], [byType]),
    ...taking('web/views', ['test/contract/any.ts', 'grafana/src/any.ts']),
  },
  'page-runs-in-a-browser': taking('web', ['node:fs', 'path']),
  'product-stands-alone': {
    ...taking('src/http', ['web/any.tsx', 'test/contract/any.ts', 'grafana/src/any.ts', 'bench/any.ts']),
    ...taking('src/cli', ['scripts/any.ts']),
  },
  'no-dev-deps-in-product': taking('src/http', ['supertest'], [byValue, later]),
  'dashboards-know-the-sdk-alone': {
    ...taking('grafana/src', ['src/prometheus/any.ts', 'src/domain/any.ts', 'test/contract/any.ts', 'web/any.tsx']),
  },
  'unit-tests-are-pure': {
    ...taking('test/unit', ['src/sqlite/any.ts', 'src/http/any.ts'], [byValue, byType, later]),
    ...taking('test/unit/ingest', ['src/simulator/any.ts']),
  },
};

const CORE = ['src/ingest/any.ts', 'src/reports/any.ts', 'src/live/any.ts', 'src/ocs/any.ts', 'src/gms/any.ts'];
const DOMAIN = 'src/domain/any.ts';
const ADAPTERS = ['http', 'sqlite', 'postgres', 'prometheus', 'simulator', 'supervisor'].map(
  (name) => `src/${name}/any.ts`,
);

/** What the layers allow, and what would be mistaken for a breach. */
const ALLOWED: Files = {
  ...file('src/service/any.ts', [...ADAPTERS, 'src/config/any.ts', 'src/node/any.ts', ...CORE, DOMAIN]),
  ...file('src/service/sqlite/any.ts', ['src/sqlite/any.ts', 'src/service/own.ts', 'src/node/any.ts']),
  ...file('src/service/postgres/any.ts', ['src/postgres/any.ts', 'src/service/own.ts']),
  ...file('src/service/own.ts', [DOMAIN]),
  ...file('src/cli/any.ts', [
    ...['src/service/any.ts', 'src/service/sqlite/any.ts', 'src/service/postgres/any.ts', 'src/simulator/any.ts'],
    ...['src/config/any.ts', 'src/node/any.ts', 'src/reports/any.ts', DOMAIN],
  ]),
  ...file('src/config/any.ts', ['src/ocs/any.ts', 'src/reports/any.ts', DOMAIN]),
  ...file('src/node/any.ts', ['src/node/log.ts', 'src/node/schema-checks.ts', DOMAIN, 'node:fs']),
  ...file('src/node/log.ts', ['pino']),
  ...file('src/node/parquet-file.ts', ['hyparquet-writer']),
  ...file('src/node/schema-checks.ts', ['ajv']),
  ...file('src/node/csv-rows.ts', ['csv-parse']),
  ...file('src/http/any.ts', ['express', 'helmet', 'node:http', ...CORE, DOMAIN]),
  ...taking('src/http', ['supertest', '@types/express'], [byType]),
  ...file('src/sqlite/any.ts', ['src/sqlite/connection.ts', 'src/apply/any.ts', ...CORE, DOMAIN]),
  ...file('src/sqlite/connection.ts', ['better-sqlite3', 'node:fs']),
  ...taking('src/sqlite', ['better-sqlite3'], [byType]),
  ...file('src/postgres/any.ts', ['pg', 'src/apply/any.ts', DOMAIN]),
  ...file('src/prometheus/any.ts', ['prom-client', 'src/live/any.ts']),
  ...file('src/simulator/any.ts', ['src/ocs/any.ts', DOMAIN]),
  ...file('src/supervisor/any.ts', ['node:child_process', DOMAIN]),
  ...file('src/apply/any.ts', [...CORE, DOMAIN, 'lru-cache']),
  ...file('src/ingest/any.ts', ['src/live/any.ts', 'src/ocs/any.ts', 'src/gms/any.ts', DOMAIN]),
  ...file('src/reports/any.ts', ['src/live/any.ts', 'src/gms/any.ts', DOMAIN, 'node:timers/promises', 'lru-cache']),
  ...file('src/live/any.ts', ['lru-cache', DOMAIN]),
  // A circle is told of once, where it is met first.
  ...file('src/live/night.ts', ['src/live/day.ts']),
  ...file('src/live/tide.ts', ['src/live/byType-src-live-tide-ts.ts']),
  ...file('src/ocs/any.ts', ['src/ocs/own.ts', DOMAIN]),
  ...file('src/ocs/own.ts', []),
  ...file('src/gms/any.ts', [DOMAIN]),
  ...file(DOMAIN, ['src/domain/folding.ts']),
  ...file('src/domain/folding.ts', []),
  ...file('web/any.tsx', ['preact', 'src/domain/folding.ts', 'web/views/own.tsx']),
  ...file('web/views/own.tsx', ['preact']),
  ...taking('web', ['src/domain/any.ts', 'src/reports/any.ts'], [byType]),
  ...file('test/unit/any.ts', [...CORE, DOMAIN, 'src/service/own.ts']),
  ...file('test/contract/any.ts', [...ADAPTERS, 'better-sqlite3', 'supertest', 'web/any.tsx', 'grafana/src/any.ts']),
  ...file('grafana/src/any.ts', ['grafana/src/own.ts']),
  ...file('grafana/src/own.ts', []),
  ...file('bench/any.ts', ['src/http/any.ts']),
  ...file('scripts/any.ts', ['src/http/any.ts']),
};

function lay(tree: string, path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
}

/** Paths are those of the tree: what is installed is linked, and links are not followed to where they lead. */
async function rulesToldIn(tree: string): Promise<{ told: Map<string, Set<string>>; unresolved: string[] }> {
  copyFileSync(join(ROOT, 'package.json'), join(tree, 'package.json'));
  mkdirSync(join(tree, 'node_modules'));
  for (const name of [...PACKAGES, '@types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(tree, 'node_modules', name), 'dir');
  lay(tree, 'node_modules/pg/index.js', '');
  for (const files of [ALLOWED, ...Object.values(BROKEN)])
    for (const [path, text] of Object.entries(files)) lay(tree, path, text);
  const { output } = await cruise(
    ['src', 'web', 'test', 'grafana', 'bench', 'scripts'],
    { ...options, baseDir: tree, validate: true, ruleSet: { forbidden: RULES }, preserveSymlinks: true },
    { ...options?.enhancedResolveOptions, bustTheCache: true },
  );
  const { summary, modules } = output as ICruiseResult;
  const told = new Map<string, Set<string>>();
  for (const { from, rule } of summary.violations) told.set(from, (told.get(from) ?? new Set()).add(rule.name));
  return { told, unresolved: modules.filter((one) => one.couldNotResolve).map((one) => one.source) };
}

describe('the rules of who may import whom', async () => {
  const tree = mkdtempSync(join(tmpdir(), 'ocm-imports-'));
  const { told, unresolved } = await rulesToldIn(tree);
  const rulesOf = (files: Files) =>
    Object.fromEntries(Object.keys(files).map((path) => [path, [...(told.get(path) ?? [])]]));
  afterAll(() => {
    removeFolder(tree);
  });

  it('each have a reason, and are broken here', () => {
    expect(RULES.filter(({ comment = '' }) => comment === '').map(({ name }) => name)).toEqual([]);
    expect(RULES.map(({ name }) => name)).toEqual(Object.keys(BROKEN));
  });

  it.each(Object.entries(BROKEN))('%s is told of what breaks it, and no other rule is', (rule, files) => {
    expect(rulesOf(files)).toEqual(Object.fromEntries(Object.keys(files).map((path) => [path, [rule]])));
  });

  it('find what the layers allow clean, and everything that is imported', () => {
    expect(rulesOf(ALLOWED)).toEqual(Object.fromEntries(Object.keys(ALLOWED).map((path) => [path, []])));
    expect(unresolved).toEqual([]);
  });
});
