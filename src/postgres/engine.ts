/**
 * Which engine a connection speaks to: by what it says of itself the dialect is chosen, and refused what no schema and no
 * statement of ours makes up for. Asked once, before anything is written.
 */
import { MonitorError } from '../domain/errors.js';
import { type Dialect, dialectOf } from './dialect.js';
import type { Answer } from './exchange.js';
import type { Statement } from './statements.js';

/** As it is known to whoever runs it. */
const OLDEST = 15;
const READ_COMMITTED = 'read committed';

const plain = (text: string): Statement => ({ text, values: [] });

/** What is asked in a transaction as a lane begins one: an engine may give it another isolation than it asked for. */
export const ENGINE_QUESTION: readonly Statement[] = [
  plain('BEGIN ISOLATION LEVEL READ COMMITTED'),
  plain(`SELECT version(), current_setting('server_version_num'),
    coalesce(current_setting('yb_effective_transaction_isolation_level', true), current_setting('transaction_isolation')),
    coalesce((SELECT string_agg(e.extname, ',') FROM pg_extension AS e), '')`),
  plain('COMMIT'),
];

export interface Engine {
  readonly dialect: Dialect;
  /** As it writes it. */
  readonly version: string;
  readonly versionNo: number;
  /** What a transaction has that asked for `READ COMMITTED`. */
  readonly isolation: string;
}

/** What came of `ENGINE_QUESTION`. */
export function engineFrom(answers: readonly Answer[]): Engine {
  const [version = '', versionNo, isolation = '', extensions = ''] = answers[1]?.rows[0] ?? [];
  return {
    dialect: dialectOf(String(version), String(extensions).split(',')),
    version: String(version),
    versionNo: Number(versionNo),
    isolation: String(isolation).toLowerCase(),
  };
}

export interface Refused {
  readonly found: string;
  /** What to do. */
  readonly next: string;
}

/** The engine, as people call it. */
export function shownEngine({ version }: Pick<Engine, 'version'>): string {
  return version.split(/ on | \(/)[0] ?? version;
}

/** What keeps the service from an engine; null: nothing. */
export function whyRefused(engine: Engine): Refused | null {
  const { dialect, versionNo, isolation } = engine;
  const { name } = dialect;
  // CockroachDB says the version of PostgreSQL that it is like, which is older than what it can.
  if (name !== 'CockroachDB' && versionNo < OLDEST * 10_000)
    return { found: shownEngine(engine), next: `Take PostgreSQL ${String(OLDEST)} or later, or what is like it` };
  if (isolation === READ_COMMITTED) return null;
  const next = {
    CockroachDB: 'Say SET CLUSTER SETTING sql.txn.read_committed_isolation.enabled = true',
    YugabyteDB: 'Start its tservers with yb_enable_read_committed_isolation=true',
    Citus: 'Let nothing between the service and the server change it',
    PostgreSQL: 'Let nothing between the service and the server change it',
  }[name];
  return { found: `${shownEngine(engine)} gives ${isolation || 'nothing that it tells'} for READ COMMITTED`, next };
}

/** The dialect in which to speak to it. Throws OCM_CONFIG. */
export function settled(answers: readonly Answer[]): Dialect {
  const engine = engineFrom(answers);
  const refused = whyRefused(engine);
  if (refused !== null)
    throw new MonitorError('OCM_CONFIG', `the database cannot be used: ${refused.found}. ${refused.next}`);
  return engine.dialect;
}
