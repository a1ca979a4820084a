/** What axe cannot see: the focus in sight, pointers, motion, the sign-in. */
import type { Page } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';
import { startTestApp, testApps, type TestApp } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { aFinal } from '../support/callback-posts.js';
import { groupNamed, postGroups, postOcs } from '../support/campaign-posts.js';
import { dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';

const start = testApps();
const RUNNING = { ...STARTED, ...FIGURES };
const ago = (seconds: number) => ({ GSW_DATE_TIME: dateTime(new Date().getTime() - seconds * 1000) });

let shared: Promise<TestApp> | null = null;
/** One for all who only look. */
const app = () => (shared ??= filled());
afterAll(async () => (await shared)?.remove());

async function filled(): Promise<TestApp> {
  const started = await startTestApp();
  const { url } = started;
  await postOcs(url, { ...groupNamed(1), ...LOADED, ...ago(3000) });
  for (const seconds of [2400, 1200, 0]) await postOcs(url, { ...groupNamed(1), ...RUNNING, ...ago(seconds) });
  await postGroups(url, 12, RUNNING);
  await postOcs(url, { ...groupNamed(4), ...STOPPED, GSW_CAMPAIGN_GROUP_ACTOR: 2 });
  await fetch(`${url}/ocs/campaign-group-state`, { method: 'POST', body: '{"GSW_USER_EVENT":"Other"}' });
  await fetch(`${url}/gms/callback-events`, { method: 'POST', body: JSON.stringify(aFinal()) });
  return started;
}

async function viewsOf({ url }: TestApp): Promise<readonly (readonly [string, string])[]> {
  const answer = await fetch(`${url}/api/v1/campaign-groups?q=Campaign%200001`);
  const { items } = (await answer.json()) as { items: { id: string }[] };
  return [
    ['#/wall', '.wall-row[data-group]'],
    ['#/timeline?range=1h', '.lane-plot .stretch'],
    ['#/timeline?range=1h&table=yes', '.lane-table tbody td'],
    [`#/group/${items[0]?.id ?? ''}?range=1h`, '.chart-box canvas'],
    ['#/callbacks?range=7d', '.page.callbacks .funnel'],
    ['#/compliance', '.page.compliance .table'],
    ['#/health', '.page.health .table'],
  ];
}

/** More than a view of these few groups has. */
const MOST_STOPS = 150;

interface Stop {
  readonly what: string;
  readonly isInSight: boolean;
  readonly isMarked: boolean;
  /** Which row of the wall it is in. */
  readonly row: number | null;
}

/** Of what has the focus: whether something of it is on top where it stands, and whether it is seen that it has it. */
function stopHere(): Stop | null {
  const { activeElement: element } = document;
  if (element === null || element === document.body) return null;
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const [x0, x1] = [Math.max(left, 0), Math.min(right, innerWidth)];
  const [y0, y1] = [Math.max(top, 0), Math.min(bottom, innerHeight)];
  const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [x, y] as const));
  const isOnTop = ([x, y]: readonly [number, number]) => {
    const found = document.elementFromPoint(x0 + (x1 - x0) * x, y0 + (y1 - y0) * y);
    return found !== null && (element.contains(found) || found.contains(element));
  };
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const row = element.closest('[data-group]');
  return {
    what: `${element.localName}.${element.className} ${element.getAttribute('aria-label') ?? element.textContent}`.slice(
      0,
      80,
    ),
    isInSight: x1 > x0 && y1 > y0 && points.some(isOnTop),
    row: row === null ? null : Number(row.ariaRowIndex),
    isMarked: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
  };
}

describeInBrowser('the focus of the keys', (visit) => {
  it.each([
    ['on a screen', { viewport: { width: 1280, height: 720 } }],
    ['at 400 %, in forced colours', { viewport: { width: 320, height: 256 }, forcedColors: 'active' as const }],
  ])('is marked and never wholly under something, all through every view, %s', async (_where, look) => {
    const service = await app();
    const { page } = await visit(`${service.url}/`, look);
    for (const [hash, sign] of await viewsOf(service)) {
      await page.goto(`${service.url}/${hash}`);
      await page.locator(sign).first().waitFor();
      await page.locator('.brand').focus();
      const stops: Stop[] = [];
      for (let stop = await nextStop(page); stop !== null && stops.length < MOST_STOPS; stop = await nextStop(page))
        stops.push(stop);
      const amiss = stops.filter(({ isInSight, isMarked }) => !isInSight || !isMarked);
      expect({ hash, amiss }).toEqual({ hash, amiss: [] });
      if (hash === '#/wall') {
        const rows = stops.flatMap(({ row }) => (row === null ? [] : [row]));
        expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
        expect(rows.length).toBeGreaterThan(1);
      }
      expect([hash, stops.length > 8, stops.length < MOST_STOPS]).toEqual([hash, true, true]);
    }
  });
});

