/** What keeps the service from a server, or may harm it there, with what to do about it. */
import type { PostgresConfig } from '../../config/config.js';
import { lookAtServer, type ServerLook } from '../../postgres/look.js';
import { serverOf } from './thread-data.js';

export interface ServerFinding {
  readonly name: string;
  readonly result: 'ok' | 'warning' | 'fault';
  readonly found: string;
  readonly next: string | null;
}

const OLDEST_VERSION_NO = 150_000;
/** Leases and times in what is kept are by several clocks. */
const CLOCKS_APART_MS = 2000;

type Settings = Pick<PostgresConfig, 'postgres'>;

/** `nowMs` is this machine's clock, asked when the server has answered. */
export async function examineServer(config: Settings, nowMs: () => number): Promise<readonly ServerFinding[]> {
  const look = await lookAtServer(serverOf(config));
  return findings(config, look, nowMs());
}

/** What was found, by what the server says of itself. */
export function findings({ postgres }: Settings, look: ServerLook, nowMs: number): readonly ServerFinding[] {
  const fault = (name: string, found: string, next: string): ServerFinding => ({ name, result: 'fault', found, next });
  const ok = (name: string, found: string): ServerFinding => ({ name, result: 'ok', found, next: null });
  if (look.kind === 'away')
    return [fault('database', `${postgres.shown}: ${look.why}`, 'Mend OCM_STORE, or the server; see docs/scaling.md')];
  const { version, versionNo, encoding, mayCreate, mayWrite, isDurable } = look;
  const apartMs = Math.round(look.nowMs - nowMs);
  const isApart = Math.abs(apartMs) > CLOCKS_APART_MS;
  return [
    versionNo < OLDEST_VERSION_NO
      ? fault('database', `PostgreSQL ${version}`, 'Take PostgreSQL 15 or later')
      : ok('database', `${postgres.shown}, PostgreSQL ${version}`),
    ...(encoding === 'UTF8'
      ? []
      : [
          fault(
            'encoding',
            encoding,
            "Make a database with ENCODING 'UTF8' TEMPLATE template0: names are not kept otherwise",
          ),
        ]),
    ...(mayCreate ? [] : [fault('rights', `${postgres.user} may make no tables`, RIGHTS)]),
    ...(mayWrite ? [] : [fault('rights', `${postgres.user} may not write to the tables that are there`, RIGHTS)]),
    ...(isDurable
      ? []
      : [
          {
            name: 'durability',
            result: 'warning',
            found: 'synchronous_commit or fsync is off',
            next: 'Switch them on: what was acknowledged would be lost with the power',
          } as const,
        ]),
    isApart
      ? {
          name: 'clock of the database',
          result: 'warning',
          found: `${Math.round(Math.abs(apartMs) / 1000)} s ${apartMs < 0 ? 'behind' : 'ahead of'} the clock here`,
          next: 'Set both by NTP',
        }
      : ok('clock of the database', 'as here'),
  ];
}

const RIGHTS = 'Give the role the rights of docs/scaling.md, or make it the owner of the database';
