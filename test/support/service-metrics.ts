/** The service's own metrics of a service that nothing has happened to. */
import { Roster } from '../../src/ingest/roster.js';
import { ServiceMetrics } from '../../src/prometheus/service-metrics.js';

export function serviceMetrics(): ServiceMetrics {
  const rhythm = { intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 };
  return new ServiceMetrics({
    roster: new Roster({ maxGroups: 1, maxSources: 1, upSinceMs: 0, rhythmOf: () => rhythm }),
    leftOut: () => 0,
    maxSources: 1,
    waiting: () => 0,
    maxWaiting: 0,
    nowMs: () => 0,
    version: '',
    storeSizes: () => ({ main: 0, wal: 0 }),
    asideFiles: () => 0,
    certificateExpiresMs: () => null,
    storeFree: () => null,
    stream: { clients: 0, dropped: 0 },
    processMetrics: false,
  });
}
