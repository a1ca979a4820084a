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

/** Leases and times in what is kept are by several clocks. */
const CLOCKS_APART_MS = 2000;
/**
 * @bound rights that a role lacks on a server, each named
 * @beyond the others are counted
 * @seen `ocs-monitor doctor`, `ocs-monitor check-config`
 */
const RIGHTS_NAMED = 5;

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
  if (look.kind === 'away') return [fault('database', `${postgres.shown}: ${look.why}`, nextAfter(look.why))];
  const { engine, refused, encoding, missingRights, isDurable } = look;
  const apartMs = Math.round(look.nowMs - nowMs);
  const isApart = Math.abs(apartMs) > CLOCKS_APART_MS;
  return [
    refused === null ? ok('database', `${postgres.shown}, ${engine}`) : fault('database', refused.found, refused.next),
    ...(encoding === 'UTF8'
      ? []
      : [
          fault(
            'encoding',
            encoding,
            "Make a database with ENCODING 'UTF8' TEMPLATE template0: names are not kept otherwise",
          ),
        ]),
    ...(missingRights.length === 0 ? [] : [fault('rights', `${postgres.user} lacks ${named(missingRights)}`, RIGHTS)]),
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

function named(rights: readonly string[]): string {
  const more = rights.length - RIGHTS_NAMED;
  return rights.slice(0, RIGHTS_NAMED).join(', ') + (more > 0 ? `, and ${String(more)} more` : '');
}

/** What to do where the server could not be asked, by what was said: of several hosts all that was said. */
const NEXT: readonly (readonly [said: RegExp, next: string])[] = [
  [
    /altnames|not match certificate/,
    'Call the server in OCM_STORE by a name that its certificate has, or have the certificate made anew',
  ],
  [
    /certificate|issuer/,
    'Let sslrootcert in OCM_STORE name the certificate of the authority that issued that of the server',
  ],
  [
    /does not support SSL/,
    'Switch on ssl in the server; with sslmode=disable all that is said to it can be read on the way',
  ],
  [/no encryption/, 'The server wants TLS: leave out sslmode=disable, or say sslmode=verify-full'],
  [/password|SASL/, 'Let OCM_STORE_PASSWORD_FILE name a file with the password of the role, or give the role another'],
  [/pg_hba\.conf/, 'Let pg_hba.conf of the server admit the role from here'],
  [/role ".*" does not exist|database ".*" does not exist/, 'Make it as docs/scaling.md says, or mend OCM_STORE'],
  [
    /is a standby|takes no writes/,
    'Name the host that takes writes as well, with commas between hosts; or promote this one',
  ],
];

function nextAfter(why: string): string {
  return NEXT.find(([said]) => said.test(why))?.[1] ?? 'Mend OCM_STORE, or the server; see docs/scaling.md';
}

const RIGHTS = 'Give the role the rights of docs/scaling.md, or make it the owner of the database';
