import { messageOf } from '../domain/errors.js';
import { visibleLine } from '../domain/visible-text.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand } from './options.js';
import { callService } from './service-call.js';
import { urlOf } from './serve.js';

export const HEALTHCHECK_HELP = `ocs-monitor healthcheck [--url URL] [settings] [--json]

Asks /readyz of the running service (default: the address in the settings). Exit 0 ready, 1 not ready or no answer.
`;

export async function healthcheck(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, { url: { type: 'string' }, json: { type: 'boolean' } });
  const config = configOf(parsed);
  const { url } = parsed.own;
  const base = (typeof url === 'string' ? url : urlOf(config, config.port)).replace(/\/+$/, '');
  try {
    const { text } = await callService({ tls: typeof url === 'string' ? null : config.tls }, `${base}/readyz`, {
      method: 'GET',
    });
    const answer = JSON.parse(text) as { ready: boolean; why?: string };
    if (parsed.own['json']) io.out(`${JSON.stringify(answer)}\n`);
    else io.out(answer.ready ? 'ready\n' : `not ready: ${visibleLine(answer.why ?? 'no reason given')}\n`);
    return answer.ready ? 0 : 1;
  } catch (error) {
    io.err(`${base} does not answer: ${visibleLine(messageOf(error))}\n`);
    return 1;
  }
}
