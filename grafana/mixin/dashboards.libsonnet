// The classic dashboards as they ship, with what _config changes.
local dashboards = {
  'gms-callbacks.json': import '../dashboards/gms-callbacks.json',
  'ocs-calling-lists.json': import '../dashboards/ocs-calling-lists.json',
  'ocs-campaign-group.json': import '../dashboards/ocs-campaign-group.json',
  'ocs-monitor.json': import '../dashboards/ocs-monitor.json',
  'ocs-overview.json': import '../dashboards/ocs-overview.json',
};

{
  local config = self._config,
  local jobs = import 'jobs.libsonnet',
  local target(one) = if std.objectHas(one, 'expr') then one { expr: jobs(config, super.expr) } else one,
  local panel(one) = if std.objectHas(one, 'targets') then one { targets: std.map(target, super.targets) } else one,

  grafanaDashboards+:: std.mapWithKey(function(_, dashboard) dashboard {
    tags: config.dashboardTags,
    refresh: config.dashboardRefresh,
    timezone: config.dashboardTimezone,
    panels: std.map(panel, super.panels),
  }, dashboards),
}
