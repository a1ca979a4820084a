/** npm run test:faults: loses the service in every way we know, and counts whether anything acknowledged went with it. */
import { parseArgs } from 'node:util';
import { type Account, inTheMidst, newAccount, shownAccount } from './account.js';
import { brokenDatabaseRoots, brokenRoots } from './broken.js';
import { CONVERSION, runConversions } from './conversion.js';
import { DATABASE_FAULTS } from './database/faults.js';
import { runDatabaseFaults } from './database/run.js';
import { type Fault, FAULTS as FAULTS_OF_RECEIVING } from './faults.js';
import { FILE_FAULTS } from './file-faults.js';
import { missingTools, type Tool, TOOLS_OF, TOOLS_OF_WAY } from './grounds.js';
import { LOG_FAULTS } from './log-faults.js';
import { RETENTION, runRetention } from './retention.js';
import { type FaultRun, randomFrom, runFaults } from './run-faults.js';
import { runOrder } from './sync-order.js';

const HELP = `npm run test:faults -- [options]

  --long        at least 200 kill -9 cycles, 50 of them in the middle of each of compaction, conversion and retention, and
                100,000 debts, up to 25 minutes
  --database    of a PostgreSQL that two receivers share: primary, standby, network, disk, HAProxy, PgBouncer; with --long
                20 cycles of each
  --broken      against builds that lose posts on purpose; exit 0 only if every loss was seen
  --only NAME   faults whose name contains this; "order" is the order of sync and answer
  --seed N      other moments of killing (default 1)
  --json        the account as JSON on stdout
  --help
`;
const FAULTS = [...FAULTS_OF_RECEIVING, ...LOG_FAULTS, ...FILE_FAULTS];
/** Kills in the middle of each kind of work in a long run, at least. */
const LONG_IN_THE_MIDST = 50;
const ORDER = 'order of sync and answer';
const root = new URL('../..', import.meta.url).pathname;

const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    database: { type: 'boolean', default: false },
    broken: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const say = (text: string) => process.stderr.write(`${text}\n`);

function mayRun(tools: readonly Tool[], what: string, account: Account): boolean {
  const lacking = tools.filter((tool) => missing.has(tool));
  if (lacking.length === 0) return true;
  const why = lacking.map((tool) => `${tool}: ${missing.get(tool) ?? ''}`).join('; ');
  say(`NOT DONE: ${what}, because ${why}`);
  account.skipped.push(`${what} (${why})`);
  if (process.env['CI'] === 'true') account.failures.push(`${what} must be possible in CI: ${why}`);
  return false;
}

const missing = missingTools();
const wants = (name: string) => name.includes(values.only);
const options = { seed: Number(values.seed), say };

async function healthy(): Promise<Account> {
  const account = newAccount();
  const faults = FAULTS.filter(({ name, ground }) => wants(name) && mayRun(TOOLS_OF[ground], name, account));
  await runFaults(faults, { ...options, root, isLong: values.long, account, mustHold: true });
  if (wants(ORDER) && mayRun(['strace'], ORDER, account)) await runOrder({ root, say, account, mustHold: true });
  if (wants(CONVERSION))
    await runConversions({ root, isLong: values.long, account, say, random: randomFrom(options.seed) });
  if (wants(RETENTION))
    await runRetention({ root, isLong: values.long, account, say, random: randomFrom(options.seed) });
  if (account.faults.length === 0) account.failures.push('nothing was done');
  if (values.long && values.only === '') account.failures.push(...tooFew(account));
  return account;
}

function tooFew({ debts, kills, faults }: Account): string[] {
  const few = inTheMidst(faults).filter(([, cycles]) => cycles < LONG_IN_THE_MIDST);
  return [
    ...(debts < 100_000 || kills < 200 ? ['a long run needs 100,000 debts and 200 kill -9 cycles'] : []),
    ...few.map(([what, cycles]) => `a long run needs 50 kills in the middle of ${what}: ${String(cycles)}`),
  ];
}

