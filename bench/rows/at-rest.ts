/** Bytes that a stored post takes, quarters of an hour and indexes included: a file as the generator writes it. */
import { statSync } from 'node:fs';
import { withGenerated } from '../generated.js';
import { atMost, type Bench, type Outcome, type Row, type Settings } from '../row.js';

/** So few that what stands in the journal is half a percent of it. */
const GROUPS = 100;
const POSTS = 2_000_000;
const QUICK_POSTS = 200_000;
const LISTS = 3;

interface Habit {
  readonly lists: number;
  readonly walks: boolean;
}

const rowOf = (key: string, what: string, ceiling: number | null): Row => ({
  ...{ key, what: `bytes at rest per ${what}`, comparison: null, unit: 'B' },
  floor: ceiling === null ? null : atMost(ceiling),
});

export const AT_REST: Bench = {
  name: 'at-rest',
  rows: [
    rowOf('random', 'post without lists, figures drawn at random', 14),
    rowOf('list', 'post and calling list, figures drawn at random', 6),
    rowOf('walk', 'post without lists, figures that walk', null),
    rowOf('walkingList', 'post and calling list, figures that walk', null),
  ],
  run: async (settings) => ({
    outcomes: {
      ...(await measure(false, settings, ['random', 'list'])),
      ...(await measure(true, settings, ['walk', 'walkingList'])),
    },
  }),
};

async function measure(
  walks: boolean,
  settings: Settings,
  [alone, list]: readonly [string, string],
): Promise<Record<string, Outcome>> {
  const posts = settings.quick ? QUICK_POSTS : POSTS;
  const without = await bytesPerPost({ lists: 0, walks }, posts);
  const withLists = await bytesPerPost({ lists: LISTS, walks }, posts);
  settings.say(`${walks ? 'walking' : 'random'} figures: ${without.toFixed(1)} B, ${withLists.toFixed(1)} with lists`);
  const how = `${posts.toLocaleString('en')} posts of ${GROUPS} groups, four decimals, times to complete up to 7,200 s`;
  const ofList = `${how}; a third of what ${LISTS} lists add`;
  return {
    [alone]: { value: without, how, loadCore: null },
    [list]: { value: (withLists - without) / LISTS, how: ofList, loadCore: null },
  };
}

const bytesPerPost = (habit: Habit, notifications: number) =>
  withGenerated({ ...habit, notifications, groups: GROUPS }, (database) => statSync(database).size / notifications);
