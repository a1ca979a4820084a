import { expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { groupNamed, postGroups, postOcs } from '../support/campaign-posts.js';
import { FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';

const start = testApps();
const row = (number: number) => `.wall-row[data-group]:has-text("Campaign ${String(number).padStart(4, '0')}@")`;

describeInBrowser('the wall', (visit) => {
  it('says what to set up while nothing was received, and shows the first group without a reload', async () => {
    const app = await start();
    const { page, complaints } = await visit(`${app.url}/`);
    await page.getByText('Nothing received yet').waitFor();
    const steps = page.locator('ol.steps');
    await steps.getByText('campaigngroup-states-uri').first().waitFor();
    expect(await steps.innerText()).toContain(`${app.url}/ocs/campaign-group-state`);
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    await page.locator(row(1)).waitFor({ timeout: 2000 });
    expect(complaints).toEqual([]);
  });

  it('says what is wrong with what comes before the first good post', async () => {
    const app = await start({ ingest_tokens: 'sesame' });
    const { page } = await visit(`${app.url}/`);
    await page.getByText('Nothing received yet').waitFor();
    await fetch(`${app.url}/ocs/eu-1/campaign-group-state`, { method: 'POST', body: '{}' });
    const refused = page.getByRole('region', { name: 'What came and was refused' });
    await refused.waitFor();
    expect(await refused.innerText()).toMatch(/POST \/ocs\/eu-1\/campaign-group-state from .*, answered 401/);
  });

  it('shows a post within a second: state, dialing mode and the four figures', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...LOADED });
    const { page } = await visit(`${app.url}/`);
    await page.locator(row(1)).getByText('Active').waitFor();
    // Beyond the second in which a group is sent once.
    await page.locator('.connection-live').waitFor();
    const fields = { ...groupNamed(1), ...STARTED, ...FIGURES, GSW_DIAL_MODE: 1 };
    const postedMs = performance.now();
    await postOcs(app.url, fields);
    await page.locator(row(1)).getByText('Running').waitFor({ timeout: 5000 });
    expect(performance.now() - postedMs).toBeLessThan(1000);
    const text = await page.locator(row(1)).innerText();
    for (const part of ['Predictive', '85.0%', '30.0%', '2.0%']) expect(text).toContain(part);
    // Ten minutes from now, in the viewer's zone.
    expect(await page.locator(`${row(1)} .cell-finish time`).innerText()).toMatch(/^(\w{3} )?\d\d:\d\d$/);
    expect(await page.locator(`${row(1)} .cell-since time`).getAttribute('title')).toMatch(/UTC$/);
  });

  it('holds 2,000 groups with a screenful of rows, and an update touches the row of its group alone', async () => {
    const app = await start();
    await postGroups(app.url, 2000, { ...STARTED, ...FIGURES });
    const { page, complaints } = await visit(`${app.url}/`);
    await page.locator(row(0)).waitFor();
    expect(await page.locator('.chip').first().innerText()).toContain('2,000');
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('2001');
    const rows = () => page.locator('.virtual .wall-row').count();
    expect(await rows()).toBeLessThan(60);
    await page.locator('.virtual').evaluate((list) => (list.scrollTop = 56 * 1000));
    await page.locator(row(1000)).waitFor();
    expect(await rows()).toBeLessThan(60);
    await page.locator('.virtual').evaluate((list) => (list.scrollTop = 0));
    await page.locator(row(3)).waitFor();
    // Lines of the last hour come in for a while.
    await page.waitForFunction(() => document.querySelectorAll('.spark-dot').length >= 30);
    await page.evaluate(watchChanges);
    await postOcs(app.url, { ...groupNamed(3), ...STARTED, ...FIGURES, GSW_STAT_HIT_RATIO: 0.4321 });
    await page.locator(row(3)).getByText('43.2%').waitFor();
    const touched = await page.evaluate(() => (globalThis as unknown as { touched: string[] }).touched);
    const id = await page.locator(row(3)).getAttribute('data-group');
    expect([...new Set(touched)]).toEqual([id]);
    expect(complaints).toEqual([]);
  });

  it('puts what wants a person first, and keeps filter, search and sort in the URL', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...LOADED });
    await postOcs(app.url, { ...groupNamed(2), ...STARTED, ...FIGURES });
    await postOcs(app.url, { ...groupNamed(3), ...STARTED, ...FIGURES, GSW_STAT_OVERDIAL_RATE: 0.08 });
    await postOcs(app.url, { ...groupNamed(4), ...STOPPED, GSW_CAMPAIGN_GROUP_ACTOR: 2 });
    const { page } = await visit(`${app.url}/`);
    const names = async () =>
      (await page.locator('.cell-name a').allInnerTexts()).map((name) => Number(name.slice(9, 13)));
    await page.locator(row(4)).waitFor();
    expect(await names()).toEqual([4, 3, 2, 1]);
    expect(await page.locator(row(4)).innerText()).toContain('Stopped by itself');
    await page.getByRole('button', { name: /Running/ }).click();
    expect(await names()).toEqual([3, 2]);
    await page.keyboard.press('/');
    await page.keyboard.type('0002');
    expect(await names()).toEqual([2]);
    await page.getByRole('button', { name: 'Hit ratio' }).click();
    expect(new URL(page.url()).hash).toBe('#/wall?state=running&q=0002&sort=hit&dir=desc');
    await page.reload();
    await page.locator(row(2)).waitFor();
    expect(await names()).toEqual([2]);
    expect(await page.locator('[aria-sort="descending"]').innerText()).toContain('Hit ratio');
  });

  it('is worked by keys alone: moves, opens, comes back, changes views, helps', async () => {
    const app = await start();
    await postGroups(app.url, 3, { ...STARTED, ...FIGURES });
    const { page } = await visit(`${app.url}/`);
    await page.locator(row(0)).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    expect(await page.locator('.is-current').innerText()).toContain('Campaign 0000');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Campaign 0001@Agents' }).waitFor();
    for (const [keys, view] of [
      ['gt', 'timeline'],
      ['gc', 'callbacks'],
      ['gh', 'health'],
      ['gw', 'wall'],
    ] as const) {
      for (const key of keys) await page.keyboard.press(key);
      await page.waitForFunction((name) => location.hash.startsWith(`#/${name}`), view);
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys and marks' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});

/** Notes which rows change from now on; what changes with time alone is left out. */
function watchChanges(): void {
  const touched: string[] = [];
  (globalThis as unknown as { touched: string[] }).touched = touched;
  const main = document.getElementById('main');
  if (main === null) return;
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target instanceof Element ? target : target.parentElement;
      if (!element || element.closest('[data-tick]')) continue;
      touched.push(element.closest('[data-group]')?.getAttribute('data-group') ?? element.className);
    }
  }).observe(main, { subtree: true, childList: true, characterData: true, attributes: true });
}
