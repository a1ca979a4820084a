import { describe, expect, it } from 'vitest';
import type { ReplaySlice } from '../../src/domain/store.js';
import { replayWork, SlicedWork } from '../../src/sqlite/threads/sliced-work.js';
import type { WriterReply } from '../../src/sqlite/threads/messages.js';
import { eventually } from '../support/eventually.js';

const sliceOf = (id: string): ReplaySlice => ({ items: [{ id, outcome: 'late', violations: [] }], report: null });

describe('a replay in slices', () => {
  it('does the next when the last was taken, so that what it did never piles up', async () => {
    const replies: WriterReply[] = [];
    const work = new SlicedWork(() => undefined);
    function* slices(): Generator<ReplaySlice, void> {
      yield sliceOf('a');
      yield sliceOf('b');
    }
    work.add(replayWork(slices(), (reply) => replies.push(reply)));
    await eventually(() => {
      expect(replies.length).toBe(1);
    });
    // Turns in which it could go on, if it did not wait.
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
    expect(replies).toEqual([{ kind: 'replayed', slice: sliceOf('a') }]);

    work.goOn();
    await eventually(() => {
      expect(replies.length).toBe(2);
    });
    work.goOn();
    await eventually(() => {
      expect(replies.at(-1)).toEqual({ kind: 'replayed', slice: null });
    });
  });

  it('that breaks off makes room for what waits behind it', async () => {
    const [replies, failures]: [WriterReply[], unknown[]] = [[], []];
    const work = new SlicedWork((kind, error) => failures.push([kind, error]));
    function* failing(): Generator<ReplaySlice, void> {
      yield sliceOf('a');
      throw new Error('the disk is full');
    }
    function* behind(): Generator<ReplaySlice, void> {
      yield sliceOf('b');
    }
    for (const slices of [failing(), behind()]) work.add(replayWork(slices, (reply) => replies.push(reply)));
    await eventually(() => {
      expect(replies.length).toBe(1);
    });
    work.goOn();
    await eventually(() => {
      expect(replies.at(-1)).toEqual({ kind: 'replayed', slice: sliceOf('b') });
    });
    expect(failures).toEqual([['replay', new Error('the disk is full')]]);
  });
});
