/** The rules that ship, and the cases that promtool plays with them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { metricsIn } from '../../grafana/lint/promql.js';

export const RULES_FOLDER = new URL('../../grafana/prometheus/', import.meta.url);

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleCase {
  readonly name: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test: readonly {
    readonly eval_time: string;
    readonly alertname: string;
    readonly exp_alerts: readonly { readonly exp_labels: Readonly<Record<string, string>> }[];
  }[];
}

export const RULE_FILES = readdirSync(RULES_FOLDER).filter((file) => file.endsWith('.rules.yaml'));
export const CASE_FILES = readdirSync(new URL('tests/', RULES_FOLDER)).map((file) => `tests/${file}`);

interface Group {
  readonly name: string;
  readonly rules: readonly Rule[];
}

interface CaseFile {
  readonly rule_files: readonly string[];
  readonly tests: readonly RuleCase[];
}

const read = (file: string): unknown => parse(readFileSync(new URL(file, RULES_FOLDER), 'utf8'));
const groupsIn = (file: string) => (read(file) as { groups: Group[] }).groups;

export const RULES: readonly Rule[] = RULE_FILES.flatMap(groupsIn).flatMap(({ rules }) => rules);
export const CASES: readonly RuleCase[] = CASE_FILES.flatMap((file) => (read(file) as CaseFile).tests);

/**
 * The cases of a file with no more rules than the alerts they ask about are made of, written into a folder: promtool
 * evaluates every rule at every step, and of a hundred a case needs a few. Returns the files to play. `played` gives what
 * stands in the place of a rule.
 */
export function writeSlimCases(file: string, folder: string, played = (rule: Rule) => rule): readonly string[] {
  const { tests, rule_files, ...more } = read(file) as CaseFile;
  const groups = rule_files.map((name) => basename(name)).flatMap(groupsIn);
  const byAlerts = new Map<string, RuleCase[]>();
  for (const one of tests) {
    const alerts = [...new Set(one.alert_rule_test.map(({ alertname }) => alertname))].sort().join('+');
    byAlerts.set(alerts, [...(byAlerts.get(alerts) ?? []), one]);
  }
  return [...byAlerts].map(([alerts, cases], index) => {
    const name = join(folder, `${basename(file, '.yaml')}-${String(index)}`);
    writeFileSync(`${name}.rules.json`, JSON.stringify({ groups: needed(groups, new Set(alerts.split('+')), played) }));
    writeFileSync(`${name}.json`, JSON.stringify({ ...more, rule_files: [`${name}.rules.json`], tests: cases }));
    return `${name}.json`;
  });
}

/** The rules of some alerts, and those of all series in their expressions. */
function needed(groups: readonly Group[], alerts: ReadonlySet<string>, played: (rule: Rule) => Rule): readonly Group[] {
  const rules = groups.flatMap((group) => group.rules);
  const kept = new Set(rules.filter(({ alert }) => alert !== undefined && alerts.has(alert)));
  for (const rule of kept) {
    const read = new Set(metricsIn(rule.expr).map(({ name }) => name));
    for (const other of rules) if (other.record !== undefined && read.has(other.record)) kept.add(other);
  }
  return groups
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => kept.has(rule)).map(played) }))
    .filter((group) => group.rules.length > 0);
}
