/** A database of PostgreSQL as one side of a migration. */
import type { PostgresConfig } from '../../config/config.js';
import { messageOf, MonitorError } from '../../domain/errors.js';
import type { Digest } from '../../domain/identity.js';
import { ExchangeFailed } from '../../postgres/failures.js';
import { isForgetting, sizesIn, stopWriters, writersOf } from '../../postgres/migration/look-at-source.js';
import { markRows, mustNotBeNewer, schemaOf } from '../../postgres/migration/marked-schema.js';
import { MovedDatabase } from '../../postgres/migration/moved-database.js';
import { TargetDatabase } from '../../postgres/migration/target-database.js';
import { newestSchema } from '../../postgres/migrate.js';
import { connectTo } from '../../postgres/server.js';
import { Wire } from '../../postgres/wire.js';
import type { HeldSizes, SourceEnd, TargetEnd } from '../migration-ends.js';
import { serverOf } from './thread-data.js';

type Settings = Pick<PostgresConfig, 'postgres'>;

/** One exchange: a group's rows of a page, or an index that is made of all there is. */
const DEADLINE_MS = 600_000;

async function openWire({ postgres }: Settings): Promise<Wire> {
  try {
    return Wire.over(await connectTo(serverOf({ postgres }), { pipeline: true }), DEADLINE_MS);
  } catch (error) {
    const message = `${postgres.shown}: ${messageOf(error)}; see docs/scaling.md`;
    throw new MonitorError('OCM_UNAVAILABLE', message, { cause: error });
  }
}

/** While no receiver runs it keeps all from writing, if `takesLock`. Throws OCM_UNAVAILABLE, OCM_NEWER_SCHEMA. */
export async function openSource(settings: Settings, takesLock: boolean): Promise<SourceEnd> {
  const { shown } = settings.postgres;
  const wire = await openWire(settings);
  let stopping: Wire | null = null;
  try {
    await mustBeMovable(wire, shown);
    const running = takesLock ? await writersOf(wire) : ['any receiver'];
    if (running.length === 0) {
      stopping = await openWire(settings);
      if (!(await stopWriters(stopping))) running.push('a receiver');
    }
    const writers = running.length === 0 ? null : running.join(', ');
    const close = async () => {
      await stopping?.close();
      await wire.close();
    };
    return { store: new MovedDatabase(wire, shown), writers, close };
  } catch (error) {
    await stopping?.close();
    await wire.close();
    throw ofServer(error);
  }
}

async function mustBeMovable(wire: Wire, shown: string): Promise<void> {
  const schema = await schemaOf(wire);
  mustNotBeNewer(schema, shown);
  if (schema === newestSchema() && (await markRows(wire)) === null) {
    if (!(await isForgetting(wire))) return;
    const message = `${shown}: a customer is being forgotten: wait until ocs-monitor forget has ended, then move it`;
    throw new MonitorError('OCM_UNAVAILABLE', message);
  }
  const found =
    schema === null
      ? 'has no tables of ours'
      : schema < newestSchema()
        ? 'has the schema of an older version: start a receiver once'
        : 'is being filled by a migration itself: run that to its end';
  throw new MonitorError('OCM_UNAVAILABLE', `${shown} ${found}`);
}

export async function openTarget(settings: Settings, from: string, digest: Digest): Promise<TargetEnd> {
  const { shown } = settings.postgres;
  const wire = await openWire(settings);
  try {
    const store = await TargetDatabase.open(wire, { shown, from, digest });
    return { store, finish: (entry) => store.finish(entry), close: () => wire.close() };
  } catch (error) {
    await wire.close();
    throw ofServer(error);
  }
}

/** Throws OCM_UNAVAILABLE when it holds something. */
export async function mustBeFree(settings: Settings): Promise<void> {
  const wire = await openWire(settings);
  try {
    await TargetDatabase.mustTake(wire, settings.postgres.shown);
  } finally {
    await wire.close();
  }
}

export async function sizesOf(settings: Settings): Promise<HeldSizes> {
  const wire = await openWire(settings);
  try {
    await mustBeMovable(wire, settings.postgres.shown);
    return await sizesIn(wire);
  } finally {
    await wire.close();
  }
}

/** What the server says, as a failure that people are told. */
export function ofServer(error: unknown): unknown {
  if (!(error instanceof ExchangeFailed)) return error;
  const message = `the database says: ${error.message}; mend that and run the same command again: it goes on where it was`;
  return new MonitorError('OCM_UNAVAILABLE', message, { cause: error });
}
