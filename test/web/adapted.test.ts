/** The page on paper, in colours of the viewer's own, much enlarged, under a finger, in two tabs. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { aFinal } from '../support/callback-posts.js';
import { groupNamed, postGroups, postOcs } from '../support/campaign-posts.js';
import { dateTime, FIGURES, STARTED } from '../support/posts.js';

const start = testApps();
const GROUPS = 45;
const ago = (seconds: number) => ({ GSW_DATE_TIME: dateTime(new Date().getTime() - seconds * 1000) });
const shown = (page: Page) => page.locator('.wall-row[data-group]').first().waitFor();

async function idOf(app: TestApp): Promise<string> {
  const { items } = (await (await fetch(`${app.url}/api/v1/campaign-groups`)).json()) as { items: { id: string }[] };
  return items[0]?.id ?? '';
}

/** What is cut by a box that scrolls. Runs in the page, as all of these. */
function cut(): string[] {
  const hides = (overflow: string) => overflow === 'auto' || overflow === 'scroll';
  const isCut = (element: Element) => {
    const { overflowX, overflowY } = getComputedStyle(element);
    const { scrollHeight, clientHeight, scrollWidth, clientWidth } = element;
    return (hides(overflowY) && scrollHeight > clientHeight + 1) || (hides(overflowX) && scrollWidth > clientWidth + 1);
  };
  return [...document.querySelectorAll('main, main *')]
    .filter((element) => element.closest('.hidden') === null && element.getClientRects().length > 0 && isCut(element))
    .map(({ className }) => className);
}

/** Of so many, those that are beyond the paper or have no width, and those that overlap another. */
function misplaced(selector: string): { of: number; beyond: number; overlapping: number } {
  const boxes = [...document.querySelectorAll(selector)].map((element) => element.getBoundingClientRect());
  const overlap = (one: DOMRect, other: DOMRect) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1;
  return {
    of: boxes.length,
    beyond: boxes.filter(({ right, width }) => right > innerWidth + 1 || width === 0).length,
    overlapping: boxes.filter((one) => boxes.some((other) => other !== one && overlap(one, other))).length,
  };
}

describeInBrowser('on paper', (visit) => {
  it('the wall has every group, the group and the callbacks are whole, and charts stand apart', async () => {
    const app = await start();
    await postGroups(app.url, GROUPS, { ...STARTED, ...FIGURES });
    for (const seconds of [1200, 600, 0])
      await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES, ...ago(seconds) });
    await fetch(`${app.url}/gms/callback-events`, { method: 'POST', body: JSON.stringify(aFinal()) });
    const { page } = await visit(`${app.url}/`, { colorScheme: 'dark' });
    await shown(page);
    const rows = page.locator('.virtual .wall-row');
    expect(await rows.count()).toBeLessThan(GROUPS);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(1);
    // A4 less its margins.
    await page.setViewportSize({ width: 703, height: 1000 });
    await page.emulateMedia({ media: 'print' });
    await expect.poll(() => rows.count()).toBe(GROUPS);
    expect(await page.evaluate(cut)).toEqual([]);
    expect((await page.getByRole('heading', { level: 1 }).boundingBox())?.width).toBeGreaterThan(100);
    expect(await page.evaluate(misplaced, '.virtual-row')).toEqual({ of: GROUPS, beyond: 0, overlapping: 0 });
    for (const [hash, sign] of [
      [`#/group/${await idOf(app)}?range=1h`, '.chart-box canvas'],
      ['#/callbacks?range=7d', '.page.callbacks .panel'],
    ] as const) {
      await page.emulateMedia({ media: 'screen' });
      await page.goto(`${app.url}/${hash}`);
      await page.locator(sign).first().waitFor();
      await page.emulateMedia({ media: 'print' });
      await expect.poll(() => page.evaluate(cut)).toEqual([]);
      await expect.poll(() => page.evaluate(misplaced, sign)).toMatchObject({ beyond: 0, overlapping: 0 });
    }
    const ground = () =>
      page.evaluate(() => getComputedStyle(document.querySelector('.panel') ?? document.body).backgroundColor);
    await expect.poll(ground).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ media: 'screen' });
    await page.goto(`${app.url}/#/wall`);
    await shown(page);
    expect(await rows.count()).toBeLessThan(GROUPS);
  });
});

