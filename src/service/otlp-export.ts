/** The export of metrics by OTLP, put together. */
import { hostname } from 'node:os';
import type { Clock } from '../domain/clock.js';
import type { Logger } from '../domain/log.js';
import { OtlpExporter, type OtlpSettings } from '../otlp/exporter.js';
import type { MetricsPages } from './metrics-pages.js';
import type { Store } from './store.js';

export interface OtlpSite {
  /** Null: nothing is exported. */
  readonly otlp: OtlpSettings | null;
  /** Empty: it has no name. */
  readonly instanceName: string;
}

interface Exported {
  readonly metrics: MetricsPages;
  readonly store: Pick<Store, 'receivers'>;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** `port`: where the service listens, by which it is told from others on its machine. */
export function otlpExporter(
  { otlp, instanceName }: OtlpSite,
  { metrics, store, version, clock, log }: Exported,
  port: number,
): OtlpExporter | null {
  if (otlp === null) return null;
  return new OtlpExporter({
    ...{ ...otlp, log, scopeVersion: version },
    resource: {
      'service.name': 'ocs-campaign-monitor',
      'service.version': version,
      'service.instance.id': instanceName === '' ? `${hostname()}:${port}` : instanceName,
    },
    nowMs: () => clock.nowMs(),
    // Groups are the same on every receiver: one of them tells.
    pages: () => metrics.exported(store.receivers?.isLeading ?? true),
  });
}