async function ofDatabase(): Promise<Account> {
  const account = newAccount();
  const faults = DATABASE_FAULTS.filter(({ name, way }) => wants(name) && mayRun(TOOLS_OF_WAY[way], name, account));
  await runDatabaseFaults(faults, { ...options, root, isLong: values.long, account, mustHold: true });
  if (account.faults.length === 0) account.failures.push('nothing was done');
  return account;
}

/** Builds that answer what the database may lose. */
async function brokenOfDatabase(): Promise<Account> {
  const account = newAccount();
  for await (const { name, root: brokenRoot, seenBy, remove } of brokenDatabaseRoots(root)) {
    say(`== a build that ${name}`);
    try {
      const faults = DATABASE_FAULTS.filter((fault) => seenBy.includes(fault.name) && wants(fault.name));
      const possible = faults.filter(({ way }) => mayRun(TOOLS_OF_WAY[way], name, account));
      await runDatabaseFaults(possible, { ...options, root: brokenRoot, isLong: false, account, mustHold: false });
    } finally {
      remove();
    }
  }
  if (account.faults.length === 0) account.failures.push('nothing was done');
  return account;
}

/** A build that loses nothing, but does not do what it should. */
async function mustFail(
  name: string,
  fault: Fault,
  run: Pick<FaultRun, 'root' | 'seed' | 'isLong' | 'say'>,
  account: Account,
): Promise<void> {
  const own = newAccount();
  await runFaults([fault], { ...run, account: own, mustHold: true });
  account.faults.push(...own.faults);
  if (own.failures.length === 0) account.failures.push(`${fault.name}: nothing was seen of a build that ${name}`);
  else say(`${fault.name}: seen: ${(own.failures[0] ?? '').slice(0, 200)}`);
}

/** The same, of retention. */
async function retentionMustFail(name: string, brokenRoot: string, account: Account): Promise<void> {
  const own = newAccount();
  await runRetention({ root: brokenRoot, isLong: false, account: own, say, random: randomFrom(options.seed) });
  account.faults.push(...own.faults);
  if (own.failures.length === 0) account.failures.push(`${RETENTION}: nothing was seen of a build that ${name}`);
  else say(`${RETENTION}: seen: ${(own.failures[0] ?? '').slice(0, 200)}`);
}

/** Every build must be caught by the faults that can show what it does wrong. */
async function broken(): Promise<Account> {
  const account = newAccount();
  for await (const { name, root: brokenRoot, seenBy, shows, remove } of brokenRoots(root)) {
    say(`== a build that ${name}`);
    try {
      const faults = FAULTS.filter((fault) => seenBy.includes(fault.name) && wants(fault.name));
      const possible = faults.filter(({ ground, name: fault }) =>
        mayRun(TOOLS_OF[ground], `${name}: ${fault}`, account),
      );
      for (const fault of possible) {
        const run = { ...options, root: brokenRoot, isLong: false };
        if (shows === 'loss') await runFaults([fault], { ...run, account, mustHold: false });
        else await mustFail(name, fault, run, account);
      }
      if (seenBy.includes(RETENTION) && wants(RETENTION)) await retentionMustFail(name, brokenRoot, account);
      if (shows !== 'loss') continue;
      if (wants(ORDER) && mayRun(['strace'], `${name}: ${ORDER}`, account))
        await runOrder({ root: brokenRoot, say, account, mustHold: false });
    } finally {
      remove();
    }
  }
  if (account.faults.length === 0) account.failures.push('nothing was done');
  return account;
}

function whatIsAsked(): Promise<Account> {
  if (values.database) return values.broken ? brokenOfDatabase() : ofDatabase();
  return values.broken ? broken() : healthy();
}

if (values.help) process.stdout.write(HELP);
else {
  const startedMs = performance.now();
  const account = await whatIsAsked();
  account.seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(values.json ? `${JSON.stringify(account, null, 2)}\n` : shownAccount(account));
  process.exitCode = account.failures.length === 0 ? 0 : 1;
}
