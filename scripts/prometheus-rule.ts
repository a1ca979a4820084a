/** The alert rules as the Prometheus operator takes them: one object of the groups of all files, in the order of their names. */
import { readdirSync, readFileSync } from 'node:fs';
import { format } from 'prettier';
import { parse, stringify } from 'yaml';

export const PROMETHEUS_RULE = 'deploy/kubernetes/monitoring/prometheus-rule.yaml';
const FOLDER = 'grafana/prometheus/';

export async function prometheusRule(root: URL): Promise<string> {
  const folder = new URL(FOLDER, root);
  const files = readdirSync(folder).filter((file) => file.endsWith('.rules.yaml'));
  const groups = files.toSorted().flatMap((file) => groupsOf(readFileSync(new URL(file, folder), 'utf8')));
  const metadata = { name: 'ocs-monitor', labels: { 'app.kubernetes.io/name': 'ocs-monitor' } };
  const object = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata, spec: { groups } };
  const note = `# Generated from ${FOLDER}*.rules.yaml: npm run docs. Do not edit.\n`;
  return format(note + stringify(object, { lineWidth: 0 }), { parser: 'yaml', printWidth: 120, singleQuote: true });
}

function groupsOf(text: string): readonly unknown[] {
  return (parse(text) as { readonly groups: readonly unknown[] }).groups;
}
