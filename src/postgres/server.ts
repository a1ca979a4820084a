/** Where the database is, and how a connection to it is made. */
import { isIP } from 'node:net';
import pg from 'pg';
import { messageOf } from '../domain/errors.js';

/** May be handed to another thread. */
export interface DatabaseServer {
  /** In the order in which they are tried: the first that can be written to is the one. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly database: string;
  readonly user: string;
  readonly password: string | null;
  readonly tls: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
  /** Certificates of the authorities that are trusted, PEM; null: those of Node. */
  readonly authorities: string | null;
  readonly applicationName: string;
}

/** How long one host may take to answer, milliseconds: the next one is waiting. */
const CONNECT_MS = 3000;
/** What the driver says where the server speaks no TLS. */
const NO_TLS = 'does not support SSL';

/**
 * A connection to the host that can be written to. Throws why there is none: of several hosts all that was found, without
 * the password. `withinMs`: how long one host may take, if less than usual.
 */
export async function connectTo(
  server: DatabaseServer,
  more: pg.ClientConfig = {},
  withinMs = CONNECT_MS,
): Promise<pg.Client> {
  const faults: string[] = [];
  const limitMs = Math.min(withinMs, CONNECT_MS);
  let last: unknown = null;
  for (const place of server.hosts) {
    try {
      return await writable(await connected(server, place, { connectionTimeoutMillis: limitMs, ...more }), limitMs);
    } catch (error) {
      last = error;
      faults.push(`${place.host}:${String(place.port)}: ${messageOf(error) || 'no answer'}`);
    }
  }
  throw new Error(faults.join('; '), { cause: last });
}

type Place = DatabaseServer['hosts'][number];

async function connected(server: DatabaseServer, place: Place, more: pg.ClientConfig): Promise<pg.Client> {
  const ssl = tlsOf(server, place.host);
  try {
    return await connectOnce(server, place, { ...more, ssl });
  } catch (error) {
    if (ssl === false || server.tls !== 'prefer' || !messageOf(error).includes(NO_TLS)) throw error;
    return connectOnce(server, place, { ...more, ssl: false });
  }
}

async function connectOnce(server: DatabaseServer, place: Place, more: pg.ClientConfig): Promise<pg.Client> {
  const { database, user, password, applicationName } = server;
  const client = new pg.Client({
    keepAlive: true,
    ...more,
    ...place,
    database,
    user,
    ...(password !== null && { password }),
    application_name: applicationName,
  });
  // Until somebody listens: an error that nobody hears would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A server that is stopped in its tracks takes connections all the same, and answers nothing. */
async function writable(client: pg.Client, limitMs: number): Promise<pg.Client> {
  const deadline = setTimeout(() => {
    (client as unknown as { connection: { stream: { destroy(why: Error): void } } }).connection.stream.destroy(
      new Error(`it has not answered within ${limitMs} ms`),
    );
  }, limitMs);
  try {
    const { rows } = await client.query<{ readonly is_standby: boolean; readonly read_only: string }>(
      `SELECT pg_is_in_recovery() AS is_standby, current_setting('transaction_read_only') AS read_only`,
    );
    if (rows[0]?.is_standby === true) throw new Error('it is a standby, which cannot be written to');
    if (rows[0]?.read_only === 'on') throw new Error('it takes no writes: default_transaction_read_only is on');
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}

/** As libpq means its `sslmode`. A socket of this machine needs none. */
function tlsOf({ tls, authorities }: DatabaseServer, host: string): Exclude<pg.ClientConfig['ssl'], undefined> {
  if (tls === 'disable' || host.startsWith('/')) return false;
  const trusted = authorities === null ? {} : { ca: authorities };
  // The driver names a server that is asked by its name; one that is asked by an address is looked for by that.
  const named = isIP(host) === 0 ? {} : { host };
  if (tls === 'verify-full') return { ...trusted, ...named, rejectUnauthorized: true };
  if (tls === 'verify-ca') return { ...trusted, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  return { rejectUnauthorized: false };
}
