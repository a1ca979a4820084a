// The rule files as they ship, with what _config changes.
local files = [
  importstr '../prometheus/thresholds.rules.yaml',
  importstr '../prometheus/series.rules.yaml',
  importstr '../prometheus/campaign-groups.rules.yaml',
  importstr '../prometheus/callbacks.rules.yaml',
  importstr '../prometheus/monitor.rules.yaml',
];
local groups = std.flatMap(function(text) std.parseYaml(text).groups, files);
local prefix = 'ocs:threshold:';
local isThreshold(rule) = std.objectHas(rule, 'record') && std.startsWith(rule.record, prefix);
local nameOf(rule) = std.substr(rule.record, std.length(prefix), std.length(rule.record));
local hasAlerts(group) = std.length([rule for rule in group.rules if std.objectHas(rule, 'alert')]) > 0;

{
  local config = self._config,
  local jobs = import 'jobs.libsonnet',
  local known = std.set([
    nameOf(rule)
    for group in groups
    for rule in group.rules
    if isThreshold(rule)
  ]),
  local unknown = std.setDiff(std.set(std.objectFields(config.thresholds)), known),

  local threshold(rule) =
    if !isThreshold(rule) || !std.objectHas(config.thresholds, nameOf(rule)) then {}
    else
      local value = config.thresholds[nameOf(rule)];
      { expr: if std.isNumber(value) || value == 'NaN' then 'vector(%s)' % value else value },

  local runbook(rule) =
    if !std.objectHas(rule, 'annotations') then {}
    else { annotations+: { runbook_url: std.strReplace(super.runbook_url, 'docs/runbooks.md', config.runbooks) } },

  local configured(group) = group {
    rules: [
      rule { expr: jobs(config, super.expr) } + threshold(rule) + runbook(rule)
      for rule in group.rules
    ],
  },

  assert unknown == [] : 'no threshold is called ' + std.join(', ', unknown) + '; there are ' + std.join(', ', known),

  prometheusAlerts+:: { groups: [configured(group) for group in groups if hasAlerts(group)] },
  prometheusRules+:: { groups: [configured(group) for group in groups if !hasAlerts(group)] },
}
