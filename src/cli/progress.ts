import cliProgress from 'cli-progress';
import { Writable } from 'node:stream';
import type { CliIo } from './io.js';

export interface Progress {
  readonly show: (elapsedMs: number, sent: number) => void;
  readonly stop: () => void;
}

const NO_PROGRESS: Progress = { show: () => undefined, stop: () => undefined };

/** A bar of the time gone by, on a terminal and when there is an end; elsewhere nothing. */
export function timeProgress(io: CliIo, durationMs: number): Progress {
  if (!io.isTerminal || !Number.isFinite(durationMs)) return NO_PROGRESS;
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    io.err(chunk.toString());
    done();
  };
  const stream = Object.assign(new Writable({ write }), { isTTY: true });
  const format = '[{bar}] {percentage} % of {seconds} s, {sent} posts sent';
  const bar = new cliProgress.SingleBar({ stream, format, gracefulExit: false });
  const seconds = Math.round(durationMs / 1000);
  bar.start(durationMs, 0, { sent: 0, seconds });
  return {
    show: (elapsedMs, sent) => {
      bar.update(elapsedMs, { sent });
    },
    stop: () => {
      bar.stop();
    },
  };
}
