/** A notification as a line that `ocs-monitor import notifications` takes: see `ingest/captured-line.ts`. */
import type { Notification } from '../domain/notification.js';
import { encodeNotification } from '../ocs/encode-notification.js';

export function notificationLine(notification: Notification): string {
  const { source, receivedAtMs, statement } = notification;
  const { origin } = statement;
  const wrapper = {
    received_at: new Date(receivedAtMs).toISOString(),
    source,
    // What was imported as it was received is a post of somebody.
    ...(origin !== undefined && origin !== 'import' && { origin }),
  };
  return `${JSON.stringify(wrapper).slice(0, -1)},"body":${encodeNotification(notification)}}\n`;
}
