/**
 * What of a group's old evidence history still stands on. It is kept, in thin chunks, when the rest goes:
 * - what was said at the date-time of a step, and the last before it: nothing lies between them, so that a late post that
 *   belongs there is placed right, and history told again is the same;
 * - the last that says a GUID before a step, and the last time to complete before dialing ended;
 * - what the group's head is made of: its newest evidence, and what says who did what last.
 * Where it costs much to know whether something is needed, it is kept.
 */
import { LRUCache } from 'lru-cache';
import { writeBlock } from '../evidence/block.js';
import type { TaggedSample } from '../evidence/sample.js';
import type { CampaignStore } from './campaigns.js';
import type { Evidence } from './evidence.js';
import type { StoredChunk } from './evidence-rows.js';
import type { CampaignTables, DatedStep, GroupRow } from './tables.js';

/** More than any statement's rank: behind every step of a moment. */
const BEHIND = { rank: Number.MAX_SAFE_INTEGER, contentDigest: '' };

type Tables = Pick<CampaignTables, 'groups' | 'steps' | 'chunks' | 'standing'>;

/** What went of a chunk. */
export interface Thinned {
  readonly samples: number;
  readonly bytes: number;
  /** The greatest date-time of these samples; -Infinity: none went. */
  readonly newestMs: number;
}

/** The last evidence before a step. */
interface LastBefore {
  readonly atMs: number;
  readonly saysGuid: boolean;
  readonly saysSeconds: boolean;
}

/**
 * @bound steps whose last evidence before them is remembered while retention runs
 * @beyond the one asked for longest ago makes room; read again when needed
 */
const REMEMBERED = 20_000;

const NOTHING: Thinned = { samples: 0, bytes: 0, newestMs: -Infinity };

export class Thinning {
  readonly #tables: Tables;
  readonly #evidence: Evidence;
  readonly #campaigns: CampaignStore;
  readonly #lasts = new LRUCache<string, LastBefore>({ max: REMEMBERED });

  constructor(tables: Tables, evidence: Evidence, campaigns: CampaignStore) {
    this.#tables = tables;
    this.#evidence = evidence;
    this.#campaigns = campaigns;
  }

  /** Within a transaction. A chunk that was thinned before is left as it is, unless less is needed of it now. */
  thin(chunk: StoredChunk): Thinned {
    const { groupNo, hour, chunkNo } = chunk;
    const group = this.#tables.groups.byNo(groupNo);
    // Of a group that is being forgotten all goes anyway.
    if (group === null) return NOTHING;
    const samples = this.#evidence.samplesOf(chunk);
    // The commit sets it aside.
    if (samples === null) return NOTHING;
    const times = this.#timesToKeep(group, samples);
    const kept = samples.filter((sample) => times.has(sample.atMs) && this.#isNeeded(groupNo, sample));
    if (kept.length === samples.length) return NOTHING;
    const isKept = new Set(kept);
    const gone = samples.filter((sample) => !isKept.has(sample));
    for (const sample of gone) if (sample.tag !== 0) this.#tables.standing.remove(groupNo, sample);
    let bytes = chunk.block.length;
    if (kept.length === 0) {
      this.#tables.chunks.remove(chunk);
    } else {
      const block = writeBlock(kept);
      bytes -= block.length;
      const newestMs = Math.max(...kept.map(({ atMs }) => atMs));
      this.#tables.chunks.replace({ chunkNo, groupNo, hour, count: kept.length, newestMs, block });
    }
    this.#evidence.noteRemoved(groupNo, hour);
    const newestMs = gone.reduce((newest, { atMs }) => Math.max(newest, atMs), -Infinity);
    return { samples: gone.length, bytes, newestMs };
  }

  /** Of the samples that repeat a statement of a date-time, only the one received last tells something. */
  #isNeeded(groupNo: number, sample: TaggedSample): boolean {
    if (sample.tag === 0) return true;
    const newest = this.#tables.standing.newest(groupNo, sample.atMs);
    return newest?.tag === sample.tag && newest.statementNo === sample.statementNo;
  }

  #timesToKeep({ groupNo, marks }: GroupRow, samples: readonly TaggedSample[]): ReadonlySet<number> {
    const evidence = this.#evidence;
    const firsts = samples.filter(({ tag }) => tag === 0);
    const kept = new Set<number>();
    const keep = (atMs: number | null) => {
      if (atMs !== null) kept.add(atMs);
    };
    const newestMs = evidence.newestAtMs(groupNo);
    for (const atMs of [newestMs, marks.saidMs, marks.actorSaidMs, marks.otherSaidMs]) keep(atMs);
    const fromMs = firsts[0]?.atMs;
    const toMs = firsts.at(-1)?.atMs;
    if (fromMs !== undefined && toMs !== undefined) {
      for (let before = fromMs - 1; before <= toMs;) {
        const step = this.#tables.steps.firstAfter(groupNo, before);
        const between = firsts.filter(({ atMs }) => atMs >= before && (step === null || atMs < step.atMs));
        const last = this.#lastBefore(groupNo, step?.atMs ?? null, between.at(-1)?.atMs ?? -Infinity);
        if (step !== null) keep(step.atMs);
        keep(last?.atMs ?? null);
        if (last !== null) for (const atMs of this.#saidLast(groupNo, between, last, step)) keep(atMs);
        before = step?.atMs ?? Infinity;
      }
    }
    // A clock that stands still: where the first of its samples lies in another chunk and is still there, it may be needed.
    const here = new Set(firsts.map(({ atMs }) => atMs));
    for (const { tag, atMs } of samples) {
      if (tag !== 0 && !here.has(atMs) && evidence.statementNosAt(groupNo, atMs).length > 0) keep(atMs);
    }
    return kept;
  }

  /**
   * The last evidence before a step, or of all. Of one step it is asked by every chunk before it. What was found is
   * looked for again where a chunk has later evidence, which came since.
   */
  #lastBefore(groupNo: number, stepMs: number | null, hereMs: number): LastBefore | null {
    const key = `${groupNo};${stepMs ?? ''}`;
    const known = this.#lasts.get(key);
    if (known !== undefined && known.atMs >= hereMs) return known;
    const evidence = this.#evidence;
    const atMs = stepMs === null ? evidence.newestAtMs(groupNo) : evidence.lastAtMsBefore(groupNo, stepMs);
    if (atMs === null) return null;
    const saysGuid = evidence.statementNosAt(groupNo, atMs).some((no) => this.#campaigns.saysGuid(no));
    const last = { atMs, saysGuid, saysSeconds: evidence.secondsLeft(groupNo, atMs, atMs) !== null };
    this.#lasts.set(key, last);
    return last;
  }

  /** Before a step: date-times of a chunk that may be the last with a GUID, and with a time to complete. */
  *#saidLast(
    groupNo: number,
    between: readonly TaggedSample[],
    last: LastBefore,
    step: DatedStep | null,
  ): Generator<number> {
    const [first] = between;
    if (first === undefined) return;
    const bearing = this.#tables.steps.lastBefore(groupNo, first.atMs, BEHIND)?.bearing;
    const evidence = this.#evidence;
    const campaigns = this.#campaigns;
    if (bearing?.guid !== null && !last.saysGuid) {
      const said = between.findLast(({ statementNo }) => campaigns.saysGuid(statementNo));
      if (said) yield said.atMs;
    }
    const endsRun = bearing?.state === 'running' && step?.bearing.state !== 'running';
    if (endsRun && !last.saysSeconds) {
      const said = between.findLast(({ atMs }) => evidence.secondsLeft(groupNo, atMs, atMs) !== null);
      if (said) yield said.atMs;
    }
  }
}
