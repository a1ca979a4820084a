{
  _config+:: {
    // The jobs that scrape /metrics and, with OCM_METRICS_DOMAIN=separate, /metrics/domain.
    monitorJob: 'ocs-monitor',
    campaignsJob: 'ocs-campaigns',

    // Thresholds other than those of ../prometheus/thresholds.rules.yaml, by their names there: a number, or PromQL.
    // NaN, as text, switches its alerts off.
    thresholds: {},

    // What the address of every runbook begins with.
    runbooks: 'docs/runbooks.md',

    // Links between dashboards go by uid: tags are yours.
    dashboardTags: ['ocs'],
    dashboardRefresh: '30s',
    dashboardTimezone: 'browser',
  },
}
