import { MonitorError } from '../domain/errors.js';
import type { Pids, Reload } from '../domain/reload.js';
import { visibleLine } from '../domain/visible-text.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand } from './options.js';
import { answerOf, callService, reasonIn, type RunningService, runningService } from './service-call.js';

export const RELOAD_HELP = `ocs-monitor reload [--url URL] [--token TOKEN] [settings] [--json]

Makes the running service (default: the address in the settings; the admin or read token) take over its present settings
without losing a post. A supervised service starts a successor, which takes over once the present process has drained
(OCM_DRAIN_TIMEOUT); the command waits for that. Without a supervisor, the service reads again what it can in place.
Changing the socket (OCM_HOST, OCM_PORT) takes a restart.
Exit 0 done, 1 the successor did not come up (then nothing has changed), or no answer.
`;

/** How long a successor may take after its predecessor's drain. */
const TAKE_OVER_MS = 15_000;
const LOOK_MS = 100;
const ANSWER_TIMEOUT_MS = 60_000;

export async function reload(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, { url: { type: 'string' }, token: { type: 'string' }, json: { type: 'boolean' } });
  const service = runningService(parsed, configOf(parsed));
  const reloaded = await ask(service);
  if (reloaded.outcome === 'replacing') await untilItServes(service, reloaded);
  if (parsed.own['json']) io.out(`${JSON.stringify(asAnswered(reloaded))}\n`);
  else io.out(shown(reloaded));
  return 0;
}

function shown(reloaded: Reload): string {
  if (reloaded.outcome === 'replacing') return `replaced: process ${reloaded.successor} serves\n`;
  const { needsRestart } = reloaded;
  const rest = needsRestart.length > 0 ? `; these need a restart: ${visibleLine(needsRestart.join(', '))}` : '';
  return `tokens, networks and certificates were read again${rest}\n`;
}

/** As the service answers; from whoever else answers, anything. */
interface Answer {
  readonly outcome?: string;
  readonly successor?: number;
  readonly drain_ms?: number;
  readonly needs_restart?: readonly string[];
  readonly detail?: unknown;
}

function asAnswered(reloaded: Reload): Answer {
  if (reloaded.outcome === 'reread') return { outcome: 'reread', needs_restart: reloaded.needsRestart };
  const { outcome, successor, drainMs } = reloaded;
  return { outcome, successor, drain_ms: drainMs };
}

async function ask({ base, tls, headers }: RunningService): Promise<Reload> {
  const call = { method: 'POST' as const, headers, timeoutMs: ANSWER_TIMEOUT_MS };
  const answered = await callService({ tls }, `${base}/api/v1/reload`, call).catch((cause: unknown) => {
    throw new MonitorError('OCM_UNAVAILABLE', `no service answers at ${base}; name its address with --url`, { cause });
  });
  const { status } = answered;
  const answer: Answer = answerOf(base, answered);
  if (status === 202 || status === 200) {
    if (answer.outcome === 'reread') return { outcome: 'reread', needsRestart: answer.needs_restart ?? [] };
    const { successor, drain_ms: drainMs = 0 } = answer;
    if (answer.outcome === 'replacing' && successor !== undefined) return { outcome: 'replacing', successor, drainMs };
  }
  throw new MonitorError('OCM_RELOAD_FAILED', `${base} answered ${status}: ${reasonIn(answer)}`);
}

/** Waits for the drain of the predecessor, which has settings of its own, and for the start of the successor. */
async function untilItServes(
  service: RunningService,
  { successor, drainMs }: Reload & { outcome: 'replacing' },
): Promise<void> {
  const until = performance.now() + drainMs + TAKE_OVER_MS;
  while ((await servingProcess(service)) !== successor) {
    if (performance.now() > until)
      throw new MonitorError(
        'OCM_RELOAD_FAILED',
        `process ${successor} is not serving yet: see the log of the service`,
      );
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Null while nobody answers: between predecessor and successor the question waits in the kernel. */
async function servingProcess({ base, tls }: RunningService): Promise<number | null> {
  try {
    const { text } = await callService({ tls }, `${base}/readyz`, { method: 'GET', timeoutMs: TAKE_OVER_MS });
    return (JSON.parse(text) as { pids: Pids }).pids.child;
  } catch {
    return null;
  }
}
