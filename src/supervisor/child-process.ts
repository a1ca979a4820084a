/** A service in a process of its own, which inherits the sockets as systemd would pass them on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../domain/errors.js';
import type { Report } from './messages.js';
import { type Child, type ChildListener, type Exit } from './supervisor.js';

/** Inherited descriptors begin here (sd_listen_fds(3)). */
export const FIRST_FD = 3;

export interface ChildOptions {
  /** What Node runs: its own options, the program, its arguments. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** By name, in the order in which they are passed on. */
  readonly sockets: readonly { readonly name: string; readonly fd: number }[];
}

/** A process that could not be started is one that ended at once. */
export function startChild(options: ChildOptions, listener: ChildListener): Child {
  let child: ChildProcess;
  try {
    child = spawnService(options);
  } catch (error) {
    setImmediate(() => {
      listener.onExit({ status: null, reason: messageOf(error) });
    });
    return { pid: 0, send: () => undefined, kill: () => undefined };
  }
  return followed(child, listener);
}

/** Throws, without an event, where descriptors have run out. */
function spawnService({ args, environment, sockets }: ChildOptions): ChildProcess {
  return spawn(process.execPath, args, {
    env: {
      ...environment,
      LISTEN_FDS: String(sockets.length),
      LISTEN_FDNAMES: sockets.map(({ name }) => name).join(':'),
      // The child's id is not known before it runs; without it the variables are meant for whoever has them.
      LISTEN_PID: undefined,
    },
    stdio: ['ignore', 'inherit', 'inherit', ...sockets.map(({ fd }) => fd), 'ipc'],
  });
}

function followed(child: ChildProcess, listener: ChildListener): Child {
  let gone = false;
  const lose = (exit: Exit) => {
    if (gone) return;
    gone = true;
    listener.onExit(exit);
  };
  child.on('message', (report) => {
    listener.onReport(report as Report);
  });
  child.on('exit', (status, signal) => {
    lose({ status, reason: signal ?? `status ${status}` });
  });
  child.on('error', (error) => {
    // It may also be a message that could not be sent: then the end of the process tells the rest.
    if (child.pid === undefined) lose({ status: null, reason: error.message });
  });
  return {
    pid: child.pid ?? 0,
    send: (order) => {
      if (child.connected) child.send(order);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
