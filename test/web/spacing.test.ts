/** Text as its reader spaces it, on a screen and at 320 px: nothing is cut, lies over something, or is looked for sideways. */
import type { Page } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { aFinal, anEvent } from '../support/callback-posts.js';
import { groupNamed, postOcs } from '../support/campaign-posts.js';
import { dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';
import { lostText, sidewaysScrollers, spaceText } from './spaced-text.js';

const ago = (seconds: number) => ({ GSW_DATE_TIME: dateTime(new Date().getTime() - seconds * 1000) });
const LONG = {
  GSW_CAMPAIGN_GROUP_DBID: '1900',
  GSW_CAMPAIGN_GROUP_NAME: 'Autumn renewals of private customers@Agents Leipzig second floor',
  GSW_CAMPAIGN_NAME: 'Autumn renewals of private customers',
  GSW_TENANT_NAME: 'Environment of the north',
};

let shared: Promise<TestApp> | null = null;
const app = () => (shared ??= startTestApp({ admin_tokens: 'let-me-act' }));
afterAll(async () => (await shared)?.remove());

/** Gives every view something to say. */
async function fill({ url }: TestApp): Promise<void> {
  const lists = ['Prime', 'Second choice of the customers'].map((name, index) => ({
    GSW_CALLING_LIST: name,
    GSW_CALLING_LIST_DBID: String(7 + index),
    GSW_STAT_HIT_RATIO: 0.4,
    GSW_STAT_TIME_TO_COMPLETE: 90_000,
  }));
  const goal = { GSW_DIAL_MODE: 1, GSW_OPTIMIZE_BY: 1, GSW_OPTIMIZE_GOAL: 80, GSW_CALLING_LISTS: lists };
  await postOcs(url, { ...LONG, ...LOADED, ...ago(3000) });
  for (const seconds of [2400, 1200, 0])
    await postOcs(url, { ...LONG, ...STARTED, ...FIGURES, ...goal, GSW_STAT_OVERDIAL_RATE: 0.09, ...ago(seconds) });
  // Running, then active with no post that says why: a post was missed.
  await postOcs(url, { ...groupNamed(2), ...STARTED, ...FIGURES, ...ago(2000) });
  await postOcs(url, { ...groupNamed(2), ...LOADED, GSW_CAMPAIGN_GROUP_ACTION: 9, ...ago(600) });
  await postOcs(url, { ...groupNamed(4), ...STOPPED, GSW_CAMPAIGN_GROUP_ACTOR: 2 });
  await postOcs(url, { ...groupNamed(5), ...LOADED, GSW_CAMPAIGN_GROUP_STATE: 2 });
  await postOcs(url, {
    ...{ ...groupNamed(6), ...STARTED, ...FIGURES, GSW_STAT_BUSY_FACTOR: 1, GSW_DIAL_MODE: 2 },
    ...{ GSW_STAT_TIME_TO_COMPLETE: 90_000, ...ago(200_000) },
  });
  const post = (path: string, body: unknown) => fetch(url + path, { method: 'POST', body: JSON.stringify(body) });
  await post('/ocs/campaign-group-state', { GSW_USER_EVENT: 'Other' });
  await post('/ocs/no-such-path', {});
  const told = { _CB_DIM_VQ: 'Sales of the north', _CB_CUSTOMER_PHONE_NUMBER: '+4934112345678' };
  const waited = { _CB_EWT_WHEN_CALLBACK_WAS_OFFERED: 3000, _CB_D_WAITING_FOR_AGENT_OFFLINE: 200 };
  await post('/gms/callback-events', aFinal({ ...told, ...waited }));
  await post('/gms/callback-events', anEvent({ ...told, _CB_SERVICE_ID: 'a-service-that-is-open-and-has-a-long-id' }));
}

/** A view: its address (null: where the one before led to), what shows that it stands, and what is done in it first. */
type Look = readonly [hash: string | null, sign: string, before?: (page: Page) => Promise<unknown>];

/** On a narrow screen the bar's fields are behind a line of their own. */
async function openBar(page: Page): Promise<void> {
  const more = page.locator('.toolbar-more:not([open]) summary');
  if ((await more.count()) > 0) await more.click();
}
async function openTime(page: Page): Promise<void> {
  await openBar(page);
  await page.getByRole('button', { name: /^From/ }).click();
}
async function openAll(page: Page): Promise<void> {
  await page.locator('main details').evaluateAll((all) => {
    for (const details of all) (details as HTMLDetailsElement).open = true;
  });
  await page.locator('.body-shown pre').waitFor();
}
async function pointAtLane(page: Page): Promise<void> {
  await page.locator('.lane-plot').nth(1).hover();
  await page.locator('.tip').waitFor();
}
async function askReplay(page: Page): Promise<void> {
  await page.getByRole('group', { name: 'Quarantine' }).locator('tbody :is(button, a)').first().click();
  await page.getByRole('button', { name: 'Try a replay' }).click();
  await page.getByRole('button', { name: 'Sign in with one' }).waitFor();
}
const signIn = (page: Page) => page.getByRole('button', { name: 'Sign in with one' }).click();
const help = (page: Page) => page.keyboard.press('?');

async function looksOf({ url }: TestApp): Promise<readonly Look[]> {
  const answer = await fetch(`${url}/api/v1/campaign-groups?q=Autumn`);
  const { items } = (await answer.json()) as { items: { id: string }[] };
  const group = `#/group/${items[0]?.id ?? ''}`;
  return [
    ['#/wall', '.wall-row[data-group]', openBar],
    ['#/wall?density=wall', '.wall-row[data-group]'],
    ['#/wall?q=nothing-like-it', '.empty'],
    ['#/timeline?range=1h', '.lane-plot .stretch', pointAtLane],
    ['#/timeline?range=1h&table=yes', '.lane-table tbody td'],
    [`${group}?range=1h`, '.chart-box canvas', openAll],
    [`${group}?from=no`, '.chart-box canvas', openTime],
    ['#/callbacks?range=7d&step=offered', '.waits'],
    ['#/callback/service-1', '.story .chapter'],
    ['#/compliance', '.page.compliance .table'],
    ['#/health', '.page.health .table', askReplay],
    [null, '.quarantined', signIn],
    [null, '.sign-in', help],
  ];
}

describeInBrowser('text that is spaced further', (visit) => {
  it.each([
    ['at 1280 px', { width: 1280, height: 720 }],
    ['at 320 px', { width: 320, height: 740 }],
  ])('is neither cut nor over other text, and only tables scroll sideways, %s', async (_where, viewport) => {
    const service = await app();
    const { page } = await visit('about:blank', { viewport, reducedMotion: 'reduce' });
    const look = async (what: string) => {
      const found = { what, lost: await page.evaluate(lostText), sideways: await page.evaluate(sidewaysScrollers) };
      expect.soft(found).toEqual({ what, lost: [], sideways: [] });
    };
    await page.addInitScript(spaceText);
    await page.goto(`${service.url}/`);
    // What comes first is a wall without groups, until the second time.
    await page.locator('.steps, .wall-row[data-group]').first().waitFor();
    await look('the first look');
    await fill(service);
    for (const [hash, sign, before] of await looksOf(service)) {
      if (hash !== null) await page.goto(`${service.url}/${hash}`);
      await page.locator(sign).first().waitFor();
      await before?.(page);
      // Rows grow once they were drawn.
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 50))));
      await look(hash ?? page.url());
    }
  });
});
