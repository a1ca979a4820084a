/** The setting `store`: which file it names, and what is wrong with it. */
import { statSync } from 'node:fs';
import { fileNameFault } from '../domain/file-name.js';

const SCHEME = 'sqlite:';

/** The path of the file; faults are added. */
export function sqlitePath(store: string, variable: string, faults: string[]): string {
  const should = `${variable} should be sqlite: and a file, like sqlite:./data/ocs-monitor.db`;
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
