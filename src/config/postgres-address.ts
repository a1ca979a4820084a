/** The setting `store` where it names a PostgreSQL, as libpq writes it: what is meant, and what is wrong with it. */
import { readFileSync } from 'node:fs';
import { messageOf } from '../domain/errors.js';

const TLS_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type TlsMode = (typeof TLS_MODES)[number];

export interface PostgresAddress {
  /** In the order in which they are tried; a host that begins with a slash is the folder of a socket. */
  readonly hosts: readonly PostgresHost[];
  readonly database: string;
  readonly user: string;
  /** Null: none is said. */
  readonly password: string | null;
  /** `prefer`: with TLS where the server speaks it. `verify-…`: only to a server with a certificate that is trusted. */
  readonly tlsMode: TlsMode;
  /** PEM file of the authorities that are trusted; null: those of Node. */
  readonly caPath: string | null;
  readonly applicationName: string;
  /** As it may be shown: without its password. */
  readonly shown: string;
}

export interface PostgresHost {
  readonly host: string;
  readonly port: number;
}

/** An `@` that is left over may stand in a password: nothing around it is taken for anything else. */
const URL_OF_POSTGRES = /^postgres(?:ql)?:\/\/(?:([^@]*)@)?([^/?@]*)(?:\/([^/?@]*))?(?:\?([^@]*))?$/;
const DEFAULT_PORT = 5432;
const LAST_PORT = 65_535;
/** The server cuts longer ones. */
const APPLICATION_NAME = /^[\x20-\x7e]{1,63}$/;
const PARAMETERS = ['application_name', 'host', 'port', 'sslmode', 'sslrootcert', 'target_session_attrs'];
/** A receiver writes: what else could be asked for is of no use. */
const WRITABLE = ['any', 'primary', 'read-write'];
const EXAMPLE = 'like postgres://ocs_monitor@db.example:5432/ocs_monitor?sslmode=verify-full';

export function namesPostgres(store: string): boolean {
  return /^postgres(?:ql)?:/.test(store);
}

/** Where it stands, without the password that may stand in it. */
export function withoutPassword(store: string): string {
  if (!namesPostgres(store)) return store;
  return store.replace(/(:\/\/[^:@/?]*):.*@/, '$1:***@').replaceAll(/([?&]password=)[^&]*/gi, '$1***');
}

/** What `store` names; faults are added, none of which repeats a password. `password`: said elsewhere. */
export function postgresAddress(
  store: string,
  { variable, password, faults }: { variable: string; password: string | null; faults: string[] },
): PostgresAddress {
  const parts = URL_OF_POSTGRES.exec(store);
  const add = (fault: string) => faults.push(`${variable}: ${fault}`);
  if (parts === null) {
    add(`${withoutPassword(store)} should be ${EXAMPLE}; in a name, write @, / and : as %40, %2F and %3A`);
    return NOWHERE;
  }
  const [, login = '', authority = '', path = '', query = ''] = parts;
  const parameters = parametersOf(query, add);
  const said = (name: string) => parameters.get(name) ?? '';
  const { user, ownPassword } = loginOf(login, add);
  if (ownPassword !== null && password !== null) add('its password is said twice: keep OCM_STORE_PASSWORD_FILE');
  const tlsMode = tlsModeOf(said('sslmode'), add);
  checkAttributes(said('target_session_attrs'), add);
  return {
    hosts: hostsOf(authority, said('host'), said('port'), add),
    database: decoded(path, add) || user,
    user,
    password: ownPassword ?? password,
    tlsMode,
    caPath: caOf(said('sslrootcert'), tlsMode, add),
    applicationName: applicationNameOf(said('application_name'), add),
    shown: withoutPassword(store),
  };
}

function loginOf(login: string, add: Add): { readonly user: string; readonly ownPassword: string | null } {
  const [user = '', password = ''] = login.split(/:(.*)/s).map((text) => decoded(text, add));
  if (user === '') add(`it names no user: ${EXAMPLE}`);
  return { user, ownPassword: password === '' ? null : password };
}

function checkAttributes(attributes: string, add: Add): void {
  if (attributes === '' || WRITABLE.includes(attributes)) return;
  add('target_session_attrs should be left out: of several hosts the one that can be written to is used');
}

