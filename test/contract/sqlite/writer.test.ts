import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../src/domain/store.js';
import { decodeTextIn } from '../../../src/ingest/decode-text.js';
import { type Judge, makeJudge } from '../../../src/ingest/judge.js';
import { enumerationsWith, type EnumerationOverrides } from '../../../src/ocs/enumerations.js';
import { compileCallbackSchema, compileNotificationSchema } from '../../../src/node/schemas.js';
import { damaged } from '../../../src/sqlite/damage/damage.js';
import { openForReading } from '../../../src/sqlite/database.js';
import { SqliteReportReader } from '../../../src/sqlite/readers/report-reader.js';
import { numberHasher } from '../../../src/node/digest.js';
import { makeCallbackJudge } from '../../../src/ingest/judge-callback.js';
import { Writer, type WriterOptions } from '../../../src/sqlite/writer.js';
import { aBody } from '../../support/bodies.js';
import { aDelivery, eventPost } from '../../support/callback-writer.js';
import { removeFolder } from '../../support/folders.js';
import { idOf } from '../../support/receipts.js';
import { digest, T0 } from '../../support/notifications.js';
import { dateTime, LOADED, STARTED } from '../../support/posts.js';

let folder: string;
const writers: Writer[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-writer-'));
});
afterEach(() => {
  for (const writer of writers.splice(0)) writer.close();
  removeFolder(folder);
});

const schema = compileNotificationSchema();
const callbackSchema = compileCallbackSchema();
const decodeTextOf = () => decodeTextIn('utf-8');

function judgeWith(overrides: EnumerationOverrides): Judge {
  const enumerations = enumerationsWith(overrides);
  return makeJudge({ decodeTextOf, validate: schema.validate, enumerations, maxClockAheadMs: 3_600_000 });
}

function open(options: Partial<WriterOptions> & { overrides?: EnumerationOverrides } = {}): Writer {
  const { overrides = {}, ...rest } = options;
  const writer = new Writer({
    path: join(folder, 'test.db'),
    judge: judgeWith(overrides),
    enumerations: enumerationsWith(overrides),
    digest,
    judgeCallback: makeCallbackJudge({ decodeTextOf, digest, validate: callbackSchema.validate }),
    schemaVersionOf: () => schema.version,
    numberKey: 'test-key',
    keys: { random: () => 'random-key', hasher: numberHasher },
    quarantineLimitBytes: 1_000_000,
    maxHeads: 100,
    lockWaitMs: 0,
    keepsLedger: true,
    clock: { nowMs: () => T0 + 60_000 },
    ...rest,
  });
  writers.push(writer);
  return writer;
}

function close(writer: Writer): void {
  writers.splice(writers.indexOf(writer), 1);
  writer.close();
}

const delivery = (bytes: string, source = 'default'): Delivery => ({
  endpoint: 'campaign-group-state',
  source,
  receivedAtMs: T0 + 50_000,
  bytes,
});
const post = (fields: Record<string, unknown>) => delivery(JSON.stringify(aBody(fields)));
const at = (seconds: number) => ({ GSW_DATE_TIME: dateTime(T0 + seconds * 1000) });
const read = <T>(ask: (reader: SqliteReportReader) => T): T => {
  const db = openForReading(join(folder, 'test.db'));
  const answer = ask(new SqliteReportReader(db));
  db.close();
  return answer;
};
const ALL = { limit: 1000, cursor: null };
const FOREVER = { fromMs: 0, toMs: T0 * 2 };
const transitions = () => read((reader) => reader.transitions(null, FOREVER, ALL).items);
const EVERYTHING = { ids: [], source: null, reason: null, dryRun: false };

