-- The schema of SQLite's migrations up to 0016, as several receivers share it; from here on both have the same numbers.
-- Numbers of groups, statements, lists and callbacks are the first 52 bits of a digest of what they name, so that every
-- receiver gives the same ones; keys lead with the source. Times are epoch milliseconds. Text that orders is bytewise.

-- How often what a source had was forgotten: rows with a lower life are to go, and newcomers are none of them.
CREATE TABLE source_lives (
  source text COLLATE "C" NOT NULL PRIMARY KEY,
  life bigint NOT NULL,
  -- In which order sources were forgotten, while something of an earlier life is left; NULL: nothing is.
  noted_no bigint
);

CREATE TABLE campaign_groups (
  source text COLLATE "C" NOT NULL,
  group_no bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  dbid text COLLATE "C" NOT NULL,
  -- How many groups of this key were forgotten before it.
  life bigint NOT NULL,
  -- 1: forgotten, and something of it may be left; 2: nothing is, but the life that its newcomers go by.
  forgotten bigint NOT NULL DEFAULT 0,
  -- Receive time of the newest duplicate or late notification; that of the others stands in the evidence.
  heard_ms bigint NOT NULL,
  said_ms bigint,
  actor_said_ms bigint,
  other_said_ms bigint,
  heard_limit_at_ms bigint,
  heard_limit_ms bigint,
  PRIMARY KEY (source, group_no)
) WITH (fillfactor = 50);

CREATE UNIQUE INDEX campaign_groups_by_dbid ON campaign_groups (source, dbid, life);
CREATE INDEX campaign_groups_by_no ON campaign_groups (group_no);
CREATE INDEX campaign_groups_by_id ON campaign_groups (id);

CREATE TABLE statements (
  source text COLLATE "C" NOT NULL,
  group_no bigint NOT NULL,
  statement_no bigint NOT NULL,
  content_digest text COLLATE "C" NOT NULL,
  state_code bigint NOT NULL,
  dial_mode_code bigint,
  optimize_by_code bigint,
  optimize_goal float8,
  action_code bigint,
  actor_code bigint,
  name text COLLATE "C" NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  tenant_ccid text COLLATE "C" NOT NULL,
  guid text COLLATE "C" NOT NULL,
  agent_group text COLLATE "C" NOT NULL,
  campaign text COLLATE "C" NOT NULL,
  template text COLLATE "C" NOT NULL,
  queue text COLLATE "C" NOT NULL,
  sends_statistics bigint NOT NULL,
  extras text COLLATE "C" NOT NULL,
  origin text COLLATE "C",
  tenant_key bigint,
  campaign_key bigint,
  agent_group_key bigint,
  PRIMARY KEY (source, group_no, statement_no)
);

CREATE UNIQUE INDEX statements_by_content ON statements (source, group_no, content_digest);
CREATE INDEX statements_by_no ON statements (statement_no);

CREATE TABLE calling_lists (
  source text COLLATE "C" NOT NULL,
  group_no bigint NOT NULL,
  list_no bigint NOT NULL,
  -- In which order its group named it, from 0.
  place bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  -- '' when not said.
  dbid text COLLATE "C" NOT NULL,
  said_at_ms bigint,
  said_received_ms bigint,
  hit_ratio float8,
  time_to_complete_seconds float8,
  PRIMARY KEY (source, group_no, list_no)
);

CREATE INDEX calling_lists_by_no ON calling_lists (list_no);

CREATE TABLE steps (
  source text COLLATE "C" NOT NULL,
  group_no bigint NOT NULL,
  at_ms bigint NOT NULL,
  action_rank bigint NOT NULL,
  content_digest text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  dial_mode text COLLATE "C",
  optimize_by text COLLATE "C",
  optimize_goal float8,
  transition_id text COLLATE "C",
  from_state text COLLATE "C",
  from_dial_mode text COLLATE "C",
  from_optimize_by text COLLATE "C",
  from_optimize_goal float8,
  action text COLLATE "C",
  actor text COLLATE "C",
  inferred bigint,
  unexpected bigint,
  implied_steps text COLLATE "C",
  not_before_ms bigint,
  guid text COLLATE "C",
  begins_session bigint NOT NULL DEFAULT 0,
  fact_key bigint,
  vendor_state bigint,
  PRIMARY KEY (source, group_no, at_ms, action_rank, content_digest)
);

