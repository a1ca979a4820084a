/** The configuration file: plain settings, and what only a file can say: per-source settings and enumeration tables. */
import { readFileSync } from 'node:fs';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { parseDurationMs } from '../domain/duration.js';
import { messageOf } from '../domain/errors.js';
import { type MaintenanceWindow, parseMaintenance } from '../domain/maintenance.js';
import { isSourceName } from '../domain/source.js';
import type { EnumerationOverrides } from '../ocs/enumerations.js';
import { type CapacityFile, parseCapacity } from '../reports/callback-capacity.js';

/** What may differ from source to source; only in the file, below `sources`. */
export interface SourceSettings {
  /** Null: not said. 0: no periodic posts. */
  readonly intervalMs: number | null;
  readonly silenceAfterMs: number | null;
  /** While one of these lasts, nobody is silent. */
  readonly maintenance: readonly MaintenanceWindow[];
  /** When people work here; written as windows of maintenance are. */
  readonly shifts: readonly MaintenanceWindow[];
  /** WHATWG name of the encoding of this source's texts. */
  readonly encoding: string;
}

export type ConfigFile = Readonly<Record<string, unknown>>;

export function readConfigFile(path: string, faults: string[]): ConfigFile {
  try {
    const value: unknown = parseYaml(readFileSync(path, 'utf8')) ?? {};
    if (isRecord(value)) return value;
    faults.push(`${path}: should hold keys and values`);
  } catch (error) {
    faults.push(`${path}: ${whyUnreadable(error)}`);
  }
  return {};
}

/** Why a file of settings cannot be read. The parser's own messages quote the file, and so the secrets in it. */
function whyUnreadable(error: unknown): string {
  if (error instanceof YAMLParseError) {
    const { code, linePos } = error;
    return `neither YAML nor JSON: ${code}${linePos ? ` at line ${linePos[0].line}, column ${linePos[0].col}` : ''}`;
  }
  if (error instanceof ReferenceError) return 'refers to an anchor it does not have: put texts with * or & in quotes';
  return messageOf(error);
}

/** The secrets in a file as one text, comma-separated. A file that names none is a fault: it would open a door. */
export function readSecretFile(path: string, origin: string, faults: string[]): string {
  try {
    const secrets = readFileSync(path, 'utf8').split(/[\r\n,]+/);
    const text = secrets
      .map((secret) => secret.trim())
      .filter((secret) => secret !== '')
      .join(',');
    if (text === '') faults.push(`${origin}: ${path} is empty: write the secret into it`);
    return text;
  } catch (error) {
    faults.push(`${origin}: ${path} cannot be read (${messageOf(error)})`);
    return '';
  }
}

/** The agents per weekly slot; null without a path. Every fault of the file is named with its line. */
export function readCapacityFile(path: string, faults: string[]): CapacityFile | null {
  if (path === '') return null;
  try {
    const capacity = parseCapacity(readFileSync(path, 'utf8'));
    faults.push(...capacity.faults.map((fault) => `${path}, ${fault}`));
    return capacity;
  } catch (error) {
    faults.push(`${path}: ${messageOf(error)}`);
    return null;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function scalar(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

const SOURCE_KEYS = new Set(['interval', 'silence_after', 'maintenance', 'shifts', 'encoding']);

export function readSources(value: unknown, faults: string[]): Map<string, SourceSettings> {
  const sources = new Map<string, SourceSettings>();
  if (value === undefined) return sources;
  if (!isRecord(value)) faults.push('file: sources should map source names to settings');
  for (const [name, settings] of Object.entries(isRecord(value) ? value : {})) {
    const where = `file: sources.${name}`;
    if (!isSourceName(name)) faults.push(`${where} should be a name of 1 to 64 of the characters A-Z a-z 0-9 . _ -`);
    if (!isRecord(settings)) {
      faults.push(`${where} should be settings`);
      continue;
    }
    for (const key of Object.keys(settings))
      if (!SOURCE_KEYS.has(key)) faults.push(`${where} has an unknown key ${key}`);
    const duration = (key: string): number | null => {
      if (settings[key] === undefined) return null;
      const ms = parseDurationMs(scalar(settings[key]));
      if (ms === null) faults.push(`${where}.${key} should be a duration like 20s`);
      return ms;
    };
    const encoding = settings['encoding'] === undefined ? 'utf-8' : scalar(settings['encoding']);
    if (!isEncoding(encoding))
      faults.push(`${where}.encoding should be a WHATWG encoding like windows-1252, not ${JSON.stringify(encoding)}`);
    const windows = (key: string) => readWindows(settings[key], `${where}.${key}`, faults);
    const [maintenance, shifts] = [windows('maintenance'), windows('shifts')];
    const silenceAfterMs = duration('silence_after');
    sources.set(name, { intervalMs: duration('interval'), silenceAfterMs, maintenance, shifts, encoding });
  }
  return sources;
}

/** One window or a list of them. */
function readWindows(value: unknown, where: string, faults: string[]): MaintenanceWindow[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((text) => {
    const window = parseMaintenance(scalar(text));
    if (window) return [window];
    const forms = 'sun 02:00-04:00, daily 23:30-00:15 Europe/Berlin, or 2026-12-24T20:00Z/2026-12-25T04:00Z';
    faults.push(`${where} should be windows like ${forms}, not ${JSON.stringify(scalar(text))}`);
    return [];
  });
}

function isEncoding(name: string): boolean {
  try {
    return new TextDecoder(name).encoding !== '';
  } catch {
    return false;
  }
}

const ENUMERATION_KEYS = {
  state: 'state',
  dial_mode: 'dialMode',
  optimize_by: 'optimizeBy',
  action: 'action',
  actor: 'actor',
} as const;

export function readEnumerations(value: unknown, faults: string[]): EnumerationOverrides {
  const overrides: EnumerationOverrides = {};
  if (value === undefined) return overrides;
  for (const [key, table] of Object.entries(isRecord(value) ? value : { '?': value })) {
    const name = ENUMERATION_KEYS[key as keyof typeof ENUMERATION_KEYS] as keyof EnumerationOverrides | undefined;
    if (name === undefined || !isRecord(table)) {
      faults.push(
        `file: enumerations.${key} should be one of ${Object.keys(ENUMERATION_KEYS).join(', ')} and map numbers to words`,
      );
      continue;
    }
    const words: Record<string, string> = {};
    for (const [code, word] of Object.entries(table)) {
      if (!/^-?\d+$/.test(code) || !/\w/.test(scalar(word)))
        faults.push(`file: enumerations.${key}.${code} should map a number to a word`);
      words[code] = scalar(word);
    }
    overrides[name] = words;
  }
  return overrides;
}
