/** Tables that a receiver keeps beside history, as a migration reads and writes them whole. */
import { shape } from '../shape.js';

export const AUDIT_LOG = shape(
  'audit_log',
  {
    audit_no: 'bigint',
    at_ms: 'bigint',
    action: 'text',
    actor: 'text',
    address: 'text?',
    detail: 'text',
    result: 'text',
  },
  ['audit_no'],
);

export const UPTIME = shape(
  'uptime',
  { receiver: 'text', run_no: 'bigint', started_ms: 'bigint', alive_ms: 'bigint', ended: 'bigint' },
  ['receiver', 'run_no'],
);

export const SETTINGS = shape('service_settings', { name: 'text', value: 'text' }, ['name']);

export const VOCABULARY = shape('vocabulary', { place: 'bigint', tables: 'text' }, ['place']);

export const RHYTHMS = shape('source_rhythms', { source: 'text', interval_ms: 'bigint', kept_ms: 'bigint' }, [
  'source',
]);

/** Of those that have ended: how far one is means nothing any more. */
export const REMOVALS = shape(
  'customer_removals',
  {
    number_hash: 'text',
    key_fingerprint: 'text',
    removal_no: 'bigint',
    digits: 'bigint?',
    asked_ms: 'bigint',
    counts: 'text',
    done_ms: 'bigint',
  },
  ['number_hash', 'key_fingerprint'],
);