CREATE INDEX steps_transitions ON steps (at_ms, action_rank, content_digest, group_no) WHERE transition_id IS NOT NULL;
CREATE INDEX steps_begin_session_key ON steps (fact_key) WHERE begins_session = 1;

CREATE TABLE repeats (
  source text COLLATE "C" NOT NULL,
  group_no bigint NOT NULL,
  from_ms bigint NOT NULL,
  to_ms bigint NOT NULL,
  PRIMARY KEY (source, group_no, from_ms)
);

-- Evidence that is in no chunk yet, in the order in which its group received it.
CREATE TABLE journal (
  source text COLLATE "C" NOT NULL,
  group_no bigint NOT NULL,
  -- Each higher than those its group has had before.
  entry_no bigint NOT NULL,
  at_ms bigint NOT NULL,
  statement_no bigint NOT NULL,
  tag bigint NOT NULL,
  lag_ms bigint NOT NULL,
  busy_ratio float8,
  hit_ratio float8,
  overdial_ratio float8,
  time_to_complete_seconds float8,
  lists bytea,
  PRIMARY KEY (source, group_no, entry_no)
);

CREATE TABLE chunks (
  source text COLLATE "C" NOT NULL,
  group_no bigint NOT NULL,
  -- Since 1970, UTC.
  hour bigint NOT NULL,
  chunk_no bigint NOT NULL,
  count bigint NOT NULL,
  -- The greatest date-time in it.
  newest_ms bigint NOT NULL,
  -- The last row of its group's journal when it was written.
  journal_no bigint NOT NULL,
  written_ms bigint NOT NULL,
  samples bytea NOT NULL,
  PRIMARY KEY (source, group_no, hour, chunk_no)
);

ALTER TABLE chunks ALTER COLUMN samples SET STORAGE EXTERNAL;
CREATE INDEX chunks_by_no ON chunks (chunk_no);

CREATE TABLE damaged_chunks (
  source text COLLATE "C" NOT NULL,
  chunk_no bigint NOT NULL,
  group_no bigint NOT NULL,
  hour bigint NOT NULL,
  count bigint NOT NULL,
  found_ms bigint NOT NULL,
  why text COLLATE "C" NOT NULL,
  samples bytea NOT NULL,
  PRIMARY KEY (source, chunk_no)
);

CREATE TABLE standing_samples (
  source text COLLATE "C" NOT NULL,
  group_no bigint NOT NULL,
  at_ms bigint NOT NULL,
  statement_no bigint NOT NULL,
  tag bigint NOT NULL,
  received_ms bigint NOT NULL,
  PRIMARY KEY (source, group_no, at_ms, statement_no, tag)
);

CREATE TABLE quarter_hours (
  source text COLLATE "C" NOT NULL,
  group_no bigint NOT NULL,
  start_ms bigint NOT NULL,
  count bigint NOT NULL,
  figures_count bigint NOT NULL,
  observed_ms bigint NOT NULL,
  newest_ms bigint NOT NULL,
  busy_ratio_count bigint NOT NULL,
  busy_ratio_min float8,
  busy_ratio_max float8,
  busy_ratio_sum float8,
  busy_ratio_last float8,
  hit_ratio_count bigint NOT NULL,
  hit_ratio_min float8,
  hit_ratio_max float8,
  hit_ratio_sum float8,
  hit_ratio_last float8,
  overdial_ratio_count bigint NOT NULL,
  overdial_ratio_min float8,
  overdial_ratio_max float8,
  overdial_ratio_sum float8,
  overdial_ratio_last float8,
  time_to_complete_seconds_count bigint NOT NULL,
  time_to_complete_seconds_min float8,
  time_to_complete_seconds_max float8,
  time_to_complete_seconds_sum float8,
  time_to_complete_seconds_last float8,
  PRIMARY KEY (source, group_no, start_ms)
);

