/** Where metrics are exported to by OTLP, if anywhere. */
import { readFileSync } from 'node:fs';
import { messageOf } from '../domain/errors.js';
import { variableOf } from './settings.js';

export interface OtlpSettings {
  /** Where requests go, path and all. */
  readonly endpoint: string;
  readonly intervalMs: number;
  readonly headers: readonly (readonly [string, string])[];
}

interface SaidOfOtlp {
  readonly endpoint: string;
  readonly intervalMs: number;
  readonly headersFile: string;
}

/** More often than that, an export would hardly end before the next begins. */
const MIN_INTERVAL_MS = 1000;
const PATH = '/v1/metrics';

/** Null: nowhere. */
export function otlpSettings({ endpoint, intervalMs, headersFile }: SaidOfOtlp, faults: string[]): OtlpSettings | null {
  if (endpoint === '') {
    if (headersFile !== '') {
      const [headers, where] = [variableOf('otlp_headers_file'), variableOf('otlp_endpoint')];
      faults.push(`${headers} has no effect without ${where}: set both, or neither`);
    }
    return null;
  }
  if (intervalMs < MIN_INTERVAL_MS) faults.push(`${variableOf('otlp_interval')} should be 1s or more`);
  return { endpoint: endpointOf(endpoint), intervalMs, headers: headersIn(headersFile, faults) };
}

/** The path of metrics is added to an address without it, as other exporters do. */
function endpointOf(said: string): string {
  const url = new URL(said);
  if (!url.pathname.endsWith(PATH)) url.pathname = url.pathname.replace(/\/+$/, '') + PATH;
  return url.href;
}

/** A name and a value each line, with a colon between; they may hold secrets, which no fault shows. */
function headersIn(path: string, faults: string[]): [string, string][] {
  if (path === '') return [];
  const headers: [string, string][] = [];
  for (const [at, line] of linesIn(path, faults).entries()) {
    const { name, value } = HEADER.exec(line)?.groups ?? {};
    if (name === undefined || value === undefined) {
      faults.push(`${path}, line ${at + 1}: should be a header like Authorization: Bearer abc`);
    } else if (OWN_HEADERS.has(name.toLowerCase()))
      faults.push(`${path}, line ${at + 1}: ${name} is set by the export`);
    else headers.push([name, value]);
  }
  return headers;
}

const HEADER = /^(?<name>[A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*(?<value>[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)[ \t]*$/;
const OWN_HEADERS: ReadonlySet<string> = new Set([
  ...['content-type', 'content-encoding', 'content-length', 'transfer-encoding', 'host', 'connection'],
]);

function linesIn(path: string, faults: string[]): string[] {
  try {
    return readFileSync(path, 'utf8')
      .replace(/\r?\n$/, '')
      .split(/\r?\n/);
  } catch (error) {
    faults.push(`${variableOf('otlp_headers_file')}: ${path} cannot be read (${messageOf(error)})`);
    return [];
  }
}
