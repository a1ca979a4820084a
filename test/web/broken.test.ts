import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import { cutOff, describeInBrowser, PART_COMES } from '../support/browser.js';
import { groupNamed, postGroups, postOcs } from '../support/campaign-posts.js';
import { FIGURES, STARTED } from '../support/posts.js';

const start = testApps();

async function appWithGroups(count: number): Promise<TestApp> {
  const app = await start();
  await postGroups(app.url, count, { ...STARTED, ...FIGURES });
  return app;
}

async function openGroup(page: Page): Promise<void> {
  await page.locator('.wall-row[data-group] a').first().click();
}

/** The tabs still lead to views, and the page is the one that was opened. */
async function stillWorks(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Health' }).click();
  await page.getByRole('group', { name: 'Sources' }).waitFor();
  await page.getByRole('link', { name: 'Wall' }).click();
  await page.locator('.wall-row[data-group]').first().waitFor();
  await page.locator('.connection-live').waitFor();
}

describeInBrowser('what goes wrong in the page itself', (visit) => {
  it('is no language of the browser, not even one that Intl refuses', async () => {
    const app = await appWithGroups(1);
    const { page, complaints } = await visit('about:blank');
    await page.addInitScript(() => {
      // What a browser says that was started without LANG.
      Object.defineProperty(navigator, 'language', { get: () => 'en-US@posix' });
      Object.defineProperty(navigator, 'languages', { get: () => [] });
    });
    await page.goto(`${app.url}/`);
    await openGroup(page);
    await page.locator('.chart-box canvas').nth(3).waitFor();
    for (const [hash, sign] of [
      ['#/timeline', '.lane-plot .stretch'],
      ['#/callbacks', '#funnel-title'],
      ['#/health', '.page.health .table'],
    ] as const) {
      await page.goto(`${app.url}/${hash}`);
      await page.locator(sign).first().waitFor();
    }
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('says that a part of it did not come, and that alone', async () => {
    const app = await appWithGroups(1);
    const { page } = await visit('about:blank');
    const mend = await cutOff(page, /assets\/group-/);
    await page.goto(`${app.url}/`);
    await openGroup(page);
    const alert = page.getByRole('alert');
    await alert.getByText('The view is asked for again and again').waitFor();
    await stillWorks(page);
    await openGroup(page);
    mend();
    await page.locator('.chart-box canvas').first().waitFor(PART_COMES);
  });

  it('says that a part of it failed when it runs, and blames no download', async () => {
    const app = await appWithGroups(1);
    const { page } = await visit('about:blank');
    const body = 'throw new RangeError("no such thing")';
    await page.route(/assets\/group-/, (route) => route.fulfill({ contentType: 'text/javascript', body }));
    await page.goto(`${app.url}/`);
    await openGroup(page);
    const alert = page.getByRole('alert');
    await alert.getByText('This view cannot be shown').waitFor();
    expect(await alert.innerText()).toContain('no such thing');
    expect(await alert.innerText()).not.toMatch(/fetched|anew/);
    await stillWorks(page);
  });

  it('keeps an error to the panel it is in, which is there again when it is tried again', async () => {
    const app = await appWithGroups(1);
    const { page, complaints } = await visit(`${app.url}/`);
    const lists = /calling-lists/;
    await page.route(lists, (route) =>
      route.fulfill({ json: { items: [{ hit_ratio: 0.2 }, null], next_cursor: null } }),
    );
    await openGroup(page);
    const alert = page.getByRole('alert');
    await alert.getByText('The calling lists cannot be shown').waitFor();
    expect(await alert.count()).toBe(1);
    await page.locator('.chart-box canvas').nth(3).waitFor();
    await page.getByRole('group', { name: 'Transitions' }).waitFor();
    // The console has it as if nobody had caught it.
    expect(complaints.join()).toContain('hit_ratio');
    await page.unroute(lists);
    await alert.getByRole('button', { name: 'Try again' }).click();
    await alert.waitFor({ state: 'detached' });
    await stillWorks(page);
  });

  it('is no empty list: what could not be asked for is said, beside what could', async () => {
    const app = await appWithGroups(1);
    const { page } = await visit(`${app.url}/`);
    await page.route(/\/(transitions|sessions|details)[?]/, (route) => route.fulfill({ status: 500, body: '' }));
    await openGroup(page);
    await page.locator('.chart-box canvas').nth(3).waitFor();
    await page.getByText('the service answered 500').nth(1).waitFor();
    expect(await page.getByText(/^No (transitions|session) in this time/).count()).toBe(0);
    await page.goto(`${app.url}/#/callbacks`);
    // The view that is left says it twice, until the other one is there.
    const callbacks = page.locator('.page.callbacks');
    await callbacks.getByText('the service answered 500').waitFor();
    await page.getByText('No callback ended in this time.').waitFor();
    expect(await page.getByText('No finished callback').count()).toBe(0);
  });

  it('is said when the groups cannot be asked for, until they can', async () => {
    const app = await appWithGroups(1);
    const { page } = await visit('about:blank');
    const groups = /campaign-groups[?]limit/;
    await page.route(groups, (route) => route.fulfill({ status: 500, body: '' }));
    await page.goto(`${app.url}/`);
    await page.getByRole('alert').getByText('Connection lost').waitFor();
    await page.unroute(groups);
    await page.locator('.wall-row[data-group]').waitFor();
    await page.locator('.connection-live').waitFor();
  });

  it('costs the wall one row when one group cannot be drawn', async () => {
    const app = await appWithGroups(3);
    const { page } = await visit('about:blank');
    await page.route(/campaign-groups[?]limit/, async (route) => {
      const answer = (await (await route.fetch()).json()) as { items: object[] };
      const [first, ...rest] = answer.items;
      await route.fulfill({ json: { ...answer, items: [{ ...first, state_seen_since: 'once' }, ...rest] } });
    });
    await page.goto(`${app.url}/`);
    await page.getByText('This row cannot be shown').waitFor();
    expect(await page.locator('.wall-row[data-group]').count()).toBe(2);
    await stillWorks(page);
  });

  it('is no lost connection when the service says what the page does not understand', async () => {
    const app = await appWithGroups(1);
    const { page, complaints } = await visit('about:blank');
    // What the stream says of groups from now on is not JSON.
    await page.addInitScript(() => {
      const parse = JSON.parse.bind(JSON);
      JSON.parse = (text: string) => {
        if (text.includes('"hit_ratio":0.4321')) throw new SyntaxError('garbled');
        return parse(text) as unknown;
      };
    });
    await page.goto(`${app.url}/`);
    await page.locator('.connection-live').waitFor();
    await postOcs(app.url, { ...groupNamed(0), ...STARTED, ...FIGURES, GSW_STAT_HIT_RATIO: 0.4321 });
    await expect.poll(() => complaints.join()).toContain('garbled');
    await page.locator('.connection-live').waitFor();
    await postOcs(app.url, { ...groupNamed(0), ...STARTED, ...FIGURES, GSW_STAT_HIT_RATIO: 0.1234 });
    await page.getByText('12.3%').waitFor();
  });
});