CREATE TABLE list_quarter_hours (
  source text COLLATE "C" NOT NULL,
  group_no bigint NOT NULL,
  list_no bigint NOT NULL,
  start_ms bigint NOT NULL,
  newest_ms bigint NOT NULL,
  hit_ratio_count bigint NOT NULL,
  hit_ratio_min float8,
  hit_ratio_max float8,
  hit_ratio_sum float8,
  hit_ratio_last float8,
  time_to_complete_seconds_count bigint NOT NULL,
  time_to_complete_seconds_min float8,
  time_to_complete_seconds_max float8,
  time_to_complete_seconds_sum float8,
  time_to_complete_seconds_last float8,
  PRIMARY KEY (source, group_no, list_no, start_ms)
);

CREATE INDEX list_quarter_hours_by_list ON list_quarter_hours (list_no, start_ms);

CREATE TABLE kept_numbers (
  name text COLLATE "C" NOT NULL PRIMARY KEY,
  value bigint NOT NULL
);

-- Locked by whoever holds a body, counts a missing key or changes a hold.
INSERT INTO kept_numbers VALUES ('quarantine', 0);
-- Locked by whoever writes chunks: the last number that one was given, and how often one was changed or removed.
INSERT INTO kept_numbers VALUES ('chunk', 0), ('chunk_changes', 0);

CREATE TABLE dimension_names (
  dimension text COLLATE "C" NOT NULL,
  dimension_key bigint NOT NULL,
  source text COLLATE "C" NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  tenant_ccid text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  PRIMARY KEY (dimension, dimension_key)
);

CREATE TABLE callbacks (
  source text COLLATE "C" NOT NULL,
  callback_no bigint NOT NULL,
  -- The life of its source that it belongs to.
  life bigint NOT NULL,
  tenant_dbid bigint,
  disposition text COLLATE "C",
  service_id text COLLATE "C" NOT NULL,
  origination_ixn_id text COLLATE "C",
  first_out_ixn_id text COLLATE "C",
  last_out_ixn_id text COLLATE "C",
  dial_1_result text COLLATE "C",
  dial_2_result text COLLATE "C",
  dial_3_result text COLLATE "C",
  dial_4_result text COLLATE "C",
  dial_5_result text COLLATE "C",
  dial_1_ms bigint,
  dial_2_ms bigint,
  dial_3_ms bigint,
  dial_4_ms bigint,
  dial_5_ms bigint,
  ignoring_availability bigint,
  final_record bigint,
  ewt_when_ready_seconds bigint,
  ewt_when_offered_seconds bigint,
  pos_when_ready bigint,
  pos_when_offered bigint,
  offer_seconds bigint,
  ewt_inbound_vq_seconds bigint,
  abandoned_during_offer bigint,
  customer_ani text COLLATE "C",
  service_end_ms bigint,
  waited_before_offer_seconds bigint,
  offline_wait_seconds bigint,
  establish_media_seconds bigint,
  online_wait_seconds bigint,
  accepted_ms bigint,
  offered_ms bigint,
  ready_ms bigint,
  customer_connected_ms bigint,
  agent_added bigint,
  transfers_failed bigint,
  abandoned_waiting bigint,
  timed_out_waiting bigint,
  agent_required bigint,
  offered bigint,
  accepted bigint,
  attempts bigint,
  service_start_ms bigint,
  vq_dbid bigint,
  vq_config_type_id bigint,
  vq_config_type text COLLATE "C",
  vq text COLLATE "C",
  channel text COLLATE "C",
  offer_type text COLLATE "C",
  callback_type text COLLATE "C",
  connect_order text COLLATE "C",
  dialog_result text COLLATE "C",
  call_direction text COLLATE "C",
  final_dial_result text COLLATE "C",
  offer_timing text COLLATE "C",
  final_target text COLLATE "C",
  ors_session_id text COLLATE "C",
  ewt_when_last_dial_seconds bigint,
  pos_when_last_dial bigint,
  priority_when_accepted bigint,
  priority_when_connected bigint,
  priority_at_end_of_wait bigint,
  ewt_threshold_seconds bigint,
  snoozed bigint,
  next_redial_ms bigint,
  last_dial_ms bigint,
  offers_per_session bigint,
  last_offer_seconds bigint,
  customer_phone_number text COLLATE "C",
  first_received_ms bigint NOT NULL,
  last_event_ms bigint,
  state text COLLATE "C" NOT NULL DEFAULT 'unknown',
  sub_state text COLLATE "C",
  alive_until_ms bigint NOT NULL,
  is_final bigint NOT NULL DEFAULT 0,
  final_digest text COLLATE "C",
  ended_ms bigint,
  events bigint NOT NULL DEFAULT 0,
  late_events bigint NOT NULL DEFAULT 0,
  attachments bigint NOT NULL DEFAULT 0,
  attached_start_ms bigint,
  attached_received_ms bigint,
  live_event text COLLATE "C",
  live_state text COLLATE "C",
  live_ms bigint,
  desired_ms bigint,
  desired_received_ms bigint,
  phone_hash text COLLATE "C",
  ani_hash text COLLATE "C",
  PRIMARY KEY (source, callback_no)
) WITH (fillfactor = 50);

