/** All dashboards as JSON files: grafana/dashboards is made of them, and a check holds it to them. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { callbacks } from './callbacks.js';
import { callingLists } from './calling-lists.js';
import { campaignGroup } from './campaign-group.js';
import { monitor } from './monitor.js';
import { overview } from './overview.js';

export const dashboards = (): Dashboard[] => [overview(), campaignGroup(), callingLists(), callbacks(), monitor()];

/** Path below the root to content. */
export function dashboardFiles(): Record<string, string> {
  return Object.fromEntries(
    dashboards().map((dashboard) => [
      `grafana/dashboards/${dashboard.uid ?? ''}.json`,
      `${JSON.stringify(dashboard, null, 2)}\n`,
    ]),
  );
}
