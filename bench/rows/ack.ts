/** How long good posts take at half of the greatest rate, beside the thin limit at the same rate. */
import { BARE, OURS, type Program, withRunning } from '../program.js';
import { atMost, type Bench, counted, type Findings, median, type Settings } from '../row.js';
import { steady, type Window } from '../steady.js';
import { figureText } from '../table.js';
import { load, loadAllGroups } from '../wrk.js';

const GROUPS = 1000;
const WARM_UP_SECONDS = 2;
const what = 'at half of the greatest rate';

export const ACK: Bench = {
  name: 'ack',
  rows: [
    { key: 'p50', what: `ack p50 ${what}`, comparison: null, unit: 'ms', floor: atMost(2) },
    { key: 'p99', what: `ack p99 ${what}`, comparison: `${BARE.name}, same rate`, unit: '×', floor: atMost(2) },
  ],
  run,
};

async function run({ rounds, seconds, say }: Settings): Promise<Findings> {
  const half = await withRunning(OURS, {}, ({ port }) => halfOfGreatest(port, seconds, GROUPS));
  const of = (program: Program) =>
    withRunning(program, {}, async ({ port }) => {
      await load(port, { seconds: WARM_UP_SECONDS, groups: GROUPS });
      return steady({ port, perSecond: half, seconds, groups: GROUPS });
    });
  const ours: Window[] = [];
  const bare: Window[] = [];
  for (let round = 1; round <= rounds; round++) {
    ours.push(await of(OURS));
    bare.push(await of(BARE));
    say(`round ${round}, p99 ${ours.at(-1)?.p99Ms.toFixed(1)} ms; ${BARE.name} ${bare.at(-1)?.p99Ms.toFixed(1)} ms`);
  }
  const middle = (all: readonly Window[], figure: keyof Window) => median(all.map((one) => one[figure]));
  const ratio = median(ours.map(({ p99Ms }, round) => p99Ms / (bare[round]?.p99Ms ?? NaN)));
  const how = `${half} posts/s, middle of ${counted(rounds, 'round')} of ${seconds} s`;
  const p99s = `${figureText(middle(ours, 'p99Ms'), 'ms')} to ${figureText(middle(bare, 'p99Ms'), 'ms')}`;
  const loadCore = Math.max(middle(ours, 'core'), middle(bare, 'core'));
  return {
    outcomes: {
      p50: { value: middle(ours, 'p50Ms'), how, loadCore },
      p99: { value: ratio, how: `${p99s}; ${how}`, loadCore },
    },
  };
}

/** Of what it takes, once every group is known. */
export async function halfOfGreatest(port: number, seconds: number, groups: number): Promise<number> {
  await loadAllGroups(port, seconds, groups);
  const { perSecond } = await load(port, { seconds, groups });
  return Math.round(perSecond / 2);
}
