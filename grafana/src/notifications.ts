/** The route and the receivers of grafana/alertmanager.yml as contact points and notification policies of Grafana. */
import type { ContactPoint, NotificationPolicy, ObjectMatcher } from '@grafana/grafana-foundation-sdk/alerting';
import { parse } from 'yaml';
import { yaml } from './alert-rules.js';

interface Route extends Pick<
  NotificationPolicy,
  'receiver' | 'group_by' | 'group_wait' | 'group_interval' | 'repeat_interval'
> {
  readonly matchers?: readonly string[];
  readonly routes?: readonly Route[];
}

interface Alertmanager {
  readonly route: Route;
  readonly receivers: readonly { readonly name: string }[];
}

/** How each receiver is told; addresses come from Grafana's environment. */
const TOLD_BY: Readonly<Record<string, Pick<ContactPoint, 'type' | 'settings'>>> = {
  night: { type: 'webhook', settings: { url: '$OCS_ALERTS_NIGHT_URL' } },
  day: { type: 'email', settings: { addresses: '$OCS_ALERTS_DAY_ADDRESSES' } },
};

const HEAD = `# Written by \`npm run docs\` from grafana/alertmanager.yml, an example. It takes the place of all notification policies of
# Grafana's organisation: leave it out where you have your own. Needs OCS_ALERTS_NIGHT_URL and OCS_ALERTS_DAY_ADDRESSES in
# Grafana's environment. Inhibition cannot be provisioned by files: docs/dashboards.md says what follows.
`;

/** Path below the root to content. */
export function notificationFiles(alertmanager: string): Record<string, string> {
  const { route, receivers } = parse(alertmanager) as Alertmanager;
  const contactPoints = receivers.map(({ name }) => {
    const told = TOLD_BY[name];
    if (!told) throw new Error(`grafana/src/notifications.ts does not say how ${name} is told`);
    return { orgId: 1, name, receivers: [{ uid: `ocs-${name}`, ...told }] };
  });
  const policies = [{ orgId: 1, ...policy(route) }];
  return { 'grafana/alerting/notifications.yaml': HEAD + yaml({ apiVersion: 1, contactPoints, policies }) };
}

function policy({ matchers, routes, ...route }: Route): NotificationPolicy {
  return {
    ...route,
    ...(matchers && { object_matchers: matchers.map(objectMatcher) }),
    ...(routes && { routes: routes.map(policy) }),
  };
}

function objectMatcher(text: string): ObjectMatcher {
  const [, label, operator, value] = /^(\w+)(=~|!~|!=|=)"(.*)"$/.exec(text) ?? [];
  if (label === undefined || operator === undefined || value === undefined) throw new Error(`${text} is no matcher`);
  return [label, operator, value];
}
