/** Which command does what, and which exit status stands for which failure. */
import { MonitorError } from '../domain/errors.js';
import { machineFault } from '../node/machine-fault.js';
import { version } from '../node/version.js';
import { type CliIo, visibleIo, whenAborted } from './io.js';

interface Command {
  readonly run: (args: readonly string[], io: CliIo) => number | Promise<number>;
  readonly help: string;
}

interface Entry {
  readonly summary: string;
  /** Ends by itself when the signal is aborted; the others are left where they are. */
  readonly heedsSignal?: true;
  /** Only the code of the command that runs is loaded: a supervisor stays small, a service is up sooner. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  serve: {
    summary: 'run the receiver',
    heedsSignal: true,
    load: () => import('./serve.js').then(({ serve: run, SERVE_HELP: help }) => ({ run, help })),
  },
  demo: {
    summary: 'run the receiver and a simulated contact centre that posts to it',
    heedsSignal: true,
    load: () => import('./demo.js').then(({ demo: run, DEMO_HELP: help }) => ({ run, help })),
  },
  doctor: {
    summary: 'check this installation, say what to set in OCS, wait for the first post',
    heedsSignal: true,
    load: () => import('./doctor.js').then(({ doctor: run, DOCTOR_HELP: help }) => ({ run, help })),
  },
  reload: {
    summary: 'make the running service take over its present settings',
    load: () => import('./reload.js').then(({ reload: run, RELOAD_HELP: help }) => ({ run, help })),
  },
  simulate: {
    summary: 'play an Outbound Contact Server and Callback against a receiver',
    heedsSignal: true,
    load: () => import('./simulate.js').then(({ simulate: run, SIMULATE_HELP: help }) => ({ run, help })),
  },
  quarantine: {
    summary: 'list, show and replay bodies that could not be applied',
    load: () => import('./quarantine.js').then(({ quarantine: run, QUARANTINE_HELP: help }) => ({ run, help })),
  },
  audit: {
    summary: 'compare logs of an OCS or of ICON, or tables of ICON, with what was received: what is missing?',
    load: () => import('./audit.js').then(({ audit: run, AUDIT_HELP: help }) => ({ run, help })),
  },
  'phone-hash': {
    summary: "print the hash by which a customer's callbacks are found",
    load: () => import('./phone-hash.js').then(({ phoneHash: run, PHONE_HASH_HELP: help }) => ({ run, help })),
  },
  'check-config': {
    summary: 'print the settings in force, or every fault in them',
    load: () => import('./check-config.js').then(({ checkConfig: run, CHECK_CONFIG_HELP: help }) => ({ run, help })),
  },
  backup: {
    summary: 'copy the database while the service runs; verify a copy',
    load: () => import('./backup.js').then(({ backup: run, BACKUP_HELP: help }) => ({ run, help })),
  },
  restore: {
    summary: 'replace the database by a copy',
    load: () => import('./backup.js').then(({ restoreCommand: run, RESTORE_HELP: help }) => ({ run, help })),
  },
  migrate: {
    summary: "bring the database to this version's schema, or a store to another kind of database",
    heedsSignal: true,
    load: () => import('./migrate.js').then(({ migrateCommand: run, MIGRATE_HELP: help }) => ({ run, help })),
  },
  healthcheck: {
    summary: 'ask a running service whether it is ready',
    load: () => import('./healthcheck.js').then(({ healthcheck: run, HEALTHCHECK_HELP: help }) => ({ run, help })),
  },
  salvage: {
    summary: 'recover what can be read of a damaged database',
    load: () => import('./salvage.js').then(({ salvage: run, SALVAGE_HELP: help }) => ({ run, help })),
  },
  retention: {
    summary: 'remove what is older than it is kept, or say what would go',
    load: () => import('./retention.js').then(({ retention: run, RETENTION_HELP: help }) => ({ run, help })),
  },
  hold: {
    summary: 'keep what a campaign group or a source has from retention',
    load: () => import('./hold.js').then(({ hold: run, HOLD_HELP: help }) => ({ run, help })),
  },
  import: {
    summary: 'bring in what did not come by posts: captured bodies, logs of T-Servers, tables of ICON',
    heedsSignal: true,
    load: () => import('./import.js').then(({ importCommand: run, IMPORT_HELP: help }) => ({ run, help })),
  },
  export: {
    summary: 'write tables, notifications, or all that is held of a customer to a file',
    heedsSignal: true,
    load: () => import('./export.js').then(({ exportCommand: run, EXPORT_HELP: help }) => ({ run, help })),
  },
  forget: {
    summary: 'remove a campaign group, everything of a source, or a customer',
    load: () => import('./forget.js').then(({ forget: run, FORGET_HELP: help }) => ({ run, help })),
  },
};

const HELP = `ocs-monitor ${version}: receives what Genesys Outbound Contact Server posts about its campaign groups

Usage: ocs-monitor COMMAND [options]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(14)}${summary}`)
  .join('\n')}

ocs-monitor COMMAND --help tells more. Data goes to stdout, diagnostics to stderr. Commands that print data take --json;
a failure is JSON then, too: {"error":{"code":…,"message":…}}.
Exit: 0 done, 1 failed, 2 usage.
`;

/** Runs a command line; returns the exit status. */
export async function runCommand(args: readonly string[], terminal: CliIo): Promise<number> {
  const io = visibleIo(terminal);
  const [name, ...rest] = args;
  if (name === undefined) {
    io.err(HELP);
    return 2;
  }
  if (name === '--help' || name === 'help') {
    const [about] = rest;
    if (name === 'help' && about !== undefined && !about.startsWith('-'))
      return runCommand([about, '--help'], terminal);
    io.out(HELP);
    return 0;
  }
  if (name === '--version') {
    io.out(`${version}\n`);
    return 0;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return entry === undefined ? refuseUnknown(name, args, io) : runEntry(name, entry, rest, io);
}

function refuseUnknown(name: string, args: readonly string[], io: CliIo): number {
  const message = `ocs-monitor has no command ${JSON.stringify(name)}`;
  io.err(`${message}; see: ocs-monitor --help\n`);
  if (args.includes('--json')) io.out(failureJson('OCM_USAGE', message));
  return 2;
}

async function runEntry(name: string, entry: Entry, args: readonly string[], io: CliIo): Promise<number> {
  const command = await Promise.race([entry.load(), whenAborted(io.signal)]);
  // Nothing has been begun: what was to run until it is told to end has done so.
  if (command === null) return entry.heedsSignal ? 0 : 1;
  if (args.includes('--help')) {
    io.out(command.help);
    return 0;
  }
  try {
    const running = command.run(args, io);
    return await (entry.heedsSignal || typeof running === 'number' ? running : unlessInterrupted(running, io.signal));
  } catch (thrown) {
    const error = expected(thrown);
    io.err(`ocs-monitor ${name}: ${error.message}\n`);
    // A program that reads the answer finds the failure where it looks for it.
    if (args.includes('--json')) io.out(failureJson(error.code, error.message));
    if (error.code !== 'OCM_USAGE') return 1;
    io.err(`See: ocs-monitor ${name} --help\n`);
    return 2;
  }
}

/** Throws what is a bug. */
function expected(thrown: unknown): MonitorError {
  const error = thrown instanceof MonitorError ? thrown : machineFault(thrown);
  if (error === null) throw thrown;
  return error;
}

function failureJson(code: string, message: string): string {
  return `${JSON.stringify({ error: { code, message } })}\n`;
}

/** What another process was asked to do goes on there; nobody has to wait for it. */
async function unlessInterrupted(running: Promise<number>, signal: AbortSignal): Promise<number> {
  const status = await Promise.race([running, whenAborted(signal)]);
  if (status !== null) return status;
  throw new MonitorError('OCM_INTERRUPTED', 'interrupted; a running service goes on with what it was asked');
}
