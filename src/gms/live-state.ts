/**
 * Where a callback stands after a status notification of GMS. No document says which event begins which state; this
 * follows what the states mean (sources.md#callback-httpcb): ROUTING, the customer was reached and waits for an agent;
 * PROCESSING, an agent is on. Null: the event says nothing of it.
 */
import type { CallbackState } from '../domain/callback.js';

const LIVE_STATES: ReadonlyMap<string, CallbackState> = new Map([
  ['_cbe_on_service_create', 'QUEUED'],
  ['_cbe_on_virtual_ixn_create', 'QUEUED'],
  ['_cbe_on_target_found', 'QUEUED'],
  ['_cbe_on_dial_init', 'QUEUED'],
  ['_cbe_on_dial_done', 'QUEUED'],
  ['_cbe_on_connect_treatment_start', 'ROUTING'],
  ['_cbe_on_customer_queued', 'ROUTING'],
  ['_cbe_on_route_to_agent', 'PROCESSING'],
  ['_cbe_on_service_exit', 'COMPLETED'],
  ['_cbe_on_callback_submitted', 'QUEUED'],
  ['_cbe_on_callback_queued', 'QUEUED'],
  ['_cbe_on_callback_scheduled', 'SCHEDULED'],
  ['_cbe_on_callback_rescheduled', 'SCHEDULED'],
  ['_cbe_on_callback_cancelled', 'COMPLETED'],
  ['_cbe_on_callback_submit_failed', 'COMPLETED'],
  ['_cbe_on_callback_processing_failed', 'COMPLETED'],
]);

export function liveStateOf(event: string): CallbackState | null {
  return LIVE_STATES.get(event.toLowerCase()) ?? null;
}
