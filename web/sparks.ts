/** The last hour of statistics of the rows on the screen: asked for when a row is seen, continued by the stream. */
import type { CampaignGroup, Page, Sample, Statistics } from './api-types.js';
import { getJson } from './api.js';
import { Cell } from './cell.js';
import { nowMs } from './clock.js';
import type { Model } from './model.js';

export interface Spark {
  readonly atMs: readonly number[];
  readonly busy_ratio: readonly (number | null)[];
  readonly hit_ratio: readonly (number | null)[];
  readonly overdial_ratio: readonly (number | null)[];
}

export const SPARK_SPAN_MS = 3_600_000;
const STEP_MS = 60_000;
/** Queries under way at once; the service answers one at a time. */
const MOST_UNDER_WAY = 4;

const EMPTY: Spark = { atMs: [], busy_ratio: [], hit_ratio: [], overdial_ratio: [] };

export class Sparks {
  readonly #cells = new Map<string, Cell<Spark>>();
  readonly #wanted = new Set<string>();
  readonly #asked = new Set<string>();
  #underWay = 0;

  follow(model: Model): void {
    model.on('statistics', (group) => {
      this.#extend(group);
    });
    model.on('reset', () => {
      this.#asked.clear();
      for (const id of this.#wanted) this.#ask(id);
    });
  }

  of(id: string): Cell<Spark> {
    const known = this.#cells.get(id);
    if (known) return known;
    const cell = new Cell<Spark>(EMPTY);
    this.#cells.set(id, cell);
    return cell;
  }

  /** Asks for a group's hour while its row is on the screen; returns what ends that. */
  want(id: string): () => void {
    this.#wanted.add(id);
    this.#ask(id);
    return () => this.#wanted.delete(id);
  }

  #ask(id: string): void {
    if (this.#asked.has(id) || this.#underWay >= MOST_UNDER_WAY) return;
    this.#asked.add(id);
    this.#underWay++;
    this.#load(id)
      .catch(() => this.#asked.delete(id))
      .finally(() => {
        this.#underWay--;
        // Rows that went off the screen meanwhile are not asked for.
        const next = [...this.#wanted].find((one) => !this.#asked.has(one));
        if (next !== undefined) this.#ask(next);
      })
      .catch(() => undefined);
  }

  async #load(id: string): Promise<void> {
    const from = new Date(nowMs() - SPARK_SPAN_MS).toISOString();
    const query = { step: '1m', from, limit: 120 };
    const { items } = await getJson<Page<Sample>>(`campaign-groups/${encodeURIComponent(id)}/statistics`, query);
    const oldestFirst = [...items].reverse();
    const column = (name: keyof Omit<Spark, 'atMs'>) => oldestFirst.map((item) => item[name]);
    this.of(id).set({
      atMs: oldestFirst.map(({ at }) => Date.parse(at)),
      busy_ratio: column('busy_ratio'),
      hit_ratio: column('hit_ratio'),
      overdial_ratio: column('overdial_ratio'),
    });
  }

  /** The newest step shows the newest figure; a new minute begins a new step. */
  #extend({ id, statistics, last_event_at }: CampaignGroup): void {
    if (!this.#asked.has(id)) return;
    const cell = this.of(id);
    cell.set(extended(cell.value, statistics, Date.parse(last_event_at)));
  }
}

export function extended(spark: Spark, statistics: Statistics, eventMs: number): Spark {
  const stepMs = Math.floor(eventMs / STEP_MS) * STEP_MS;
  const lastMs = spark.atMs.at(-1) ?? -Infinity;
  if (stepMs < lastMs || Object.values(statistics).every((value) => value === null)) return spark;
  const kept = stepMs === lastMs ? spark.atMs.length - 1 : spark.atMs.length;
  const first = spark.atMs.findIndex((ms) => ms >= stepMs - SPARK_SPAN_MS);
  const from = first < 0 ? 0 : first;
  const next = <T>(list: readonly T[], value: T) => [...list.slice(from, kept), value];
  return {
    atMs: next(spark.atMs, stepMs),
    busy_ratio: next(spark.busy_ratio, statistics.busy_ratio),
    hit_ratio: next(spark.hit_ratio, statistics.hit_ratio),
    overdial_ratio: next(spark.overdial_ratio, statistics.overdial_ratio),
  };
}

export const sparks = new Sparks();
