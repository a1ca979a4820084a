import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { availableParallelism, constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const CORES = availableParallelism();

// As low as that of commands that leave the processor to a service (src/main.ts): beside the tests they would starve.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

/**
 * Tests keep their files in memory where the system has room for them: `npm run test:fast` took 60 s on a disk, and takes 50.
 * What a disk does wrong is played by `npm run test:faults`, on a disk.
 */
const MEMORY = '/dev/shm';
const ROOM_BYTES = 4e9;
const isRoomy = ({ bavail, bsize }: { bavail: number; bsize: number }) => bavail * bsize > ROOM_BYTES;
if (process.env['TMPDIR'] === undefined && existsSync(MEMORY) && isRoomy(statfsSync(MEMORY))) {
  const folder = mkdtempSync(`${MEMORY}/ocm-tests-`);
  // Tests run programs as other users, too.
  chmodSync(folder, 0o711);
  process.env['TMPDIR'] = folder;
  process.once('exit', () => {
    // What is still mounted in it stays.
    spawnSync('rm', ['-rf', '--one-file-system', folder]);
  });
}

/** Where tests have their PostgreSQL, of each version that any needs: see test/support/postgres-server.ts. */
const postgresFolder = mkdtempSync(join(tmpdir(), 'ocm-postgres-'));
process.env['TESTS_POSTGRES'] = postgresFolder;
// It is run by another user than root.
chmodSync(postgresFolder, 0o711);
// Before the folder goes that it is in.
process.prependOnceListener('exit', () => {
  for (const version of readdirSync(postgresFolder)) {
    const pidFile = join(postgresFolder, version, 'data', 'postmaster.pid');
    if (existsSync(pidFile)) process.kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 'SIGQUIT');
  }
  rmSync(postgresFolder, { recursive: true, force: true, maxRetries: 10 });
});

/** What a built program, a browser or a server answers, and what looks at very many cases. */
const WAITING = [
  'test/{acceptance,durability,integration}/**/*.test.ts',
  'test/web/{accessibility,adapted,broken,compliance,connection,filter-bar,keyboard,keys,loading,order-held,senders,spacing,views,wall}.test.ts',
  'test/contract/project/{callback-setup,compose,kubernetes,readme,systemd-units}.test.ts',
  'test/contract/grafana/{alerting,mixin,panels,rules}.test.ts',
  'test/contract/sqlite/{callback-measures-sql,connection,export-property,history-property,paging-property}.test.ts',
  'test/contract/postgres/**/*.test.ts',
  'test/contract/apply/{damaged-chunks,evidence-contract,retention,store-contract}.test.ts',
  'test/contract/simulator/callbacks.test.ts',
  'test/unit/apply/{history,merge}-property.test.ts',
  'test/unit/reports/abandonment-property.test.ts',
];

/** What takes longest, the longest first: begun late, one of them would go on alone at the end. */
const LONGEST = [
  'integration/supervisor',
  'durability/import-kills',
  'contract/apply/retention',
  'unit/apply/history-property',
  'acceptance/contact-centre',
  'durability/store-faults',
  'integration/postgres-commands',
  'unit/apply/merge-property',
  'contract/postgres/lane-faults',
  'durability/salvage',
  'web/views',
  'web/wall',
  'integration/export',
  'durability/postgres-outage',
  'integration/import',
  'durability/damage',
  'contract/grafana/rules',
  'contract/postgres/migration',
  'integration/audit',
  'integration/import-icon',
  'integration/postgres-one-truth',
  'acceptance/dashboards',
  'acceptance/alert-days',
  'contract/sqlite/export-property',
].map((name) => `/test/${name}.test.ts`);
const rankOf = ({ moduleId }: TestSpecification) => LONGEST.findIndex((end) => moduleId.endsWith(end)) + 1 || 1000;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    // As long as a busy machine may take: what is true at once is seen at once.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    // No test mocks a module or changes the process it runs in: files share what a worker has loaded.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: WAITING,
          // Each of them keeps a core busy.
          maxWorkers: CORES,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'waiting',
          include: WAITING,
          // These wait for processes, browsers, timers and disks half of the time.
          maxWorkers: 2 * CORES,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
