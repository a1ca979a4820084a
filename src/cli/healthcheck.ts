import { messageOf, MonitorError } from '../domain/errors.js';
import { visibleLine } from '../domain/visible-text.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand } from './options.js';
import { answerOf, callService } from './service-call.js';
import { urlOf } from './serve.js';

export const HEALTHCHECK_HELP = `ocs-monitor healthcheck [--url URL] [settings] [--json]

Asks /readyz of the running service (default: the address in the settings). Exit 0 ready, 1 not ready or no answer.
`;

export async function healthcheck(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, { url: { type: 'string' }, json: { type: 'boolean' } });
  const config = configOf(parsed);
  const { url } = parsed.own;
  const base = (typeof url === 'string' ? url : urlOf(config, config.port)).replace(/\/+$/, '');
  if (!URL.canParse(base)) throw new MonitorError('OCM_USAGE', '--url should be like http://monitor:8080');
  const tls = typeof url === 'string' ? null : config.tls;
  const answered = await callService({ tls }, `${base}/readyz`, { method: 'GET' }).catch((cause: unknown) => {
    const why = visibleLine(messageOf(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause));
    throw new MonitorError('OCM_UNAVAILABLE', `${base} does not answer: ${why}`, { cause });
  });
  const answer = answerOf(base, answered) as { ready?: boolean; why?: string };
  if (typeof answer.ready !== 'boolean') {
    throw new MonitorError('OCM_UNAVAILABLE', `${base} answered ${answered.status}, and not whether it is ready`);
  }
  if (parsed.own['json']) io.out(`${JSON.stringify(answer)}\n`);
  else io.out(answer.ready ? 'ready\n' : `not ready: ${visibleLine(answer.why ?? 'no reason given')}\n`);
  return answer.ready ? 0 : 1;
}
