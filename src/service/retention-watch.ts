/** What retention has come to: for those who show it, and in the log where it has removed something. */
import type { RetentionSlice } from '../apply/retention.js';
import type { Logger } from '../domain/log.js';
import type { RetentionReport, RetentionSettings } from '../domain/retention.js';

export class RetentionWatch {
  readonly settings: RetentionSettings;
  readonly #log: Logger;
  /** Of the last run; null: none has ended yet. */
  report: RetentionReport | null = null;
  /** To be told of commits that change what is shown. */
  onSlice: (slice: RetentionSlice) => void = () => undefined;

  constructor(settings: RetentionSettings, log: Logger) {
    this.settings = settings;
    this.#log = log;
  }

  note(report: RetentionReport): void {
    const wasLimited = this.report?.isLimited ?? false;
    this.report = report;
    const { removed, usedBytes, isLimited } = report;
    const rows = Object.values(removed).reduce((sum, count) => sum + count, 0);
    if (rows > 0) this.#log.info({ ...removed, usedBytes }, 'what was older than it is kept was removed');
    if (!isLimited || wasLimited) return;
    const limitBytes = this.settings.storeLimitBytes;
    const next = 'raise OCM_STORE_LIMIT, or lower OCM_RETENTION_NOTIFICATIONS';
    this.#log.warn({ usedBytes, limitBytes, next }, 'the store is at its limit: samples go before their time');
  }
}
