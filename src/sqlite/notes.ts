/**
 * What lies beside a database so that a start knows what was here before, and what an administrator has to hear: notes,
 * which count until somebody removes them.
 */
import { existsSync, openSync, closeSync, fsyncSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { stampOf, syncFile } from './own-files.js';

/** `vanished`: a start found nothing where there was a database. `changed`: another program has changed its files. */
export type NoteKind = 'vanished' | 'changed';

const NOTES = /^\.(vanished|changed)-\d{8}T\d{6}Z$/;
const MADE = 'ocs-monitor has a database of this name here. When it is missing at a start, that is told.\n';
const SUSPECT = 'Another program has changed its files: the next start reads it over.\n';

/** Leaves a note, or adds to one of the same second; returns its name. */
export function leaveNote(path: string, kind: NoteKind, nowMs: number, text: string): string {
  const note = `${path}.${kind}-${stampOf(nowMs)}`;
  const seen = 'Remove this file when you have read it: then the alert on ocs_monitor_store_notes ends.';
  write(note, 'a+', `${new Date(nowMs).toISOString()} ${text}\n${seen}\n`);
  return note;
}

/** Notes beside a database that nobody has removed yet, oldest first. */
export function listNotes(path: string): string[] {
  const [folder, name] = [dirname(resolve(path)), basename(path)];
  const isNote = (file: string) => file.startsWith(name) && NOTES.test(file.slice(name.length));
  return readdirSync(folder)
    .filter(isNote)
    .sort()
    .map((file) => join(folder, file));
}

/** Whether a database was here, and nobody has moved it away on purpose. */
export function wasMade(path: string): boolean {
  return existsSync(madeFile(path));
}

/** Whether it must be read over before it is trusted. */
export function isSuspect(path: string): boolean {
  return wasMade(path) && readFileSync(madeFile(path), 'utf8').includes(SUSPECT);
}

/** Notes that a database is here, and that it is trusted or not. */
export function noteMade(path: string, how: 'sound' | 'suspect' = 'sound'): void {
  if (wasMade(path) && isSuspect(path) === (how === 'suspect')) return;
  write(madeFile(path), 'w+', how === 'suspect' ? MADE + SUSPECT : MADE);
}

/** To be called before a database is moved away on purpose. */
export function removeMadeNote(path: string): void {
  rmSync(madeFile(path), { force: true });
}

function madeFile(path: string): string {
  return `${path}-made`;
}

function write(file: string, flags: string, text: string): void {
  const handle = openSync(file, flags, 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  syncFile(dirname(resolve(file)));
}
