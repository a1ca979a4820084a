const ADAPTERS = 'http|sqlite|postgres|prometheus|importers|simulator|supervisor|cli';
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '[.]d[.]ts$' }, to: {} },
    {
      name: 'domain-is-pure',
      comment: 'domain/ imports only domain/: no packages, no node: modules, no other folder.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'wire-formats-know-only-the-domain',
      severity: 'error',
      from: { path: '^src/(ocs|gms)/' },
      to: { path: '^src/', pathNot: ['^src/domain/', '^src/$1/'] },
    },
    {
      name: 'core-knows-no-adapter',
      comment: 'ingest/ and reports/ work against the interfaces in domain/store.ts.',
      severity: 'error',
      from: { path: '^src/(ingest|reports)/' },
      to: { path: `^src/(${ADAPTERS})/` },
    },
    {
      name: 'core-does-no-io',
      severity: 'error',
      from: { path: '^src/(domain|ocs|gms|ingest|reports)/' },
      to: {
        path: '^(node:)?(fs|net|http|https|child_process|worker_threads|dgram)($|/)|node_modules/(@types/)?(express|better-sqlite3|pg|prom-client|helmet)/',
      },
    },
    {
      name: 'adapters-are-strangers',
      comment: 'An adapter never imports another adapter; main/app introduces them.',
      severity: 'error',
      from: { path: `^src/(${ADAPTERS})/` },
      to: { path: `^src/(${ADAPTERS})/`, pathNot: '^src/$1/' },
    },
    {
      name: 'only-app-assembles',
      comment: 'The top-level files are for each other and cli/ alone; folders receive what they need as arguments.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: '^src/cli/' },
      to: { path: '^src/[^/]+[.]ts$' },
    },
    {
      name: 'driver-stays-in-its-folder-sqlite',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/sqlite/' },
      to: { path: 'node_modules/(@types/)?better-sqlite3/' },
    },
    {
      name: 'sqlite-is-opened-in-one-place',
      comment: 'What holds for every connection, such as where temporary files go, is said in connection.ts.',
      severity: 'error',
      from: { path: '^src/sqlite/', pathNot: '^src/sqlite/connection[.]ts$' },
      to: { path: 'node_modules/(@types/)?better-sqlite3/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'driver-stays-in-its-folder-pg',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/postgres/' },
      to: { path: 'node_modules/(@types/)?pg/' },
    },
    {
      name: 'driver-stays-in-its-folder-prom',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/prometheus/' },
      to: { path: 'node_modules/prom-client/' },
    },
    {
      name: 'driver-stays-in-its-folder-express',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/http/' },
      to: { path: 'node_modules/(@types/)?(express|helmet)/' },
    },
    {
      name: 'driver-stays-in-its-folder-ajv',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/schemas[.]ts$' },
      to: { path: 'node_modules/ajv' },
    },
    {
      name: 'page-is-a-program-of-its-own',
      comment:
        'The page runs in a browser: it knows the service by its API alone; domain/ and reports/ lend it types, and domain/ how both search and read times.',
      severity: 'error',
      from: { path: '^src/page/' },
      to: {
        path: '^src/|^node:|node_modules/(@types/node|express|better-sqlite3|prom-client|helmet|pino)/',
        pathNot: '^src/(page/|domain/(folding|instant|local-time)[.]ts$)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'page-borrows-types-of-the-core-alone',
      severity: 'error',
      from: { path: '^src/page/' },
      to: { path: '^src/', pathNot: '^src/(page|domain|reports)/' },
    },
    {
      name: 'nobody-imports-the-page',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/page/' },
      to: { path: '^src/page/' },
    },
    { name: 'no-test-in-product', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
    {
      name: 'dashboards-are-not-product',
      comment: 'The service knows nothing of the dashboards; they know the SDK alone, and the lint reads what ships.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^grafana/' },
    },
    {
      name: 'dashboards-know-the-sdk-alone',
      severity: 'error',
      from: { path: '^grafana/' },
      to: { path: '^(src|test|scripts)/' },
    },
    {
      name: 'unit-tests-are-pure',
      severity: 'error',
      from: { path: '^test/unit/' },
      to: { path: `^src/(${ADAPTERS})/` },
    },
    {
      name: 'no-dev-deps-in-product',
      comment: 'What the page uses is in its bundle.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/page/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.check.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
