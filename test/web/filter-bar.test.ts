import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { groupNamed, postOcs } from '../support/campaign-posts.js';
import { FIGURES, LOADED, STARTED } from '../support/posts.js';

const start = testApps();

const asked = (page: Page) => Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.split('?')[1]));
const filesOf = (page: Page) =>
  page.locator('a[download]').evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));

describeInBrowser('the bar of filter and time', (visit) => {
  it('is in every view, in its link, and goes along from view to view', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    await postOcs(app.url, { ...groupNamed(2), ...LOADED, GSW_TENANT_NAME: 'Second' });
    await postOcs(app.url, { ...groupNamed(3), ...LOADED });
    const { page, complaints } = await visit(`${app.url}/`);
    await page.locator('.connection-live').waitFor();
    await page.getByRole('button', { name: /Active/ }).click();
    await page.getByLabel('All tenants').selectOption('Environment');
    await page.getByLabel('Time range').selectOption('7d');
    await page.locator('.virtual .wall-row').nth(1).waitFor({ state: 'detached' });
    const choice = { state: 'active', tenant: 'Environment', range: '7d' };
    expect(asked(page)).toEqual(choice);
    await page.getByRole('link', { name: 'Timeline' }).click();
    await page.locator('.lane').waitFor();
    expect(asked(page)).toEqual(choice);
    expect(await page.getByLabel('All states').inputValue()).toBe('active');
    expect(await page.locator('.lane').innerText()).toContain('Campaign 0003@');
    await page.reload();
    await page.locator('.lane-name').click();
    await page.locator('.group-title').waitFor();
    expect(await page.getByLabel('Time range').inputValue()).toBe('7d');
    for (const [key, sign] of [
      ['c', 'Callbacks'],
      ['h', 'Health'],
    ] as const) {
      for (const one of ['g', key]) await page.keyboard.press(one);
      await page.getByRole('heading', { level: 1, name: sign }).waitFor();
      await page.getByRole('group', { name: 'Filter and time' }).waitFor();
      expect(asked(page)).toEqual(choice);
    }
    await page.getByRole('link', { name: 'Wall', exact: true }).click();
    await page.locator('.virtual .wall-row').waitFor();
    expect(await page.getByRole('button', { name: /Active/ }).getAttribute('aria-pressed')).toBe('true');
    expect(complaints).toEqual([]);
  });

  it('takes two times as people write them, says what is none, and gives the file of what is shown', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...LOADED });
    const { page } = await visit(`${app.url}/#/timeline?source=default`);
    await page.locator('.lane').waitFor();
    await page.getByRole('button', { name: 'From – to' }).click();
    await page.getByLabel('From', { exact: true }).fill('last week');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByText('From should be a time like').waitFor();
    await page.getByLabel('From', { exact: true }).fill('2026-W02');
    await page.getByLabel('To, not included').fill('2026-01-12 12:00');
    await page.keyboard.press('Enter');
    await page.getByText('Not live: 5 Jan').waitFor();
    expect(asked(page)).toEqual({
      ...{ source: 'default', from: '2026-01-04T23:00:00.000Z', to: '2026-01-12T11:00:00.000Z' },
    });
    const [file = ''] = await filesOf(page);
    const query = { ...asked(page), tz: 'Europe/Berlin', format: 'csv', bom: 'true' };
    expect(Object.fromEntries(new URL(file).searchParams)).toEqual(query);
    const answer = await fetch(file);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    await page.getByLabel('Time range').selectOption('last-month');
    await expect.poll(() => asked(page)).toEqual({ source: 'default', range: 'last-month' });
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.locator('.range-fixed').waitFor({ state: 'detached' });
  });

  it('gives files that the service takes, in every view', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    const { items } = (await (await fetch(`${app.url}/api/v1/campaign-groups`)).json()) as { items: { id: string }[] };
    const { page } = await visit(`${app.url}/`);
    for (const view of ['wall', `group/${items[0]?.id ?? ''}`, 'callbacks', 'health']) {
      await page.goto(
        `${app.url}/#/${view}?state=running&q=Campaign&source=default&tenant=Environment&range=last-month`,
      );
      await page.getByRole('button', { name: 'Export' }).click();
      const files = await filesOf(page);
      expect(files.length).toBeGreaterThan(1);
      for (const file of files) expect([file, (await fetch(file)).status]).toEqual([file, 200]);
      await page.keyboard.press('Escape');
      await page.locator('a[download]').first().waitFor({ state: 'detached' });
    }
  });
});
