/** Where a command imports into: the database under the writer's lock, or the service that holds it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import { MonitorError } from '../domain/errors.js';
import { fatesOf, type ImportAbout, type ImportItem, type ItemFate } from '../domain/import.js';
import type { Receipt } from '../domain/store.js';
import { importAtRest } from '../service/sqlite/import-commands.js';
import type { CliIo } from './io.js';
import type { Parsed } from './options.js';
import { answerOf, callService, notAnswering, refusal, runningService, type ServiceAnswer } from './service-call.js';

/** How long is waited where the service is asked too often, and how often. */
const REST_MS = 1000;
const RESTS = 60;

export interface ImportTarget {
  /** Resolves when they are durable: what became of each item, of several events in one of each. */
  take(items: readonly ImportItem[]): Promise<readonly (readonly ItemFate[])[]>;
  /** Writes down what it came to. */
  end(): Promise<void>;
  /** After `end`, or in its place when something has failed. */
  close(): Promise<void>;
}

export interface ImportContext {
  readonly parsed: Parsed;
  readonly config: Config;
  readonly io: CliIo;
  /** By which the service's address is said, where it is not --url. */
  readonly addressOption?: string;
}

/** Takes the writer's lock when it is free; otherwise, or when --url names it, asks the service that holds it. */
export async function openImport(context: ImportContext, about: ImportAbout): Promise<ImportTarget> {
  const { parsed, config, io } = context;
  if (parsed.own['url'] === undefined && config.postgres === null) {
    try {
      const importing = await importAtRest(config, about, io.clock);
      return { ...importing, take: async (items) => (await importing.take(items)).map(fatesOf) };
    } catch (error) {
      if (!(error instanceof MonitorError && error.code === 'OCM_LOCKED')) throw error;
    }
  }
  return importIntoService(context, about);
}

async function importIntoService(context: ImportContext, about: ImportAbout): Promise<ImportTarget> {
  const { parsed, config, addressOption = '--url' } = context;
  const { base, tls, headers } = runningService(parsed, config);
  const call = (path: string, body: object) =>
    callService({ tls }, `${base}/api/v1/imports${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
      timeoutMs: null,
    }).catch((cause: unknown) => {
      throw notAnswering(base, parsed, { cause, addressOption });
    });
  const ask = async (path: string, body: object): Promise<object> => {
    let answered = await call(path, body);
    for (let rests = 0; answered.status === 429 && rests < RESTS; rests++) {
      await sleep(REST_MS);
      answered = await call(path, body);
    }
    return accepted(base, answered);
  };
  const { what, files, source = null, dryRun, raisesHorizon, takesBack = false } = about;
  const way = { dry_run: dryRun, raise_horizon: raisesHorizon, ...(takesBack && { take_back: true }) };
  const begun = await ask('', { what, files, ...(source !== null && { source }), ...way });
  const { id } = begun as { readonly id: string };
  return {
    take: async (items) => {
      const { items: taken } = (await ask(`/${id}/items`, { items: items.map(written) })) as {
        readonly items: Receipt[];
      };
      return taken.map(fatesOf);
    },
    end: async () => {
      await ask(`/${id}/end`, {});
    },
    close: () => Promise.resolve(),
  };
}

function accepted(base: string, answered: ServiceAnswer): object {
  const answer = answerOf(base, answered);
  if (answered.status >= 200 && answered.status < 300) return answer;
  throw refusal(base, answered.status, answer);
}

function written({ endpoint, source, origin, receivedAtMs, bytes, oversize }: ImportItem): object {
  const received = receivedAtMs === null ? {} : { received_at: new Date(receivedAtMs).toISOString() };
  const whole = oversize && { oversize: { size: oversize.size, digest: oversize.digest } };
  return { endpoint, source, origin, ...received, body: bytes, ...whole };
}
