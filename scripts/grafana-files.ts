/** All that is made for Grafana: dashboards in two forms, and its form of what Prometheus and Alertmanager are told. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alertRuleFiles } from '../grafana/src/alert-rules.js';
import { dashboardFiles } from '../grafana/src/dashboards.js';
import { notificationFiles } from '../grafana/src/notifications.js';

/** Path below the root to content. */
export function grafanaFiles(root: URL): Record<string, string> {
  const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
  const names = readdirSync(new URL('grafana/prometheus/', root)).filter((name) => name.endsWith('.rules.yaml'));
  const rules = Object.fromEntries(names.map((name) => [name, text(`grafana/prometheus/${name}`)]));
  return { ...dashboardFiles(), ...alertRuleFiles(rules), ...notificationFiles(text('grafana/alertmanager.yml')) };
}

/** Folders that hold these files and no others: what somebody exported into one would be shipped. */
const OURS_ALONE = ['grafana/dashboards/', 'grafana/git-sync/', 'grafana/alerting/'];

/** Faults: files in those folders that nobody writes. */
export function strangersBeside(pages: Readonly<Record<string, string>>, root: URL): string[] {
  const found = OURS_ALONE.flatMap((folder) => {
    const entries = readdirSync(new URL(folder, root), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  });
  return found
    .map((file) => relative(fileURLToPath(root), file))
    .filter((path) => !(path in pages))
    .map(
      (path) => `${path} is written by nobody: dashboards are made in grafana/src, whatever form they were exported in`,
    );
}
