import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../../src/reports/icon-log/arrival-pieces.js';
import { IconAudit, type IconAuditSettings } from '../../../src/reports/icon-log/icon-audit.js';
import { iconAuditJson } from '../../../src/reports/icon-log/icon-audit-view.js';
import { IconLogReader } from '../../../src/reports/icon-log/icon-log-reader.js';
import { iconLog, type IconLogOptions } from '../../../src/simulator/callbacks/icon-log.js';

const T0 = Date.parse('2026-03-01T10:00:00Z');
const SETTINGS: IconAuditSettings = { dn: 'reporting', toleranceMs: 5000, keptSinceMs: -Infinity };
const OPTIONS: IconLogOptions = { seed: 1, timeZone: 'UTC', unwritten: 0 };

function auditOf(text: string, heldMs: readonly number[], settings: Partial<IconAuditSettings> = {}) {
  const reader = new IconLogReader('UTC');
  const audit = new IconAudit({ ...SETTINGS, ...settings });
  for (const line of text.trimEnd().split('\n')) {
    const entry = reader.read(line);
    if (reader.lastMs !== null) audit.cover(reader.lastMs);
    if (entry !== null) audit.take(entry);
  }
  const sorted = [...heldMs].sort((a, b) => a - b);
  const compared = audit.finish(({ fromMs, toMs }) => sorted.filter((ms) => ms >= fromMs && ms < toMs));
  return { ...reader.counts, compared };
}

describe('an audit of an ICON log', () => {
  const events = fc.array(
    fc.record({
      gap: fc.oneof(fc.integer({ min: 300, max: 9000 }), fc.integer({ min: 300, max: 4_000_000 })),
      late: fc.integer({ min: -100, max: 100 }),
      lost: fc.boolean(),
      dn: fc.constantFrom('REPORTING', 'Reporting', '7001'),
    }),
    { minLength: 1, maxLength: 80 },
  );

  it('finds the events that are missing, no more and no less, and adds up what ICON says of its records', () => {
    const options = fc.record({ seed: fc.nat(), unwritten: fc.constantFrom(0, 0.2, 1) });
    fc.assert(
      fc.property(events, options, (steps, { seed, unwritten }) => {
        let atMs = T0;
        const all = steps.map(({ gap, ...step }) => ({ ...step, atMs: (atMs += gap) }));
        const log = iconLog(all, { ...OPTIONS, seed, unwritten });
        const ours = all.filter(({ dn }) => dn !== '7001');
        const held = ours.filter(({ lost }) => !lost).map((one) => one.atMs + one.late);
        const { compared, unreadable } = auditOf(log.text, held);
        const lost = ours.filter((one) => one.lost).map((one) => one.atMs);
        expect(compared.missing).toEqual(lost);
        expect(compared).toMatchObject({ arrivals: ours.length, received: held.length, unexpected: 0 });
        const { queuedRecords, writtenRecords } = log;
        const unwrittenRecords = queuedRecords - writtenRecords;
        expect(compared.queues).toMatchObject({ queuedRecords, writtenRecords, unwrittenRecords });
        expect(unreadable).toBe(0);
        const sum = (name: 'arrivals' | 'received' | 'queuedRecords') =>
          compared.hours.reduce((total, hour) => total + hour[name], 0);
        expect([sum('arrivals'), sum('received'), sum('queuedRecords')]).toEqual([
          ours.length,
          held.length,
          queuedRecords,
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it('tells of what is held and arrived nowhere, of other DNs, and of what nobody keeps any more', () => {
    const at = (ms: number, dn = 'REPORTING') => ({ atMs: T0 + ms, dn });
    const { text } = iconLog([at(0), at(60_000), at(120_000, '7001')], OPTIONS);
    const { compared } = auditOf(text, [T0, T0 + 30_000, T0 + 60_000, T0 + 600_000]);
    expect(compared).toMatchObject({ arrivals: 2, received: 2, unexpected: 1, beforeHorizon: 0 });
    expect(compared.dns).toEqual([
      { dn: 'REPORTING', count: 2 },
      { dn: '7001', count: 1 },
    ]);
    expect(auditOf(text, [T0 + 60_000], { keptSinceMs: T0 + 1 }).compared).toMatchObject({
      ...{ arrivals: 1, received: 1, missingCount: 0, beforeHorizon: 1 },
    });
    const none = auditOf('10:00:00.000 Trc 1 nothing', []);
    const view = { ...none, source: 'eu-1', dn: null, timeZone: 'UTC' };
    expect(iconAuditJson(view)).toMatchObject({ interaction_off: true, delivery_ratio: null, missing: [], from: null });
  });

  it('counts a transaction that is written twice, or never queued, by what the line says', () => {
    const { text } = iconLog([{ atMs: T0, dn: 'REPORTING' }], OPTIONS);
    const [line = ''] = text.split('\n').filter((one) => one.includes('25004'));
    const { compared, unreadable } = auditOf(
      `${text}${line}\n${line.replace(/ and removed.*/, '')}\n11:00:00 Int 25004 x`,
      [],
    );
    const records = compared.queues.queuedRecords;
    expect(compared.queues).toMatchObject({ writtenRecords: 2 * records, unwrittenTransactions: 0 });
    expect(unreadable).toBe(1);
  });
});

describe('moments that are compared at once', () => {
  it('are all of both lists, in order, and cut at most where much time lies between two', () => {
    const times = Float64Array.from({ length: 50_000 }, (_, n) => T0 + n * 100 + (n % 977 === 0 ? 50 : 0)).sort();
    const held = [...times].map((ms) => ms + 1);
    const pieces = [...piecesOf(times, held, 5000)];
    expect(pieces.length).toBeGreaterThan(4);
    expect(pieces.flatMap(({ arrivals }) => arrivals)).toEqual([...times]);
    expect(pieces.flatMap((piece) => piece.held)).toEqual(held);
    for (const piece of pieces) expect(piece.arrivals.length).toBe(piece.held.length);
  });
});
