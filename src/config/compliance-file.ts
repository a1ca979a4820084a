/** Rules of the site's own about abandoned calls, from the configuration file. */
import { RULE_PROFILES, RULE_SCOPES, RULE_WINDOWS, type RuleProfile } from '../domain/compliance.js';
import { parseDurationMs } from '../domain/duration.js';
import { isRecord, scalar } from './config-file.js';

const KEYS = new Set(['limit', 'per', 'period', 'window']);
const NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;
/** Longer ones reach behind what is kept. */
const MAX_PERIOD_MS = 400 * 86_400_000;
/**
 * @bound rules about abandoned calls
 * @beyond a fault at the start
 * @seen the fault
 */
const MAX_PROFILES = 10;

/** The rules that are always there, and those of the file; one of the same name takes its place. */
export function readProfiles(value: unknown, faults: string[]): readonly RuleProfile[] {
  const profiles = new Map(RULE_PROFILES.map((profile) => [profile.name, profile]));
  if (value === undefined || value === null) return [...profiles.values()];
  if (!isRecord(value)) faults.push('file: compliance should map names of rules to what they say');
  for (const [name, rule] of Object.entries(isRecord(value) ? value : {})) {
    const where = `file: compliance.${name}`;
    if (!NAME.test(name)) faults.push(`${where} should be a name of 1 to 32 of the characters a-z 0-9 . _ -`);
    if (isRecord(rule)) profiles.set(name, readProfile(name, rule, where, faults));
    else faults.push(`${where} should say limit, per, period and window`);
  }
  if (profiles.size > MAX_PROFILES)
    faults.push(`file: compliance should hold rules so that there are ${MAX_PROFILES} at most, with tsr and 24h`);
  return [...profiles.values()];
}

function readProfile(
  name: string,
  rule: Readonly<Record<string, unknown>>,
  where: string,
  faults: string[],
): RuleProfile {
  for (const key of Object.keys(rule)) if (!KEYS.has(key)) faults.push(`${where} has an unknown key ${key}`);
  const oneOf = <T extends string>(key: string, allowed: readonly T[], otherwise: T): T => {
    if (rule[key] === undefined) return otherwise;
    const found = allowed.find((one) => one === scalar(rule[key]));
    if (found === undefined) faults.push(`${where}.${key} should be one of ${allowed.join(', ')}`);
    return found ?? otherwise;
  };
  const limitRatio = Number(scalar(rule['limit']));
  if (!(limitRatio > 0 && limitRatio <= 1)) faults.push(`${where}.limit should be a ratio above 0, up to 1, like 0.03`);
  const periodMs = parseDurationMs(scalar(rule['period']));
  if (periodMs === null || periodMs <= 0 || periodMs > MAX_PERIOD_MS)
    faults.push(`${where}.period should be a duration like 30d or 24h, 400d at most`);
  return {
    name,
    limitRatio,
    per: oneOf('per', RULE_SCOPES, 'campaign'),
    periodMs: periodMs ?? 0,
    window: oneOf('window', RULE_WINDOWS, 'successive'),
  };
}
