import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { aFinal, anEvent } from '../support/callback-posts.js';
import { groupNamed, postOcs } from '../support/campaign-posts.js';
import { aPost, FIGURES, STARTED } from '../support/posts.js';

const start = testApps();

/** Turns what follows, closes isolates that are not its own, opens one and lets it stand, and ends the paragraph. */
const turned = (text: string) => `${text} \u202Eneht\u2069\u2069\u202Eerom\u2029\u202E\u2067tsal`;

async function turnedApp(): Promise<TestApp> {
  const app = await start();
  const list = { GSW_CALLING_LIST: turned('List'), GSW_CALLING_LIST_DBID: turned('7'), GSW_STAT_HIT_RATIO: 0.4 };
  const texts = {
    GSW_CAMPAIGN_GROUP_NAME: turned('Spring@Agents'),
    GSW_CAMPAIGN_NAME: turned('Spring'),
    GSW_GROUP_NAME: turned('Agents'),
    GSW_QUEUE_NAME: turned('8001'),
    GSW_TENANT_NAME: turned('Nord'),
  };
  await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES, ...texts, GSW_CALLING_LISTS: [list] });
  await postOcs(app.url, { ...groupNamed(2), ...STARTED, ...FIGURES });
  const keys = { _CB_DIM_VQ: turned('Sales'), _CB_CUSTOMER_PHONE_NUMBER: turned('+49') };
  const post = (path: string, body: unknown) =>
    fetch(app.url + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  await post('/gms/callback-events', aFinal({ ...keys, _CB_SERVICE_ID: turned('ended') }));
  await post('/gms/callback-events', anEvent({ ...keys, _CB_SERVICE_ID: turned('open') }));
  await post('/ocs/campaign-group-state', { GSW_USER_EVENT: turned('Other') });
  await post('/ocs/campaign-group-state', turned('not JSON'));
  return app;
}

/** Every text of the page, whether its element keeps it apart, and whose it is; and titles and labels. */
function textsOfPage() {
  const found: { text: string; isApart: boolean; html: string }[] = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const { parentElement: parent, textContent: text } = node;
    if (parent === null || text === null) continue;
    const isApart = getComputedStyle(parent).unicodeBidi.includes('isolate');
    found.push({ text, isApart, html: parent.outerHTML.slice(0, 300) });
  }
  for (const element of document.querySelectorAll('*'))
    for (const name of ['title', 'aria-label', 'placeholder']) {
      const text = element.getAttribute(name);
      if (text !== null) found.push({ text, isApart: false, html: element.outerHTML.slice(0, 300) });
    }
  return found;
}

/** Around each text of a sender: where what was written one after the other begins. */
function linesOfPage() {
  const parents = new Set([...document.querySelectorAll('bdi')].map(({ parentElement }) => parentElement));
  return [...parents].map((parent) => ({
    html: parent?.outerHTML.slice(0, 300),
    places: [...(parent?.childNodes ?? [])].flatMap((child) => {
      const range = document.createRange();
      range.selectNodeContents(child);
      const { left, bottom, width } = range.getBoundingClientRect();
      return width > 0 ? [{ left, bottom }] : [];
    }),
  }));
}

/** Whether nothing in a text acts on what follows it. */
function isBalanced(text: string): boolean {
  let open = 0;
  for (const character of text) {
    if (character === '\u2029' || (open === 0 && /[\u202A-\u202E\u2069]/.test(character))) return false;
    if (/[\u2066-\u2068]/.test(character)) open++;
    if (character === '\u2069') open--;
  }
  return open === 0;
}

async function faultsOf(page: Page): Promise<string[]> {
  const texts = await page.evaluate(textsOfPage);
  const lines = await page.evaluate(linesOfPage);
  const loose = texts.filter(({ text, isApart }) => !isBalanced(isApart ? `\u2068${text}\u2069` : text));
  const turned = lines.filter(({ places }) =>
    places.some(({ left, bottom }, at) => {
      const before = places[at - 1];
      return before !== undefined && Math.abs(before.bottom - bottom) < 4 && left < before.left;
    }),
  );
  return [...loose.map(({ html }) => `loose: ${html}`), ...turned.map(({ html }) => `turned: ${html ?? ''}`)];
}

