import type { Request } from 'express';
import { expect, it } from 'vitest';
import type { Access } from '../../../src/http/access.js';
import { RecentArrivals } from '../../../src/http/recent-arrivals.js';

it('the last good post of four hundred sources is remembered; the one that is oldest makes room for a newcomer', () => {
  let nowMs = 0;
  const arrivals = new RecentArrivals(Object.create(null) as Access, { nowMs: () => nowMs }, '');
  const post = (source: string) => {
    nowMs++;
    const receipt = { kind: 'notification' as const, outcome: 'refresh' as const, id: 'i', groupNo: 1, warnings: [] };
    const judged = { endpoint: 'campaign-group-state' as const, source, receipt, status: 200 };
    arrivals.note(Object.create(null) as Request, judged);
  };
  for (let n = 0; n < 400; n++) post(`s${String(n)}`);
  post('s0');
  post('new');
  const sources = arrivals.accepted().map(({ source }) => source);
  expect([sources.length, sources[0], sources[1]]).toEqual([400, 'new', 's0']);
  expect(sources).not.toContain('s1');
});
