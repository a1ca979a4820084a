import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NotificationKind } from '../../../../src/ocs/log/log-line.js';
import type { LogEntry } from '../../../../src/ocs/log/log-reader.js';
import { type AuditSettings, OcsLogAudit } from '../../../../src/reports/ocs-log/audit.js';
import { auditJson } from '../../../../src/reports/ocs-log/audit-view.js';
import type { HeldRows } from '../../../../src/reports/ocs-log/held-rows.js';
import type { SentLines } from '../../../../src/reports/ocs-log/sent-lines.js';
import { heldNotification, MemoryHeldRows } from '../../../support/held-rows.js';

const T0 = Date.parse('2026-03-01T10:00:00Z');
const URI = 'http://monitor:8080/ocs/eu-1/campaign-group-state';
const SETTINGS: AuditSettings = { source: 'eu-1', url: null, toleranceMs: 5000, asksForStates: false };

interface Line {
  readonly name: string;
  readonly atMs: number;
  readonly kind: NotificationKind;
}

function entryOf({ name, atMs, kind }: Line, uri = URI): LogEntry {
  return { message: 'notification', kind, name, uri, atMs };
}

const line = (name: string, atMs: number, kind: NotificationKind = 'periodic'): Line => ({ name, atMs, kind });

function auditOf(entries: readonly LogEntry[], rows: HeldRows, settings: Partial<AuditSettings> = {}) {
  const audit = new OcsLogAudit({ ...SETTINGS, ...settings }, rows);
  for (const entry of entries) {
    audit.cover(entry.atMs);
    audit.take(entry);
  }
  const done = audit.finish();
  const named = (lines: SentLines) =>
    [...lines.inTime()].map((index) => {
      const { atMs, nameNo, kind } = lines.at(index);
      return line(done.nameOf(nameNo), atMs, kind);
    });
  const { compared } = done;
  return { ...done, missing: named(compared.missing), unexpected: named(compared.unexpected) };
}

const byTime = (a: Line, b: Line) => a.atMs - b.atMs || (a.name < b.name ? -1 : 1);

