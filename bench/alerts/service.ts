/**
 * The service on a clock that the bench sets: the real decoder, store and exposition, without sockets, threads and
 * timers between them.
 */
import { KEPT_FOR_EVER } from '../../src/domain/retention.js';
import { RetentionWatch } from '../../src/service/retention-watch.js';
import { SpoolWatch } from '../../src/service/spool-watch.js';
import { UpkeepWatch } from '../../src/service/upkeep-watch.js';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, type Flags, readConfig } from '../../src/config/config.js';
import { numberHasher, randomKey, sha256Digest } from '../../src/node/digest.js';
import { AbandonmentWatch } from '../../src/service/abandonment-watch.js';
import { Display } from '../../src/service/display.js';
import type { Clock } from '../../src/domain/clock.js';
import type { Logger } from '../../src/domain/log.js';
import type { RejectionReason } from '../../src/domain/quarantine.js';
import type { Delivery } from '../../src/domain/store.js';
import { CALLBACK_SCHEMA_VERSION } from '../../src/gms/callback-schema.js';
import { decodeTextIn } from '../../src/ingest/decode-text.js';
import { makeJudge } from '../../src/ingest/judge.js';
import { makeCallbackJudge } from '../../src/ingest/judge-callback.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { compileCallbackSchema, compileNotificationSchema } from '../../src/node/schemas.js';
import { GroupReports } from '../../src/reports/group-reports.js';
import { openForReading } from '../../src/sqlite/database.js';
import { fileSizes } from '../../src/sqlite/file-sizes.js';
import { SqliteGroupRows } from '../../src/sqlite/readers/group-reader.js';
import { Writer } from '../../src/sqlite/writer.js';
import type { Store } from '../../src/service/store.js';
import { removeFolder } from '../../test/support/folders.js';

const SILENT: Logger = { error: ignore, warn: ignore, info: ignore, debug: ignore };
/** A disk with room, so that nothing about this machine's gets into the days. */
const FREE_BYTES = 100e9;

const BEAT_MS = 120_000;
const LOOK_MS = 60_000;

const notifications = compileNotificationSchema();
const callbacks = compileCallbackSchema();
const decodeTextOf = () => decodeTextIn('utf-8');

interface Running {
  readonly writer: Writer;
  readonly display: Display;
  readonly startedMs: number;
  readonly abandonment: AbandonmentWatch;
  readonly closeReader: () => void;
  lookedAtMs: number;
}

export class ServiceOnClock {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ocm-days-'));
  readonly #path = join(this.#folder, 'days.db');
  readonly #config: Config;
  readonly #clock: Clock;
  #beatsAtMs = 0;
  #running: Running | null = null;

  constructor(clock: Clock, flags: Flags = {}) {
    this.#clock = clock;
    this.#config = readConfig({ store: `sqlite:${this.#path}`, ...flags }, {}, null);
    this.start();
  }

  /** `isSuccessor`: takes over as a reload does, so that nobody misses it. */
  start(isSuccessor = false): void {
    const writer = this.#openWriter(isSuccessor);
    const display = new Display(this.#config, storeOf(writer, this.#path), {
      ...{ log: SILENT, clock: this.#clock, version: 'days', processMetrics: false, logDropped: () => 0, isSuccessor },
      otlp: () => null,
      waiting: () => 0,
      maxWaiting: 20_000,
      certificateExpiresMs: () => null,
    });
    const startedMs = this.#clock.nowMs();
    this.#running = { writer, display, startedMs, lookedAtMs: startedMs, ...this.#abandonmentOf(display) };
  }

  stop(handsOver = false): void {
    this.#running?.display.feed.close();
    this.#running?.closeReader();
    this.#running?.writer.close(handsOver);
    this.#running = null;
  }

