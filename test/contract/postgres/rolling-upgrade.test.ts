/** A newer version brings the database to its schema while an older one receives: with a made-up next migration. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../src/domain/store.js';
import type { BlockingWire } from '../../../src/postgres/blocking/blocking-wire.js';
import { type Migration, migrations, newestSchema, schemaAfter } from '../../../src/postgres/migrate.js';
import { bringToSchema, schemaOf, whyNotWritten } from '../../../src/postgres/schema.js';
import type { PostgresWriter } from '../../../src/postgres/writer.js';
import { SpoolingStore } from '../../../src/service/postgres/spooling-store.js';
import { Spool } from '../../../src/sqlite/spool/spool.js';
import { blockingWire } from '../../support/blocking.js';
import { aBody } from '../../support/bodies.js';
import { aDelivery, outcomesOf } from '../../support/callback-writer.js';
import { removeFolder } from '../../support/folders.js';
import { digest, T0 } from '../../support/notifications.js';
import { newDatabase, postgresServer } from '../../support/postgres-server.js';
import { openPostgresWriter, serverWith } from '../../support/postgres-writer.js';
import { dateTime, STARTED } from '../../support/posts.js';
import { judges } from '../../support/stores.js';

const KNOWN = newestSchema();
const NOW = T0 + 60_000;

function next(sql: string): readonly Migration[] {
  return [...migrations(), { number: KNOWN + 1, name: 'made up', sql }];
}
const COMPATIBLE = next(`-- compatible from: ${String(KNOWN)}\nALTER TABLE uptime ADD COLUMN place text;\n`);
const INCOMPATIBLE = next('ALTER TABLE uptime ADD COLUMN place text;\n');

let server: ReturnType<typeof serverWith>;
let wire: BlockingWire;
const writers: PostgresWriter[] = [];
beforeEach(async () => {
  const postgres = await postgresServer();
  server = serverWith(postgres, await newDatabase(postgres));
  wire = blockingWire(server, 20_000);
});
afterEach(() => {
  wire.close();
  for (const writer of writers.splice(0)) writer.close();
});

function older(): PostgresWriter {
  const writer = openPostgresWriter(server);
  writers.push(writer);
  return writer;
}

const post = (seconds: number): Delivery => {
  const atMs = T0 + seconds * 1000;
  return aDelivery('campaign-group-state', aBody({ GSW_DATE_TIME: dateTime(atMs), ...STARTED }), {
    receivedAtMs: atMs,
  });
};
const upgrade = (all: readonly Migration[], stopsWithinMs = 300) => {
  const beganMs = performance.now();
  bringToSchema(wire, { nowMs: NOW, all, stopsWithinMs });
  return performance.now() - beganMs;
};

describe('a newer version', () => {
  it('whose schema an older one may write to lets it go on, and start again', () => {
    const writer = older();
    writer.commit([post(0)]);
    upgrade(COMPATIBLE);
    expect(schemaOf(wire)).toEqual({ version: KNOWN + 1, compatibleFrom: KNOWN });
    writer.beat();
    expect(outcomesOf(writer.commit([post(10)]))).toEqual(['refresh']);
    writer.probe();
    expect(outcomesOf(older().commit([post(20)]))).toEqual(['refresh']);
  });

  it('whose schema it may not write to has it stop first, with what to do', () => {
    const writer = older();
    writer.commit([post(0)]);
    writer.beat();
    expect(writer.isHousekeeper).toBe(true);
    expect(upgrade(INCOMPATIBLE)).toBeGreaterThan(300);
    const why = `the database has schema ${String(KNOWN + 1)}, to which programs may write that know ${String(KNOWN + 1)} or a later one`;
    for (const work of [
      () => {
        writer.beat();
      },
      () => writer.commit([post(10)]),
      () => {
        writer.probe();
      },
      () => writer.holds(),
    ])
      expect(work).toThrow(
        expect.objectContaining({ code: 'OCM_UNAVAILABLE', message: expect.stringContaining(why) as string }),
      );
    expect(writer.isHousekeeper).toBe(false);
    expect(older).toThrow(
      expect.objectContaining({ code: 'OCM_NEWER_SCHEMA', message: expect.stringContaining(why) as string }),
    );
  });

  it('has it spool what comes all the same, send others elsewhere, and drains that when it is started there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-shut-out-'));
    const away: (string | null)[] = [];
    const clock = { nowMs: () => NOW };
    const receiver = () => {
      const path = join(folder, 'spool');
      const ofStore = blockingWire(server, 20_000);
      const store = new SpoolingStore({
        wire: ofStore,
        spool: new Spool({ path, limitBytes: 1e9, nowMs: clock.nowMs, onAside: () => undefined }),
        judges,
        digest,
        clock,
        elapsedMs: () => performance.now(),
        openWriter: () => openPostgresWriter(server, { wire: ofStore, clock }),
        onOpened: () => undefined,
        onDrained: () => undefined,
        onUnconfirmed: () => undefined,
        onStatus: (status) => away.push(status.away?.why ?? null),
      });
      store.begin();
      return store;
    };
    const store = receiver();
    store.commit([post(0)]);
    store.probe();
    upgrade(INCOMPATIBLE);
    store.beat();
    const why = expect.stringContaining(`the database has schema ${String(KNOWN + 1)}`) as string;
    expect(away.at(-1)).toEqual(why);
    expect(outcomesOf(store.commit([post(10)]))).toEqual(['spooled']);
    await store.look();
    expect(away.at(-1)).toEqual(why);
    expect(() => {
      store.probe();
    }).toThrow(expect.objectContaining({ code: 'OCM_UNAVAILABLE', message: why }));
    store.close();
    // As one is that knows this schema.
    wire.exchange([{ text: 'UPDATE schema_version SET compatible_from = $1', values: [KNOWN] }]);
    const newer = receiver();
    await newer.look();
    expect(outcomesOf(newer.commit([post(10), post(0)]))).toEqual(['duplicate', 'duplicate']);
    newer.close();
    removeFolder(folder);
  });

  it('waits for nobody where no other receiver is alive', () => {
    older().close();
    writers.length = 0;
    expect(upgrade(INCOMPATIBLE, 60_000)).toBeLessThan(60_000);
  });

  it('says that an older one may not write before it changes anything', () => {
    const broken = next('ALTER TABLE there_is_none ADD COLUMN place text;\n');
    expect(() => upgrade(broken)).toThrow(/there_is_none/);
    expect(schemaOf(wire)).toEqual({ version: KNOWN, compatibleFrom: KNOWN + 1 });
    expect(older).toThrow(expect.objectContaining({ code: 'OCM_NEWER_SCHEMA' }));
    upgrade(INCOMPATIBLE);
    expect(schemaOf(wire)).toEqual({ version: KNOWN + 1, compatibleFrom: KNOWN + 1 });
  });
});

it('is compatible as far as the least compatible of its migrations is', () => {
  const all = [
    { number: 20, name: 'a', sql: '-- compatible from: 18\nSELECT 1;\n' },
    { number: 21, name: 'b', sql: '-- compatible from: 17\nSELECT 1;\n' },
  ];
  expect(schemaAfter(null, all)).toEqual({ version: 21, compatibleFrom: 18 });
  expect(schemaAfter({ version: 20, compatibleFrom: 19 }, all)).toEqual({ version: 21, compatibleFrom: 19 });
  expect(schemaAfter({ version: 22, compatibleFrom: 17 }, all)).toBeNull();
  expect(whyNotWritten({ version: 22, compatibleFrom: 17 }, 17)).toBeNull();
  expect(whyNotWritten(null, 17)).toBeNull();
  expect(whyNotWritten({ version: 22, compatibleFrom: 18 }, 17)).toContain('this one knows 17');
});
