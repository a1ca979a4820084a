/** The page worked by keys alone, among 2,000 groups that go on posting: the focus is never nowhere. */
import type { Page } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { aFinal } from '../support/callback-posts.js';
import { groupNamed, postGroups, postOcs } from '../support/campaign-posts.js';
import { dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';

const GROUPS = 2000;
const RUNNING = { ...STARTED, ...FIGURES };
const NUMBER = '+4915112345678';
const ago = (seconds: number) => ({ GSW_DATE_TIME: dateTime(new Date().getTime() - seconds * 1000) });
const nameOf = (number: number) => `Campaign ${String(number).padStart(4, '0')}@Agents`;

/** A few that no other is found with. */
const zeta = (number: number) => ({
  GSW_CAMPAIGN_GROUP_DBID: String(9000 + number),
  GSW_CAMPAIGN_GROUP_NAME: `Zeta ${String(number)}@Agents`,
  GSW_CAMPAIGN_NAME: `Zeta ${String(number)}`,
});

let shared: Promise<TestApp> | null = null;
const app = () => (shared ??= filled());
afterAll(async () => (await shared)?.remove());

async function filled(): Promise<TestApp> {
  const started = await startTestApp();
  const { url } = started;
  await postOcs(url, { ...groupNamed(42), ...LOADED, ...ago(3000) });
  for (const seconds of [2400, 1800, 1200, 600]) await postOcs(url, { ...groupNamed(42), ...RUNNING, ...ago(seconds) });
  await postGroups(url, GROUPS, RUNNING);
  for (let number = 0; number < 10; number++) await postOcs(url, { ...zeta(number), ...RUNNING });
  const callback = aFinal({ _CB_SERVICE_ID: 'done-1', _CB_CUSTOMER_PHONE_NUMBER: NUMBER });
  await fetch(`${url}/gms/callback-events`, { method: 'POST', body: JSON.stringify(callback) });
  await fetch(`${url}/ocs/campaign-group-state`, { method: 'POST', body: '{"GSW_USER_EVENT":"Other"}' });
  return started;
}

/** Posts of other groups, one after the other: figures, states, groups that come. */
async function postingMeanwhile(url: string, act: () => Promise<void>): Promise<void> {
  let isOver = false;
  const post = async () => {
    for (let turn = 0; !isOver; turn++) {
      const fields = turn % 3 === 0 ? { ...STOPPED, GSW_CAMPAIGN_GROUP_ACTOR: 2 } : RUNNING;
      await postOcs(url, { ...groupNamed(100 + (turn % 50)), ...fields, GSW_STAT_HIT_RATIO: (turn % 90) / 100 });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const posting = post();
  try {
    await act();
  } finally {
    isOver = true;
    await posting;
  }
}

interface Focused {
  readonly tag: string;
  readonly name: string;
  readonly row: string | null;
}

/** What has the focus; the body when nothing has. */
function focused(page: Page): Promise<Focused> {
  return page.evaluate(() => {
    const { activeElement: element } = document;
    const labelledBy = document.getElementById(element?.getAttribute('aria-labelledby') ?? '');
    return {
      tag: element?.localName ?? 'body',
      name: (element?.getAttribute('aria-label') ?? labelledBy?.textContent ?? element?.textContent ?? '').trim(),
      row: element?.closest('[data-group]')?.querySelector('a')?.textContent ?? null,
    };
  });
}

/** Far more than there are in any view: rows that are not on the screen do not exist. */
const MOST_TABS = 120;

class Keys {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key);
    await this.isSomewhere(keys.join(' '));
  }

  async isSomewhere(after: string): Promise<void> {
    await expect.poll(async () => (await focused(this.#page)).tag, { message: after }).not.toBe('body');
  }

  /** To what has such a name. */
  async tabTo(name: RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    for (let tabs = 0; tabs < MOST_TABS; tabs++) {
      await this.#page.keyboard.press(key);
      if (name.test((await focused(this.#page)).name)) return;
    }
    throw new Error(`no key leads to ${String(name)}`);
  }
}

/** Holds an arrow down; returns how often something was told of it. Runs in the page. */
async function holdArrow(): Promise<number> {
  let told = 0;
  const observer = new MutationObserver(() => {
    told++;
  });
  const said = document.querySelector('.said');
  if (said === null) throw new Error('nobody tells');
  // What was told before has rested.
  await new Promise((resolve) => setTimeout(resolve, 600));
  observer.observe(said, { childList: true, characterData: true, subtree: true });
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft', 'ArrowRight', 'ArrowRight', 'ArrowRight'])
    document.activeElement?.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, repeat: true }),
    );
  await new Promise((resolve) => setTimeout(resolve, 600));
  observer.disconnect();
  return told;
}

describeInBrowser('ten tasks by keys alone, among 2,000 groups that go on posting', (visit) => {
  it('are done, and the focus stays where one works', async () => {
    const { url } = await app();
    const { page, complaints } = await visit(`${url}/`, { reducedMotion: 'reduce' });
    await page.locator('.connection-live').waitFor();
    await page.locator('.wall-row[data-group]').first().waitFor();
    const keys = new Keys(page);
    const said = page.locator('.said');
    const row = () => focused(page).then((one) => one.row);
    await postingMeanwhile(url, async () => {
      // 1. Find a group by its name.
      await keys.press('/');
      await page.keyboard.type('Campaign 0042');
      await expect.poll(() => said.textContent()).toMatch(/^1 of 2,\d{3} campaign groups shown\.$/);
      await keys.press('ArrowDown');
      await expect.poll(row).toBe(nameOf(42));
      // 2. Open it.
      await keys.press('Enter');
      await page.getByRole('heading', { level: 1, name: nameOf(42) }).waitFor();
      await keys.isSomewhere('opened');
      expect(await focused(page)).toMatchObject({ tag: 'main' });
      await page.locator('.chart-box canvas').nth(3).waitFor();
      // 3. Move along its chart: each figure is told, with its time and unit.
      await keys.tabTo(/^Hit ratio over time/);
      await keys.press('End');
      await expect.poll(() => said.textContent()).toMatch(/^Hit ratio, .*\d\d:\d\d:\d\d · .*30\.0%$/);
      const newest = await said.textContent();
      await keys.press('Home');
      await expect.poll(() => said.textContent()).not.toBe(newest);
      // Of a key that is held, the first step and the last.
      expect(await page.evaluate(holdArrow)).toBe(2);
      await keys.press('PageDown', 'PageDown', 'Escape');
      // 4. Read the same as a table.
      await keys.tabTo(/^Table of Hit ratio/);
      await keys.press('Enter');
      await keys.tabTo(/^Hit ratio as a table/);
      expect(await page.getByRole('group', { name: 'Hit ratio as a table' }).innerText()).toContain('30.0%');
      // 5. Read its last transition.
      await keys.tabTo(/^Transitions/);
      expect(await page.getByRole('group', { name: 'Transitions' }).innerText()).toContain('Start by client');
      // 6. Come back to its row.
      await page.goBack();
      await expect.poll(row).toBe(nameOf(42));
      // 7. See all again, then filter by state.
      await keys.press('/', 'ControlOrMeta+a', 'Delete');
      await keys.tabTo(/^[\d,]+ Trouble/, 'Shift+Tab');
      await keys.press('Enter');
      await expect.poll(() => said.textContent()).toMatch(/^[\d,]+ of 2,\d{3} campaign groups shown\.$/);
      expect((await focused(page)).name).toMatch(/Trouble/);
      await keys.tabTo(/ Running$/);
      await keys.press('Enter');
      // 8. Sort, twice: the order goes round under the focus.
      await keys.tabTo(/^Hit ratio/);
      await keys.press('Enter');
      await keys.press('Enter');
      await expect.poll(() => page.locator('[aria-sort="ascending"]').innerText()).toContain('Hit ratio');
      expect((await focused(page)).name).toMatch(/^Hit ratio/);
      // 9. A number of a callback leads to its story.
      await keys.press('g', 'c');
      await page.getByRole('searchbox', { name: /service id or number/ }).waitFor();
      await keys.isSomewhere('callbacks');
      await keys.press('/');
      await page.keyboard.type(NUMBER);
      await keys.press('Enter');
      await expect.poll(() => said.textContent()).toBe('Of this number: 1.');
      await keys.tabTo(/^done-1$/);
      await keys.press('Enter');
      await page.locator('.story .chapter').first().waitFor();
      await keys.isSomewhere('story');
      // 10. Try a replay from the quarantine, and read what it would do.
      await keys.press('g', 'h');
      await page.getByRole('group', { name: 'Quarantine' }).waitFor();
      await keys.tabTo(/^(\w+ )?\d\d:\d\d:\d\d$/);
      await keys.press('Enter');
      await page.locator('.quarantined').waitFor();
      await keys.tabTo(/^Try a replay$/);
      await keys.press('Enter');
      await expect
        .poll(() => page.locator('.quarantined [role="status"]').innerText())
        .toMatch(/could be applied now|left/);
    });
    expect(complaints).toEqual([]);
  });

  it('follow a lane from change to change, and tell each', async () => {
    const { url } = await app();
    const { page } = await visit(`${url}/#/timeline?q=0042&range=1h`);
    await page.locator('.lane-plot .stretch').first().waitFor();
    const keys = new Keys(page);
    const said = page.locator('.said');
    await keys.press('/', 'Enter', 'Shift+ArrowLeft');
    await expect.poll(() => said.textContent()).toMatch(/: Start by client/);
    await keys.press('Shift+ArrowLeft');
    await expect.poll(() => said.textContent()).toMatch(/: Running/);
  });
});

describeInBrowser('the focus', (visit) => {
  it('stays on a row that moves or leaves the filter, and goes to the list, which is told, when the row is taken away', async () => {
    const { url } = await app();
    const { page } = await visit(`${url}/#/wall?q=Zeta&state=running&sort=hit`);
    const lines = page.locator('.wall-row[data-group]');
    await expect.poll(() => lines.count()).toBe(10);
    await page.locator('.connection-live').waitFor();
    const keys = new Keys(page);
    const row = () => focused(page).then((one) => one.row);
    await keys.press('/', 'Enter', 'j', 'j');
    await expect.poll(row).toBe('Zeta 2@Agents');
    await postOcs(url, { ...zeta(2), ...STOPPED });
    await postOcs(url, { ...zeta(5), ...RUNNING, GSW_STAT_HIT_RATIO: 0.01 });
    await page.locator('.order-held').getByText('2 changes').waitFor();
    expect(await row()).toBe('Zeta 2@Agents');
    await keys.tabTo(/^Order held/);
    await keys.press('Enter');
    await expect.poll(() => lines.count()).toBe(9);
    await keys.isSomewhere('order applied');
    expect((await focused(page)).name).toBe('Campaign groups');
    // By a choice the row goes at once.
    await keys.press('j');
    await expect.poll(row).not.toBe(null);
    await page.evaluate(() => (location.hash = '#/wall?q=Campaign+0191'));
    await expect.poll(() => lines.first().textContent()).toContain('Campaign 0191@');
    await expect.poll(async () => (await focused(page)).name).toBe('Campaign groups');
    await expect.poll(() => page.locator('.said').textContent()).toMatch(/No longer here|campaign groups shown/);
  });

  it('is not taken from who left it for nothing, and keys that are one character can be switched off', async () => {
    const { url } = await app();
    const { page } = await visit(`${url}/#/wall?q=Campaign+192`);
    await page.locator('.wall-row[data-group]').first().waitFor();
    const keys = new Keys(page);
    await keys.press('?');
    await page.getByRole('checkbox', { name: /one character/ }).waitFor();
    expect((await focused(page)).tag).toBe('input');
    await keys.press('Space', 'Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('.brand').focus();
    for (const key of ['j', '/', 'g', 'h', '?']) await page.keyboard.press(key);
    expect(new URL(page.url()).hash).toBe('#/wall?q=Campaign+192');
    expect(await focused(page)).toMatchObject({ tag: 'a', row: null });
    await keys.press('Tab');
    await page.keyboard.press('ArrowDown');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.evaluate(() => {
      (document.activeElement as HTMLElement).blur();
    });
    await page.evaluate(() => (location.hash = '#/health'));
    await page.locator('.page.health .table').first().waitFor();
    expect((await focused(page)).tag).toBe('body');
  });
});
