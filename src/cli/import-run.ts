/** Files brought in through an import's target: line by line, batch by batch, with progress and a summary. */
import { messageOf, MonitorError } from '../domain/errors.js';
import {
  countImported,
  type ImportCounts,
  type ImportItem,
  type ItemFate,
  MAX_IMPORT_ITEMS,
  NOTHING_IMPORTED,
} from '../domain/import.js';
import { ownText } from '../domain/own-text.js';
import { visibleLine } from '../domain/visible-text.js';
import { TextFile } from '../node/text-lines.js';
import type { ImportTarget } from './import-target.js';
import type { CliIo } from './io.js';
import { type Piece, piecesIn, type PieceReader } from './piece-readers.js';
import { readingProgress } from './progress.js';

/** Files of one kind: how they are read, and what they tell beside what became of everything. */
export interface ImportKind {
  readonly maxLineBytes: number;
  /** Looks at files before any of them is imported, and puts them into the order in which they are to be read. */
  readonly arrange?: (files: readonly string[]) => Promise<readonly string[]>;
  /** `firstLine`: number of the line that it is given first. */
  readonly readerOf: (file: string, firstLine: number) => PieceReader;
  /** Whether an import that was interrupted goes on at a line; else it is run again. */
  readonly resumes: boolean;
  /** What to tell people who named files in which nothing was found. */
  readonly whenNothing?: () => string;
  /** More of the summary, after the last file. */
  readonly more?: () => Readonly<Record<string, unknown>>;
  /** The same for people. */
  readonly report?: () => string;
}

/** A line of a file, with which an import begins, or would have to go on. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface Damage extends Place {
  readonly reason: string;
}

export interface ImportSummary extends ImportCounts {
  /** Pieces, damaged ones too. */
  readonly read: number;
  /** In order; at most `DAMAGES_LISTED`. What was quarantined stands here, too. */
  readonly damaged: readonly Damage[];
  readonly damagedNotListed: number;
  /** Where it would have to go on, when it was interrupted: all before is imported. How far it was, where none can go on. */
  readonly interruptedAt: Place | null;
}

/**
 * @bound damaged pieces that a summary lists
 * @beyond they are counted
 * @seen `damaged_not_listed` of the summary
 */
const DAMAGES_LISTED = 10_000;
/** Bytes of bodies that are sent at once. */
const BATCH_BYTES = 512 * 1024;

export interface ImportRunOptions extends Pick<ImportKind, 'maxLineBytes' | 'readerOf' | 'resumes'> {
  readonly files: readonly string[];
  /** Where an earlier import of these files was interrupted; null: it begins at the beginning. */
  readonly resume: Place | null;
  readonly io: CliIo;
}

/** Imports all files, `-` is standard input. Ends between two batches when the command is interrupted. */
export async function runImport(target: ImportTarget, options: ImportRunOptions): Promise<ImportSummary> {
  const { maxLineBytes, readerOf, resumes, io, resume } = options;
  const files = resume === null ? options.files : options.files.slice(options.files.indexOf(resume.file));
  const opened = files.map((file) => ({ file, text: new TextFile(file === '-' ? null : file, maxLineBytes) }));
  const totalBytes = total(opened.map(({ text }) => text.sizeBytes));
  const progress = readingProgress(io, 'Importing', () => performance.now());
  const tally = new Tally(target, files);
  let doneBytes = 0;
  try {
    for (const { file, text } of opened) {
      const firstLine = resume?.file === file ? resume.line : 1;
      const reader = readerOf(file, firstLine);
      tally.next = resumes ? { file, line: firstLine } : null;
      const stop = () => {
        text.stop();
      };
      io.signal.addEventListener('abort', stop);
      try {
        for await (const { pieces, line, next } of piecesIn(text, reader, firstLine)) {
          for (const piece of pieces) await tally.add(file, piece);
          tally.next = next === null ? null : { file, line: next };
          if (io.signal.aborted) return await tally.interrupted({ file, line });
          if (totalBytes !== null) progress.show(doneBytes + text.bytesRead, totalBytes);
        }
      } catch (error) {
        if (error instanceof MonitorError) throw error;
        if (io.signal.aborted) return await tally.interrupted({ file, line: tally.lastLine });
        tally.damage({ file, line: tally.lastLine, reason: `cannot be read any further: ${messageOf(error)}` });
      }
      io.signal.removeEventListener('abort', stop);
      doneBytes += text.bytesRead;
    }
    return await tally.summary();
  } finally {
    progress.stop();
  }
}

