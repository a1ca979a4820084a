/** Abandoned calls: the view of all campaign groups, and the section of one. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { groupNamed, postOcs } from '../support/campaign-posts.js';
import { dateTime, LOADED, STARTED, UNLOADED } from '../support/posts.js';

const start = testApps();
const PHONE = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' as const };

/** A load that ended, told without a gap; one that ends is told to its end. */
async function tell(url: string, number: number, ratio: number, isEnded: boolean): Promise<void> {
  const fromMs = Date.now() - 120_000;
  const said = { GSW_STAT_OVERDIAL_RATE: ratio };
  const posts = [
    LOADED,
    { ...STARTED, ...said },
    { ...STARTED, ...said },
    ...(isEnded ? [{ ...UNLOADED, ...said }] : []),
  ];
  for (const [n, parts] of posts.entries())
    await postOcs(url, { ...groupNamed(number), GSW_DATE_TIME: dateTime(fromMs + n * 10_000), ...parts });
}

const isWiderThanScreen = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

describeInBrowser('abandoned calls', (visit) => {
  it('stand in a view, trouble first, with what is proved and what leaves it open; a row leads to its group', async () => {
    const app = await start();
    await tell(app.url, 1, 0.01, true);
    await tell(app.url, 2, 0.05, true);
    await tell(app.url, 3, 0.02, false);
    const { page, complaints } = await visit(`${app.url}/#/wall`);
    await page.locator('.wall-row[data-group]').first().waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    const rows = page.locator('.compliance tbody tr');
    await rows.first().waitFor();
    const cells = await rows.evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll('td')].map(({ textContent }) => textContent)),
    );
    expect(cells.map(([name, verdict, proved]) => [name, verdict, proved])).toEqual([
      ['Campaign 0002@Agents', 'Over', '5.0%'],
      ['Campaign 0003@Agents', 'Undecided', '–'],
      ['Campaign 0001@Agents', 'Within', '1.0%'],
    ]);
    expect(cells[1]?.at(-1)).toBe('still loaded');
    await page.getByRole('combobox', { name: 'Rule: tsr' }).selectOption('24h');
    await rows.first().waitFor();
    expect(page.url()).toContain('rule=24h');
    await page.getByRole('link', { name: 'Campaign 0003@Agents' }).click();
    const section = page.getByRole('region', { name: 'Abandoned calls', exact: true });
    await section.getByText('Undecided', { exact: true }).waitFor();
    await section.getByText('still loaded', { exact: true }).first().waitFor();
    await section.scrollIntoViewIfNeeded();
    expect(complaints).toEqual([]);
  });

  it('are no wider than a phone', async () => {
    const app = await start();
    await tell(app.url, 1, 0.01, true);
    await tell(app.url, 3, 0.02, false);
    const { page } = await visit(`${app.url}/#/compliance`, PHONE);
    await page.locator('.compliance tbody tr').first().waitFor();
    expect(await isWiderThanScreen(page)).toBe(false);
    await page.getByRole('link', { name: 'Campaign 0003@Agents' }).click();
    const section = page.getByRole('region', { name: 'Abandoned calls', exact: true });
    await section.getByText('Undecided', { exact: true }).waitFor();
    await section.scrollIntoViewIfNeeded();
    expect(await isWiderThanScreen(page)).toBe(false);
  });
});
