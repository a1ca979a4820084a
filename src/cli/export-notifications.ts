/** Notifications as lines that `ocs-monitor import notifications` takes: see `ingest/captured-line.ts`. */
import type { Config } from '../config/config.js';
import type { Notification } from '../domain/notification.js';
import type { TimeRange } from '../domain/store.js';
import { visibleLine } from '../domain/visible-text.js';
import { NewFile } from '../node/new-file.js';
import { encodeNotification } from '../ocs/encode-notification.js';
import { withHeld } from '../service/open-held.js';
import { untilInterrupted } from './export-output.js';
import type { CliIo } from './io.js';

interface Asked extends TimeRange {
  readonly source: string | null;
  /** Null: standard output. */
  readonly out: string | null;
  readonly isJson: boolean;
}

export function exportNotifications(config: Config, { out, isJson, ...asked }: Asked, io: CliIo): Promise<void> {
  return withHeld(config, async (held) => {
    const pages = held.notifications(asked);
    if (out === null) {
      for await (const page of untilInterrupted(pages, io)) io.out(page.map(notificationLine).join(''));
      return;
    }
    let notifications = 0;
    const bytes = await NewFile.write(out, async (file) => {
      for await (const page of untilInterrupted(pages, io)) {
        file.append(page.map(notificationLine).join(''));
        notifications += page.length;
      }
    });
    if (isJson) io.out(`${JSON.stringify({ file: out, notifications, bytes })}\n`);
    else io.out(`${visibleLine(out)}: ${notifications} notifications, ${bytes} bytes.\n`);
  });
}

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
