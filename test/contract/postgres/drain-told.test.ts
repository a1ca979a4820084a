/** What is told of the spool while it is drained, which may take minutes. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { SpoolingStore } from '../../../src/service/postgres/spooling-store.js';
import { Spool } from '../../../src/sqlite/spool/spool.js';
import { aBody } from '../../support/bodies.js';
import { blockingWire } from '../../support/blocking.js';
import { aDelivery } from '../../support/callback-writer.js';
import { removeFolder } from '../../support/folders.js';
import { digest, T0 } from '../../support/notifications.js';
import { newDatabase, postgresServer } from '../../support/postgres-server.js';
import { openPostgresWriter, serverWith } from '../../support/postgres-writer.js';
import { dateTime, STARTED } from '../../support/posts.js';
import { judges } from '../../support/stores.js';

const POSTS = 350;

function post(seconds: number) {
  const atMs = T0 + seconds * 1000;
  const body = aBody({ ...STARTED, GSW_DATE_TIME: dateTime(atMs) });
  return aDelivery('campaign-group-state', body, { receivedAtMs: atMs });
}

it('says again and again what waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-drain-told-'));
  onTestFinished(() => {
    removeFolder(folder);
  });
  const running = await postgresServer();
  const address = serverWith(running, await newDatabase(running));
  const wire = blockingWire(address, 20_000);
  const clock = { nowMs: () => T0 + 600_000 };
  // Each look at it is a second later.
  let elapsedMs = 0;
  const told: number[] = [];
  const spool = new Spool({
    path: join(folder, 'spool'),
    limitBytes: 1e9,
    nowMs: clock.nowMs,
    onAside: () => undefined,
  });
  spool.append(Array.from({ length: POSTS }, (_, n) => post(n)));
  const store = new SpoolingStore({
    ...{ wire, judges, digest, clock, spool },
    elapsedMs: () => (elapsedMs += 1000),
    openWriter: () => openPostgresWriter(address, { wire, clock }),
    onOpened: () => undefined,
    onDrained: () => undefined,
    onUnconfirmed: () => undefined,
    onStatus: ({ items }) => told.push(items),
  });
  store.begin();
  await store.look();
  store.close();
  expect(told[0]).toBe(POSTS);
  expect(told.at(-1)).toBe(0);
  const between = told.filter((items) => items > 0 && items < POSTS);
  expect(between.length).toBeGreaterThan(2);
  expect(between).toEqual(between.toSorted((a, b) => b - a));
});
