import type { ForgetCounts } from '../domain/store.js';

/** What was removed, under the names that the API and the command line use. */
export function shownCounts(counts: ForgetCounts): Readonly<Record<string, number>> {
  return {
    campaign_groups: counts.groups,
    notifications: counts.notifications,
    transitions: counts.transitions,
    callbacks: counts.callbacks,
    callback_events: counts.callbackEvents,
    attached_data: counts.attachedData,
    status_notifications: counts.statusNotifications,
    legacy_callback_events: counts.legacyEvents,
    quarantined_bodies: counts.quarantined,
  };
}
