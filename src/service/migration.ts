/**
 * Moves a whole store into another kind of database. What was received meanwhile is moved by the next pass; only when nobody
 * writes to the source any more, both are compared and the target is given free.
 */
import { compare, type Compared } from '../apply/migration/comparison.js';
import type { Mark } from '../apply/migration/mark.js';
import { pass, type Passed } from '../apply/migration/pass.js';
import type { Config } from '../config/config.js';
import type { Clock } from '../domain/clock.js';
import { MonitorError } from '../domain/errors.js';
import { sha256Digest } from '../node/digest.js';
import type { HeldSizes, SourceEnd, TargetEnd } from './migration-ends.js';
import { atRest } from './at-rest.js';

export interface MigrationOptions {
  readonly clock: Clock;
  /** Told before each unit. Throws what breaks the work off. */
  readonly onUnit: (what: 'copying' | 'comparing', done: number, of: number) => void;
}

export interface Migrated {
  readonly from: string;
  readonly to: string;
  readonly passed: Passed;
  /** Who still writes to the source; null: nobody, and both were compared. */
  readonly writers: string | null;
  readonly compared: Compared | null;
  /** Whether services may start on the target. */
  readonly finished: boolean;
}

/** Throws OCM_USAGE for two stores of one kind. */
function mustDiffer(from: Config, to: Config): void {
  if ((from.postgres === null) !== (to.postgres === null)) return;
  const [what, how] =
    from.postgres === null
      ? ['files of SQLite', 'copy one with ocs-monitor backup and restore']
      : ['databases of PostgreSQL', 'copy one with pg_dump and pg_restore'];
  throw new MonitorError('OCM_USAGE', `migrate moves between SQLite and PostgreSQL, and both are ${what}: ${how}`);
}

export async function migrateBetween(from: Config, to: Config, options: MigrationOptions): Promise<Migrated> {
  mustDiffer(from, to);
  const open = async () => {
    const source = await openSource(from, true);
    return { source, target: await orClose(source, () => openTarget(to, source.store.shown)) };
  };
  return between(await open(), ({ source, target }) => migrateInto(source, target, options));
}

async function orClose<T>(source: SourceEnd, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    await source.close();
    throw error;
  }
}

interface Closing {
  close(): Promise<void>;
}

/** Closes both ends, whatever becomes of the work. */
async function between<S extends SourceEnd, T extends Closing, R>(
  ends: { readonly source: S; readonly target: T },
  work: (ends: { readonly source: S; readonly target: T }) => Promise<R>,
): Promise<R> {
  try {
    return await work(ends);
  } catch (error) {
    throw (await import('./postgres/migration-ends.js')).ofServer(error);
  } finally {
    await ends.target.close();
    await ends.source.close();
  }
}

async function migrateInto(source: SourceEnd, target: TargetEnd, options: MigrationOptions): Promise<Migrated> {
  const { clock, onUnit } = options;
  const [from, to, { writers }] = [source.store.shown, target.store.shown, source];
  const marks = await target.store.marks();
  const copying = (done: number, of: number) => {
    onUnit('copying', done, of);
  };
  const passed = await pass(source.store, target.store, marks, { digest: sha256Digest, onUnit: copying });
  if (writers !== null) return { from, to, passed, writers, compared: null, finished: false };
  const compared = await compareEnds(source, target, marks, options);
  const finished = compared.different === 0;
  const detail = { from, groups: compared.groups.count, callbacks: compared.callbacks.count };
  if (finished) await target.finish(atRest('migrate', detail, clock.nowMs()));
  return { from, to, passed, writers, compared, finished };
}

function compareEnds(
  source: SourceEnd,
  target: TargetEnd,
  known: ReadonlyMap<string, Mark>,
  { onUnit }: MigrationOptions,
): Promise<Compared> {
  return compare(source.store, target.store, {
    digest: sha256Digest,
    known,
    wasStarted: false,
    onUnit: (done, of) => {
      onUnit('comparing', done, of);
    },
  });
}

/** Compares two stores as they are, and moves nothing. */
export async function compareStores(from: Config, to: Config, { onUnit }: MigrationOptions) {
  mustDiffer(from, to);
  const source = await openSource(from, false);
  const target = await orClose(source, () => openSource(to, false));
  return between({ source, target }, async () => {
    const comparing = (done: number, of: number) => {
      onUnit('comparing', done, of);
    };
    const options = { digest: sha256Digest, known: new Map(), wasStarted: true, onUnit: comparing };
    const compared = await compare(source.store, target.store, options);
    return { from: source.store.shown, to: target.store.shown, compared };
  });
}

/** What would be moved. Throws what would keep it from being moved. */
export async function lookBefore(from: Config, to: Config): Promise<HeldSizes> {
  mustDiffer(from, to);
  if (to.postgres === null) (await import('./sqlite/migration-ends.js')).mustBeFree(to);
  else await (await import('./postgres/migration-ends.js')).mustBeFree(to);
  if (from.postgres === null) return (await import('./sqlite/migration-ends.js')).sizesOf(from);
  return (await import('./postgres/migration-ends.js')).sizesOf(from);
}

async function openSource(config: Config, takesLock: boolean): Promise<SourceEnd> {
  if (config.postgres === null) return (await import('./sqlite/migration-ends.js')).openSource(config, takesLock);
  return (await import('./postgres/migration-ends.js')).openSource(config, takesLock);
}

async function openTarget(config: Config, from: string): Promise<TargetEnd> {
  if (config.postgres === null) return (await import('./sqlite/migration-ends.js')).openTarget(config, from);
  return (await import('./postgres/migration-ends.js')).openTarget(config, from, sha256Digest);
}