CREATE UNIQUE INDEX callbacks_by_key ON callbacks (source, service_id, life);
CREATE INDEX callbacks_by_no ON callbacks (callback_no);
CREATE INDEX callbacks_by_service ON callbacks (service_id);
CREATE INDEX callbacks_by_end ON callbacks (ended_ms) WHERE is_final = 1;
CREATE INDEX callbacks_open ON callbacks (alive_until_ms) WHERE is_final = 0;
CREATE INDEX callbacks_by_arrival ON callbacks (first_received_ms, callback_no);
CREATE INDEX callbacks_by_phone ON callbacks (phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX callbacks_by_ani ON callbacks (ani_hash) WHERE ani_hash IS NOT NULL;
CREATE INDEX callbacks_by_session ON callbacks (ors_session_id) WHERE ors_session_id IS NOT NULL;

CREATE TABLE callback_events (
  source text COLLATE "C" NOT NULL,
  callback_no bigint NOT NULL,
  event_sequence bigint NOT NULL,
  received_ms bigint NOT NULL,
  digest text COLLATE "C" NOT NULL,
  key_count bigint NOT NULL,
  is_complete bigint NOT NULL,
  is_late bigint NOT NULL,
  received text COLLATE "C" NOT NULL,
  tenant_dbid bigint,
  disposition text COLLATE "C",
  service_id text COLLATE "C" NOT NULL,
  origination_ixn_id text COLLATE "C",
  first_out_ixn_id text COLLATE "C",
  last_out_ixn_id text COLLATE "C",
  dial_1_result text COLLATE "C",
  dial_2_result text COLLATE "C",
  dial_3_result text COLLATE "C",
  dial_4_result text COLLATE "C",
  dial_5_result text COLLATE "C",
  dial_1_ms bigint,
  dial_2_ms bigint,
  dial_3_ms bigint,
  dial_4_ms bigint,
  dial_5_ms bigint,
  ignoring_availability bigint,
  final_record bigint,
  ewt_when_ready_seconds bigint,
  ewt_when_offered_seconds bigint,
  pos_when_ready bigint,
  pos_when_offered bigint,
  offer_seconds bigint,
  ewt_inbound_vq_seconds bigint,
  abandoned_during_offer bigint,
  customer_ani text COLLATE "C",
  service_end_ms bigint,
  waited_before_offer_seconds bigint,
  offline_wait_seconds bigint,
  establish_media_seconds bigint,
  online_wait_seconds bigint,
  accepted_ms bigint,
  offered_ms bigint,
  ready_ms bigint,
  customer_connected_ms bigint,
  agent_added bigint,
  transfers_failed bigint,
  abandoned_waiting bigint,
  timed_out_waiting bigint,
  agent_required bigint,
  offered bigint,
  accepted bigint,
  attempts bigint,
  service_start_ms bigint,
  vq_dbid bigint,
  vq_config_type_id bigint,
  vq_config_type text COLLATE "C",
  vq text COLLATE "C",
  channel text COLLATE "C",
  offer_type text COLLATE "C",
  callback_type text COLLATE "C",
  connect_order text COLLATE "C",
  dialog_result text COLLATE "C",
  call_direction text COLLATE "C",
  final_dial_result text COLLATE "C",
  offer_timing text COLLATE "C",
  final_target text COLLATE "C",
  ors_session_id text COLLATE "C",
  ewt_when_last_dial_seconds bigint,
  pos_when_last_dial bigint,
  priority_when_accepted bigint,
  priority_when_connected bigint,
  priority_at_end_of_wait bigint,
  ewt_threshold_seconds bigint,
  snoozed bigint,
  next_redial_ms bigint,
  last_dial_ms bigint,
  offers_per_session bigint,
  last_offer_seconds bigint,
  customer_phone_number text COLLATE "C",
  start_date_time_key bigint NOT NULL,
  resource_key bigint NOT NULL,
  dimension_1_key bigint NOT NULL,
  dimension_2_key bigint NOT NULL,
  dimension_3_key bigint NOT NULL,
  dimension_4_key bigint NOT NULL,
  dial_results_key bigint NOT NULL,
  origin text COLLATE "C",
  PRIMARY KEY (source, callback_no, digest)
);

CREATE INDEX callback_events_by_no ON callback_events (callback_no);

CREATE TABLE callback_attachments (
  source text COLLATE "C" NOT NULL,
  callback_no bigint NOT NULL,
  interaction_id text COLLATE "C" NOT NULL,
  received_ms bigint NOT NULL,
  digest text COLLATE "C" NOT NULL,
  service_start_ms bigint,
  accepted_ms bigint,
  customer_connected_ms bigint,
  offered_ms bigint,
  received text COLLATE "C" NOT NULL,
  PRIMARY KEY (source, callback_no, digest)
);

CREATE TABLE callback_notifications (
  source text COLLATE "C" NOT NULL,
  callback_no bigint NOT NULL,
  event text COLLATE "C" NOT NULL,
  received_ms bigint NOT NULL,
  desired_ms bigint,
  digest text COLLATE "C" NOT NULL,
  received text COLLATE "C" NOT NULL,
  PRIMARY KEY (source, callback_no, digest)
);

CREATE TABLE callback_interactions (
  source text COLLATE "C" NOT NULL,
  interaction_id text COLLATE "C" NOT NULL,
  callback_no bigint NOT NULL,
  role text COLLATE "C" NOT NULL,
  first_received_ms bigint NOT NULL,
  PRIMARY KEY (source, callback_no, interaction_id, role)
);

CREATE INDEX callback_interactions_by_id ON callback_interactions (interaction_id);

CREATE TABLE callback_dimensions_1 (
  id bigint NOT NULL PRIMARY KEY,
  channel text COLLATE "C" NOT NULL,
  offer_type text COLLATE "C" NOT NULL,
  callback_type text COLLATE "C" NOT NULL,
  connect_order text COLLATE "C" NOT NULL
);

CREATE TABLE callback_dimensions_2 (
  id bigint NOT NULL PRIMARY KEY,
  dialog_result text COLLATE "C" NOT NULL,
  call_direction text COLLATE "C" NOT NULL,
  final_dial_result text COLLATE "C" NOT NULL,
  offer_timing text COLLATE "C" NOT NULL
);

CREATE TABLE callback_dimensions_3 (
  id bigint NOT NULL PRIMARY KEY,
  disposition text COLLATE "C" NOT NULL,
  final_target text COLLATE "C" NOT NULL
);

CREATE TABLE callback_dimensions_4 (
  id bigint NOT NULL PRIMARY KEY,
  abandoned_during_offer bigint NOT NULL,
  ignoring_availability bigint NOT NULL
);

CREATE TABLE callback_dialings (
  id bigint NOT NULL PRIMARY KEY,
  dial_1_result text COLLATE "C" NOT NULL,
  dial_2_result text COLLATE "C" NOT NULL,
  dial_3_result text COLLATE "C" NOT NULL,
  dial_4_result text COLLATE "C" NOT NULL,
  dial_5_result text COLLATE "C" NOT NULL
);

CREATE TABLE callback_resources (
  id bigint NOT NULL PRIMARY KEY,
  vq text COLLATE "C" NOT NULL,
  vq_dbid bigint NOT NULL,
  vq_config_type text COLLATE "C" NOT NULL,
  vq_config_type_id bigint NOT NULL
);

CREATE TABLE callback_missing_keys (
  day text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  service text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  events bigint NOT NULL,
  last_received_ms bigint NOT NULL,
  last_service_id text COLLATE "C",
  PRIMARY KEY (source, day, service, key)
);

CREATE TABLE legacy_callback_events (
  source text COLLATE "C" NOT NULL,
  life bigint NOT NULL,
  legacy_no bigint NOT NULL,
  digest text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL,
  dn text COLLATE "C",
  sent_to_icon bigint,
  origin text COLLATE "C",
  session_id text COLLATE "C",
  sequence bigint,
  service text COLLATE "C",
  user_id text COLLATE "C",
  external_id text COLLATE "C",
  started_ms bigint,
  waiting_ms bigint,
  agent_available_ms bigint,
  agent_connected_ms bigint,
  user_connected_ms bigint,
  completed_ms bigint,
  stopped_ms bigint,
  received text COLLATE "C" NOT NULL,
  PRIMARY KEY (source, life, digest)
);

CREATE INDEX legacy_callback_events_by_time ON legacy_callback_events (at_ms, legacy_no);

CREATE TABLE quarantine (
  source text COLLATE "C" NOT NULL,
  -- In the order in which bodies were held.
  quarantine_no bigint NOT NULL,
  life bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  endpoint text COLLATE "C" NOT NULL,
  reason text COLLATE "C" NOT NULL,
  violations text COLLATE "C" NOT NULL,
  schema_version text COLLATE "C" NOT NULL,
  body bytea NOT NULL,
  size bigint NOT NULL,
  count bigint NOT NULL,
  first_received_ms bigint NOT NULL,
  last_received_ms bigint NOT NULL,
  replayed_ms bigint,
  applied_id text COLLATE "C",
  origin text COLLATE "C",
  -- What it counts against the bound.
  bytes bigint NOT NULL,
  PRIMARY KEY (source, quarantine_no)
);

CREATE UNIQUE INDEX quarantine_by_id ON quarantine (source, id, life);
CREATE INDEX quarantine_ids ON quarantine (id);
CREATE INDEX quarantine_numbers ON quarantine (quarantine_no);
CREATE INDEX quarantine_newest ON quarantine (last_received_ms, quarantine_no);
CREATE INDEX quarantine_replayed ON quarantine (replayed_ms) WHERE replayed_ms IS NOT NULL;
CREATE INDEX quarantine_reasons ON quarantine (source, reason, last_received_ms) WHERE replayed_ms IS NULL;

-- What is held, by what the bound goes by.
CREATE TABLE quarantine_tallies (
  source text COLLATE "C" NOT NULL,
  life bigint NOT NULL,
  reason text COLLATE "C" NOT NULL,
  -- 1: of those that were replayed.
  replayed bigint NOT NULL,
  rows bigint NOT NULL,
  bytes bigint NOT NULL,
  PRIMARY KEY (source, life, reason, replayed)
);

CREATE TABLE holds (
  hold_no bigint NOT NULL PRIMARY KEY,
  source text COLLATE "C",
  -- Public id of a campaign group; of the two one.
  group_id text COLLATE "C",
  until_ms bigint NOT NULL,
  why text COLLATE "C" NOT NULL,
  made_ms bigint NOT NULL
);

CREATE TABLE audit_log (
  audit_no bigint NOT NULL PRIMARY KEY,
  at_ms bigint NOT NULL,
  action text COLLATE "C" NOT NULL,
  actor text COLLATE "C" NOT NULL,
  address text COLLATE "C",
  detail text COLLATE "C" NOT NULL,
  result text COLLATE "C" NOT NULL
);

-- Runs of receivers: each one's own number for each of its runs.
CREATE TABLE uptime (
  receiver text COLLATE "C" NOT NULL,
  run_no bigint NOT NULL,
  started_ms bigint NOT NULL,
  alive_ms bigint NOT NULL,
  ended bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (receiver, run_no)
);

CREATE INDEX uptime_by_end ON uptime (alive_ms, started_ms);

-- What each lane has committed, in its order: who follows reads on from where it was.
CREATE TABLE lane_log (
  lane text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  recorded_ms bigint NOT NULL,
  -- Groups, callbacks and transitions that it changed, JSON.
  changes text COLLATE "C" NOT NULL,
  PRIMARY KEY (lane, seq)
);

CREATE INDEX lane_log_by_time ON lane_log (recorded_ms);
