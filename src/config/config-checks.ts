/** Settings that are right one by one, and wrong together. */
import type { SourceSettings } from './config-file.js';
import { variableOf } from './settings.js';

interface Combined {
  readonly host: string;
  readonly port: number;
  readonly readHost: string;
  readonly readPort: number | null;
  readonly intervalMs: number | null;
  readonly silenceAfterMs: number | null;
  readonly sources: ReadonlyMap<string, SourceSettings>;
}

/** Every fault of what belongs together, a sentence each; `assumedIntervalMs` is the interval where none is said. */
export function faultsBetween(config: Combined, assumedIntervalMs: number): string[] {
  return [...silenceFaults(config, assumedIntervalMs), ...portFaults(config)];
}

/** Silence that is no longer than the interval comes and goes between two posts of a group that runs. */
function silenceFaults({ intervalMs, silenceAfterMs, sources }: Combined, assumedIntervalMs: number): string[] {
  const faults: string[] = [];
  const check = (where: string, interval: number | null, silence: number | null) => {
    const expectedMs = interval ?? assumedIntervalMs;
    if (silence === null || expectedMs === 0 || silence > expectedMs) return;
    const said = interval === null ? `, unless ${variableOf('periodic_interval')} says otherwise` : '';
    faults.push(
      `${where} should be longer than the interval: silent after ${seconds(silence)}, but posts come every ${seconds(expectedMs)}${said}`,
    );
  };
  check(variableOf('silence_after'), intervalMs, silenceAfterMs);
  for (const [name, source] of sources) {
    if (source.intervalMs === null && source.silenceAfterMs === null) continue;
    const where = `file: sources.${name}: silence_after`;
    check(where, source.intervalMs ?? intervalMs, source.silenceAfterMs ?? silenceAfterMs);
  }
  return faults;
}

function portFaults({ host, port, readHost, readPort }: Combined): string[] {
  if (readPort === null || readPort !== port || port === 0) return [];
  const isEverywhere = [host, readHost].some((one) => one === '0.0.0.0' || one === '::');
  if (host !== readHost && !isEverywhere) return [];
  return [`${variableOf('read_port')} should differ from ${variableOf('port')}, or be left out: ${port} is one port`];
}

function seconds(ms: number): string {
  return `${ms / 1000}s`;
}
