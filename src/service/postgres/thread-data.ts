/** What the threads of a store on PostgreSQL are started with. Must survive structured cloning. */
import { readFileSync } from 'node:fs';
import type { PostgresConfig } from '../../config/config.js';
import type { RetentionSettings } from '../../domain/retention.js';
import type { EnumerationOverrides } from '../../ocs/enumerations.js';
import type { FollowFrom } from '../../postgres/follow/follower.js';
import type { DatabaseServer } from '../../postgres/server.js';
import type { JudgingSettings } from '../judging.js';

export type PostgresSettings = Pick<
  PostgresConfig,
  | 'postgres'
  | 'signedOutPath'
  | 'spoolPath'
  | 'spoolLimitBytes'
  | 'port'
  | 'maxGroups'
  | 'quarantineLimitBytes'
  | 'retention'
  | 'maxClockAheadMs'
  | 'piiKey'
  | 'callbackTtlMs'
  | 'enumerations'
  | 'sources'
>;

export interface PostgresWriterData extends JudgingSettings {
  readonly server: DatabaseServer;
  readonly receiver: string;
  /** What the names of its lanes begin with; of this process alone. */
  readonly lanes: string;
  readonly maxHeads: number;
  readonly quarantineLimitBytes: number;
  readonly retention: RetentionSettings;
  readonly socketOutlived: boolean;
  readonly spool: { readonly path: string; readonly limitBytes: number };
  /** Key for the hashes of customers' numbers; null: the one of the database. */
  readonly numberKey: string | null;
  /** An open callback silent for longer is not handed over at the start. */
  readonly callbackTtlMs: number;
}

export interface PostgresFollowerData extends Pick<
  PostgresWriterData,
  'server' | 'lanes' | 'maxHeads' | 'quarantineLimitBytes' | 'enumerations' | 'callbackTtlMs'
> {
  readonly from: FollowFrom;
}

export interface PostgresReaderData {
  readonly server: DatabaseServer;
  readonly enumerations: EnumerationOverrides;
}

/** The server that the settings name, with the certificates that they name. */
export function serverOf({ postgres }: Pick<PostgresConfig, 'postgres'>): DatabaseServer {
  const { hosts, database, user, password, tlsMode: tls, caPath, applicationName } = postgres;
  const authorities = caPath === null ? null : readFileSync(caPath, 'utf8');
  return { hosts, database, user, password, tls, authorities, applicationName };
}

export function writerData(
  settings: PostgresSettings,
  { receiver, lanes, socketOutlived }: Pick<PostgresWriterData, 'receiver' | 'lanes' | 'socketOutlived'>,
): PostgresWriterData {
  return {
    server: serverOf(settings),
    receiver,
    lanes,
    socketOutlived,
    spool: { path: settings.spoolPath, limitBytes: settings.spoolLimitBytes },
    maxHeads: settings.maxGroups,
    quarantineLimitBytes: settings.quarantineLimitBytes,
    retention: settings.retention,
    maxClockAheadMs: settings.maxClockAheadMs,
    numberKey: settings.piiKey,
    callbackTtlMs: settings.callbackTtlMs,
    enumerations: settings.enumerations,
    encodings: Object.fromEntries([...settings.sources].map(([source, { encoding }]) => [source, encoding])),
  };
}
