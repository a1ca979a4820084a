/** What a hundred million stored notifications cost: ingest and start, beside an empty database. */
import { cpSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OURS, type Running, withRunning } from '../program.js';
import { atLeast, atMost, type Bench, counted, median, NotMeasured, type Settings } from '../row.js';
import { load, type Load } from '../wrk.js';

const GROUPS = 1000;
const STEADY_SECONDS = 60;
/** A round takes four minutes: there are fewer of them. */
const ROUNDS_SHARE = 3;
/** A hundred million notifications at five bytes each, which is less than any store takes. */
const LEAST_BYTES = 500e6;

export const STORED_INGEST: Bench = {
  name: 'stored-ingest',
  rows: [
    {
      ...{ key: 'ratio', what: 'ingest with 100 million stored, compaction and retention running' },
      ...{ comparison: 'empty database', unit: '×', floor: atLeast(0.95) },
    },
  ],
  run: async (settings) => {
    const seconds = settings.quick ? settings.seconds : STEADY_SECONDS;
    const stored: Load[] = [];
    const empty: Load[] = [];
    const measure = async ({ port }: Running) => {
      // Both take for as long before: journals are filled and compaction is under way.
      await load(port, { seconds, groups: GROUPS });
      return load(port, { seconds, groups: GROUPS });
    };
    const rounds = Math.ceil(settings.rounds / ROUNDS_SHARE);
    for (let round = 1; round <= rounds; round++) {
      empty.push(await withRunning(OURS, {}, measure));
      stored.push(await withStoredCopy(settings, (database) => withRunning(OURS, { database }, measure)));
      settings.say(
        `round ${round}, ${stored.at(-1)?.perSecond.toFixed(0)}/s to ${empty.at(-1)?.perSecond.toFixed(0)}/s`,
      );
    }
    const value = median(stored.map(({ perSecond }, round) => perSecond / (empty[round]?.perSecond ?? NaN)));
    const loadCore = Math.max(...[...stored, ...empty].map(({ core }) => core));
    const how = `middle of ${counted(rounds, 'round')} of ${seconds} s after ${seconds} s`;
    return { outcomes: { ratio: { value, how, loadCore } } };
  },
};

export const STORED_START: Bench = {
  name: 'stored-start',
  rows: [
    {
      ...{ key: 'ready', what: 'start to ready with 100 million stored', comparison: null },
      ...{ unit: 'ms', floor: atMost(1000) },
    },
  ],
  run: (settings) =>
    withStoredCopy(settings, async (database) => {
      const startsMs: number[] = [];
      for (let round = 1; round <= settings.rounds; round++) {
        const beganMs = performance.now();
        await withRunning({ ...OURS, isReady }, { database }, () => {
          startsMs.push(performance.now() - beganMs);
          return Promise.resolve();
        });
      }
      const how = `middle of ${counted(settings.rounds, 'start')}, asked every 50 ms`;
      return { outcomes: { ready: { value: median(startsMs), how, loadCore: null } } };
    }),
};

export function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** The original stays as it is: the copy beside it needs as much disk again. */
export async function withStoredCopy<T>(
  { stored, quick }: Pick<Settings, 'stored' | 'quick'>,
  use: (database: string) => Promise<T>,
  option = '--stored',
): Promise<T> {
  if (stored === null) throw new NotMeasured(`needs ${option}`);
  if (!existsSync(stored)) throw new NotMeasured(`the file of ${option} does not exist`);
  if (!quick && statSync(stored).size < LEAST_BYTES)
    throw new NotMeasured(`the file of ${option} is too small for 100 million notifications`);
  const folder = mkdtempSync(join(dirname(stored), 'ocm-bench-stored-'));
  try {
    const database = join(folder, 'bench.db');
    cpSync(stored, database);
    return await use(database);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
