/** The table `callbacks`, as every database has it. */
import type { Callback } from '../../domain/callback.js';
import { recordOf, type Stored } from '../../gms/record-columns.js';

/** A row of `callbacks` as the rest of the program sees it. */
export function callbackOf(row: Stored): Callback {
  const text = (column: string) => (row[column] ?? null) as string | null;
  const number = (column: string) => (row[column] ?? null) as number | null;
  const liveMs = number('live_ms');
  const desiredMs = number('desired_ms');
  return {
    source: String(row['source']),
    serviceId: String(row['service_id']),
    record: recordOf(row),
    isFinal: row['is_final'] === 1,
    finalDigest: text('final_digest'),
    firstReceivedMs: Number(row['first_received_ms']),
    lastEventMs: number('last_event_ms'),
    endedMs: number('ended_ms'),
    events: Number(row['events']),
    lateEvents: Number(row['late_events']),
    attachments: Number(row['attachments']),
    attachedStartMs: number('attached_start_ms'),
    attachedReceivedMs: number('attached_received_ms'),
    live: liveMs === null ? null : { event: text('live_event') ?? '', state: text('live_state') ?? '', atMs: liveMs },
    desired: desiredMs === null ? null : { ms: desiredMs, receivedMs: Number(row['desired_received_ms']) },
    phoneHash: text('phone_hash'),
    aniHash: text('ani_hash'),
  };
}