describeInBrowser('in colours of the viewer', (visit) => {
  it('what is chosen, what is live, bars and legends are still seen', async () => {
    const app = await start();
    const lists = [{ GSW_CALLING_LIST: 'Prime', GSW_CALLING_LIST_DBID: '7', GSW_STAT_HIT_RATIO: 0.4 }];
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES, GSW_CALLING_LISTS: lists });
    const { page, complaints } = await visit(`${app.url}/#/wall`, { forcedColors: 'active' });
    await shown(page);
    await page.locator('.connection-live').waitFor();
    const look = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => {
          const { backgroundColor, borderBottomColor, color, backgroundImage } = getComputedStyle(element);
          return { backgroundColor, borderBottomColor, color, backgroundImage };
        });
    const canvas = (await look('body')).backgroundColor;
    expect((await look('.chip[aria-pressed="true"]')).backgroundColor).not.toBe(
      (await look('.chip[aria-pressed="false"]')).backgroundColor,
    );
    expect((await look('.tabs a[aria-current]')).borderBottomColor).not.toBe(
      (await look('.tabs a:not([aria-current])')).borderBottomColor,
    );
    const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    expect((await look('.connection-live .connection-dot')).backgroundColor).not.toBe(ground);
    await page.goto(`${app.url}/#/group/${await idOf(app)}`);
    await page.locator('.bar-fill').waitFor();
    expect([canvas, ground]).not.toContain((await look('.bar-fill')).backgroundColor);
    for (const kind of ['spread', 'unobserved', 'silent', 'no_figure'])
      expect((await look(`.gap-key-${kind}`)).backgroundImage).toContain('gradient');
    expect(complaints).toEqual([]);
  });
});

describeInBrowser('much enlarged', (visit) => {
  it('the heads scroll away, and the list has the whole screen', async () => {
    const app = await start();
    await postGroups(app.url, 20, { ...STARTED, ...FIGURES });
    const { page } = await visit(`${app.url}/#/wall`, { viewport: { width: 320, height: 256 } });
    await shown(page);
    for (const [hash, list] of [
      ['#/wall', '.wall-table .virtual'],
      ['#/timeline', '.lanes .virtual'],
    ] as const) {
      await page.goto(`${app.url}/${hash}`);
      await page.locator(list).waitFor();
      const seen = await page.locator(list).evaluate((element) => {
        element.scrollIntoView({ block: 'end' });
        const box = element.getBoundingClientRect();
        // What is on top at every height of the screen.
        const tops = [4, 128, 250].map((y) => element.contains(document.elementFromPoint(innerWidth / 2, y)));
        return { height: box.height, top: box.top, tops, overflow: document.documentElement.scrollWidth - innerWidth };
      });
      expect(seen).toEqual({ height: 256, top: 0, tops: [true, true, true], overflow: 0 });
    }
  });
});

