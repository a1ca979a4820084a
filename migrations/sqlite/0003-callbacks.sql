-- Callback reporting records. Every event as received, one row a callback merged from them (src/domain/callback.ts),
-- the calls that carry its keys, and what GMS says while it runs. Times are UTC milliseconds, durations seconds.
-- The columns of a record are the fields of src/gms/key-value-pairs.ts; NULL = not reported.

-- What rows were derived with, such as the key of the hashes.
CREATE TABLE callback_settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- One row a callback: the merged record, and what follows from the set of its events.
CREATE TABLE callbacks (
  callback_no INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  tenant_dbid INTEGER,
  disposition TEXT,
  service_id TEXT NOT NULL,
  origination_ixn_id TEXT,
  first_out_ixn_id TEXT,
  last_out_ixn_id TEXT,
  dial_1_result TEXT,
  dial_2_result TEXT,
  dial_3_result TEXT,
  dial_4_result TEXT,
  dial_5_result TEXT,
  dial_1_ms INTEGER,
  dial_2_ms INTEGER,
  dial_3_ms INTEGER,
  dial_4_ms INTEGER,
  dial_5_ms INTEGER,
  ignoring_availability INTEGER,
  final_record INTEGER,
  ewt_when_ready_seconds INTEGER,
  ewt_when_offered_seconds INTEGER,
  pos_when_ready INTEGER,
  pos_when_offered INTEGER,
  offer_seconds INTEGER,
  ewt_inbound_vq_seconds INTEGER,
  abandoned_during_offer INTEGER,
  customer_ani TEXT,
  service_end_ms INTEGER,
  waited_before_offer_seconds INTEGER,
  offline_wait_seconds INTEGER,
  establish_media_seconds INTEGER,
  online_wait_seconds INTEGER,
  accepted_ms INTEGER,
  offered_ms INTEGER,
  ready_ms INTEGER,
  customer_connected_ms INTEGER,
  agent_added INTEGER,
  transfers_failed INTEGER,
  abandoned_waiting INTEGER,
  timed_out_waiting INTEGER,
  agent_required INTEGER,
  offered INTEGER,
  accepted INTEGER,
  attempts INTEGER,
  service_start_ms INTEGER,
  vq_dbid INTEGER,
  vq_config_type_id INTEGER,
  vq_config_type TEXT,
  vq TEXT,
  channel TEXT,
  offer_type TEXT,
  callback_type TEXT,
  connect_order TEXT,
  dialog_result TEXT,
  call_direction TEXT,
  final_dial_result TEXT,
  offer_timing TEXT,
  final_target TEXT,
  ors_session_id TEXT,
  ewt_when_last_dial_seconds INTEGER,
  pos_when_last_dial INTEGER,
  priority_when_accepted INTEGER,
  priority_when_connected INTEGER,
  priority_at_end_of_wait INTEGER,
  ewt_threshold_seconds INTEGER,
  snoozed INTEGER,
  next_redial_ms INTEGER,
  last_dial_ms INTEGER,
  offers_per_session INTEGER,
  last_offer_seconds INTEGER,
  customer_phone_number TEXT,
  first_received_ms INTEGER NOT NULL,
  -- Newest event; NULL when only attached data or status notifications came.
  last_event_ms INTEGER,
  -- From the disposition: what lists and counts go by.
  state TEXT NOT NULL DEFAULT 'unknown',
  sub_state TEXT,
  -- Latest of service start (either copy), next redial and last event: silence since then is a dead session.
  alive_until_ms INTEGER NOT NULL,
  is_final INTEGER NOT NULL DEFAULT 0,
  final_digest TEXT,
  final_received_ms INTEGER,
  ended_ms INTEGER,
  events INTEGER NOT NULL DEFAULT 0,
  late_events INTEGER NOT NULL DEFAULT 0,
  attachments INTEGER NOT NULL DEFAULT 0,
  -- Latest service start they say, and when the newest of them was received.
  attached_start_ms INTEGER,
  attached_received_ms INTEGER,
  -- Newest status notification.
  live_event TEXT,
  live_state TEXT,
  live_ms INTEGER,
  -- When the customer wants to be called, and when the notification that says it was received.
  desired_ms INTEGER,
  desired_received_ms INTEGER,
  -- Keyed hashes of the customer's numbers.
  phone_hash TEXT,
  ani_hash TEXT,
  UNIQUE (source, service_id)
);
CREATE INDEX callbacks_by_service ON callbacks (service_id);
CREATE INDEX callbacks_by_end ON callbacks (ended_ms) WHERE is_final = 1;
CREATE INDEX callbacks_open ON callbacks (alive_until_ms) WHERE is_final = 0;
CREATE INDEX callbacks_by_arrival ON callbacks (first_received_ms, callback_no);
CREATE INDEX callbacks_by_phone ON callbacks (phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX callbacks_by_ani ON callbacks (ani_hash) WHERE ani_hash IS NOT NULL;
CREATE INDEX callbacks_by_session ON callbacks (ors_session_id) WHERE ors_session_id IS NOT NULL;

-- Every event as received, once. The keys name rows of the tables below.
CREATE TABLE callback_events (
  event_no INTEGER PRIMARY KEY,
  callback_no INTEGER NOT NULL REFERENCES callbacks,
  -- Arrival order within the callback, from 1.
  event_sequence INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  digest TEXT NOT NULL,
  -- Keys with a value, unknown ones included.
  key_count INTEGER NOT NULL,
  -- 0: lacks a mandatory key; held only because it came after the final record.
  is_complete INTEGER NOT NULL,
  -- 1: came when a final record was held already.
  is_late INTEGER NOT NULL,
  -- Keys and values as received: a JSON object of texts.
  received TEXT NOT NULL,
  tenant_dbid INTEGER,
  disposition TEXT,
  service_id TEXT NOT NULL,
  origination_ixn_id TEXT,
  first_out_ixn_id TEXT,
  last_out_ixn_id TEXT,
  dial_1_result TEXT,
  dial_2_result TEXT,
  dial_3_result TEXT,
  dial_4_result TEXT,
  dial_5_result TEXT,
  dial_1_ms INTEGER,
  dial_2_ms INTEGER,
  dial_3_ms INTEGER,
  dial_4_ms INTEGER,
  dial_5_ms INTEGER,
  ignoring_availability INTEGER,
  final_record INTEGER,
  ewt_when_ready_seconds INTEGER,
  ewt_when_offered_seconds INTEGER,
  pos_when_ready INTEGER,
  pos_when_offered INTEGER,
  offer_seconds INTEGER,
  ewt_inbound_vq_seconds INTEGER,
  abandoned_during_offer INTEGER,
  customer_ani TEXT,
  service_end_ms INTEGER,
  waited_before_offer_seconds INTEGER,
  offline_wait_seconds INTEGER,
  establish_media_seconds INTEGER,
  online_wait_seconds INTEGER,
  accepted_ms INTEGER,
  offered_ms INTEGER,
  ready_ms INTEGER,
  customer_connected_ms INTEGER,
  agent_added INTEGER,
  transfers_failed INTEGER,
  abandoned_waiting INTEGER,
  timed_out_waiting INTEGER,
  agent_required INTEGER,
  offered INTEGER,
  accepted INTEGER,
  attempts INTEGER,
  service_start_ms INTEGER,
  vq_dbid INTEGER,
  vq_config_type_id INTEGER,
  vq_config_type TEXT,
  vq TEXT,
  channel TEXT,
  offer_type TEXT,
  callback_type TEXT,
  connect_order TEXT,
  dialog_result TEXT,
  call_direction TEXT,
  final_dial_result TEXT,
  offer_timing TEXT,
  final_target TEXT,
  ors_session_id TEXT,
  ewt_when_last_dial_seconds INTEGER,
  pos_when_last_dial INTEGER,
  priority_when_accepted INTEGER,
  priority_when_connected INTEGER,
  priority_at_end_of_wait INTEGER,
  ewt_threshold_seconds INTEGER,
  snoozed INTEGER,
  next_redial_ms INTEGER,
  last_dial_ms INTEGER,
  offers_per_session INTEGER,
  last_offer_seconds INTEGER,
  customer_phone_number TEXT,
  start_date_time_key INTEGER NOT NULL,
  resource_key INTEGER NOT NULL,
  dimension_1_key INTEGER NOT NULL,
  dimension_2_key INTEGER NOT NULL,
  dimension_3_key INTEGER NOT NULL,
  dimension_4_key INTEGER NOT NULL,
  dial_results_key INTEGER NOT NULL,
  UNIQUE (callback_no, digest)
);

-- Distinct combinations of values, under a hash of their content as key.
CREATE TABLE callback_dimensions_1 (
  id INTEGER PRIMARY KEY, channel TEXT NOT NULL, offer_type TEXT NOT NULL, callback_type TEXT NOT NULL,
  connect_order TEXT NOT NULL
);
CREATE TABLE callback_dimensions_2 (
  id INTEGER PRIMARY KEY, dialog_result TEXT NOT NULL, call_direction TEXT NOT NULL, final_dial_result TEXT NOT NULL,
  offer_timing TEXT NOT NULL
);
CREATE TABLE callback_dimensions_3 (id INTEGER PRIMARY KEY, disposition TEXT NOT NULL, final_target TEXT NOT NULL);
CREATE TABLE callback_dimensions_4 (
  id INTEGER PRIMARY KEY, abandoned_during_offer INTEGER NOT NULL, ignoring_availability INTEGER NOT NULL
);
CREATE TABLE callback_dialings (
  id INTEGER PRIMARY KEY, dial_1_result TEXT NOT NULL, dial_2_result TEXT NOT NULL, dial_3_result TEXT NOT NULL,
  dial_4_result TEXT NOT NULL, dial_5_result TEXT NOT NULL
);
CREATE TABLE callback_resources (
  id INTEGER PRIMARY KEY, vq TEXT NOT NULL, vq_dbid INTEGER NOT NULL, vq_config_type TEXT NOT NULL,
  vq_config_type_id INTEGER NOT NULL
);

-- Attached data of calls, once a content.
CREATE TABLE callback_attachments (
  attachment_no INTEGER PRIMARY KEY,
  callback_no INTEGER NOT NULL REFERENCES callbacks,
  interaction_id TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  digest TEXT NOT NULL,
  service_start_ms INTEGER,
  accepted_ms INTEGER,
  customer_connected_ms INTEGER,
  offered_ms INTEGER,
  received TEXT NOT NULL,
  UNIQUE (callback_no, digest)
);

-- Which calls belong to a callback, and how that is known: attached, originating, origination, first_outbound, last_outbound.
CREATE TABLE callback_interactions (
  interaction_id TEXT NOT NULL,
  callback_no INTEGER NOT NULL REFERENCES callbacks,
  role TEXT NOT NULL,
  first_received_ms INTEGER NOT NULL,
  PRIMARY KEY (interaction_id, callback_no, role)
) WITHOUT ROWID;
CREATE INDEX callback_interactions_by_callback ON callback_interactions (callback_no);

-- What GMS said about running callbacks, once a content.
CREATE TABLE callback_notifications (
  notification_no INTEGER PRIMARY KEY,
  callback_no INTEGER NOT NULL REFERENCES callbacks,
  event TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  desired_ms INTEGER,
  digest TEXT NOT NULL,
  received TEXT NOT NULL,
  UNIQUE (callback_no, digest)
);

-- Mandatory keys that were missing, by UTC day and callback service ('' where the event does not name it).
CREATE TABLE callback_missing_keys (
  day TEXT NOT NULL,
  source TEXT NOT NULL,
  service TEXT NOT NULL,
  key TEXT NOT NULL,
  events INTEGER NOT NULL,
  last_received_ms INTEGER NOT NULL,
  last_service_id TEXT,
  PRIMARY KEY (day, source, service, key)
) WITHOUT ROWID;