async function nextStop(page: Page): Promise<Stop | null> {
  await page.keyboard.press('Tab');
  return page.evaluate(stopHere);
}

describeInBrowser('for those who wish no motion', (visit) => {
  it('nothing moves, while figures change and views do', async () => {
    const service = await app();
    const { page } = await visit(`${service.url}/`, { reducedMotion: 'reduce' });
    await page.locator('.connection-live').waitFor();
    await postOcs(service.url, { ...groupNamed(2), ...RUNNING, GSW_STAT_HIT_RATIO: 0.4321 });
    await page.getByText('43.2%').waitFor();
    const moving = () => page.evaluate(() => document.getAnimations().length);
    expect(await moving()).toBe(0);
    await page.goto(`${service.url}/#/timeline`);
    await page.locator('.lane-plot .stretch').first().waitFor();
    expect(await moving()).toBe(0);
  });
});

describeInBrowser('what a pointer brings up', (visit) => {
  it('can be pointed at itself, stays meanwhile, and goes by Escape', async () => {
    const service = await app();
    const { page } = await visit(`${service.url}/#/timeline?range=1h&q=0001`);
    const stretch = page.locator('.lane-plot .stretch-running').first();
    await stretch.waitFor();
    const box = await stretch.boundingBox();
    if (box === null) throw new Error('no lane');
    const tip = page.locator('.tip');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await tip.waitFor();
    const of = await tip.boundingBox();
    if (of === null) throw new Error('no tip');
    await page.mouse.move(of.x + 20, of.y + of.height / 2, { steps: 4 });
    // Longer than the tip waits for the pointer.
    await page.waitForTimeout(400);
    expect(await tip.isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await tip.waitFor({ state: 'detached' });
  });

  it('acts when the pointer is let go of, and not where it was drawn away', async () => {
    const service = await app();
    const { page } = await visit(`${service.url}/#/timeline?range=1h&q=0001`);
    const button = page.getByRole('button', { name: 'Table' });
    await button.hover();
    await page.mouse.down();
    await page.locator('.brand').hover();
    await page.mouse.up();
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    await button.click();
    expect(await button.getAttribute('aria-pressed')).toBe('true');
  });
});

describeInBrowser('the sign-in', (visit) => {
  it('takes a pasted token and what a password manager fills in, and says what is wrong where it is', async () => {
    const service = await start({ read_tokens: 'let-me-read' });
    const { page } = await visit(`${service.url}/`, { permissions: ['clipboard-read', 'clipboard-write'] });
    const field = page.getByLabel('Token');
    await field.waitFor();
    expect(await field.evaluate((input: HTMLInputElement) => [input.type, input.autocomplete])).toEqual([
      'password',
      'current-password',
    ]);
    await field.fill('wrong');
    const button = page.getByRole('button', { name: 'Sign in', exact: true });
    await button.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('This token is not valid.').waitFor();
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    const described = await field.getAttribute('aria-describedby');
    expect(await page.locator(`#${described ?? ''}`).innerText()).toBe('This token is not valid.');
    await page.evaluate(() => navigator.clipboard.writeText('let-me-read'));
    await field.selectText();
    await page.keyboard.press('ControlOrMeta+v');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing received yet').waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  });
});

describeInBrowser('help', (visit) => {
  it('is at one place in every view: the last control of the head, and a key', async () => {
    const service = await app();
    const { page } = await visit(`${service.url}/`);
    for (const [hash, sign] of await viewsOf(service)) {
      await page.goto(`${service.url}/${hash}`);
      await page.locator(sign).first().waitFor();
      const last = await page.locator('.frame-header :is(a, button)').last().getAttribute('aria-label');
      expect([hash, last]).toEqual([hash, 'Keys and marks']);
      const headings = await page.locator('h1').count();
      expect([hash, headings]).toEqual([hash, 1]);
    }
  });
});
