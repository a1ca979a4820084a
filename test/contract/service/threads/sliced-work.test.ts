import { describe, expect, it } from 'vitest';
import { SlicedWork } from '../../../../src/service/threads/sliced-work.js';

function* slicesOf(name: string, count: number, done: string[]): Generator<string, string> {
  for (let no = 1; no <= count; no++) {
    done.push(`${name}${String(no)}`);
    yield `${name}${String(no)}`;
  }
  return `${name} is over`;
}

const turns = async (count: number) => {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
};

describe('work in slices', () => {
  it('does a slice when it is asked for, so that what it did never piles up', async () => {
    const done: string[] = [];
    const slices = new SlicedWork().inTurn(slicesOf('a', 2, done));
    expect(await slices.next()).toEqual({ value: 'a1', done: false });
    // Turns in which it could go on, if it did not wait.
    await turns(20);
    expect(done).toEqual(['a1']);
    expect(await slices.next()).toEqual({ value: 'a2', done: false });
    expect(await slices.next()).toEqual({ value: 'a is over', done: true });
  });

  it('lets others have their turn before every slice', async () => {
    const done: string[] = [];
    const slices = new SlicedWork().inTurn(slicesOf('a', 3, done));
    for (let no = 1; no <= 3; no++) {
      setImmediate(() => done.push('a post'));
      await slices.next();
    }
    expect(done).toEqual(['a post', 'a1', 'a post', 'a2', 'a post', 'a3']);
  });

  it('leaves most of the time to posts, while these come', async () => {
    const work = new SlicedWork();
    const slices = work.inTurn(
      (function* () {
        for (let no = 0; no < 2; no++) {
          const beganMs = performance.now();
          while (performance.now() < beganMs + 20);
          yield;
        }
      })(),
    );
    await slices.next();
    const beganMs = performance.now();
    work.noteCommit();
    await slices.next();
    expect(performance.now() - beganMs).toBeGreaterThan(20 + 2 * 20 - 3);
  });

  it('begins when all that was asked for before is over, whoever asks next', async () => {
    const done: string[] = [];
    const work = new SlicedWork();
    const first = work.inTurn(slicesOf('a', 2, done));
    const second = work.inTurn(slicesOf('b', 1, done));
    await first.next();
    const waits = second.next();
    await turns(20);
    expect(done).toEqual(['a1']);
    while ((await first.next()).done !== true);
    expect(await waits).toEqual({ value: 'b1', done: false });
    expect(done).toEqual(['a1', 'a2', 'b1']);
  });

  it('that breaks off makes room for what waits behind it', async () => {
    const done: string[] = [];
    const work = new SlicedWork();
    function* failing(): Generator<string, string> {
      yield 'a1';
      throw new Error('the disk is full');
    }
    const first = work.inTurn(failing());
    await first.next();
    const behind = work.inTurn(slicesOf('b', 1, done)).next();
    await expect(first.next()).rejects.toThrow('the disk is full');
    expect(await behind).toEqual({ value: 'b1', done: false });
  });

  it('does nothing any more once it is stopped, neither what began nor what waits', async () => {
    const done: string[] = [];
    const work = new SlicedWork();
    const slices = work.inTurn(slicesOf('a', 2, done));
    await slices.next();
    const behind = work.inTurn(slicesOf('b', 1, done)).next();
    work.stop();
    const stopping = expect.objectContaining({ code: 'OCM_UNAVAILABLE' }) as Error;
    await expect(slices.next()).rejects.toThrow(stopping);
    await expect(behind).rejects.toThrow(stopping);
    expect(done).toEqual(['a1']);
  });
});