/** As it is asked for on the command line. */
export function resumeOption({ file, line }: Place): string {
  return `--resume ${visibleLine(file)}:${line}`;
}

/** Null where one of them is not known. */
function total(sizes: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const size of sizes) {
    if (size === null) return null;
    sum += size;
  }
  return sum;
}

/** Where an item comes from; of a damaged one it has been said why. */
interface Sent {
  readonly file: string;
  readonly line: number;
  readonly isDamaged: boolean;
}

/** Sends items in batches, the next being read while one is on its way, and adds up what became of them. */
class Tally {
  readonly #target: ImportTarget;
  readonly #files: readonly string[];
  readonly #damaged: Damage[] = [];
  #batch: (Sent & { readonly item: ImportItem })[] = [];
  #batchBytes = 0;
  #onItsWay: Promise<void> = Promise.resolve();
  #counts = NOTHING_IMPORTED;
  #read = 0;
  #notListed = 0;
  lastLine = 0;
  /** What comes before is added, all of it; null: nobody can go on at a line. */
  next: Place | null = null;
  /** What comes before is imported. */
  #settled: Place | null = null;

  constructor(target: ImportTarget, files: readonly string[]) {
    this.#target = target;
    this.#files = files;
  }

  async add(file: string, { line, item, damage }: Piece): Promise<void> {
    this.#read++;
    this.lastLine = line;
    if (damage !== undefined) this.damage({ file, line, reason: damage });
    if (item === undefined) return;
    this.#batch.push({ file, line, item, isDamaged: damage !== undefined });
    this.#batchBytes += item.bytes.length;
    if (this.#batch.length >= MAX_IMPORT_ITEMS || this.#batchBytes >= BATCH_BYTES) await this.#send();
  }

  damage({ reason, ...place }: Damage): void {
    if (this.#damaged.length < DAMAGES_LISTED) this.#damaged.push({ ...place, reason: ownText(reason) });
    else this.#notListed++;
  }

  async summary(): Promise<ImportSummary> {
    await this.#send();
    await this.#onItsWay;
    // What was quarantined is known later than what could not be read.
    const place = (damage: Damage) => this.#files.indexOf(damage.file);
    return {
      ...this.#counts,
      read: this.#read,
      damaged: this.#damaged.slice().sort((a, b) => place(a) - place(b) || a.line - b.line),
      damagedNotListed: this.#notListed,
      interruptedAt: null,
    };
  }

  /** `readTo`: how far it has read, where it cannot go on at a line. */
  async interrupted(readTo: Place): Promise<ImportSummary> {
    return { ...(await this.summary()), interruptedAt: this.next ?? readTo };
  }

  async #send(): Promise<void> {
    await this.#onItsWay;
    const batch = this.#batch;
    const before = this.next;
    this.#batch = [];
    this.#batchBytes = 0;
    if (batch.length === 0) return;
    const settle = (fates: Awaited<ReturnType<ImportTarget['take']>>) => {
      fates.forEach((ofItem, index) => {
        const piece = batch[index];
        if (piece !== undefined) this.#note(piece, ofItem);
      });
      this.#settled = before;
    };
    this.#onItsWay = this.#target.take(batch.map(({ item }) => item)).then(settle, (error: unknown) => {
      throw this.#withPlace(error);
    });
    // Whoever awaits it is told; until then it is nobody's fault.
    this.#onItsWay.catch(() => undefined);
  }

  /** The same error, which says where to go on. */
  #withPlace(error: unknown): unknown {
    if (this.#settled === null || !(error instanceof MonitorError)) return error;
    return new MonitorError(error.code, `${error.message}; go on with ${resumeOption(this.#settled)}`, {
      cause: error,
    });
  }

  #note({ file, line, isDamaged }: Sent, fates: readonly ItemFate[]): void {
    this.#counts = countImported(this.#counts, fates);
    if (isDamaged) return;
    for (const { why } of fates) if (why !== null) this.damage({ file, line, reason: why });
  }
}
