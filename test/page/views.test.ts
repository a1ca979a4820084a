import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { aFinal } from '../support/callback-posts.js';
import { groupNamed, postOcs } from '../support/campaign-posts.js';
import { dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';

const start = testApps();

/** A service about which every view has something to say. */
async function busyApp(): Promise<TestApp> {
  const app = await start();
  const at = (secondsAgo: number) => ({ GSW_DATE_TIME: dateTime(new Date().getTime() - secondsAgo * 1000) });
  const lists = [
    { GSW_CALLING_LIST: 'Prime', GSW_CALLING_LIST_DBID: '7', GSW_STAT_HIT_RATIO: 0.4, GSW_STAT_TIME_TO_COMPLETE: 900 },
    { GSW_CALLING_LIST: 'Second', GSW_CALLING_LIST_DBID: '8', GSW_STAT_HIT_RATIO: 0.1, GSW_STAT_TIME_TO_COMPLETE: 300 },
  ];
  const goal = { GSW_DIAL_MODE: 1, GSW_OPTIMIZE_BY: 1, GSW_OPTIMIZE_GOAL: 80 };
  await postOcs(app.url, { ...groupNamed(1), ...LOADED, ...at(3000) });
  await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...goal, ...FIGURES, ...at(2400), GSW_CALLING_LISTS: lists });
  await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...goal, ...FIGURES, GSW_CALLING_LISTS: lists });
  // Running, then active with no post that says why: a post was missed.
  await postOcs(app.url, { ...groupNamed(2), ...STARTED, ...FIGURES, ...at(2000) });
  await postOcs(app.url, { ...groupNamed(2), ...STARTED, ...FIGURES, ...at(1200) });
  await postOcs(app.url, { ...groupNamed(2), ...LOADED, GSW_CAMPAIGN_GROUP_ACTION: 9, ...at(600) });
  await postOcs(app.url, { ...groupNamed(3), ...STARTED, ...FIGURES, GSW_STAT_OVERDIAL_RATE: 0.09 });
  await postOcs(app.url, { ...groupNamed(4), ...STOPPED, GSW_CAMPAIGN_GROUP_ACTOR: 2 });
  await fetch(`${app.url}/ocs/campaign-group-state`, { method: 'POST', body: '{"GSW_USER_EVENT":"Other"}' });
  await fetch(`${app.url}/gms/callback-events`, { method: 'POST', body: JSON.stringify(aFinal()) });
  return app;
}

async function idOf(app: TestApp, number: number): Promise<string> {
  const answer = await fetch(`${app.url}/api/v1/campaign-groups?q=Campaign%20000${number}`);
  const { items } = (await answer.json()) as { items: { id: string }[] };
  return items[0]?.id ?? '';
}

async function serviceIdOf(app: TestApp): Promise<string> {
  const { items } = (await (await fetch(`${app.url}/api/v1/callbacks`)).json()) as { items: { service_id: string }[] };
  return items[0]?.service_id ?? '';
}

async function violations(page: Page): Promise<string[]> {
  // Not as a script element: the policy of the page forbids it.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    interface Axe {
      run(
        options: object,
      ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
    }
    const { axe } = globalThis as unknown as { axe: Axe };
    const result = await axe.run({ resultTypes: ['violations'] });
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''} ${nodes[0]?.failureSummary ?? ''}`);
  });
}

/** Every view: where it is, and what shows that it stands. */
async function viewsOf(app: TestApp): Promise<readonly (readonly [string, string])[]> {
  return [
    ['#/wall', '.wall-row[data-group]'],
    ['#/timeline?range=1h', '.lane-plot .stretch'],
    [`#/group/${await idOf(app, 1)}`, '.chart-box canvas'],
    ['#/callbacks?range=7d', '.page.callbacks'],
    [`#/callback/${await serviceIdOf(app)}`, '.story .chapter'],
    ['#/health', '.table'],
  ];
}

describeInBrowser('every view', (visit) => {
  it(
    'has no violation of accessibility in light, dark and at phone width, and none of the policy',
    { timeout: 120_000 },
    async () => {
      const app = await busyApp();
      const views = await viewsOf(app);
      const looks = [
        { colorScheme: 'light' as const },
        { colorScheme: 'dark' as const },
        { viewport: { width: 360, height: 740 } },
      ];
      for (const look of looks) {
        const { page, complaints } = await visit(`${app.url}/`, { ...look, reducedMotion: 'reduce' });
        for (const [hash, sign] of views) {
          await page.goto(`${app.url}/${hash}`);
          await page.locator(sign).first().waitFor();
          expect({ look, hash, found: await violations(page) }).toEqual({ look, hash, found: [] });
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect({ look, hash, overflow: Math.max(0, overflow) }).toEqual({ look, hash, overflow: 0 });
        }
        expect(complaints).toEqual([]);
        await page.context().close();
      }
    },
  );
});

