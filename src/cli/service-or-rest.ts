/** Administrative commands: under the writer's lock when it is free, else through the service that holds it. */
import type { Config, SqliteConfig } from '../config/config.js';
import { MonitorError } from '../domain/errors.js';
import type { Parsed } from './options.js';
import { answerOf, callService, notAnswering, refusal, runningService, type ServiceCall } from './service-call.js';

/** What a service that runs is asked instead. */
export type Question = Pick<ServiceCall, 'method'> & { readonly path: string; readonly body?: object };

/**
 * Does `work` at rest; asks the service when it holds the database, when --url names one, or when receivers share a server. Null for 404. Throws
 * OCM_UNAVAILABLE when it does not answer, or refuses.
 */
export async function atRestOrAsked<T extends object>(
  { parsed, config }: { readonly parsed: Parsed; readonly config: Config },
  work: (config: SqliteConfig) => Promise<T | null>,
  question: Question,
): Promise<T | null> {
  if (parsed.own['url'] === undefined && config.postgres === null) {
    try {
      return await work(config);
    } catch (error) {
      if (!(error instanceof MonitorError && error.code === 'OCM_LOCKED')) throw error;
    }
  }
  const { base, tls, headers } = runningService(parsed, config);
  const { method, path, body } = question;
  const answered = await callService({ tls }, `${base}${path}`, {
    method,
    headers: { ...(body && { 'Content-Type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
    timeoutMs: null,
  }).catch((cause: unknown) => {
    throw notAnswering(base, parsed, { cause });
  });
  const { status, text } = answered;
  if (status === 404) return null;
  const answer = text === '' ? {} : answerOf(base, answered);
  if (status >= 200 && status < 300) return answer as T;
  throw refusal(base, status, answer);
}
