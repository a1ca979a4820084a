/** How long posts take at half of what one receiver takes on PostgreSQL, and on SQLite at the same rate. */
import { OURS, type Program, serviceOnPostgres, withRunning } from '../program.js';
import { counted, median, type Outcome, type Settings } from '../row.js';
import { medianOf, steady, type Window } from '../steady.js';
import { figureText } from '../table.js';
import { loadAllGroups } from '../wrk.js';
import { type Postgres, withDatabase } from './server.js';

const GROUPS = 1000;
const WARM_UP_SECONDS = 2;

export async function acksAt(
  postgres: Postgres,
  perSecond: number,
  { rounds, seconds, say }: Settings,
): Promise<Readonly<Record<'p50' | 'p99', Outcome>>> {
  const windowOf = (program: Program) =>
    withRunning(program, {}, async ({ port }) => {
      await loadAllGroups(port, WARM_UP_SECONDS, GROUPS);
      return steady({ port, perSecond, seconds, groups: GROUPS });
    });
  const sqlite: Window[] = [];
  const shared: Window[] = [];
  for (let round = 1; round <= rounds; round++) {
    shared.push(await withDatabase(postgres, ({ url }) => windowOf(serviceOnPostgres(url))));
    sqlite.push(await windowOf(OURS));
    const p99 = (all: readonly Window[]) => figureText(all.at(-1)?.p99Ms ?? NaN, 'ms');
    say(`round ${round}, at ${perSecond}/s: p99 ${p99(shared)}, SQLite ${p99(sqlite)}`);
  }
  const how = `${perSecond} posts/s, middle of ${counted(rounds, 'round')} of ${seconds} s`;
  const both = (what: 'p50Ms' | 'p99Ms') =>
    `${figureText(medianOf(shared, what), 'ms')} to ${figureText(medianOf(sqlite, what), 'ms')}; ${how}`;
  const ratio = (what: 'p50Ms' | 'p99Ms') =>
    median(shared.map((window, round) => window[what] / (sqlite[round]?.[what] ?? NaN)));
  const loadCore = Math.max(medianOf(sqlite, 'core'), medianOf(shared, 'core'));
  return {
    p50: { value: ratio('p50Ms'), how: both('p50Ms'), loadCore },
    p99: { value: ratio('p99Ms'), how: both('p99Ms'), loadCore },
  };
}
