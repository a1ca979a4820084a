import cliProgress from 'cli-progress';
import { Writable } from 'node:stream';
import type { CliIo } from './io.js';

export interface Progress {
  readonly show: (elapsedMs: number, sent: number) => void;
  readonly stop: () => void;
}

const NO_PROGRESS = { show: () => undefined, stop: () => undefined };

/** A bar of work of which the end is known, on a terminal; elsewhere nothing. */
export function workProgress(
  io: CliIo,
  what: string,
): { show: (done: number, of: number, leftMs?: number) => void; readonly stop: () => void } {
  if (!io.isTerminal) return NO_PROGRESS;
  const bar = openBar(io, `${what} [{bar}] {percentage} % of {total}{left}`);
  let started = false;
  return {
    show: (done, of, leftMs) => {
      const left = leftMs === undefined ? '' : `, ${Math.ceil(leftMs / 1000)} s left`;
      if (!started) bar.start(of, 0, { left });
      started = true;
      bar.update(done, { left });
    },
    stop: () => {
      bar.stop();
    },
  };
}

/** A bar of files that are read, with the rate and the time left, on a terminal; `total` null: nobody knows the end. */
export function bytesProgress(
  io: CliIo,
  what: string,
  total: number | null,
): { show: (doneBytes: number) => void; readonly stop: () => void } {
  if (!io.isTerminal || total === null) return NO_PROGRESS;
  const bar = openBar(io, `${what} [{bar}] {percentage} % of {megabytes} MB, {rate} MB/s, {left}`);
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const said = { megabytes: megabytes(total), rate: '-', left: '' };
  const beganMs = performance.now();
  bar.start(total, 0, said);
  return {
    show: (doneBytes) => {
      const perMs = doneBytes / Math.max(performance.now() - beganMs, 1);
      const left = doneBytes === 0 ? '' : `${Math.ceil((total - doneBytes) / perMs / 1000)} s left`;
      bar.update(doneBytes, { ...said, rate: megabytes(perMs * 1000), left });
    },
    stop: () => {
      bar.stop();
    },
  };
}

/** A bar of the time gone by, on a terminal and when there is an end; elsewhere nothing. */
export function timeProgress(io: CliIo, durationMs: number): Progress {
  if (!io.isTerminal || !Number.isFinite(durationMs)) return NO_PROGRESS;
  const bar = openBar(io, '[{bar}] {percentage} % of {seconds} s, {sent} posts sent');
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

function openBar(io: CliIo, format: string): cliProgress.SingleBar {
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    (io.draw ?? io.err)(chunk.toString());
    done();
  };
  const stream = Object.assign(new Writable({ write }), { isTTY: true });
  return new cliProgress.SingleBar({ stream, format, gracefulExit: false });
}