describe('an audit', () => {
  const jitter = fc.integer({ min: -100, max: 100 });
  const sentOf = (name: string) =>
    fc
      .array(
        fc.record({
          gap: fc.oneof(fc.integer({ min: 500, max: 20_000 }), fc.integer({ min: 500, max: 3_000_000 })),
          by: jitter,
          lost: fc.boolean(),
          isState: fc.boolean(),
          misplaced: fc.nat({ max: 3 }),
        }),
        { maxLength: 60 },
      )
      .map((steps) => {
        let atMs = T0;
        return steps.map(({ gap, by, lost, isState, misplaced }) => {
          atMs += gap;
          return { ...line(name, atMs, isState ? 'state' : 'periodic'), by, lost, misplaced };
        });
      });

  it('finds what was lost, no more and no less, whatever the order of lines within a minute', () => {
    fc.assert(
      fc.property(sentOf('A@1'), sentOf('B@1'), fc.integer({ min: 200, max: 9000 }), (a, b, toleranceMs) => {
        const all = [...a, ...b].sort(byTime);
        const rows = new MemoryHeldRows(
          [a, b].map((sent) => ({
            name: sent[0]?.name ?? 'none',
            held: sent.filter(({ lost }) => !lost).map(({ name, atMs, by }) => heldNotification(name, atMs + by)),
          })),
        );
        const lines = all.toSorted(
          (one, other) => one.atMs + one.misplaced * 10_000 - other.atMs - other.misplaced * 10_000,
        );
        const { missing, unexpected, compared } = auditOf(
          lines.map((one) => entryOf(one)),
          rows,
          { toleranceMs },
        );
        const lost = all.filter((one) => one.lost).map(({ name, atMs, kind }) => line(name, atMs, kind));
        expect(missing.sort(byTime)).toEqual(lost);
        expect(unexpected).toEqual([]);
        expect([compared.sent, compared.received]).toEqual([all.length, all.length - lost.length]);
        const hours = compared.hours();
        expect(hours.reduce((sum, hour) => sum + hour.sent, 0)).toBe(all.length);
      }),
    );
  });

  it('is the same when the logs of two days come the other way round', () => {
    const sent = Array.from({ length: 2 * 1000 }, (_, n) => line('A@1', T0 + n * 10_000 + (n < 1000 ? 0 : 86_400_000)));
    const isLost = (n: number) => n % 97 === 5;
    const held = sent.filter((_, n) => !isLost(n)).map(({ atMs }) => heldNotification('A@1', atMs + 30));
    const rows = () => new MemoryHeldRows([{ name: 'A@1', held }]);
    const lost = sent.filter((_, n) => isLost(n));
    const entries = sent.map((one) => entryOf(one));
    expect(auditOf(entries, rows()).missing).toEqual(lost);
    const turned = auditOf([...entries.slice(1000), ...entries.slice(0, 1000)], rows());
    expect(turned.missing).toEqual(lost);
    expect(turned.unexpected).toEqual([]);
  });

  it('tells what nobody sent, where the log would say so', () => {
    const sent = [0, 10, 20, 30].map((seconds) => line('A@1', T0 + seconds * 1000));
    const extra = [-8, 15, 38].map((seconds) => heldNotification('A@1', T0 + seconds * 1000 + 400));
    const other = heldNotification('B@1', T0 + 12_000);
    const held = sent.map(({ atMs }) => heldNotification('A@1', atMs));
    const rows = new MemoryHeldRows([
      { name: 'A@1', held: [...held, ...extra] },
      { name: 'B@1', held: [other] },
    ]);
    const { unexpected, missing } = auditOf(
      sent.map((one) => entryOf(one)),
      rows,
    );
    expect(missing).toEqual([]);
    expect(unexpected).toMatchObject([
      { name: 'B@1', atMs: T0 + 12_000 },
      { name: 'A@1', atMs: T0 + 15_400 },
    ]);
  });

  it('says that nothing can be told where OCS does not log what it sends', () => {
    const entries: LogEntry[] = [{ message: 'group', id: 52_000, name: 'A@1', atMs: T0 }];
    const done = auditOf(entries, new MemoryHeldRows([{ name: 'A@1', held: [heldNotification('A@1', T0)] }]));
    expect(done).toMatchObject({ isTraceOff: true, missing: [], unexpected: [], fromMs: null, misdirected: [] });
    expect(
      JSON.parse(
        [...auditJson({ ...done, source: 'eu-1', lines: 1, unreadable: 0, backfilled: 0, fitsLaterMs: null })].join(''),
      ),
    ).toMatchObject({
      trace_off: true,
      delivery_ratio: null,
      sent: 0,
      missing: [],
    });
  });

  it('counts what went elsewhere, with the slip, and does not look for it here', () => {
    const elsewhere = 'http://monitor:8081/ocs/eu-1/campaign-group-state?token=secret';
    const entries = [entryOf(line('A@1', T0)), entryOf(line('A@1', T0 + 10_000), elsewhere)];
    const rows = new MemoryHeldRows([{ name: 'A@1', held: [heldNotification('A@1', T0)] }]);
    const done = auditOf(entries, rows, { url: new URL(URI) });
    expect(done).toMatchObject({ missing: [], compared: { sent: 1, received: 1 } });
    expect(done.misdirected).toEqual([
      { uri: 'http://monitor:8081/ocs/eu-1/campaign-group-state?***', count: 1, slip: 'port' },
    ]);
  });

  it('leaves out what retention has removed, and says how much', () => {
    const sent = [0, 10, 20, 30].map((seconds) => line('A@1', T0 + seconds * 1000));
    const rows = new MemoryHeldRows([{ name: 'A@1', held: [heldNotification('A@1', T0 + 30_000)] }], T0 + 15_000);
    const done = auditOf(
      sent.map((one) => entryOf(one)),
      rows,
    );
    expect(done).toMatchObject({ beforeHorizon: 2, missing: [line('A@1', T0 + 20_000)] });
  });

  it('explains what was sent while this service was down, and tells the longest gap', () => {
    const sent = [0, 10, 20, 30, 40].map((seconds) => line('A@1', T0 + seconds * 1000));
    const held = [0, 40].map((seconds) => heldNotification('A@1', T0 + seconds * 1000));
    const downs = [{ fromMs: T0 + 15_000, toMs: T0 + 35_000 }];
    const { compared } = auditOf(
      sent.map((one) => entryOf(one)),
      new MemoryHeldRows([{ name: 'A@1', held }], null, downs),
    );
    expect(compared.downtime()).toEqual([{ ...downs[0], missing: 2 }]);
    expect(compared.longestGapMs).toBe(40_000);
  });

  it('takes a sender that repeats itself word for word as received', () => {
    const sent = Array.from({ length: 10 }, (_, n) => line('A@1', T0 + n * 10_000));
    const copies = [{ fromMs: T0 + 10_030, toMs: T0 + 90_030 }];
    const rows = new MemoryHeldRows([{ name: 'A@1', held: [heldNotification('A@1', T0)], copies }]);
    expect(
      auditOf(
        sent.map((one) => entryOf(one)),
        rows,
      ).missing,
    ).toEqual([]);
    // Copies of what has evidence came on the way twice.
    const held = sent.filter((_, n) => n !== 4).map(({ atMs }) => heldNotification('A@1', atMs));
    const twice = new MemoryHeldRows([{ name: 'A@1', held, copies }]);
    expect(
      auditOf(
        sent.map((one) => entryOf(one)),
        twice,
      ).missing,
    ).toEqual([sent[4]]);
  });

  it('follows a sender whose date-times stand still by when its posts came, whatever our clock is', () => {
    const aheadMs = 90_000;
    const sent = Array.from({ length: 10 }, (_, n) => line('A@1', T0 + n * 10_000, n === 0 ? 'state' : 'periodic'));
    const held = sent
      .map(({ atMs }, n) => {
        const receivedMs = atMs + aheadMs + 20;
        const repeats = { isRepeat: n > 0, tag: n, dateTimeMs: T0, placeMs: n > 0 ? receivedMs : T0, receivedMs };
        return heldNotification('A@1', T0, repeats);
      })
      .filter((_, n) => n !== 6);
    const rows = new MemoryHeldRows([{ name: 'A@1', held }]);
    expect(
      auditOf(
        sent.map((one) => entryOf(one)),
        rows,
      ).missing,
    ).toEqual([sent[6]]);
  });
});

