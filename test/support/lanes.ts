/** Lanes over real connections, each at work while others are. */
import { type Dialect, POSTGRESQL } from '../../src/postgres/dialect.js';
import { converse } from '../../src/postgres/lane-driver.js';
import { type OpenLane, openLane } from '../../src/postgres/open-lane.js';
import { Wire } from '../../src/postgres/wire.js';
import type { Talk } from '../../src/postgres/lane.js';
import { T0 } from './notifications.js';
import { laneOptions } from './postgres-store.js';
import type { Server } from './postgres-server.js';

const SETTINGS = { maxHeads: 100, quarantineLimitBytes: 1_000_000, nowMs: () => T0 + 60_000 };
const DEADLINE_MS = 30_000;

export interface RunningLane extends OpenLane {
  readonly wire: Wire;
  readonly run: <T>(spoken: Talk<T>) => Promise<T>;
}

export async function openWire(server: Server, database: string, deadlineMs = DEADLINE_MS): Promise<Wire> {
  return Wire.open({ ...server, database, deadlineMs });
}

export async function runningLane(
  server: Server,
  database: string,
  rowsAtOnce = 50,
  dialect: Dialect = POSTGRESQL,
): Promise<RunningLane> {
  const wire = await openWire(server, database);
  const opened = openLane({ ...laneOptions(SETTINGS, rowsAtOnce), dialect });
  return { ...opened, wire, run: async (spoken) => converse(wire, spoken) };
}