async function serviceIds(app: TestApp): Promise<readonly string[]> {
  const { items } = (await (await fetch(`${app.url}/api/v1/callbacks`)).json()) as { items: { service_id: string }[] };
  return items.map(({ service_id: id }) => id);
}

async function hover(page: Page, selector: string): Promise<void> {
  const box = await page.locator(selector).first().boundingBox();
  if (box === null) throw new Error(`${selector} has no size`);
  await page.mouse.move(box.x + box.width - 5, box.y + box.height / 2);
}

describeInBrowser('what a sender wrote', (visit) => {
  it('stays apart from what stands around it in every view, whatever direction it claims', async () => {
    const app = await turnedApp();
    const [id = ''] = await serviceIds(app);
    const { page, complaints } = await visit(`${app.url}/`);
    const row = page.locator('.wall-row[data-group]');
    await row.nth(1).waitFor();
    const found = async () => ({ at: page.url(), faults: await faultsOf(page) });
    const none = () => ({ at: page.url(), faults: [] });
    expect(await found()).toEqual(none());
    await page.goto(`${app.url}/#/timeline?range=15m`);
    await page.locator('.lane-plot').first().waitFor();
    await hover(page, '.lane:has-text("Spring") .lane-plot');
    await page.locator('.tip').waitFor();
    expect(await found()).toEqual(none());
    await page.goto(`${app.url}/#/wall`);
    await page.locator('.wall-row:has-text("Spring@Agents") .cell-name a').click();
    await page.getByRole('group', { name: 'Calling lists' }).waitFor();
    expect(await page.title()).toMatch(/^\u2068Spring@Agents .*\u2069 · OCS campaign monitor$/);
    await page.getByText('Last body received').click();
    // Raw, the controls are written out.
    await page.locator('pre').getByText('Spring@Agents \\u202eneht\\u2069\\u2069').waitFor();
    expect(await found()).toEqual(none());
    for (const [hash, sign] of [
      ['#/callbacks?range=7d', '.open-scroll tbody tr'],
      [`#/callback/${encodeURIComponent(id)}`, '.story .chapter'],
      ['#/health', 'button.link'],
    ] as const) {
      await page.goto(`${app.url}/${hash}`);
      await page.locator(sign).first().waitFor();
      if (hash === '#/health') await page.locator('button.link').first().click();
      if (hash === '#/health') await page.locator('pre').waitFor();
      expect(await found()).toEqual(none());
    }
    expect(complaints).toEqual([]);
  });

  it('leaves its neighbours where they are: tenant, source and queue from left to right', async () => {
    const app = await start();
    const texts = { GSW_QUEUE_NAME: 'queue' };
    for (const [number, tenant] of ['\u202Edrawkcab', 'forward', '\u2069\u202Edrawkcab', 'אביב'].entries()) {
      const group = { ...groupNamed(number), ...STARTED, ...FIGURES, ...texts, GSW_TENANT_NAME: tenant };
      await fetch(`${app.url}/ocs/eu-1/campaign-group-state`, { method: 'POST', body: JSON.stringify(aPost(group)) });
    }
    const { page } = await visit(`${app.url}/`);
    await page.locator('.wall-row[data-group]').nth(3).waitFor();
    const places = await page.locator('.cell-sub').evaluateAll((lines) =>
      lines.map((line) => {
        const leftOf = (word: string) => {
          const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
          for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
            const at = node.textContent?.indexOf(word) ?? -1;
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + 1);
            return range.getBoundingClientRect().left;
          }
          return NaN;
        };
        return [line.getBoundingClientRect().left, leftOf('eu-1'), leftOf('-1'), leftOf('queue')];
      }),
    );
    for (const line of places) expect(line).toEqual([...line].sort((a, b) => a - b));
    expect(places).toHaveLength(4);
  });
});