describe('where several campaign groups have one name', () => {
  /** Two groups that send every ten seconds, `apartMs` apart. */
  const twins = (apartMs: number) =>
    [0, 1].map((which) => Array.from({ length: 30 }, (_, n) => T0 + 60_000 + which * apartMs + n * 10_000));

  function auditTwins(apartMs: number, lost: readonly (readonly [number, number])[]) {
    const times = twins(apartMs);
    const sent = times.flat().sort((a, b) => a - b);
    const groups = times.map((own, which) => ({
      name: 'Twin',
      held: own
        .filter((_, n) => !lost.some(([group, index]) => group === which && index === n))
        .map((atMs) => heldNotification('Twin', atMs)),
    }));
    const rows = new MemoryHeldRows(groups);
    return auditOf(
      sent.map((atMs) => entryOf(line('Twin', atMs))),
      rows,
    );
  }

  it('neighbours tell whose a missing one was', () => {
    const { missing, compared } = auditTwins(3000, [[0, 10]]);
    expect(missing).toEqual([line('Twin', T0 + 160_000)]);
    expect(compared.ambiguous).toBe(0);
  });

  it('what they do not tell is ambiguous, and never guessed', () => {
    const { missing, compared } = auditTwins(0, [
      [0, 10],
      [1, 10],
    ]);
    expect(missing).toEqual([]);
    expect(compared).toMatchObject({ ambiguous: 2, sent: 60, received: 58 });
  });

  it('a change that nobody told of shows whose it was', () => {
    const held = (name: string, changes: boolean) =>
      Array.from({ length: 10 }, (_, n) => {
        const bearing = changes && n >= 5 ? 'other' : 'one';
        return heldNotification(name, T0 + 60_000 + n * 10_000 + (changes ? 0 : 2000), { bearing });
      });
    const groups = [true, false].map((changes) => ({ name: 'Twin', held: held('Twin', changes) }));
    const sent = groups.flatMap(({ held: all }) => all.map(({ dateTimeMs }) => line('Twin', dateTimeMs)));
    const change = line('Twin', T0 + 60_000 + 45_000, 'state');
    const entries = [...sent, change].sort(byTime).map((one) => entryOf(one));
    const { missing, compared } = auditOf(entries, new MemoryHeldRows(groups), { toleranceMs: 1000 });
    expect([missing, compared.ambiguous]).toEqual([[change], 0]);
  });

  it('tells nothing of what was received in an hour that cannot be read, but that it was not received while this was down', () => {
    const [lost, unknown, whileDown] = [T0 + 60_000, T0 + 3_600_000, T0 + 5_400_000];
    const damaged = [{ fromMs: T0 + 3_600_000, toMs: T0 + 7_200_000 }];
    const rows = new MemoryHeldRows(
      [
        { name: 'a', held: [heldNotification('a', T0)], damaged },
        { name: 'b', held: [heldNotification('b', T0)] },
      ],
      null,
      [{ fromMs: whileDown - 1000, toMs: whileDown + 1000 }],
    );
    const lines = [T0, lost, unknown - 1, unknown, unknown + 1_000_000, whileDown].map((atMs) => line('a', atMs));
    const told = auditOf(
      [...lines, line('b', unknown)].map((one) => entryOf(one)),
      rows,
    );
    expect(told.missing).toEqual([line('a', lost), line('b', unknown), line('a', whileDown)]);
    // Within the tolerance of that hour nobody knows either.
    expect([told.compared.damaged, told.compared.sent, told.compared.received]).toEqual([3, 4, 1]);
  });
});
