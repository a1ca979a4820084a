/** Bytes written to disk per post under load, once whatever is put off is under way. */
import { OURS, withRunning } from '../program.js';
import { atMost, type Bench, type Findings, type Outcome, type Row, type Settings } from '../row.js';
import { throughput, type Throughput, THROUGHPUT_HEADS, throughputLine } from '../throughput.js';
import { load, loadAllGroups, type LoadOptions } from '../wrk.js';

/** Of each group, before it counts and while it does: more than the store may put off. */
const POSTS_OF_GROUP = 100;
const QUICK_POSTS_OF_GROUP = 5;
const CEILING_BYTES = 700;

const HABITS = {
  '1000': { groups: 1000 },
  '10000': { groups: 10_000 },
  walk: { groups: 1000, figures: 'walk' },
  lists: { groups: 1000, lists: 3 },
} as const satisfies Record<string, Omit<LoadOptions, 'seconds'>>;

function rowOf(key: string, habit: string, isAsked: boolean): Row {
  const what = `bytes written to disk per post, ${habit}`;
  return { key, what, comparison: null, unit: 'B', floor: isAsked ? atMost(CEILING_BYTES) : null };
}

export const WRITTEN: Bench = {
  name: 'written',
  rows: [
    rowOf('1000', '1,000 groups', true),
    rowOf('10000', '10,000 groups', true),
    rowOf('walk', '1,000 groups, figures that walk', false),
    rowOf('lists', '1,000 groups, 3 calling lists each', false),
  ],
  run,
};

async function run(settings: Settings): Promise<Findings> {
  const outcomes: Record<string, Outcome> = {};
  const lines: string[][] = [];
  for (const { key, what } of WRITTEN.rows) {
    const habit = HABITS[key as keyof typeof HABITS];
    const seen = await measure(habit, settings);
    const how = `${seen.seconds} s after as long a load, WAL and checkpoints included`;
    outcomes[key] = { value: seen.writtenBytes, how, loadCore: seen.loadCore };
    lines.push(throughputLine(what.replace(/^.*?, /, ''), [seen]));
    settings.say(`${what}: ${seen.writtenBytes.toFixed(0)}`);
  }
  const heads = ['habit', ...THROUGHPUT_HEADS.slice(1)];
  return { outcomes, tables: [{ title: 'Ours by habit, under as much load as it takes', heads, lines }] };
}

function measure(
  habit: Omit<LoadOptions, 'seconds'> & { readonly groups: number },
  { seconds: leastSeconds, quick }: Settings,
): Promise<Throughput & { readonly seconds: number }> {
  return withRunning(OURS, {}, async (running) => {
    // A group is slower to begin than to go on: its first post would make the load far too long.
    await loadAllGroups(running.port, leastSeconds, habit.groups);
    const { perSecond } = await load(running.port, { ...habit, seconds: leastSeconds });
    const posts = habit.groups * (quick ? QUICK_POSTS_OF_GROUP : POSTS_OF_GROUP);
    const seconds = Math.max(leastSeconds, Math.ceil(posts / perSecond));
    await load(running.port, { ...habit, seconds });
    return { ...(await throughput(running, { ...habit, seconds })), seconds };
  });
}
