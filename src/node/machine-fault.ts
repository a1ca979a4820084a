/** What a command meets on its machine and can say in words: rights or room that are missing. Anything else is a bug. */
import { messageOf, MonitorError } from '../domain/errors.js';

/** By code, or by the words of one that came from another thread, where codes are lost. */
const NO_RIGHTS =
  /^(?:EACCES|EPERM|EROFS|SQLITE_(?:READONLY|PERM|CANTOPEN)\w*)$|\breadonly database|\bpermission denied|unable to open database/i;
const NO_ROOM = /^(?:ENOSPC|EDQUOT|SQLITE_FULL)$|no space left|disk is full/i;

/** Null: it is none of these. */
export function machineFault(error: unknown): MonitorError | null {
  if (!(error instanceof Error)) return null;
  const isOne = (words: RegExp) => ('code' in error && words.test(String(error.code))) || words.test(error.message);
  const next = isOne(NO_RIGHTS)
    ? 'run this as the user of the service, who may read and write the database and its folder, and look whether the disk is mounted read-only'
    : isOne(NO_ROOM)
      ? 'make room on that disk, and run it again'
      : null;
  return next === null ? null : new MonitorError('OCM_UNAVAILABLE', `${messageOf(error)}: ${next}`, { cause: error });
}
