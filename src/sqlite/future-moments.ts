/**
 * Moments that were written down while the clock was ahead. Each of them says "the latest so far", and would be believed
 * until the clock has come there: silence unseen, callbacks open, an outage of our own taken for time in which we listened.
 * When the clock turns out to be behind them, they become now. Older evidence and events stay as they were told: that is history.
 */
import type { CampaignStore } from '../apply/campaigns.js';
import type { Connection } from './database.js';

/** To be called in a transaction; what is in memory of these tables does not hold any more. */
export function endFutureMoments(db: Connection, campaigns: CampaignStore, nowMs: number): void {
  campaigns.endFuture(nowMs);
  for (const update of [
    'UPDATE campaign_groups SET heard_ms = @now WHERE heard_ms > @now',
    // The condition is what the index callbacks_by_change is on.
    `UPDATE callbacks SET first_received_ms = min(first_received_ms, @now), last_event_ms = min(last_event_ms, @now),
       attached_received_ms = min(attached_received_ms, @now), live_ms = min(live_ms, @now),
       desired_received_ms = min(desired_received_ms, @now)
     WHERE max(coalesce(last_event_ms, 0), coalesce(attached_received_ms, 0), coalesce(live_ms, 0)) > @now`,
    `UPDATE quarantine SET first_received_ms = min(first_received_ms, @now), last_received_ms = @now
     WHERE last_received_ms > @now`,
    'UPDATE callback_missing_keys SET last_received_ms = @now WHERE last_received_ms > @now',
    'UPDATE uptime SET started_ms = min(started_ms, @now), alive_ms = @now WHERE alive_ms > @now',
  ]) {
    db.prepare(update).run({ now: nowMs });
  }
}