describe('a body that makes the program fail', () => {
  const poisonous: Judge = (one, nowMs) => {
    if (one.bytes.includes('POISON')) throw new TypeError('a fault of the program');
    return judgeWith({})(one, nowMs);
  };
  const batch = [
    post({ ...LOADED, ...at(0) }),
    post({ GSW_NOTE: 'POISON', ...at(5) }),
    post({ ...STARTED, ...at(10) }),
  ];

  it('is kept and counted, and takes nothing of its batch with it', () => {
    const report = open({ judge: poisonous }).commit(batch);
    expect(report.receipts.map(({ outcome }) => outcome)).toEqual(['transition', 'quarantined', 'transition']);
    expect(report.receipts[1]).toMatchObject({
      reason: 'internal',
      violations: [{ found: 'TypeError: a fault of the program' }],
    });
    expect(transitions().map(({ toState }) => toState)).toEqual(['running', 'active']);
    expect(report.snapshots).toMatchObject([{ state: 'running' }]);
  });

  it('is applied by a replay once the program is mended, and does not hold up the others before', () => {
    const ill = open({ judge: poisonous });
    ill.commit([...batch, delivery('{"a":1}')]);
    const still = [...ill.replay(EVERYTHING)].flatMap(({ items }) => items.map(({ outcome }) => outcome));
    expect(still).toEqual(['quarantined', 'quarantined']);
    close(ill);
    const mended = open();
    const [report] = [...mended.replay({ ...EVERYTHING, reason: 'internal' })];
    expect(report?.items).toMatchObject([{ outcome: 'late' }]);
  });
});

describe('the quarantine', () => {
  it('stays within its bound: replayed rows go first, then the oldest of what takes most', () => {
    const writer = open({ quarantineLimitBytes: 20_000 });
    writer.commit([delivery('{"kept":"because few are like it"', 'other')]);
    const first = idOf(writer.commit([delivery(`{"n":0,"x":"${'x'.repeat(1000)}"}`)]).receipts[0]);
    let dropped = 0;
    for (let n = 1; n <= 50; n++)
      dropped += writer.commit([delivery(`{"n":${String(n)},"x":"${'x'.repeat(1000)}"}`)]).quarantineDropped;
    const held = read((reader) => reader.quarantine({ source: null, reason: null, replayed: true }, ALL).items);
    expect(held.length).toBe(52 - dropped);
    expect(held.map(({ source }) => source)).toContain('other');
    expect(held.map(({ id }) => id)).not.toContain(first);
    const bytes = read((reader) =>
      held.reduce((sum, { id }) => sum + (reader.quarantinedBody(id)?.bytes.length ?? 0), 0),
    );
    expect(bytes).toBeLessThan(20_000);
  });

  it('keeps any bytes exactly, NUL and invalid UTF-8 included', () => {
    const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, n) => n));
    const { receipts } = open().commit([delivery(bytes)]);
    expect(read((reader) => reader.quarantinedBody(idOf(receipts[0])))?.bytes).toBe(bytes);
  });
});

describe('the quarantine’s count of its own bytes', () => {
  it('does not drift, whatever characters the violations show: it never empties itself', () => {
    const writer = open({ quarantineLimitBytes: 20_000 });
    for (let n = 0; n < 300; n++) {
      writer.commit([delivery(Buffer.from(JSON.stringify({ n, GSW_USER_EVENT: '😀'.repeat(38) })).toString('latin1'))]);
    }
    expect(
      read((reader) => reader.quarantine({ source: null, reason: null, replayed: true }, ALL).items.length),
    ).toBeGreaterThan(5);
  });

  it('is the same after a replay as counted anew', () => {
    const writer = open();
    writer.commit(Array.from({ length: 20 }, (_, n) => delivery(`{"n":${String(n)}}`)));
    expect([...writer.replay(EVERYTHING)].flatMap(({ items }) => items).length).toBe(20);
    const counts = writer.quarantineCounts();
    close(writer);
    expect(counts).toEqual(open().quarantineCounts());
  });
});

describe('the receipt of a notification', () => {
  it('carries the handle of its group, whether or not the group changed', () => {
    const of = (dbid: string, seconds: number) => post({ ...LOADED, GSW_CAMPAIGN_GROUP_DBID: dbid, ...at(seconds) });
    const report = open().commit([of('7', 0), delivery('{'), of('8', 0), of('7', 10), of('8', 0)]);
    const named = new Map(report.snapshots.map(({ groupNo, dbid }) => [groupNo, dbid]));
    const groups = report.receipts.map((receipt) =>
      receipt.kind === 'notification' ? named.get(receipt.groupNo) : receipt.kind,
    );
    expect(groups).toEqual(['7', 'quarantined', '8', '7', '8']);
  });
});

