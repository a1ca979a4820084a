/**
 * main → cli → service → {adapters, config, node} → apply → {ingest, reports} → {live, ocs, gms, evidence} → domain, and
 * never back.
 * test/contract/project/import-rules.test.ts breaks every rule once.
 */
const ADAPTERS = 'http|sqlite|postgres|prometheus|otlp|simulator|supervisor';
const HOSTS = 'service|cli|config|node';
const CORE = 'apply|ingest|live|reports';
const PROGRAMS = 'src|web|test|bench|scripts|grafana';

const driver = (name, packages, home) => ({
  name: `driver-stays-in-its-home-${name}`,
  comment: 'A driver has one home: it can be replaced there, and nobody else depends on how it behaves.',
  severity: 'error',
  from: { path: '^(src|web)/', pathNot: `^src/${home}` },
  to: { path: `node_modules/(@types/)?(${packages})/` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files in a circle can only be understood, tested and moved together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'What nobody imports and imports nothing does not run.',
      severity: 'error',
      from: { orphan: true, path: '^(src|web)/', pathNot: '[.]d[.]ts$' },
      to: {},
    },
    {
      name: 'domain-is-pure',
      comment: 'domain/ imports only domain/: no packages, no node: modules, no other folder.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'wire-formats-know-only-the-domain',
      comment: "A vendor's words end in the folder that decodes them, and no two vendors share a decoder.",
      severity: 'error',
      from: { path: '^src/(ocs|gms)/' },
      to: { path: '^src/', pathNot: ['^src/domain/', '^src/$1/'] },
    },
    {
      name: 'evidence-knows-only-the-domain',
      comment: 'How samples are packed and added up is read by every store, and depends on none.',
      severity: 'error',
      from: { path: '^src/evidence/' },
      to: { pathNot: '^src/(domain|evidence)/' },
    },
    {
      name: 'live-is-below-receiving-and-reports',
      comment: 'What is known now is told by both, and knows neither.',
      severity: 'error',
      from: { path: '^src/live/' },
      to: { path: '^src/(ingest|reports)/' },
    },
    {
      name: 'apply-is-above-what-it-uses',
      comment: 'What a batch does is asked for by stores: receiving, telling and knowing go on without any.',
      severity: 'error',
      from: { path: '^src/(ingest|reports|live)/' },
      to: { path: '^src/apply/' },
    },
    {
      name: 'core-knows-no-adapter',
      comment: 'The core works against interfaces of its own: any store and any protocol can serve it.',
      severity: 'error',
      from: { path: `^src/(${CORE})/` },
      to: { path: `^src/(${ADAPTERS})/` },
    },
    {
      name: 'core-does-no-io',
      comment:
        'What does no I/O is tested by property, in milliseconds, and behaves alike over every store. It may keep a bounded cache, and let others in between.',
      severity: 'error',
      from: { path: `^src/(ocs|gms|${CORE})/` },
      to: { pathNot: ['^src/', 'node_modules/lru-cache/', '^(node:)?timers/promises$'] },
    },
    {
      name: 'adapters-are-strangers',
      comment: 'An adapter never imports another: service/ introduces them, so that each can be replaced alone.',
      severity: 'error',
      from: { path: `^src/(${ADAPTERS})/` },
      to: { path: `^src/(${ADAPTERS})/`, pathNot: '^src/$1/' },
    },
    {
      name: 'only-the-service-assembles',
      comment: 'A room receives its settings, its log and its clock as arguments: it can be tested without a process.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${HOSTS})/` },
      to: { path: `^src/(${HOSTS})/` },
    },
    {
      name: 'settings-and-node-serve-the-service',
      comment: 'config/ and node/ know no adapter and no assembly.',
      severity: 'error',
      from: { path: '^src/(config|node)/' },
      to: { path: `^src/(service|${ADAPTERS})/` },
    },
    {
      name: 'databases-are-strangers',
      comment:
        'Who runs on one database loads nothing of the other, but for the spool, which is for when the other is away.',
      severity: 'error',
      from: { path: '^src/service/(sqlite|postgres)/' },
      to: { path: '^src/(service/)?(sqlite|postgres)/', pathNot: ['^src/(service/)?$1/', '^src/sqlite/spool/'] },
    },
    {
      name: 'commands-use-the-service',
      comment: 'A command talks to the service or plays its senders: of adapters it knows the simulator alone.',
      severity: 'error',
      from: { path: '^src/(cli/|main[.]ts)' },
      to: { path: `^src/(${ADAPTERS})/`, pathNot: '^src/simulator/' },
    },
    {
      name: 'commands-are-the-top',
      comment: 'A command is what a person asks for: the program calls it, and nothing else does.',
      severity: 'error',
      from: { path: '^src/(service|config|node)/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'nobody-imports-the-start',
      comment: 'main.ts runs the program by being imported.',
      severity: 'error',
      from: {},
      to: { path: '^src/main[.]ts$' },
    },
    driver('sqlite', 'better-sqlite3', 'sqlite/'),
    driver('pg', 'pg', 'postgres/'),
    driver('prom', 'prom-client', 'prometheus/'),
    driver('express', 'express|helmet', 'http/'),
    driver('ajv', 'ajv', 'node/schema-checks[.]ts'),
    driver('pino', 'pino', 'node/log[.]ts'),
    driver('parquet', 'hyparquet|hyparquet-writer', 'node/parquet-file[.]ts'),
    driver('csv', 'csv-parse', 'node/csv-rows[.]ts'),
    {
      name: 'sqlite-is-opened-in-one-place',
      comment: 'What holds for every connection, such as where temporary files go, is said in connection.ts.',
      severity: 'error',
      from: { path: '^src/sqlite/', pathNot: '^src/sqlite/connection[.]ts$' },
      to: { path: 'node_modules/(@types/)?better-sqlite3/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'page-is-a-program-of-its-own',
      comment:
        'The page runs in a browser: it knows the service by its API alone; domain/ and reports/ lend it types, and domain/ how both search and read times.',
      severity: 'error',
      from: { path: '^web/' },
      to: {
        path: '^src/',
        pathNot: '^src/domain/(folding|instant|local-time)[.]ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'page-borrows-of-the-core-alone',
      comment: 'What a browser shows are facts of the domain and rows of reports, never the insides of a service.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: `^(${PROGRAMS})/`, pathNot: '^(web|src/(domain|reports))/' },
    },
    {
      name: 'page-runs-in-a-browser',
      comment: 'No browser has the modules of Node.',
      severity: 'error',
      from: { path: '^web/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'product-stands-alone',
      comment: 'What is shipped needs neither its page, its dashboards, its tests nor its tools.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: `^(${PROGRAMS})/`, pathNot: '^src/' },
    },
    {
      name: 'no-dev-deps-in-product',
      comment: 'npm installs no development packages where the program runs; types are gone by then.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'dashboards-know-the-sdk-alone',
      comment:
        "Dashboards are read by Grafana beside any version of the service: they use its metrics' names, not its code.",
      severity: 'error',
      from: { path: '^grafana/' },
      to: { path: `^(${PROGRAMS})/`, pathNot: '^grafana/' },
    },
    {
      name: 'unit-tests-are-pure',
      comment: 'They run in milliseconds, anywhere: what needs an adapter is a contract or an integration test.',
      severity: 'error',
      from: { path: '^test/unit/' },
      to: { path: `^src/(${ADAPTERS})/` },
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
