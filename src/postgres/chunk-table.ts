import type { Chunk, ChunkRows, NumberedBlock, StoredChunk } from '../apply/evidence-rows.js';
import { partOf, type RowIn } from './row-sets.js';
import type { WorkingSet } from './working-set.js';

type Row = RowIn<'chunks'>;

/**
 * A batch numbers the journal's rows for itself, and what is in a chunk is in none of them: no chunk settles a row, and none is
 * in use by one.
 */
const SETTLES_NOTHING = 0;

/** Numbers of chunks, and how often chunks were changed, are given under a lock: one receiver writes them at a time. */
export class ChunkTable implements ChunkRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  lastNo(): number {
    this.#set.lock('number', 'chunk');
    this.#set.loaded('numbers');
    const kept = ['chunk', 'thinned', 'history_chunk'].map((name) => this.#set.sets.numbers.get(name)?.value ?? 0);
    return Math.max(...kept);
  }

  changes(): number {
    this.#set.loaded('numbers');
    return this.#set.sets.numbers.get('chunk_changes')?.value ?? 0;
  }

  insert({ chunkNo, groupNo, hour, count, newestMs, writtenMs, block }: Chunk): void {
    const source = this.#set.sourceOf(groupNo) ?? '';
    this.#set.sets.numbers.put({ name: 'chunk', value: Math.max(chunkNo, this.lastNo()) });
    this.#set.sets.chunks.put({
      source,
      group_no: groupNo,
      hour,
      chunk_no: chunkNo,
      count,
      newest_ms: newestMs,
      journal_no: SETTLES_NOTHING,
      written_ms: writtenMs,
      samples: block,
    });
  }

  blocks(groupNo: number, hour: number): NumberedBlock[] {
    return this.#ofHour(groupNo, hour).map(blockOf);
  }

  #ofHour(groupNo: number, hour: number): Row[] {
    return this.#set.at('chunks', groupNo, hour).sort((a, b) => a.chunk_no - b.chunk_no);
  }

  setAside(chunkNo: number, why: string, nowMs: number): void {
    const row = this.#byNo(chunkNo);
    if (row === undefined) return;
    const { source, group_no, hour, count, samples } = row;
    this.#set.sets.damaged.put({ source, chunk_no: chunkNo, group_no, hour, count, found_ms: nowMs, why, samples });
    this.#removeRow(row);
  }

  #byNo(chunkNo: number): Row | undefined {
    this.#set.loaded('chunk.no', chunkNo);
    return this.#set.sets.chunks.all().find((row) => row.chunk_no === chunkNo);
  }

  damaged(): number {
    this.#set.loaded('damaged.all');
    return this.#set.sets.damaged.all().length;
  }

  hourBefore(groupNo: number, hour: number): number | null {
    return this.#set.below('chunks', groupNo, hour)[0]?.hour ?? null;
  }

  hourAfter(groupNo: number, hour: number): number | null {
    return this.#set.above('chunks', groupNo, hour)[0]?.hour ?? null;
  }

  newestMs(groupNo: number, hour: number): number | null {
    const times = this.#ofHour(groupNo, hour).map((row) => row.newest_ms);
    return times.length === 0 ? null : Math.max(...times);
  }

  settledNo(): number {
    return SETTLES_NOTHING;
  }

  writtenSince(): readonly [] {
    return [];
  }

  after(chunkNo: number): StoredChunk | null {
    const stored = this.#set.loaded('chunk.after', chunkNo)[0];
    const at = this.#set.sets.chunks.shape.names.indexOf('chunk_no');
    const endNo = (stored?.[at] as number | undefined) ?? Infinity;
    const [next] = this.#set.sets.chunks
      .all()
      .filter((row) => row.chunk_no > chunkNo && row.chunk_no <= endNo)
      .sort((a, b) => a.chunk_no - b.chunk_no);
    // The batch itself has removed it.
    if (next === undefined) return stored === undefined ? null : this.after(endNo);
    const { chunk_no, group_no: groupNo, hour, count, written_ms: writtenMs, samples } = next;
    return { chunkNo: chunk_no, groupNo, hour, count, journalNo: SETTLES_NOTHING, writtenMs, block: samples };
  }

  replace({ chunkNo, count, newestMs, block }: Omit<Chunk, 'journalNo' | 'writtenMs'>): void {
    const row = this.#byNo(chunkNo);
    if (row === undefined) return;
    this.#noteChange();
    this.#set.sets.chunks.put({ ...row, count, newest_ms: newestMs, samples: block });
  }

  remove({ chunkNo }: Pick<Chunk, 'chunkNo' | 'groupNo' | 'hour'>): void {
    const row = this.#byNo(chunkNo);
    if (row !== undefined) this.#removeRow(row);
  }

  #removeRow(row: Row): void {
    this.#noteChange();
    this.#set.sets.chunks.remove(row);
  }

  #noteChange(): void {
    noteChunkChange(this.#set);
  }
}

/** A chunk that was there was changed or removed. */
export function noteChunkChange(set: WorkingSet): void {
  set.lock('number', 'chunk_changes');
  set.sets.numbers.put({ name: 'chunk_changes', value: 1 + (set.sets.numbers.get('chunk_changes')?.value ?? 0) });
}

export function blockOf({ chunk_no: chunkNo, samples: block }: Row): NumberedBlock {
  return { chunkNo, block };
}

/** Chunks of a group. */
export function chunksOf(set: WorkingSet, groupNo: number): Row[] {
  return set.sets.chunks.of(partOf.group(groupNo)).sort((a, b) => a.chunk_no - b.chunk_no);
}
