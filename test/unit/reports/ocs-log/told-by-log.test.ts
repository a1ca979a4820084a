import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Notification } from '../../../../src/domain/notification.js';
import { encodeNotification } from '../../../../src/ocs/encode-notification.js';
import { toldByLog } from '../../../../src/reports/ocs-log/told-by-log.js';
import { aNotification, T0 } from '../../../support/notifications.js';

const anOrigin = fc.constantFrom(...(['ocs-log', 'ocs-log', 'icon', undefined] as const));
const aGroup = fc.array(fc.record({ second: fc.integer({ min: 0, max: 60 }), origin: anOrigin }), { maxLength: 40 });

/** As a store gives them: group by group, in order of time, cut into pages anywhere. */
function pagesOf(
  groups: readonly (readonly { second: number; origin: 'ocs-log' | 'icon' | undefined }[])[],
  size: number,
) {
  const all = groups.flatMap((group, index) =>
    group
      .toSorted((a, b) => a.second - b.second)
      .map(({ second, origin }): Notification => {
        const statement = origin === undefined ? {} : { origin };
        return aNotification({ dbid: String(index), atMs: T0 + second * 1000, statement });
      }),
  );
  const pages: Notification[][] = [];
  for (let from = 0; from < all.length; from += size) pages.push(all.slice(from, from + size));
  return { all, pages };
}

it('gives each change that a log told once, of a group the last first, however few are in memory', () => {
  const few = fc.integer({ min: 1, max: 10 });
  fc.assert(
    fc.property(fc.array(aGroup, { maxLength: 5 }), few, few, (groups, pageSize, maxOfGroup) => {
      const { all, pages } = pagesOf(groups, pageSize);
      const told = [...toldByLog(() => pages, maxOfGroup)].map(({ bytes }) => bytes);
      const wanted = all.filter(({ statement }) => statement.origin === 'ocs-log').map(encodeNotification);
      expect(told.toSorted()).toEqual(wanted.toSorted());
      const times = new Map<string, number>();
      for (const bytes of told) {
        const body = JSON.parse(bytes) as { GSW_DATE_TIME: string; GSW_CAMPAIGN_GROUP_DBID: string };
        const [dbid, at] = [body.GSW_CAMPAIGN_GROUP_DBID, Number(body.GSW_DATE_TIME)];
        expect(at).toBeLessThanOrEqual(times.get(dbid) ?? Infinity);
        times.set(dbid, at);
      }
    }),
  );
});