function applicationNameOf(text: string, add: Add): string {
  if (text === '') return 'ocs-monitor';
  if (!APPLICATION_NAME.test(text)) add('application_name should be up to 63 letters, digits and marks');
  return text;
}

/** Of what nobody can read: a fault keeps it from being used. */
const NOWHERE: PostgresAddress = {
  hosts: [],
  database: '',
  user: '',
  password: null,
  tlsMode: 'prefer',
  caPath: null,
  applicationName: '',
  shown: '',
};

type Add = (fault: string) => void;

function parametersOf(query: string, add: Add): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    if (name === 'password') add('a password among the parameters would be shown: put it into OCM_STORE_PASSWORD_FILE');
    else if (!PARAMETERS.includes(name)) add(`it has an unknown parameter ${name}; known are ${PARAMETERS.join(', ')}`);
    else found.set(name, decoded(value, add));
  }
  return found;
}

function decoded(text: string, add: Add): string {
  try {
    return decodeURIComponent(text);
  } catch {
    add('a % in it that stands for itself is written %25');
    return '';
  }
}

/** Those of the authority, or those of the parameters, as a socket's folder needs them. */
function hostsOf(authority: string, hosts: string, ports: string, add: Add): PostgresHost[] {
  if (authority !== '' && hosts !== '') add('hosts stand before the database or in the parameter host, not in both');
  if (authority === '' && hosts === '') {
    add(`it names no host: ${EXAMPLE}`);
    return [];
  }
  const named =
    hosts === '' ? authority.split(',').map((text) => hostAndPort(decoded(text, add))) : besidePorts(hosts, ports, add);
  return named.map(({ host, port }) => {
    const isPort = /^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) <= LAST_PORT;
    if (host === '') add('one of its hosts has no name');
    if (!isPort) add(`the port of ${host} should be a number from 1 to ${LAST_PORT}, not ${JSON.stringify(port)}`);
    return { host, port: isPort ? Number(port) : DEFAULT_PORT };
  });
}

interface Named {
  readonly host: string;
  readonly port: string;
}

/** IPv6 stands in brackets. */
function hostAndPort(text: string): Named {
  const [, bracketed, plain = text, port = String(DEFAULT_PORT)] = /^(?:\[(.*)\]|([^:]*))(?::(.*))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain, port };
}

function besidePorts(hosts: string, ports: string, add: Add): Named[] {
  const names = hosts.split(',');
  const numbers = ports === '' ? [] : ports.split(',');
  if (numbers.length > 1 && numbers.length !== names.length) add('port should be one, or as many as there are hosts');
  return names.map((host, n) => ({ host, port: numbers[n] ?? numbers[0] ?? String(DEFAULT_PORT) }));
}

function tlsModeOf(text: string, add: Add): TlsMode {
  if (text === '') return 'prefer';
  const mode = TLS_MODES.find((one) => one === text);
  if (mode === undefined) add(`sslmode should be one of ${TLS_MODES.join(', ')}, not ${JSON.stringify(text)}`);
  return mode ?? 'prefer';
}

function caOf(path: string, mode: TlsMode, add: Add): string | null {
  if (path === '') return null;
  if (!mode.startsWith('verify-'))
    add('sslrootcert has no effect without sslmode=verify-full (or verify-ca): say it too');
  try {
    if (!readFileSync(path, 'utf8').includes('-----BEGIN CERTIFICATE-----'))
      add(`sslrootcert: ${path} is no PEM file of certificates`);
  } catch (error) {
    add(`sslrootcert: ${path} cannot be read (${messageOf(error)})`);
  }
  return path;
}

/** The password that a file holds: all of it but the end of its line. */
export function readPassword(path: string, variable: string, faults: string[]): string | null {
  if (path === '') return null;
  try {
    const password = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (password === '') faults.push(`${variable}: ${path} is empty: write the password into it`);
    else if (/[\r\n\0]/.test(password)) faults.push(`${variable}: ${path} should hold the password alone, in one line`);
    return password;
  } catch (error) {
    faults.push(`${variable}: ${path} cannot be read (${messageOf(error)})`);
    return null;
  }
}
