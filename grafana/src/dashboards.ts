/** All dashboards as JSON files: grafana/dashboards is made of them, and a check holds it to them. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { callbacks } from './callbacks.js';
import { callingLists } from './calling-lists.js';
import { campaignGroup } from './campaign-group.js';
import { asJson } from './json.js';
import { monitor } from './monitor.js';
import { overview } from './overview.js';
import { resourceFiles } from './resources.js';

const dashboards = (): Dashboard[] => [overview(), campaignGroup(), callingLists(), callbacks(), monitor()];

/** Path below the root to content: the classic files, and the same as resources. */
export function dashboardFiles(): Record<string, string> {
  const all = dashboards();
  const classic = all.map(
    (dashboard) => [`grafana/dashboards/${dashboard.uid ?? ''}.json`, asJson(dashboard)] as const,
  );
  return { ...Object.fromEntries(classic), ...resourceFiles(all) };
}
