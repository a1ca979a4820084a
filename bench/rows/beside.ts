/** How long good posts take at half of the greatest rate, alone and beside something that gets in the way. */
import { OURS, type Running, withRunning } from '../program.js';
import { atMost, type Bench, counted, type Findings, median, type Settings } from '../row.js';
import { medianOf, steady, type Window } from '../steady.js';
import { figureText } from '../table.js';
import { loadAllGroups } from '../wrk.js';
import { halfOfGreatest } from './ack.js';

export interface Trouble {
  /** Of the bench. */
  readonly name: string;
  readonly what: string;
  readonly groups: number;
  /** p99 beside it / p99 alone may be so much. */
  readonly ceiling: number;
  /** Begins it; resolves with how to end it. */
  readonly begin: (running: Running) => () => Promise<void>;
  /** Before the rate is looked for. */
  readonly prepare?: (running: Running, settings: Settings) => Promise<void>;
}

export function besideBench(trouble: Trouble): Bench {
  const { what, ceiling } = trouble;
  const row = { key: 'p99', what: `ack p99 beside ${what}`, comparison: 'without', unit: '×', floor: atMost(ceiling) };
  return { name: trouble.name, rows: [row], run: (settings) => run(trouble, settings) };
}

function run(trouble: Trouble, settings: Settings): Promise<Findings> {
  const { groups } = trouble;
  const { rounds, seconds, say } = settings;
  return withRunning(OURS, {}, async (running) => {
    const { port } = running;
    await trouble.prepare?.(running, settings);
    // The first time is the dearest, such as the first scrape of all groups: it is over before anything counts.
    await besideOf(trouble, running, () => loadAllGroups(port, seconds, groups));
    const perSecond = await halfOfGreatest(port, seconds, groups);
    const alone: Window[] = [];
    const beside: Window[] = [];
    const window = () => steady({ port, perSecond, seconds, groups });
    for (let round = 1; round <= rounds; round++) {
      alone.push(await window());
      beside.push(await besideOf(trouble, running, window));
      const [p99Ms, besideMs] = [alone.at(-1)?.p99Ms, beside.at(-1)?.p99Ms];
      say(`round ${round}, p99 ${p99Ms?.toFixed(1)} ms alone, ${besideMs?.toFixed(1)} ms beside ${trouble.what}`);
    }
    const how = `${perSecond} posts/s, middle of ${counted(rounds, 'round')} of ${seconds} s`;
    return { outcomes: { p99: besideOutcome(alone, beside, how) } };
  });
}

async function besideOf<T>(trouble: Trouble, running: Running, use: () => Promise<T>): Promise<T> {
  const end = trouble.begin(running);
  try {
    return await use();
  } finally {
    await end();
  }
}

/** The p99s themselves stand beside their ratio. */
export function besideOutcome(alone: readonly Window[], beside: readonly Window[], how: string) {
  const [aloneMs, besideMs] = [medianOf(alone, 'p99Ms'), medianOf(beside, 'p99Ms')];
  return {
    value: median(beside.map(({ p99Ms }, round) => p99Ms / (alone[round]?.p99Ms ?? NaN))),
    how: `${figureText(besideMs, 'ms')} to ${figureText(aloneMs, 'ms')}; ${how}`,
    loadCore: Math.max(medianOf(alone, 'core'), medianOf(beside, 'core')),
  };
}
