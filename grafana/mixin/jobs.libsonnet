// An expression with the names that the jobs have in _config.
function(config, expr)
  local both = 'job=~"ocs-monitor|ocs-campaigns"';
  local names = 'job=~"%s|%s"' % [config.monitorJob, config.campaignsJob];
  std.strReplace(std.strReplace(expr, both, names), 'job="ocs-monitor"', 'job="%s"' % config.monitorJob)
