/** The rules that ship, and the cases that promtool plays with them. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

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

const read = (file: string): unknown => parse(readFileSync(new URL(file, RULES_FOLDER), 'utf8'));

export const RULES: readonly Rule[] = RULE_FILES.flatMap((file) =>
  (read(file) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules),
);
export const CASES: readonly RuleCase[] = CASE_FILES.flatMap((file) => (read(file) as { tests: RuleCase[] }).tests);