  /** Lost, while it is down: the sender does not repeat. */
  post(deliveries: readonly Delivery[], ackSeconds: number): void {
    if (this.#running === null || deliveries.length === 0) return;
    const { writer, display } = this.#running;
    display.show(writer.commit(deliveries), deliveries);
    for (let count = deliveries.length; count > 0; count--) display.metrics.own.acknowledge(ackSeconds);
    const intervals = display.roster.intervalsToKeep();
    if (intervals.size > 0) writer.keepIntervals(intervals);
  }

  /** A post that is answered without being stored. */
  refuse(source: string, reason: RejectionReason): void {
    this.#running?.display.metrics.own.reject(source, reason, reason !== 'unauthorized');
  }

  /** Other settings are asked for. */
  reload(result: 'applied' | 'refused'): void {
    this.#running?.display.metrics.own.reload(result);
  }

  /** Text of the exposition; null while it is down. */
  async scrape(): Promise<string | null> {
    if (this.#running === null) return null;
    const { writer, display, startedMs } = this.#running;
    this.#beat(writer);
    await this.#look(this.#running);
    const page = await display.metrics.render('text');
    const text = page.pieces
      .map((piece) => (typeof piece === 'string' ? piece : Buffer.from(piece).toString()))
      .join('');
    page.release();
    // What prom-client says of a process.
    return `${text}process_start_time_seconds ${String(startedMs / 1000)}\n`;
  }

  /** As the service does, though less often: each looks at the files. */
  #beat(writer: Writer): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#beatsAtMs) return;
    this.#beatsAtMs = nowMs + BEAT_MS;
    writer.beat();
  }

  /** Every minute, as the service does. */
  async #look(running: Running): Promise<void> {
    const nowMs = this.#clock.nowMs();
    if (nowMs - running.lookedAtMs < LOOK_MS) return;
    running.lookedAtMs = nowMs;
    await running.abandonment.look();
  }

  #abandonmentOf(display: Display): Pick<Running, 'abandonment' | 'closeReader'> {
    const db = openForReading(this.#path);
    const reports = new GroupReports(new SqliteGroupRows(db));
    const abandonment = new AbandonmentWatch({
      ...{ roster: display.roster, board: display.abandonment, clock: this.#clock, elapsedMs: () => 0 },
      reader: { abandonment: (asked) => Promise.resolve(reports.abandonment(asked)) },
      ruleProfiles: this.#config.ruleProfiles,
      isShown: (entry, nowMs) => display.metrics.isShown(entry, nowMs),
    });
    return { abandonment, closeReader: () => db.close() };
  }

  remove(): void {
    this.stop();
    removeFolder(this.#folder);
  }

  #openWriter(socketOutlived: boolean): Writer {
    const { maxGroups, quarantineLimitBytes, maxClockAheadMs } = this.#config;
    return new Writer({
      ...{ path: this.#path, maxHeads: maxGroups, quarantineLimitBytes, lockWaitMs: 0, keepsLedger: true },
      ...{ clock: this.#clock, socketOutlived, enumerations: ENUMERATIONS, digest: sha256Digest, numberKey: null },
      keys: { random: randomKey, hasher: numberHasher },
      judge: makeJudge({
        decodeTextOf,
        validate: notifications.validate,
        enumerations: ENUMERATIONS,
        maxClockAheadMs,
      }),
      judgeCallback: makeCallbackJudge({ decodeTextOf, digest: sha256Digest, validate: callbacks.validate }),
      schemaVersionOf: (endpoint) =>
        endpoint === 'campaign-group-state' ? notifications.version : CALLBACK_SCHEMA_VERSION,
    });
  }
}

/** What the display needs of a store; nobody asks for reports. */
function storeOf(writer: Writer, path: string): Store {
  const snapshots = [...writer.snapshots()];
  const state: Store['state'] = {
    snapshots,
    openCallbacks: [...writer.openCallbacks(0)],
    lastCallbackEvents: writer.lastCallbackEvents(),
    quarantine: writer.quarantineCounts(),
    previousAliveMs: writer.previousAliveMs,
    retoldGroups: writer.retoldGroups,
    setAside: writer.setAside,
    keptIntervals: writer.keptIntervals,
    leftOut: writer.leftOut,
    numberKey: null,
    follow: null,
  };
  const store: Omit<Store, 'writer' | 'reader' | 'callbackReader' | 'close'> = {
    state,
    onUnconfirmed: () => undefined,
    checkpoints: { failures: 0 },
    retention: new RetentionWatch(KEPT_FOR_EVER, LOG),
    upkeep: new UpkeepWatch(LOG),
    spool: new SpoolWatch(LOG),
    receivers: null,
    asideFiles: () => [],
    notes: () => [],
    sizes: () => fileSizes(path),
    numberHash: (number) => number,
    freeBytes: () => FREE_BYTES,
  };
  return store as Store;
}

function ignore(): void {
  // Days have no log.
}

const LOG = { info: ignore, warn: ignore, error: ignore, debug: ignore };
