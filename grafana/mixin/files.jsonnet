// All of it as files: mkdir OUT; jsonnet -m OUT grafana/mixin/files.jsonnet
// Another _config: --tla-code 'config={ monitorJob: "ocm" }'
function(config={})
  local mixin = (import 'mixin.libsonnet') + { _config+:: config };
  mixin.grafanaDashboards { 'alerts.json': mixin.prometheusAlerts, 'rules.json': mixin.prometheusRules }
