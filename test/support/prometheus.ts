import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { removeFolder } from './folders.js';
import { freePort } from './program.js';
import { toolIsHere } from './tools.js';

/** Whether a real Prometheus can be had here. */
export const prometheusIsHere = (): boolean => toolIsHere('prometheus', 'prometheus');

export interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

interface TargetMetadata {
  readonly target: Readonly<Record<string, string>>;
  readonly metric: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** Seconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** A real Prometheus that scrapes one target every second. */
export class Prometheus {
  readonly #url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.#url = url;
    this.#child = child;
    this.#folder = folder;
  }

  /** `rules`: files of rules, evaluated every second. */
  static scraping(target: string, rules: readonly string[] = []): Promise<Prometheus> {
    return Prometheus.scrapingJobs({ 'ocs-monitor': new URL(target).host }, rules);
  }

  /** `hosts`: with their ports, by the names of their jobs. */
  static async scrapingJobs(
    hosts: Readonly<Record<string, string>>,
    rules: readonly string[] = [],
  ): Promise<Prometheus> {
    const jobs = Object.entries(hosts).map(([name, host]) => ({
      job_name: name,
      static_configs: [{ targets: [host] }],
    }));
    const prometheus = await Prometheus.#start(
      `global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: ${JSON.stringify(rules)}\nscrape_configs: ${JSON.stringify(jobs)}\n`,
    );
    // Prometheus takes some six seconds to its first sample.
    await eventually(async () => {
      if ((await prometheus.query('up == 1')).length !== jobs.length) throw new Error('no scrape yet');
    }, 30_000);
    return prometheus;
  }

  /** One that scrapes nothing and has the blocks of a folder. */
  static async holding(data: string): Promise<Prometheus> {
    const prometheus = await Prometheus.#start('', ['--storage.tsdb.retention.time=1y'], data);
    await eventually(() => prometheus.query('vector(1)'), 60_000);
    return prometheus;
  }

  static async #start(settings: string, more: readonly string[] = [], data?: string): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-prometheus-'));
    const port = await freePort();
    const config = join(folder, 'prometheus.yml');
    writeFileSync(config, settings);
    const args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data ?? join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${String(port)}`,
      ...more,
    ];
    const child = spawn('prometheus', args, { stdio: 'ignore' });
    return new Prometheus(`http://127.0.0.1:${String(port)}`, child, folder);
  }

  async query(promql: string, at?: number): Promise<readonly Result[]> {
    const time: Record<string, string> = at === undefined ? {} : { time: String(at) };
    const { result } = await this.#ask<{ result: Result[] }>('query', { query: promql, ...time });
    return result;
  }

  async range(promql: string, { from, to, step }: Span): Promise<readonly Series[]> {
    const span = { start: String(from), end: String(to), step: String(step) };
    const { result } = await this.#ask<{ result: Series[] }>('query_range', { query: promql, ...span });
    return result;
  }

  /** Samples that Prometheus reads for a range: what a query costs, whatever the machine. */
  async samplesRead(promql: string, { from, to, step }: Span): Promise<number> {
    const span = { start: String(from), end: String(to), step: String(step), stats: 'all' };
    const { stats } = await this.#ask<{ stats: { samples: { totalQueryableSamples: number } } }>('query_range', {
      query: promql,
      ...span,
    });
    return stats.samples.totalQueryableSamples;
  }

  /** What the pages of its targets say of their metrics. */
  metadata(): Promise<readonly TargetMetadata[]> {
    return this.#ask<TargetMetadata[]>('targets/metadata', {});
  }

  /** Values of a label of the series that a selector finds. */
  labelValues(label: string, selector: string, { from, to }: Omit<Span, 'step'>): Promise<readonly string[]> {
    const span = { start: String(from), end: String(to) };
    return this.#ask<string[]>(`label/${label}/values`, { 'match[]': selector, ...span });
  }

  async #ask<T>(path: string, asked: Readonly<Record<string, string>>): Promise<T> {
    const response = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(asked).toString()}`);
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') throw new Error(`${asked['query'] ?? path}: ${answer.error ?? 'failed'}`);
    return answer.data;
  }

  /** The one number a query gives; 0 when it gives nothing. */
  async number(promql: string): Promise<number> {
    const results = await this.query(promql);
    if (results.length > 1) throw new Error(`${promql}: ${String(results.length)} results`);
    return Number(results[0]?.value[1] ?? 0);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
    removeFolder(this.#folder);
  }
}
