/** Several real receivers on one PostgreSQL: each shows what all of them have taken, and each thing is counted once. */
import { describe, expect, it } from 'vitest';
import { anEvent, aFinal } from '../support/callback-posts.js';
import { eventually } from '../support/eventually.js';
import { postgresServices } from '../support/postgres-service.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';
import type { Program } from '../support/program.js';
import { items, page, post, samples } from '../support/receiver-worlds.js';

const services = postgresServices();
const OCS = '/ocs/campaign-group-state';
const EVENTS = '/gms/callback-events';
/** The contract's: what one has committed is shown by all of them. */
const SHOWN_WITHIN_MS = 2000;

async function both(...flags: string[]): Promise<readonly [Program, Program]> {
  const name = await services.database();
  return [await services.start(name, ...flags), await services.start(name, ...flags)];
}

const group = (n: number, parts: object) =>
  aPost({ GSW_CAMPAIGN_GROUP_DBID: 100 + n, GSW_CAMPAIGN_GROUP_NAME: `group ${String(n)}`, ...parts });
const ago = (seconds: number) => ({ GSW_DATE_TIME: dateTime(Date.now() - seconds * 1000) });

describe('receivers on one PostgreSQL', () => {
  it('show the same within two seconds, whichever took the post', async () => {
    const [a, b] = await both();
    await post(a, OCS, group(1, { ...LOADED, ...ago(40) }));
    await post(b, OCS, group(1, { ...STARTED, ...FIGURES, ...ago(30) }));
    await post(a, OCS, group(2, { ...STARTED, ...FIGURES, ...ago(30) }));
    await post(b, OCS, group(2, { ...STOPPED, ...ago(10) }));
    await post(b, OCS, group(3, { ...LOADED, ...ago(20) }));
    await post(a, OCS, { no: 'state' });
    await post(a, EVENTS, anEvent());
    const lastMs = Date.now();
    await eventually(async () => {
      const pages = await Promise.all([a, b].map((program) => page(program, '/metrics/domain')));
      expect(pages[1]).toBe(pages[0]);
      expect(pages[0]).toContain('group 3');
      const held = await Promise.all([a, b].map((program) => samples(program, 'ocs_monitor_quarantined{')));
      expect(held[1]).toEqual(held[0]);
      expect(held[0]?.join('\n')).toMatch(/ 1$/m);
    });
    expect(Date.now() - lastMs).toBeLessThan(SHOWN_WITHIN_MS);
    const shown = await Promise.all([a, b].map((program) => items(program, '/api/v1/campaign-groups')));
    expect(shown[1]).toEqual(shown[0]);
    expect(shown[0]?.map(({ state }) => state)).toEqual(expect.arrayContaining(['running', 'active']));
  });

  it('count each event once', async () => {
    const [a, b] = await both();
    await post(a, OCS, group(1, { ...LOADED, ...ago(40) }));
    await post(b, OCS, group(1, { ...STARTED, ...ago(30) }));
    await post(a, EVENTS, aFinal());
    await eventually(async () => {
      const counted = await Promise.all(
        [a, b].map(async (program) =>
          (await samples(program, 'ocs_campaign_group_transitions_total')).map((line) =>
            Number(line.split(' ').at(-1)),
          ),
        ),
      );
      expect(counted.flat().reduce((sum, one) => sum + one, 0)).toBe(2);
    });
    const callbacks = await Promise.all([a, b].map((program) => samples(program, 'gms_callback_records_total')));
    expect(callbacks.map((lines) => lines.some((line) => / [1-9]/.test(line)))).toEqual([true, false]);
  });

  it('forget on all of them what is forgotten by one', async () => {
    const [a, b] = await both();
    await post(a, OCS, group(1, { ...STARTED, ...ago(30) }));
    await post(b, EVENTS, anEvent());
    await eventually(async () => {
      expect(await items(b, '/api/v1/campaign-groups')).toHaveLength(1);
      expect(await page(a, '/metrics/domain')).toMatch(/^gms_callbacks?_open.* 1$/m);
    });
    expect(await post(a, '/api/v1/forget', { source: 'default', dry_run: false })).toMatchObject({ status: 200 });
    await eventually(async () => {
      expect(await items(b, '/api/v1/campaign-groups')).toEqual([]);
      expect(await page(b, '/metrics/domain')).toBe(await page(a, '/metrics/domain'));
    });
    await post(b, OCS, group(1, { ...LOADED, ...ago(5) }));
    await eventually(async () => {
      expect(await items(a, '/api/v1/campaign-groups')).toHaveLength(1);
    });
  });
});
