/** npm run bench: every row that is promised, side by side in one run on one machine. Only the ratios mean something elsewhere. */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { machineFacts, versionFacts } from './machine.js';
import { commandLine, type RunReport, verdictLine, withoutFolders, writePerformancePage } from './performance-page.js';
import { root } from './program.js';
import { benchProgress } from './progress.js';
import { type Bench, type Findings, firstLine, NotMeasured, resultsOf, type Settings } from './row.js';
import { BENCHES } from './rows.js';
import { plainTable, resultTable } from './table.js';

const HELP = `npm run bench -- [options]

  --only NAMES    some of the benches, separated by commas:
                  ${BENCHES.map(({ name }) => name).join(', ')}
  --quick         short rounds: shows that the bench works
  --rounds N      rounds, of which the middle one counts (default 5; 1 with --quick)
  --seconds N     seconds of a round (default 6; 2 with --quick)
  --stored FILE   a database of 100 million notifications, which stays as it is
  --long FILE     one in which they reach back 400 days (bench:generate --groups 29)
  --hours N       the soak: as many hours for a week of posts, of 1,000 groups or as many as there is time for
  --write         writes docs/performance.md
  --keep          leaves what is not of this run there as it is, with the day of its run
  --help

Databases lie in TMPDIR: it should be on the disk that is meant. SIGUSR2 ends the run behind the bench under way; what was
measured is shown, and written. Exit: 0 when everything measured held.
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    stored: { type: 'string' },
    long: { type: 'string' },
    hours: { type: 'string' },
    write: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function wanted(): readonly Bench[] {
  const names = values.only?.split(',');
  const unknown = names?.find((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown !== undefined) throw new Error(`there is no bench ${unknown}; --help lists them`);
  return BENCHES.filter(({ name }) => names === undefined || names.includes(name));
}

function positive(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!(Number(text) > 0)) throw new Error(`--${name} takes a number above 0`);
  return Number(text);
}

/** A bench that fails leaves its rows unmeasured, and the others go on. */
async function found(bench: Bench, settings: Settings): Promise<Findings> {
  try {
    return await bench.run(settings);
  } catch (error) {
    const message = firstLine(error);
    const isExpected = error instanceof NotMeasured;
    if (!isExpected) process.stderr.write(`${bench.name} failed: ${error instanceof Error ? error.stack : message}\n`);
    if (!isExpected) process.exitCode = 1;
    const why = isExpected ? message : `failed: ${withoutFolders(message, [root, tmpdir()])}`;
    return unmeasured(bench, why);
  }
}

/** The page has a line for each row, whether or not it was part of the run. */
const unmeasured = ({ rows }: Bench, why: string): Findings => ({
  outcomes: Object.fromEntries(rows.map(({ key }) => [key, { why }])),
});

async function measured(): Promise<RunReport> {
  const { quick } = values;
  const benches = wanted();
  const progress = benchProgress(benches.length);
  const settings: Settings = {
    ...{ quick, stored: values.stored ?? null, long: values.long ?? null, say: progress.say },
    rounds: positive('rounds', values.rounds) ?? (quick ? 1 : 5),
    seconds: positive('seconds', values.seconds) ?? (quick ? 2 : 6),
    soakHours: positive('hours', values.hours),
  };
  const machine = machineFacts();
  let isStopped = false as boolean;
  process.once('SIGUSR2', () => {
    isStopped = true;
  });
  const all = new Map<Bench, Findings>();
  for (const bench of benches) {
    progress.begin(bench.name);
    all.set(bench, isStopped ? unmeasured(bench, 'the run was ended before') : await found(bench, settings));
  }
  progress.end();
  const shown = values.write ? BENCHES : benches;
  const results = shown.flatMap((bench) =>
    resultsOf(bench, all.get(bench) ?? unmeasured(bench, 'not part of this run')),
  );
  return {
    date: new Date().toISOString().slice(0, 10),
    command: commandLine(process.argv.slice(2)),
    isQuick: quick,
    // Only now is everything installed that is compared.
    facts: [...machine, ...(await versionFacts())],
    results,
    tables: [resultTable('Results', results), ...[...all.values()].flatMap(({ tables = [] }) => tables)],
  };
}

if (values.help) process.stdout.write(HELP);
else {
  const report = await measured();
  const facts = report.facts.map(([name, fact]) => `${name}: ${fact}`).join('\n');
  process.stdout.write(`${facts}\n\n${report.tables.map(plainTable).join('\n')}\n${verdictLine(report.results)}\n`);
  if (values.write) await writePerformancePage(report, values.keep);
  if (report.results.some(({ verdict }) => verdict === 'missed' || verdict === 'void')) process.exitCode = 1;
}