describe('bytes that are not in the source’s encoding', () => {
  const named = (name: string) =>
    delivery(
      JSON.stringify(
        aBody({ ...at(0), GSW_CAMPAIGN_GROUP_NAME: name, GSW_LISTS: { [name]: { GSW_STAT_HIT_RATIO: 0.5 } } }),
      ),
    );

  it('are shown with U+FFFD and warned of, but kept, so that two names stay two', () => {
    const report = open().commit([named('M\xfcller'), named('M\xf6ller'), named('M\xfcller')]);
    expect(report.receipts.map(({ outcome }) => outcome)).toEqual(['transition', 'refresh', 'duplicate']);
    expect(report.receipts[0]).toMatchObject({
      warnings: [{ field: 'GSW_CAMPAIGN_GROUP_NAME', rule: 'in the encoding of its source' }, {}],
    });
    const db = openForReading(join(folder, 'test.db'));
    const extras = db.prepare('SELECT extras FROM statements ORDER BY statement_no').pluck().all() as string[];
    db.close();
    expect(
      extras.map((text) => (JSON.parse(text) as Record<string, string>)['GSW_CAMPAIGN_GROUP_NAME (bytes)']),
    ).toEqual(['M\xfcller', 'M\xf6ller']);
    expect(report.snapshots[0]?.attributes.name).toBe('M\ufffdller');
  });

  it('are not suspected where somebody sent U+FFFD on purpose', () => {
    const utf8 = Buffer.from(JSON.stringify(aBody({ ...at(0), GSW_CAMPAIGN_GROUP_NAME: 'M\ufffdller' }))).toString(
      'latin1',
    );
    expect(open().commit([delivery(utf8)]).receipts[0]).toMatchObject({ warnings: [] });
  });
});