describeInBrowser('the timeline', (visit) => {
  it('draws states, the interval of an inferred transition, and what a service that was down did not observe', async () => {
    const app = await busyApp();
    const { page } = await visit(`${app.url}/#/timeline?range=1h`);
    const lane = page.locator('.lane:has-text("Campaign 0002@")');
    await lane.locator('.unsure').waitFor();
    expect(await lane.locator('.stretch-running').count()).toBe(1);
    expect(await lane.locator('.stretch-active').count()).toBe(1);
    const box = await lane.locator('.unsure rect').first().boundingBox();
    if (box === null) throw new Error('the interval has no size');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    expect(await page.locator('.tip').innerText()).toContain('the post was missed');
  });

  it('zooms by drag and by keys, with the times in the URL, and opens a group by click', async () => {
    const app = await busyApp();
    const { page } = await visit(`${app.url}/#/timeline?range=1h`);
    await page.locator('.lane-plot').first().waitFor();
    const box = await page.locator('.lane-plot').nth(1).boundingBox();
    if (box === null) throw new Error('no lane');
    await page.mouse.move(box.x + box.width * 0.25, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 10, { steps: 4 });
    await page.mouse.up();
    await page.getByText('Back to now').waitFor();
    const lengthOf = () => {
      const parameters = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
      return (Date.parse(parameters.get('to') ?? '') - Date.parse(parameters.get('from') ?? '')) / 60_000;
    };
    expect(Math.round(lengthOf())).toBe(30);
    await page.keyboard.press('+');
    expect(Math.round(lengthOf())).toBe(15);
    await page.keyboard.press('0');
    await page.locator('.range-fixed').waitFor({ state: 'detached' });
    await page.locator('.lane-plot').first().click();
    await page.locator('.group-title').waitFor();
  });
});

describeInBrowser('a group', (visit) => {
  it('shows its statistics with the goal, transitions, session, calling lists worst first, and the last body', async () => {
    const app = await busyApp();
    const { page, complaints } = await visit(`${app.url}/#/group/${await idOf(app, 1)}`);
    await page.locator('.chart-box canvas').nth(3).waitFor();
    expect(await page.locator('.chart').first().innerText()).toContain('goal 80.0%');
    const table = page.getByRole('group', { name: 'Calling lists' });
    await table.waitFor();
    const lists = await table.locator('tbody tr td:first-child').allInnerTexts();
    expect(lists).toEqual(['Second', 'Prime']);
    expect(await page.getByRole('group', { name: 'Transitions' }).innerText()).toContain('Start by client');
    await page.getByText('Last body received').click();
    await page.locator('pre').getByText('"GSW_CAMPAIGN_GROUP_NAME": "Campaign 0001@Agents"').waitFor();
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES, GSW_STAT_BUSY_FACTOR: 0.5 });
    await page.locator('.chart').first().getByText('50.0%').waitFor();
    expect(complaints).toEqual([]);
  });

  it('tells an inferred transition as the interval it is', async () => {
    const app = await busyApp();
    const { page } = await visit(`${app.url}/#/group/${await idOf(app, 2)}`);
    const inferred = page.locator('tr', { has: page.locator('.tag-inferred') }).first();
    await inferred.waitFor();
    expect(await inferred.innerText()).toMatch(/\d\d:\d\d:\d\d – \d\d:\d\d:\d\d/);
  });
});

describeInBrowser('health and callbacks', (visit) => {
  it('shows the sources and why a body is in quarantine, and tries a replay before it replays', async () => {
    const app = await busyApp();
    const { page } = await visit(`${app.url}/#/health`);
    await page.getByRole('group', { name: 'Sources' }).getByText('default').waitFor();
    await page.locator('button.link').first().click();
    await page.locator('pre').getByText('"GSW_USER_EVENT": "Other"').waitFor();
    await page.getByRole('button', { name: 'Try a replay', exact: true }).click();
    await page.getByText('0 of 1 could be applied now.').waitFor();
    expect(await page.getByRole('button', { name: 'Replay', exact: true }).count()).toBe(0);
  });

  it('shows how far callbacks came, and the story of one', async () => {
    const app = await busyApp();
    const { page } = await visit(`${app.url}/#/callback/${await serviceIdOf(app)}`);
    await page.getByText('final record').waitFor();
    expect(await page.getByText(/of 70 reported/).count()).toBe(1);
  });
});
