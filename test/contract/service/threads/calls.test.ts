/** Calls between threads, over a real channel: what is sent is cloned, and arrives in a later turn. */
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { MonitorError } from '../../../../src/domain/errors.js';
import { answer, type Answering, Calls, teller } from '../../../../src/service/threads/calls.js';

interface Clerk {
  double(figure: number): number;
  later(word: string): Promise<string>;
  fail(code: 'known' | 'bug'): void;
  countTo(last: number): AsyncGenerator<number, string>;
  boundless(): number;
}

interface Rumours {
  heard(what: string, times: number): void;
}

const opened: MessageChannel[] = [];
afterEach(() => {
  for (const { port1 } of opened.splice(0)) port1.close();
});

/** Says when each promise of `later` is kept. */
class Office implements Answering<Clerk> {
  readonly keep = new Map<string, () => void>();

  double(figure: number) {
    return 2 * figure;
  }

  later(word: string) {
    return new Promise<string>((resolve) => {
      this.keep.set(word, () => {
        resolve(word.toUpperCase());
      });
    });
  }

  fail(code: 'known' | 'bug'): void {
    if (code === 'known') throw new MonitorError('OCM_LOCKED', 'somebody else writes');
    throw new TypeError('a fault of the program');
  }

  async *countTo(last: number): AsyncGenerator<number, string> {
    for (let figure = 1; figure <= last; figure++) yield await Promise.resolve(figure);
    return `counted to ${String(last)}`;
  }

  boundless() {
    return (() => 1) as unknown as number;
  }
}

function aClerk(diagnose?: (error: unknown) => unknown) {
  const channel = new MessageChannel();
  opened.push(channel);
  const office = new Office();
  const rumours: [string, number][] = [];
  answer<[Clerk]>(channel.port2, [office], diagnose);
  const calls = new Calls<Clerk, [Rumours]>(channel.port1, [
    { heard: (what, times) => void rumours.push([what, times]) },
  ]);
  return { office, calls, rumours, port2: channel.port2 };
}

const codeOf = (error: unknown) => (error instanceof MonitorError ? error.code : null);

describe('a question', () => {
  it('gets its own answer, whichever comes first', async () => {
    const { calls, office } = aClerk();
    const answered: string[] = [];
    const asked = ['one', 'two', 'three'].map(async (word) => {
      answered.push(await calls.ask('later', word));
    });
    expect(await calls.ask('double', 21)).toBe(42);
    expect(calls.waiting).toBe(3);
    for (const word of ['three', 'one', 'two']) office.keep.get(word)?.();
    await Promise.all(asked);
    expect(answered).toEqual(['THREE', 'ONE', 'TWO']);
    expect(calls.waiting).toBe(0);
  });

  it('of a method that nobody has is refused, and says which', async () => {
    const { calls } = aClerk();
    // @ts-expect-error the port has no such method
    await expect(calls.ask('treble', 1)).rejects.toThrow('nobody answers treble');
    // @ts-expect-error the method takes a figure
    expect(await calls.ask('double', 'x')).toBeNaN();
  });

  it('that fails is rejected with the code and the words of the fault; a bug has no code, but its stack', async () => {
    const { calls } = aClerk();
    const known: unknown = await calls.ask('fail', 'known').catch((error: unknown) => error);
    expect([codeOf(known), (known as Error).message]).toEqual(['OCM_LOCKED', 'somebody else writes']);
    const bug: unknown = await calls.ask('fail', 'bug').catch((error: unknown) => error);
    expect([codeOf(bug), (bug as Error).message]).toEqual([null, 'a fault of the program']);
    expect((bug as Error).stack).toContain('Office.fail');
  });

  it('is rejected with what the thread takes its error for', async () => {
    const { calls } = aClerk((error) => new MonitorError('OCM_DAMAGED', `it says: ${(error as Error).message}`));
    const told = calls.ask('fail', 'bug');
    await expect(told).rejects.toThrow('it says: a fault of the program');
    expect(codeOf(await told.catch((error: unknown) => error))).toBe('OCM_DAMAGED');
  });

  it('whose answer cannot be sent is rejected, and holds nobody up', async () => {
    const { calls } = aClerk();
    await expect(calls.ask('boundless')).rejects.toThrow('could not be cloned');
    expect(await calls.ask('double', 2)).toBe(4);
  });

  it('that waits when the thread ends is rejected, and so is every later one', async () => {
    const { calls } = aClerk();
    const waiting = [calls.ask('later', 'never'), calls.follow(() => undefined, 'countTo', 3)];
    calls.end(new MonitorError('OCM_UNAVAILABLE', 'it is over'));
    waiting.push(calls.ask('later', 'too late'));
    const ends = await Promise.allSettled(waiting);
    expect(ends.map((end) => end.status === 'rejected' && codeOf(end.reason))).toEqual(
      Array(3).fill('OCM_UNAVAILABLE'),
    );
    expect(calls.waiting).toBe(0);
  });
});

describe('an answer in slices', () => {
  it('gives the next when whoever heard of the last is through, and ends with its result', async () => {
    const { calls, office } = aClerk();
    const heard: number[] = [];
    const counted = calls.follow(
      async (figure) => {
        heard.push(figure);
        if (figure === 2) await calls.ask('later', 'the second is taken in');
      },
      'countTo',
      3,
    );
    while (!office.keep.has('the second is taken in')) await calls.ask('double', 1);
    // Questions answered meanwhile: a third slice would have come before these.
    for (let n = 0; n < 20; n++) await calls.ask('double', n);
    expect(heard).toEqual([1, 2]);
    office.keep.get('the second is taken in')?.();
    expect(await counted).toBe('counted to 3');
    expect(heard).toEqual([1, 2, 3]);
  });

  it('stands between the answers before and after it, also where all arrive at once', async () => {
    const { port1, port2 } = new MessageChannel();
    const calls = new Calls<Clerk>(port2, []);
    const told: unknown[] = [];
    const note = (value: unknown) => void told.push(value);
    const all = [
      calls.ask('double', 1).then(note),
      calls.follow(note, 'countTo', 1).then(note),
      calls.ask('double', 2).then(note),
    ];
    port1.postMessage({ kind: 'answer', id: 1, value: 'before' });
    port1.postMessage({ kind: 'slice', id: 2, slice: 'a slice' });
    port1.postMessage({ kind: 'answer', id: 3, value: 'after' });
    port1.postMessage({ kind: 'answer', id: 2, value: 'the end' });
    await Promise.all(all);
    port1.close();
    expect(told).toEqual(['before', 'a slice', 'after', 'the end']);
  });

  it('goes on in its thread when whoever hears of it fails; the question is rejected with that', async () => {
    const { calls } = aClerk();
    const heard: number[] = [];
    const counted = calls.follow(
      (figure) => {
        heard.push(figure);
        if (figure === 1) throw new Error('cannot show it');
      },
      'countTo',
      3,
    );
    await expect(counted).rejects.toThrow('cannot show it');
    while (calls.waiting > 0) await calls.ask('double', 1);
    expect(heard).toEqual([1, 2, 3]);
  });
});

describe('news', () => {
  it('are told unasked, before the answers that come after them', async () => {
    const { calls, rumours, port2 } = aClerk();
    const tell = teller<Rumours>(port2);
    tell('heard', 'of a fire', 2);
    // @ts-expect-error news say how often
    tell('heard', 'of a flood');
    await calls.ask('double', 1);
    expect(rumours).toEqual([
      ['of a fire', 2],
      ['of a flood', undefined],
    ]);
  });
});
