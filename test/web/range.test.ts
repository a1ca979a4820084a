import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LocalTime } from '../../src/domain/local-time.js';
import {
  instantIn,
  isUnreadable,
  type Range,
  rangeIn,
  type Span,
  SPANS,
  spanMs,
  spanNear,
  written,
  zoomed,
} from '../../web/range.js';
import { carried, hrefOf, parseRoute } from '../../web/route.js';

const berlin = new LocalTime('Europe/Berlin');
const zone = () => berlin;
const NOW = Date.parse('2026-11-21T12:00:00Z');
const range = (parameters: Record<string, string>, otherwise: Span = '6h') => {
  const { fromMs, toMs, span } = rangeIn(parameters, otherwise, NOW, zone);
  return [new Date(fromMs).toISOString().slice(0, 16), new Date(toMs).toISOString().slice(0, 16), span];
};

describe('the time of a view', () => {
  it('is the last so long, that of the view where the link says none or what is none', () => {
    expect(range({ range: '30d' })).toEqual(['2026-10-22T12:00', '2026-11-21T12:00', '30d']);
    expect(range({ range: '2y' })).toEqual(['2026-11-21T06:00', '2026-11-21T12:00', '6h']);
  });

  it('is the last month by the calendar and the clock of the viewer', () => {
    expect(range({ range: 'last-month' })).toEqual(['2026-09-30T22:00', '2026-10-31T23:00', null]);
  });

  it.each([
    ['2026-11-16', '2026-11-17', '2026-11-15T23:00', '2026-11-16T23:00'],
    ['2026-W47', '2026-W48', '2026-11-15T23:00', '2026-11-22T23:00'],
    ['2026-W47-5', '2026-W47-6', '2026-11-19T23:00', '2026-11-20T23:00'],
    ['2026-10', '2026-11', '2026-09-30T22:00', '2026-10-31T23:00'],
    ['2026-11-20T08:00', '2026-11-20 09:30', '2026-11-20T07:00', '2026-11-20T08:30'],
    ['2026-11-20T08:00Z', '1795165200', '2026-11-20T08:00', '2026-11-20T09:00'],
  ])('is from %s to %s as the API takes them, without an offset by the viewer’s clock', (from, to, fromUtc, toUtc) => {
    expect(range({ from, to })).toEqual([fromUtc, toUtc, null]);
  });

  it('goes on from one end to the other where only one is said, and is that of the view where they are none', () => {
    expect(range({ from: '2026-11-20' })).toEqual(['2026-11-19T23:00', '2026-11-21T12:00', null]);
    expect(range({ to: '2026-11-20' })).toEqual(['2026-11-19T17:00', '2026-11-19T23:00', null]);
    for (const from of ['20261120', 'yesterday', '2026-02-30', '2026-W60', '2026-13', '2026-11-20T25:00'])
      expect(range({ from, to: from })).toEqual(['2026-11-21T06:00', '2026-11-21T12:00', '6h']);
    expect(range({ from: '2026-11-20', to: '2026-11-19' })[2]).toBe('6h');
  });

  it('says so where the link names one that is none', () => {
    const isSaid = (parameters: Record<string, string>) => isUnreadable(parameters, zone);
    for (const wrong of ['20261120', 'yesterday', '2026-02-30']) {
      expect(isSaid({ from: wrong })).toBe(true);
      expect(isSaid({ from: '2026-11-20', to: wrong })).toBe(true);
    }
    expect(isSaid({ from: '2026-11-20', to: '2026-11-19' })).toBe(true);
    expect(isSaid({ range: '2y' })).toBe(true);
    for (const right of [{}, { range: '6h' }, { range: 'last-month' }, { from: '2026-11-20' }, { from: '', range: '' }])
      expect(isSaid(right)).toBe(false);
  });

  it('is written so that it can be read again', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2020, 0) / 60_000, max: Date.UTC(2040, 0) / 60_000 }), (minute) => {
        const text = written(minute * 60_000, zone);
        // In the hour that the clock shows twice, the text means the first.
        expect([0, 3_600_000]).toContain(minute * 60_000 - (instantIn(text, zone) ?? 0));
      }),
    );
  });

  it('stays live when it is zoomed, one span after the other', () => {
    const live = (span: Span): Range => ({ fromMs: NOW - spanMs(span), toMs: NOW, span });
    expect(SPANS.map((span) => zoomed(live(span), 'in'))).toEqual(['15m', ...SPANS.slice(0, -1)]);
    expect(SPANS.map((span) => zoomed(live(span), 'out'))).toEqual([...SPANS.slice(1), '400d']);
    expect(zoomed({ fromMs: 0, toMs: 1, span: null }, 'in')).toBeNull();
    expect([spanNear(3_600_000), spanNear(1), spanNear(9e12)]).toEqual(['1h', '15m', '400d']);
  });
});

describe('the filter and the time', () => {
  it('go along from view to view, and what belongs to one view alone does not', () => {
    const from = parseRoute(
      '#/wall?state=trouble&q=a&source=eu&tenant=T&range=7d&sort=name&dir=desc&density=compact&body=1',
    );
    const href = hrefOf('timeline', null, carried(from));
    expect(href).toBe('#/timeline?state=trouble&q=a&source=eu&tenant=T&range=7d&sort=name&dir=desc');
    expect(carried(parseRoute('#/callback/1?source=eu&range=7d'))).toEqual({ range: '7d' });
  });
});
