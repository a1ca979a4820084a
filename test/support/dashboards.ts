import { readdirSync, readFileSync } from 'node:fs';
import type { Dashboard } from '../../grafana/lint/dashboard-model.js';

const FOLDER = new URL('../../grafana/dashboards/', import.meta.url);

/** The dashboards as they ship. */
export function shippedDashboards(): Dashboard[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  return files.sort().map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Dashboard);
}
