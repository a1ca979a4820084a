/** Metrics that no panel and no rule uses, and why they are there all the same. */
export const UNUSED_BECAUSE: Readonly<Record<string, string>> = {
  ocs_monitor_otlp_export_duration_seconds:
    'few sites have it, and it matters when exports fail: the runbook of OcsMonitorOtlpExportFails asks for it',
};
