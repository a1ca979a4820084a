/** The setting `store`: which file or which server it names, and what is wrong with it. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileNameFault } from '../domain/file-name.js';
import { namesPostgres, type PostgresAddress, postgresAddress, readPassword } from './postgres-address.js';
import { variableOf } from './settings.js';

const SCHEME = 'sqlite:';

/** Where records are kept, and the file on this machine in which it is kept who has signed out of the page. */
export type StorePlace =
  | { readonly sqlitePath: string; readonly postgres: null; readonly signedOutPath: string }
  | {
      readonly sqlitePath: null;
      readonly postgres: PostgresAddress;
      readonly signedOutPath: string;
      /** Where posts are kept while the server is away. */
      readonly spoolPath: string;
    };

interface Beside {
  readonly passwordFile: string;
  readonly stateFolder: string;
}

/** What is meant by the settings of the store; faults are added. */
export function storePlace(store: string, { passwordFile, stateFolder }: Beside, faults: string[]): StorePlace {
  const variable = variableOf('store');
  if (namesPostgres(store)) {
    const password = readPassword(passwordFile, variableOf('store_password_file'), faults);
    const postgres = postgresAddress(store, { variable, password, faults });
    const inFolder = (name: string) => join(stateFolder, name);
    const paths = { signedOutPath: inFolder('ocs-monitor.signed-out'), spoolPath: inFolder('ocs-monitor.spool') };
    return { sqlitePath: null, postgres, ...paths };
  }
  if (passwordFile !== '') faults.push(`${variableOf('store_password_file')} belongs to PostgreSQL: leave it out`);
  const path = sqlitePath(store, variable, faults);
  return { sqlitePath: path, postgres: null, signedOutPath: `${path}.signed-out` };
}

/** The path of the file; faults are added. */
function sqlitePath(store: string, variable: string, faults: string[]): string {
  const should = `${variable} should be sqlite: and a file, like sqlite:./data/ocs-monitor.db, or postgres: and a server`;
  if (!store.startsWith(SCHEME)) {
    faults.push(should);
    return '';
  }
  // Some write it as a URL: sqlite:///var/lib/x.db.
  const path = store.slice(SCHEME.length).replace(/^\/\/(?=\/)/, '');
  const fault = path.startsWith('//') ? 'it names a host' : (fileNameFault(path) ?? placeFault(path));
  if (fault !== null) faults.push(`${should}, not ${JSON.stringify(store)}: ${fault}`);
  return path;
}

/** What stands there and cannot be a database. What cannot be looked at is told of when it is opened. */
function placeFault(path: string): string | null {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined || found.isFile()) return null;
    return found.isDirectory() ? 'it is a folder' : 'it is not a file';
  } catch {
    return null;
  }
}
