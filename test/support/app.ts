import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type App, type AppDependencies, startApp } from '../../src/service/app.js';
import { type Flags, readConfig } from '../../src/config/config.js';
import type { Clock, OnClockStep } from '../../src/domain/clock.js';
import { documentedAt, notHeldAgainstDocument, undocumented } from './documented.js';
import { removeFolder } from './folders.js';

/** The compiled entry points: worker threads run JavaScript, so `npm test` builds first. */
const threads = {
  writer: new URL('../../dist/service/sqlite/writer-thread.js', import.meta.url),
  reader: new URL('../../dist/service/sqlite/reader-thread.js', import.meta.url),
};

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: object;
}

export interface TestApp {
  readonly app: App;
  readonly url: string;
  readonly database: string;
  readonly log: LogLine[];
  /** The receive clock; set it to move time. */
  readonly clock: {
    nowMs: () => number;
    setMs: (ms: number | null) => void;
    /** Sets the machine's clock while time goes on: an administrator, or a time server, does. */
    step: (byMs: number) => void;
  };
  /** Ends the service; keeps the database for a restart. */
  stop(): Promise<void>;
  /** Ends the service and removes its folder. */
  remove(): Promise<void>;
}

/** The whole service on a free port and a database of its own; `database` continues one of an earlier run. */
export async function startTestApp(
  flags: Flags = {},
  options: {
    database?: string;
    configFile?: string;
    every?: AppDependencies['every'];
    freeBytes?: AppDependencies['freeBytes'];
  } = {},
): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-test-'));
  const database = options.database ?? join(folder, 'test.db');
  const config = readConfig({ port: '0', store: `sqlite:${database}`, ...flags }, {}, options.configFile ?? null);
  const log: LogLine[] = [];
  const note = (level: string) => (fields: object, message: string) => void log.push({ level, message, fields });
  let fixedMs: number | null = null;
  const onStep: OnClockStep[] = [];
  const clock: Clock & Pick<TestApp['clock'], 'setMs' | 'step'> = {
    nowMs: () => fixedMs ?? new Date().getTime(),
    setMs: (ms) => (fixedMs = ms),
    step: (byMs) => {
      fixedMs = clock.nowMs() + byMs;
      for (const listener of onStep) listener(byMs);
    },
  };
  const app = await startApp(config, {
    log: { error: note('error'), warn: note('warn'), info: note('info'), debug: note('debug') },
    clock,
    clockSteps: (listener) => void onStep.push(listener),
    version: 'test',
    threads,
    pageFolder: new URL('../../dist/page/', import.meta.url),
    onFatal: (error) => void log.push({ level: 'fatal', message: error.message, fields: {} }),
    processMetrics: false,
    ...(options.every && { every: options.every }),
    ...(options.freeBytes && { freeBytes: options.freeBytes }),
  });
  for (const port of new Set([app.port, app.readPort])) documentedAt(port, config.basePath, app.port !== app.readPort);
  let isHeld = true;
  const stop = async () => {
    await app.stop('now');
    // Its port is somebody else's next.
    if (isHeld) for (const port of [app.port, app.readPort]) notHeldAgainstDocument(port);
    isHeld = false;
  };
  return {
    app,
    url: `http://127.0.0.1:${String(app.port)}`,
    database,
    log,
    clock,
    stop,
    remove: async () => {
      await stop();
      removeFolder(folder);
    },
  };
}

/** Files share a worker: what the one before was answered is no fault of this one. */
const forgetOthers = () => void undocumented();

/** `startTestApp` for a test file: what it started is removed after each test, and every answer held against the document. */
export function testApps(): typeof startTestApp {
  const running: TestApp[] = [];
  beforeAll(forgetOthers);
  afterEach(async () => {
    const started = running.splice(0);
    // Two may have one database: no folder goes under a service that runs.
    for (const app of started) await app.stop();
    for (const app of started) await app.remove();
    expect(undocumented()).toEqual([]);
  });
  return async (...args) => {
    const app = await startTestApp(...args);
    running.push(app);
    return app;
  };
}

/** A service that a test shares with the others of its file, and what keeps them apart. */
export interface SharedApp extends TestApp {
  /** The test's own: nobody else posts as it. */
  readonly source: string;
}

/**
 * For tests that restart nothing: one service per settings for the whole file, and a source for each test. What a test
 * asks of the service as a whole it asks of a service of its own.
 */
export function sharedApps(): (flags?: Flags) => Promise<SharedApp> {
  const running = new Map<string, Promise<TestApp>>();
  let source = '';
  let tests = 0;
  beforeAll(forgetOthers);
  beforeEach(() => {
    source = `test-${String(++tests)}`;
  });
  afterEach(async () => {
    for (const app of running.values()) (await app).clock.setMs(null);
    expect(undocumented()).toEqual([]);
  });
  afterAll(async () => {
    for (const app of running.values()) await (await app).remove();
  });
  return async (flags = {}) => {
    const key = JSON.stringify(flags);
    const app = running.get(key) ?? startTestApp(flags);
    running.set(key, app);
    return { ...(await app), source };
  };
}
