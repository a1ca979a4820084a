// Dashboards, alerts and rules of ocs-campaign-monitor as a mixin: all of it read from the files that ship. Take the folder
// grafana/ as a whole, and say what is yours:
//   (import 'grafana/mixin/mixin.libsonnet') + { _config+:: { monitorJob: 'ocm', thresholds+: { overdial_ratio: 0.02 } } }
(import 'config.libsonnet') +
(import 'rules.libsonnet') +
(import 'dashboards.libsonnet')
