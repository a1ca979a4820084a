/** How long good posts take at half of the greatest rate, alone and beside something that gets in the way. */
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { median, OURS, type Running, start } from './program.js';
import { isGeneratorIdle, type Steady, steady } from './steady.js';
import { load, rateOf } from './wrk.js';

interface Trouble {
  readonly name: string;
  readonly groups: number;
  /** p99 beside it / p99 alone may be so much. */
  readonly ceiling: number;
  /** Begins it; resolves with how to end it. */
  readonly begin: (port: number) => () => void;
}

async function benchBeside(trouble: Trouble, rounds: number, seconds: number): Promise<boolean> {
  const running: Running = await start(OURS);
  const { port } = running;
  try {
    // Every group is known before the rate counts, and the first scrape of all, which has them all to render, is over.
    const endWarmUp = trouble.begin(port);
    await load(port, seconds, trouble.groups);
    endWarmUp();
    const { output } = await load(port, seconds, trouble.groups);
    const half = Math.round(rateOf(output) / 2);
    const alone: Steady[] = [];
    const beside: Steady[] = [];
    for (let round = 1; round <= rounds; round++) {
      alone.push(await steady(port, half, seconds, trouble.groups));
      const end = trouble.begin(port);
      beside.push(await steady(port, half, seconds, trouble.groups));
      end();
      process.stderr.write(
        `round ${round} p99 ${alone.at(-1)?.p99Ms.toFixed(1)} ms alone, ${beside.at(-1)?.p99Ms.toFixed(1)} ms beside ${trouble.name}\n`,
      );
    }
    return report(trouble, half, alone, beside);
  } finally {
    await running.stop();
  }
}

function report({ name, ceiling }: Trouble, half: number, alone: readonly Steady[], beside: readonly Steady[]) {
  const of = (all: readonly Steady[], what: keyof Steady) => median(all.map((one) => one[what]));
  const ratio = of(beside, 'p99Ms') / of(alone, 'p99Ms');
  const loadOk = isGeneratorIdle(of(alone, 'core')) && isGeneratorIdle(of(beside, 'core'));
  const verdict = loadOk ? (ratio <= ceiling ? 'held' : 'NOT REACHED') : 'VOID: the load generator was the limit';
  const figures = (all: readonly Steady[]) =>
    `p50 ${of(all, 'p50Ms').toFixed(1)} ms, p99 ${of(all, 'p99Ms').toFixed(1)} ms`;
  process.stdout.write(
    `ack at ${half} posts/s (half of the greatest rate), load core ${(100 * of(beside, 'core')).toFixed(0)} %\n` +
      `  alone: ${figures(alone)}\n  beside ${name}: ${figures(beside)}\n` +
      `  p99 ratio ${ratio.toFixed(2)}   ceiling ${ceiling}   ${verdict}\n`,
  );
  return ratio <= ceiling && loadOk;
}

/** Contract, section 6: a scrape of 10,000 groups every second. */
export function benchBesideScrapes(rounds: number, seconds: number): Promise<boolean> {
  const begin = (port: number) => {
    // What is read is dropped at once: only the server's work counts.
    const scrape = () =>
      get({ port, host: '127.0.0.1', path: '/metrics/domain' }, (answer) => answer.resume()).on(
        'error',
        () => undefined,
      );
    const timer = setInterval(scrape, 1000);
    return () => {
      clearInterval(timer);
    };
  };
  return benchBeside({ name: 'scrapes of 10,000 groups', groups: 10_000, ceiling: 1.5, begin }, rounds, seconds);
}

const IDLE = 2000;
const SLOW = 200;
const GARBAGE_EACH_MS = 20;

/** Issue 4, point 5: 2,000 idle connections, slow headers and bodies, and garbage all the time. */
export function benchBesideBadClients(rounds: number, seconds: number): Promise<boolean> {
  const begin = (port: number) => {
    const sockets = new Set<Socket>();
    const open = (text: string) => {
      const socket = connect(port, '127.0.0.1');
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
      socket.resume();
      if (text !== '') socket.write(text);
      return socket;
    };
    for (let n = 0; n < IDLE; n++) open('');
    const slow: Socket[] = [];
    for (let n = 0; n < SLOW; n++) {
      slow.push(open('POST /ocs/campaign-group-state HTTP/1.1\r\nHost: m\r\nX-Slow: '));
      slow.push(open('POST /ocs/campaign-group-state HTTP/1.1\r\nHost: m\r\nContent-Length: 100000\r\n\r\n{'));
    }
    const drip = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write('x');
    }, 500);
    const garbage = setInterval(() => {
      open('\u0016\u0003\u0001 no HTTP at all\r\n\r\n');
      const deep = '['.repeat(20_000);
      open(`POST /ocs/campaign-group-state HTTP/1.1\r\nHost: m\r\nContent-Length: ${deep.length}\r\n\r\n${deep}`);
      open('POST /ocs/campaign-group-state HTTP/1.1\r\nHost: m\r\nContent-Length: 300000\r\n\r\n{').destroy();
    }, GARBAGE_EACH_MS);
    return () => {
      clearInterval(drip);
      clearInterval(garbage);
      for (const socket of sockets) socket.destroy();
    };
  };
  return benchBeside({ name: 'bad clients', groups: 1000, ceiling: 2, begin }, rounds, seconds);
}
