/**
 * Databases that lie aside beside the present one: damaged ones, and those that a restore has moved. Nobody opens them as
 * databases any more but salvage, so a customer's numbers are covered where their bytes stand, to the same length.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { CoveredFile } from '../../domain/customer.js';
import { LEAST_NUMBER_DIGITS, meantIn, MOST_NUMBER_DIGITS, numbersAnywhereIn } from '../../domain/number-spellings.js';
import { sealFrames } from '../damage/wal-frames.js';
import type { Customer } from '../../apply/customers/customer-search.js';

/** Read at once. */
const WINDOW_BYTES = 1024 * 1024;
/** Longer than any spelling of a number: one that is cut off here stands whole in the next window. */
const OVERLAP_BYTES = 512;
const ASIDE = /^\.(?:damaged|before-restore)-|^\.salvage-unfinished/;

/** Files beside a database that may hold rows of it. */
export function filesAside(path: string): string[] {
  const [folder, name] = [dirname(resolve(path)), basename(path)];
  const isAside = (file: string) => file.startsWith(name) && ASIDE.test(file.slice(name.length));
  return readdirSync(folder)
    .filter((file) => isAside(file) && !/-(?:shm|lock)$/.test(file))
    .sort()
    .map((file) => join(folder, file));
}

/** Of how many digits a number may be. */
export function lengthsOf(digits: number | null): number[] {
  if (digits !== null) return [digits];
  return Array.from({ length: MOST_NUMBER_DIGITS - LEAST_NUMBER_DIGITS + 1 }, (_, n) => LEAST_NUMBER_DIGITS + n);
}

export interface Covering {
  /** Without a hash its number is looked for alone. */
  readonly who: Pick<Customer, 'isMeant'> & { readonly hash: string | null };
  readonly lengths: readonly number[];
  /** Only look. */
  readonly dryRun: boolean;
}

/** Covers a customer in a file, a window at each turn; returns in how many places. Of a log the checksums are made anew. */
export function* coverIn(file: string, { who, lengths, dryRun }: Covering): Generator<void, CoveredFile> {
  let places = 0;
  const handle = openSync(file, dryRun ? 'r' : 'r+');
  try {
    const changed: number[] = [];
    const window = Buffer.alloc(WINDOW_BYTES + OVERLAP_BYTES);
    const { size } = fstatSync(handle);
    for (let at = 0; at < size; at += WINDOW_BYTES) {
      const bytes = window.subarray(0, readSync(handle, window, 0, window.length, at));
      const isLast = at + bytes.length >= size;
      for (const { start, end } of placesIn(bytes.toString('latin1'), who, lengths)) {
        if (start >= WINDOW_BYTES && !isLast) continue;
        places++;
        changed.push(at + start);
        if (!dryRun) writeSync(handle, Buffer.alloc(end - start, '*'), 0, end - start, at + start);
      }
      yield;
    }
    if (!dryRun && changed.length > 0) {
      if (file.endsWith('-wal')) sealFrames(handle, changed);
      fsyncSync(handle);
    }
  } finally {
    closeSync(handle);
  }
  return { file, places };
}

function placesIn(text: string, { isMeant, hash }: Covering['who'], lengths: readonly number[]) {
  const places = [...meantIn(text, isMeant, numbersAnywhereIn(text, lengths))];
  if (hash === null) return places;
  for (let start = text.indexOf(hash); start !== -1; start = text.indexOf(hash, start + 1)) {
    places.push({ start, end: start + hash.length });
  }
  return places;
}
