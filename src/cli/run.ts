/** Which command does what, and which exit status stands for which failure. */
import { MonitorError } from '../domain/errors.js';
import { version } from '../version.js';
import { backup, BACKUP_HELP, RESTORE_HELP, restoreCommand } from './backup.js';
import { CHECK_CONFIG_HELP, checkConfig } from './check-config.js';
import { demo, DEMO_HELP } from './demo.js';
import { forget, FORGET_HELP } from './forget.js';
import { HEALTHCHECK_HELP, healthcheck } from './healthcheck.js';
import type { CliIo } from './io.js';
import { migrateCommand, MIGRATE_HELP } from './migrate.js';
import { phoneHash, PHONE_HASH_HELP } from './phone-hash.js';
import { quarantine, QUARANTINE_HELP } from './quarantine.js';
import { salvage, SALVAGE_HELP } from './salvage.js';
import { serve, SERVE_HELP } from './serve.js';
import { simulate, SIMULATE_HELP } from './simulate.js';

interface Command {
  readonly run: (args: readonly string[], io: CliIo) => number | Promise<number>;
  readonly help: string;
  readonly summary: string;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { run: serve, help: SERVE_HELP, summary: 'run the receiver' },
  demo: { run: demo, help: DEMO_HELP, summary: 'the receiver and a simulated contact centre that posts to it' },
  simulate: {
    run: simulate,
    help: SIMULATE_HELP,
    summary: 'behave towards a receiver as Outbound Contact Server and Callback do',
  },
  quarantine: {
    run: quarantine,
    help: QUARANTINE_HELP,
    summary: 'list, show and replay bodies that could not be applied',
  },
  'phone-hash': {
    run: phoneHash,
    help: PHONE_HASH_HELP,
    summary: "print the hash by which a customer's callbacks are found",
  },
  'check-config': {
    run: checkConfig,
    help: CHECK_CONFIG_HELP,
    summary: 'print the settings in force, or every fault in them',
  },
  backup: { run: backup, help: BACKUP_HELP, summary: 'copy the database while the service runs; verify a copy' },
  restore: { run: restoreCommand, help: RESTORE_HELP, summary: 'put a copy in the place of the database' },
  salvage: { run: salvage, help: SALVAGE_HELP, summary: 'bring back what can be read of a damaged database' },
  forget: { run: forget, help: FORGET_HELP, summary: 'remove a campaign group, or all of a source' },
  migrate: { run: migrateCommand, help: MIGRATE_HELP, summary: "bring the database to this version's schema" },
  healthcheck: { run: healthcheck, help: HEALTHCHECK_HELP, summary: 'ask a running service whether it is ready' },
};

const HELP = `ocs-monitor ${version}: receives what Genesys Outbound Contact Server says about its campaign groups

Usage: ocs-monitor COMMAND [options]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(14)}${summary}`)
  .join('\n')}

ocs-monitor COMMAND --help says more. Data goes to stdout, diagnostics to stderr; --json where there is data.
Exit: 0 done, 1 failed, 2 usage.
`;

/** Runs a command line; returns the exit status. */
export async function runCommand(args: readonly string[], io: CliIo): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    (name === undefined ? io.err : io.out)(HELP);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    io.out(`${version}\n`);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    io.err(`ocs-monitor knows no command ${JSON.stringify(name)}; see: ocs-monitor --help\n`);
    return 2;
  }
  if (rest.includes('--help')) {
    io.out(command.help);
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    io.err(`ocs-monitor ${name}: ${error.message}\n`);
    if (error.code !== 'OCM_USAGE') return 1;
    io.err(`See: ocs-monitor ${name} --help\n`);
    return 2;
  }
}