describe('a body with more violations than anybody reads', () => {
  it('lists a thousand and says how many there are more', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${String(n)}`, 1]));
    const [receipt] = open().commit([post({ ...at(0), ...many })]).receipts;
    const warnings = receipt?.outcome === 'transition' ? receipt.warnings : [];
    expect(warnings.length).toBe(1001);
    expect(warnings.at(-1)?.found).toBe('4000 more');
  });
});

describe('the one writer', () => {
  const lost = expect.objectContaining({ code: 'OCM_STORE_LOST' }) as Error;
  it('is one under every name of the file', () => {
    open();
    symlinkSync(join(folder, 'test.db'), join(folder, 'other-name.db'));
    expect(() => open({ path: join(folder, 'other-name.db') })).toThrow(
      expect.objectContaining({ code: 'OCM_LOCKED' }) as Error,
    );
  });

  it('tells nobody 200 for what it writes into a file that was removed or replaced', () => {
    const writer = open();
    for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `test.db${end}`), { force: true });
    expect(() => writer.commit([post(at(0))])).toThrow(lost);
    expect(() => {
      writer.beat();
    }).toThrow(lost);
    writeFileSync(join(folder, 'test.db'), '');
    expect(() => writer.commit([post(at(0))])).toThrow(lost);
  });

  it.each(['removed', 'replaced'])('tells nobody 200 when the log, where commits lie, was %s', (how) => {
    const writer = open();
    writer.commit([post(at(0))]);
    const log = join(folder, 'test.db-wal');
    rmSync(log);
    if (how === 'replaced') writeFileSync(log, '');
    expect(() => writer.commit([post(at(1))])).toThrow(lost);
    expect(() => {
      writer.audit({ atMs: T0, action: 'reload', actor: 'signal', address: null, detail: {}, result: 'done' });
    }).toThrow(lost);
    expect(() => {
      writer.beat();
    }).toThrow(lost);
  });

  it('tells nobody 200 when the log was removed while it committed', () => {
    let removes = false;
    const judge: Judge = (one, nowMs) => {
      if (removes) rmSync(join(folder, 'test.db-wal'));
      return judgeWith({})(one, nowMs);
    };
    const writer = open({ judge });
    writer.commit([post(at(0))]);
    removes = true;
    expect(() => writer.commit([post(at(1))])).toThrow(lost);
  });

  it('moves nothing aside that took the place of a file in which it met damage', () => {
    const writer = open();
    const path = join(folder, 'test.db');
    rmSync(path);
    writeFileSync(path, 'a restored one');
    expect(writer.diagnose(damaged(path, 'of the old one'))).toMatchObject({ code: 'OCM_STORE_LOST' });
    expect(readFileSync(path, 'utf8')).toBe('a restored one');
    expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([]);
  });

  it('writes nothing beside a file that is not ours', () => {
    writeFileSync(join(folder, 'notes.txt'), 'these are notes');
    expect(() => open({ path: join(folder, 'notes.txt') })).toThrow(
      expect.objectContaining({ code: 'OCM_NOT_OURS' }) as Error,
    );
    expect(() => open({ path: folder })).toThrow(expect.objectContaining({ code: 'OCM_NOT_OURS' }) as Error);
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });
});

describe('an enumeration table that a site overrides', () => {
  const six = { GSW_CAMPAIGN_GROUP_STATE: 6, GSW_CAMPAIGN_GROUP_ACTION: 0 };

  it('gives its word to what was said before too: history is told again, nothing is invented', () => {
    const before = open();
    before.commit([post({ ...LOADED, ...at(0) }), post({ ...six, ...at(10) })]);
    expect(transitions()[0]).toMatchObject({ toState: 'unknown(6)', inferred: true });
    close(before);
    const after = open({ overrides: { state: { '6': 'Paused' } } });
    expect(after.retoldGroups).toBe(1);
    expect(transitions()[0]).toMatchObject({ fromState: 'active', toState: 'paused' });
    expect([...after.snapshots()]).toMatchObject([{ state: 'paused', stateCode: 6 }]);
    expect(after.commit([post({ ...six, ...at(20) })]).receipts[0]?.outcome).toBe('refresh');
    close(after);
    expect(open({ overrides: { state: { '6': 'Paused' } } }).retoldGroups).toBe(0);
  });

  it('may prove a number wrong: what it explained before is told by the right action now', () => {
    const before = open();
    before.commit([
      post({ ...LOADED, ...at(0) }),
      post({ GSW_CAMPAIGN_GROUP_STATE: 5, GSW_CAMPAIGN_GROUP_ACTION: 12, ...at(10) }),
    ]);
    expect(transitions()[0]).toMatchObject({ action: null, inferred: true });
    close(before);
    open({ overrides: { action: { '12': 'start' } } });
    expect(transitions()[0]).toMatchObject({ action: 'start', inferred: false });
  });
});

describe('a clock that was ahead', () => {
  const DAYS_MS = 2 * 86_400_000;
  let nowMs: number;
  const clock = { nowMs: () => nowMs };
  const received = (of: Delivery): Delivery => ({ ...of, receivedAtMs: nowMs });
  const rows = () => {
    const db = openForReading(join(folder, 'test.db'));
    const all = (query: string) => db.prepare(query).pluck().all();
    const found = {
      heard: all('SELECT heard_ms FROM campaign_groups'),
      seen: all('SELECT last_received_ms FROM quarantine'),
      callbacks: all('SELECT max(last_event_ms, live_ms) FROM callbacks'),
      uptime: all('SELECT alive_ms FROM uptime'),
    };
    db.close();
    return found;
  };
  const event = () => received(eventPost());
  const status = () =>
    received(aDelivery('status-notifications', { event: '_cbe_on_callback_queued', _service_id: 'service-1' }));
  const receiveAll = (writer: Writer) =>
    writer.commit([received(post({ ...LOADED, ...at(0) })), received(delivery('{')), event(), status()]);
  beforeEach(() => (nowMs = T0 + 60_000));

  it('leaves no later moment than now behind when it is set back', () => {
    const writer = open({ clock });
    nowMs += DAYS_MS;
    receiveAll(writer);
    writer.beat();
    nowMs -= DAYS_MS;
    writer.commit([]);
    expect(rows()).toEqual({ heard: [nowMs], seen: [nowMs], callbacks: [nowMs], uptime: [nowMs] });
    nowMs += 1000;
    writer.commit([received(post({ ...LOADED, ...at(0) })), received(delivery('{'))]);
    expect(rows()).toMatchObject({ heard: [nowMs], seen: [nowMs] });
  });

  it('nor when the next start finds it right', () => {
    nowMs += DAYS_MS;
    const before = open({ clock });
    receiveAll(before);
    close(before);
    nowMs -= DAYS_MS;
    const after = open({ clock });
    expect(after.previousAliveMs).toBe(nowMs + DAYS_MS);
    expect(rows()).toEqual({ heard: [nowMs], seen: [nowMs], callbacks: [nowMs], uptime: [nowMs, nowMs] });
  });
});

describe('the ledger of own up-time', () => {
  it('says until when the run before was alive, and is not touched by commands', () => {
    let nowMs = T0;
    const clock = { nowMs: () => nowMs };
    const first = open({ clock });
    expect(first.previousAliveMs).toBeNull();
    nowMs += 5000;
    first.beat();
    close(first);
    nowMs += 60_000;
    close(open({ clock, keepsLedger: false }));
    expect(open({ clock }).previousAliveMs).toBe(T0 + 5000);
  });
});
