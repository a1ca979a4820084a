import { describe, expect, it } from 'vitest';
import { LineWriter, type Outlet } from '../../../src/node/line-writer.js';

const BOUND = 64 * 1024;

/** A descriptor that takes what `room` says, and time that moves when it is told to. */
function aWriter({ isQuick = true } = {}) {
  let written = '';
  let fault: string | null = null;
  let pieces = 0;
  let room = Number.POSITIVE_INFINITY;
  const waiting: { readonly ms: number; readonly work: () => void }[] = [];
  const elsewhere: (() => void)[] = [];
  const write = (bytes: Buffer): number => {
    if (fault !== null) throw Object.assign(new Error(fault), { code: fault });
    if (room === 0) throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' });
    const taken = Math.min(room, bytes.length);
    room -= taken;
    pieces++;
    written += bytes.toString('utf8', 0, taken);
    return taken;
  };
  const outlet: Outlet = {
    isQuick,
    write,
    writeElsewhere: (bytes, done) => {
      elsewhere.push(() => {
        try {
          done(null, write(bytes));
        } catch (error) {
          done(error as Error, 0);
        }
      });
    },
  };
  const writer = new LineWriter({
    outlet,
    droppedLine: (count) => `dropped ${String(count)}\n`,
    after: (ms, work) => void waiting.push({ ms, work }),
  });
  return {
    writer,
    written: () => written,
    pieces: () => pieces,
    fail: (code: string | null) => (fault = code),
    hasRoom: (bytes: number) => (room = bytes),
    pauses: () => waiting.map(({ ms }) => ms),
    goOn: () => {
      for (const { work } of waiting.splice(0)) work();
    },
    underWay: () => elsewhere.length,
    finish: () => {
      elsewhere.shift()?.();
    },
  };
}

describe('a writer of lines', () => {
  it.each(['ENOSPC', 'EIO', 'EPIPE', 'EAGAIN', 'EBADF'])(
    'keeps lines while %s keeps them from being written, drops what is too much, and says so when they can be',
    (code) => {
      const { writer, fail, goOn, written } = aWriter();
      writer.write('before\n');
      fail(code);
      const line = `${'x'.repeat(1023)}\n`;
      for (let n = 0; n < 70; n++) writer.write(line);
      expect(writer.dropped).toBe(6);
      fail(null);
      goOn();
      expect(written()).toBe(`before\n${line.repeat(64)}dropped 6\n`);
      writer.write('after\n');
      expect(written().endsWith('dropped 6\nafter\n')).toBe(true);
      expect(writer.dropped).toBe(6);
    },
  );

  it('tries again after longer and longer pauses, not at every line', () => {
    const { writer, fail, goOn, pauses } = aWriter();
    fail('ENOSPC');
    const seen: number[] = [];
    for (let n = 0; n < 9; n++) {
      for (let line = 0; line < 10; line++) writer.write('a line\n');
      seen.push(...pauses());
      goOn();
    }
    expect(seen).toEqual([10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
  });

  it('goes on in the middle of a line that was taken in part', () => {
    const { writer, hasRoom, goOn, written } = aWriter();
    hasRoom(5);
    writer.write('0123456789\n');
    writer.write('next\n');
    expect(written()).toBe('01234');
    hasRoom(Number.POSITIVE_INFINITY);
    goOn();
    expect(written()).toBe('0123456789\nnext\n');
  });

  it('writes whole lines, never more at once than a pipe takes as one', () => {
    const { writer, fail, goOn, pieces } = aWriter();
    fail('EAGAIN');
    for (let n = 0; n < 10; n++) writer.write(`${'x'.repeat(1499)}\n`);
    fail(null);
    goOn();
    expect(pieces()).toBe(5);
  });

  it('takes a line that is longer than all it keeps, when nothing waits', () => {
    const { writer, written } = aWriter();
    writer.write(`${'x'.repeat(BOUND)}\n`);
    expect([written().length, writer.dropped]).toEqual([BOUND + 1, 0]);
  });

  it('has one write under way at another thread, whatever comes meanwhile', () => {
    const { writer, underWay, finish, written } = aWriter({ isQuick: false });
    for (const line of ['one\n', 'two\n', 'three\n']) writer.write(line);
    expect([underWay(), written()]).toEqual([1, '']);
    finish();
    expect([underWay(), written()]).toEqual([1, 'one\n']);
    finish();
    expect([underWay(), written()]).toEqual([0, 'one\ntwo\nthree\n']);
  });

  it('says its last words without waiting for the other thread, and nothing twice', () => {
    const { writer, finish, written } = aWriter({ isQuick: false });
    for (const line of ['one\n', 'two\n', 'three\n']) writer.write(line);
    writer.end();
    expect(written()).toBe('two\nthree\n');
    finish();
    expect(written()).toBe('two\nthree\none\n');
  });

  it.each(['EAGAIN', 'ENOSPC', 'EIO'])('gives up its last words soon when nobody takes them (%s)', (code) => {
    const { writer, fail, written } = aWriter();
    fail(code);
    writer.write('last words\n');
    writer.end();
    expect(written()).toBe('');
  });
});
