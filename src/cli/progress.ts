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

/** Looked at so often at most. */
const REDRAWN_MS = 100;
const MEGABYTE = 1e6;

/** A bar of bytes that are read, with their rate and the time left, on a terminal; elsewhere nothing. */
export function readingProgress(
  io: CliIo,
  what: string,
  elapsedMs: () => number,
): { show: (doneBytes: number, ofBytes: number) => void; readonly stop: () => void } {
  if (!io.isTerminal) return NO_PROGRESS;
  const bar = openBar(io, `${what} [{bar}] {percentage} % of {megabytes} MB, {rate} MB/s, {left} s left`);
  const startMs = elapsedMs();
  let drawnMs = -Infinity;
  return {
    show: (doneBytes, ofBytes) => {
      const nowMs = elapsedMs();
      if (nowMs - drawnMs < REDRAWN_MS && doneBytes < ofBytes) return;
      const seconds = Math.max(0.001, (nowMs - startMs) / 1000);
      const perSecond = doneBytes / seconds;
      const payload = {
        megabytes: (ofBytes / MEGABYTE).toFixed(1),
        rate: (perSecond / MEGABYTE).toFixed(1),
        left: perSecond > 0 ? Math.ceil((ofBytes - doneBytes) / perSecond) : '-',
      };
      if (drawnMs === -Infinity) bar.start(ofBytes, 0, payload);
      drawnMs = nowMs;
      bar.update(doneBytes, payload);
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
