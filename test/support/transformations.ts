/** Grafana's own transformations, over the frames that its Prometheus data source makes of answers. */
import { build } from 'esbuild';
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Panel } from '../../grafana/lint/dashboard-model.js';
import { removeFolder } from './folders.js';
import type { Row, Sample } from './grafana.js';

/** What is used of `@grafana/data`. */
interface Field {
  readonly name: string;
  readonly values: ArrayLike<unknown>;
}
interface Frame {
  readonly fields: readonly Field[];
}
interface Transformer {
  readonly id: string;
  readonly name: string;
}
interface GrafanaData {
  readonly standardTransformers: Readonly<Record<string, Transformer>>;
  readonly standardTransformersRegistry: { setInit: (init: () => readonly unknown[]) => void };
  readonly toDataFrame: (frame: unknown) => Frame;
  readonly stringToJsRegex: (pattern: string) => RegExp;
  readonly getValueFormat: (unit: string) => (value: number, decimals?: number) => { text: string; suffix?: string };
  readonly getFieldDisplayName: (field: Field, frame: Frame, all: readonly Frame[]) => string;
  readonly transformDataFrame: (
    transformations: readonly unknown[],
    frames: readonly Frame[],
  ) => { subscribe: (told: { next: (frames: readonly Frame[]) => void; error: (error: unknown) => void }) => unknown };
}

/** Its modules are for bundlers: Node takes neither form of them. */
async function load(): Promise<GrafanaData> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-grafana-data-'));
  try {
    const outfile = join(folder, 'grafana-data.cjs');
    await build({
      entryPoints: ['@grafana/data'],
      ...{ bundle: true, platform: 'node', format: 'cjs', outfile, logLevel: 'error', external: ['canvas'] },
      absWorkingDir: new URL('../../', import.meta.url).pathname,
    });
    // Some of its formats go by the languages of a browser.
    const scope = globalThis as { navigator?: unknown };
    scope.navigator ??= { language: 'en', languages: ['en'] };
    const data = createRequire(import.meta.url)(outfile) as GrafanaData;
    // Two names stand for one of them.
    const known = new Map(Object.values(data.standardTransformers).map((one) => [one.id, one]));
    data.standardTransformersRegistry.setInit(() =>
      [...known.values()].map((one) => ({
        ...{ id: one.id, name: one.name },
        transformation: () => Promise.resolve(one),
      })),
    );
    return data;
  } finally {
    removeFolder(folder);
  }
}

let loaded: Promise<GrafanaData> | null = null;

export const grafanaData = (): Promise<GrafanaData> => (loaded ??= load());

/** The rows that a table shows of the answers to its queries, by heading. */
export async function tableOf(
  { transformations = [] }: Panel,
  answers: ReadonlyMap<string, readonly Sample[]>,
  at: number,
): Promise<Row[]> {
  const data = await grafanaData();
  const frames = [...answers]
    .filter(([, samples]) => samples.length > 0)
    .map(([refId, samples]) => data.toDataFrame(frameOf(refId, samples, { at, isOne: answers.size === 1 })));
  // It asks for a window's timers.
  const scope = globalThis as { window?: unknown };
  scope.window ??= globalThis;
  const shown = await new Promise<readonly Frame[]>((resolve, reject) => {
    data.transformDataFrame(transformations, frames).subscribe({ next: resolve, error: reject });
  });
  if (shown.length !== 1) throw new Error(`a table of ${String(shown.length)} frames`);
  return shown.flatMap((frame) => {
    const columns = frame.fields.map((field) => ({ field, name: data.getFieldDisplayName(field, frame, shown) }));
    const length = Math.max(0, ...frame.fields.map(({ values }) => values.length));
    return Array.from({ length }, (_, n) =>
      Object.fromEntries(columns.map(({ name, field }) => [name, field.values[n] ?? null])),
    );
  });
}

/** Format `table`: one frame per query, a column per label, and the value under the name of the query. */
function frameOf(refId: string, samples: readonly Sample[], { at, isOne }: { at: number; isOne: boolean }) {
  const labels = [...new Set(samples.flatMap((sample) => Object.keys(sample.labels)))].sort();
  return {
    refId,
    fields: [
      { name: 'Time', type: 'time', values: samples.map(() => at * 1000) },
      ...labels.map((name) => ({
        ...{ name, type: 'string', config: { filterable: true } },
        values: samples.map((sample) => sample.labels[name] ?? ''),
      })),
      { name: isOne ? 'Value' : `Value #${refId}`, type: 'number', values: samples.map(({ value }) => value) },
    ],
  };
}
