import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { groupNamed, postGroups, postOcs } from '../support/campaign-posts.js';
import { dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';

const start = testApps();
const row = (number: number) => `.wall-row[data-group]:has-text("Campaign ${String(number).padStart(4, '0')}@")`;
const RUNNING = { ...STARTED, ...FIGURES };
const BY_ITSELF = { ...STOPPED, GSW_CAMPAIGN_GROUP_ACTOR: 2 };

/** The numbers of the groups, from the top down. */
async function shown(page: Page, list = '.virtual'): Promise<number[]> {
  const rows = await page.locator(`${list} [data-group]`).evaluateAll((elements) =>
    elements
      .map((element) => ({ top: element.getBoundingClientRect().top, text: element.textContent }))
      .sort((a, b) => a.top - b.top)
      .map(({ text }) => Number(/Campaign (\d+)@/.exec(text)?.[1])),
  );
  return rows;
}

describeInBrowser('a list that somebody works in', (visit) => {
  it('does not move under the pointer: figures go on, changes are counted, and come on a click or when it leaves', async () => {
    const app = await start();
    await postGroups(app.url, 5, RUNNING);
    const { page } = await visit(`${app.url}/`);
    await page.locator('.connection-live').waitFor();
    await page.locator(row(2)).hover();
    await postOcs(app.url, { ...groupNamed(4), ...BY_ITSELF });
    await postOcs(app.url, { ...groupNamed(9), ...BY_ITSELF });
    await postOcs(app.url, { ...groupNamed(1), ...RUNNING, GSW_STAT_HIT_RATIO: 0.4321 });
    const bar = page.locator('.order-held');
    await bar.getByText('Order held · 2 changes').waitFor();
    await page.locator(row(1)).getByText('43.2%').waitFor();
    await page.locator(row(4)).getByText('Stopped by itself').waitFor();
    expect(await shown(page)).toEqual([0, 1, 2, 3, 4]);
    await bar.click();
    await expect.poll(() => shown(page)).toEqual([4, 9, 0, 1, 2, 3]);
    expect(await bar.count()).toBe(0);
    // The bar lay over the list: the pointer is in it still.
    await postOcs(app.url, { ...groupNamed(3), ...BY_ITSELF });
    await bar.getByText('Order held · 1 change').waitFor();
    expect(await shown(page)).toEqual([4, 9, 0, 1, 2, 3]);
    await page.locator('.brand').hover();
    await expect.poll(() => shown(page)).toEqual([3, 4, 9, 0, 1, 2]);
    await postOcs(app.url, { ...groupNamed(2), ...BY_ITSELF });
    await expect.poll(() => shown(page)).toEqual([2, 3, 4, 9, 0, 1]);
  });

  it('keeps a row that left the filter, until a filter is chosen anew', async () => {
    const app = await start();
    await postGroups(app.url, 3, RUNNING);
    const { page } = await visit(`${app.url}/#/wall?state=running`);
    await page.locator('.connection-live').waitFor();
    await page.locator(row(1)).hover();
    await postOcs(app.url, { ...groupNamed(0), ...STOPPED });
    await page.locator('.order-held').getByText('Order held · 1 change').waitFor();
    expect(await shown(page)).toEqual([0, 1, 2]);
    await page.keyboard.press('/');
    await page.keyboard.type('Campaign');
    await expect.poll(() => shown(page)).toEqual([1, 2]);
  });

  it('keeps the cursor with its row, and does not move while the keyboard is in it', async () => {
    const app = await start();
    await postGroups(app.url, 4, RUNNING);
    const { page } = await visit(`${app.url}/`);
    await page.locator('.connection-live').waitFor();
    for (const key of ['j', 'j']) await page.keyboard.press(key);
    await page.locator('.is-current').getByText('Campaign 0001@').waitFor();
    await postOcs(app.url, { ...groupNamed(3), ...BY_ITSELF });
    await page.locator('.order-held').getByText('Order held · 1 change').waitFor();
    expect(await shown(page)).toEqual([0, 1, 2, 3]);
    // The focus leaves; the cursor is where it was.
    await page.keyboard.press('/');
    await expect.poll(() => shown(page)).toEqual([3, 0, 1, 2]);
    expect(await page.locator('.is-current').innerText()).toContain('Campaign 0001@');
  });

  it('has the focus, and the scroll, on the row of the group that one comes back from', async () => {
    const app = await start();
    await postGroups(app.url, 60, RUNNING);
    for (const view of ['wall', 'timeline']) {
      const { page } = await visit(`${app.url}/#/${view}`);
      await page.locator('.virtual [data-group]').first().waitFor();
      await page.keyboard.press('/');
      await page.keyboard.press('Enter');
      for (let move = 0; move < 25; move++) await page.keyboard.press('ArrowDown');
      const top = await page.locator('.virtual').evaluate((list) => list.scrollTop);
      expect(top).toBeGreaterThan(100);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Campaign 0025@Agents' }).waitFor();
      await page.goBack();
      const focused = () => page.evaluate(() => document.activeElement?.closest('[data-group]')?.textContent ?? '');
      await expect.poll(focused).toContain('Campaign 0025@');
      expect(await page.locator('.virtual').evaluate((list) => list.scrollTop)).toBe(top);
      await page.context().close();
    }
  });

  it('is the timeline, and every table that goes on by itself, too', async () => {
    const app = await start();
    await postGroups(app.url, 3, RUNNING);
    const refuse = (body: string) => fetch(`${app.url}/ocs/campaign-group-state`, { method: 'POST', body });
    await refuse('{');
    const { page } = await visit(`${app.url}/#/timeline`);
    await page.locator('.connection-live').waitFor();
    await page.locator('.lane-name').nth(1).hover();
    await postOcs(app.url, { ...groupNamed(2), ...BY_ITSELF });
    await page.locator('.order-held').getByText('Order held · 1 change').waitFor();
    expect(await shown(page)).toEqual([0, 1, 2]);
    await page.goto(`${app.url}/#/health`);
    const table = page.getByRole('group', { name: 'Quarantine' });
    await table.locator('tbody tr').first().hover();
    await refuse('{"');
    await page.locator('.order-held').getByText('Order held · 1 change').waitFor();
    expect(await table.locator('tbody tr').count()).toBe(1);
    await page.locator('.order-held').click();
    await table.locator('tbody tr').nth(1).waitFor();
  });

  it('does not hop with a group whose overdial is over the limit in every other post', async () => {
    const app = await start();
    const sentMs = new Date().getTime() - 1_500_000;
    const post = (seconds: number, ratio: number) =>
      postOcs(app.url, {
        ...{ ...groupNamed(2), ...RUNNING, GSW_STAT_OVERDIAL_RATE: ratio },
        GSW_DATE_TIME: dateTime(sentMs + seconds * 1000),
      });
    await postOcs(app.url, { ...groupNamed(1), ...LOADED });
    await postOcs(app.url, { ...groupNamed(0), ...RUNNING });
    await post(0, 0.02);
    const { page } = await visit(`${app.url}/#/wall?sort=`);
    await page.locator('.connection-live').waitFor();
    await page.evaluate(() => {
      const seen = new Set<string>();
      (globalThis as unknown as { seen: Set<string> }).seen = seen;
      const note = () => {
        const word = document.querySelector('.trouble')?.textContent;
        if (word) seen.add(word);
      };
      new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    // Posts of one second reach the page as the last of them.
    const tell = async (second: number, ratio: number) => {
      await post(second, ratio);
      await page
        .locator(row(2))
        .getByText(`${(ratio * 100).toFixed(1)}%`)
        .waitFor();
    };
    for (const [second, ratio] of [
      [30, 0.031],
      [60, 0.029],
      [90, 0.032],
      [120, 0.028],
      [150, 0.033],
      [180, 0.027],
    ] as const)
      await tell(second, ratio);
    expect(await page.evaluate(() => [...(globalThis as unknown as { seen: Set<string> }).seen])).toEqual([]);
    expect(await shown(page)).toEqual([0, 2, 1]);
    await tell(190, 0.051);
    await tell(1100, 0.052);
    await expect.poll(() => shown(page)).toEqual([2, 0, 1]);
    await tell(1110, 0.021);
    expect(await page.locator(row(2)).innerText()).toContain('Over-dialing');
  });
});