describeInBrowser('under a finger', (visit) => {
  it('sorts, shows the figures of a chart and of a lane, and zooms', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES, ...ago(900) });
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    await postOcs(app.url, { ...groupNamed(2), ...STARTED, ...FIGURES, GSW_STAT_HIT_RATIO: 0.9 });
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
    const { page, complaints } = await visit(`${app.url}/#/wall`, phone);
    await shown(page);
    const names = page.locator('.wall-row[data-group] .cell-name a');
    await page.getByLabel('Sort by').selectOption({ label: 'By hit ratio' });
    await expect.poll(() => names.allInnerTexts()).toEqual(['Campaign 0002@Agents', 'Campaign 0001@Agents']);
    await page.getByRole('button', { name: 'Sorted downwards' }).tap();
    await expect.poll(() => names.allInnerTexts()).toEqual(['Campaign 0001@Agents', 'Campaign 0002@Agents']);
    await page.goto(`${app.url}/#/timeline?range=1h`);
    const lane = page.locator('.lane:has-text("Campaign 0001@") .lane-plot');
    await lane.waitFor();
    const box = await lane.boundingBox();
    if (box === null) throw new Error('no lane');
    await page.touchscreen.tap(box.x + box.width - 20, box.y + box.height / 2);
    await expect.poll(() => page.locator('.tip').innerText()).toContain('Running');
    expect(page.url()).toContain('#/timeline');
    await page.goto(`${app.url}/#/group/${await idOf(app)}?range=1h`);
    const plot = page.locator('.chart-box .u-over').first();
    await plot.scrollIntoViewIfNeeded();
    const area = await plot.boundingBox();
    if (area === null) throw new Error('no chart');
    await page.touchscreen.tap(area.x + area.width - 4, area.y + 40);
    await expect
      .poll(() => page.locator('.chart-tip').first().innerText())
      .toMatch(/85\.0%|no such figure came|observed/);
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', shares: readonly number[]) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: shares.map((share, id) => ({ x: area.x + area.width * share, y: area.y + 40, id })),
      });
    await touch('touchStart', [0.4, 0.6]);
    await touch('touchMove', [0.3, 0.7]);
    await touch('touchMove', [0.2, 0.8]);
    await touch('touchEnd', []);
    await page.getByText('Back to now').waitFor();
    const parameters = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
    const minutes = (Date.parse(parameters.get('to') ?? '') - Date.parse(parameters.get('from') ?? '')) / 60_000;
    expect(Math.round(minutes)).toBe(20);
    await page.getByRole('button', { name: 'A shorter time' }).tap();
    await expect.poll(() => page.url()).not.toContain(parameters.get('from') ?? '?');
    expect(complaints).toEqual([]);
  });
});

describeInBrowser('two tabs', (visit) => {
  it('have one theme, and it is remembered', async () => {
    const app = await start();
    const { page } = await visit(`${app.url}/`);
    const other = await page.context().newPage();
    await other.goto(`${app.url}/`);
    const themeOf = (tab: Page) => tab.locator('html').getAttribute('data-theme');
    await page.getByRole('button', { name: /^Colours/ }).click();
    await expect.poll(() => themeOf(other)).toBe('light');
    await other.getByRole('button', { name: 'Colours: light' }).click();
    await expect.poll(() => themeOf(page)).toBe('dark');
    await page.reload();
    await expect.poll(() => themeOf(page)).toBe('dark');
  });

  it('are signed in and out together, and the session is over at the service', async () => {
    const app = await start({ read_tokens: 'let-me-read' });
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    const { page } = await visit(`${app.url}/`);
    const other = await page.context().newPage();
    await other.goto(`${app.url}/`);
    await other.getByLabel('Token').waitFor();
    await page.getByLabel('Token').fill('let-me-read');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await shown(page);
    await shown(other);
    const cookies = await page.context().cookies();
    await page.getByRole('button', { name: 'Sign out' }).click();
    for (const tab of [page, other]) {
      await tab.getByLabel('Token').waitFor();
      expect(await tab.getByText('Campaign 0001').count()).toBe(0);
      expect(await tab.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    }
    expect(await page.context().cookies()).toEqual([]);
    const headers = { Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') };
    expect((await fetch(`${app.url}/api/v1/campaign-groups`, { headers })).status).toBe(401);
  });

  it('let who signed in to administer sign out, where everybody reads', async () => {
    const app = await start({ admin_tokens: 'let-me-act' });
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    const { page } = await visit(`${app.url}/`);
    await page.getByTitle('Sign in to administer').click();
    await page.getByLabel('Token').fill('let-me-act');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByTitle('Sign in to administer').waitFor();
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    await shown(page);
  });
});
