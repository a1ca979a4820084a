import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { groupNamed, postGroups, postOcs } from '../support/campaign-posts.js';
import { dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';

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
    await page.locator(row(1)).waitFor();
    expect(complaints).toEqual([]);
  });

  it('has figures under their own heads, at every width and in print', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    const { page } = await visit(`${app.url}/`);
    await page.locator(row(1)).waitFor();
    const columns = () =>
      page.evaluate(() => {
        const edges = (selector: string) =>
          [...document.querySelectorAll(selector)]
            .map((cell) => ({ cell, box: cell.getBoundingClientRect() }))
            .filter(({ box }) => box.width > 0)
            .map(({ cell, box }) => [/cell-(?!number|ratio)\w+/.exec(cell.className)?.[0], Math.round(box.left)]);
        return { heads: edges('.wall-head .cell'), cells: edges('.virtual .wall-row .cell') };
      });
    for (const media of ['screen', 'print'] as const) {
      await page.emulateMedia({ media });
      for (const width of [761, 794, 800, 900, 1000, 1080, 1081, 1199, 1200, 1380, 1439, 1440, 1920, 2600]) {
        await page.setViewportSize({ width, height: 900 });
        // The last hours of each group are there where there is room for them.
        const hasStrip = async () => (await columns()).heads.at(-1)?.[0] === 'cell-strip';
        if (media === 'screen') await expect.poll(hasStrip, { message: `${String(width)} px` }).toBe(width >= 1200);
        const { heads, cells } = await columns();
        expect(heads.length, `${String(width)} px`).toBeGreaterThan(5);
        expect(heads, `${String(width)} px`).toEqual(cells);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect([width, Math.max(0, overflow)]).toEqual([width, 0]);
      }
    }
  });

  it('says what is wrong with what comes before the first good post', async () => {
    const app = await start({ ingest_tokens: 'sesame' });
    const { page } = await visit(`${app.url}/`);
    await page.getByText('Nothing received yet').waitFor();
    await fetch(`${app.url}/ocs/eu-1/campaign-group-state`, { method: 'POST', body: '{}' });
    const refused = page.getByRole('region', { name: 'Refused posts' });
    await refused.waitFor();
    expect(await refused.innerText()).toMatch(/POST \/ocs\/eu-1\/campaign-group-state from .*, answered 401/);
  });

  it('shows a post as it comes: state, dialing mode and the four figures', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...LOADED });
    const { page } = await visit(`${app.url}/`);
    await page.locator(row(1)).getByText('Active').waitFor();
    // Beyond the second in which a group is sent once.
    await page.locator('.connection-live').waitFor();
    const fields = { ...groupNamed(1), ...STARTED, ...FIGURES, GSW_DIAL_MODE: 1 };
    await postOcs(app.url, fields);
    await page.locator(row(1)).getByText('Running').waitFor();
    const text = await page.locator(row(1)).innerText();
    for (const part of ['Predictive', '85.0%', '30.0%', '2.0%']) expect(text).toContain(part);
    // Ten minutes from now, in the viewer's zone.
    expect(await page.locator(`${row(1)} .cell-finish time`).innerText()).toMatch(/^(\w{3} )?\d\d:\d\d$/);
    expect(await page.locator(`${row(1)} .cell-since time`).getAttribute('title')).toMatch(/UTC$/);
  });

  it('holds 2,000 groups with a screenful of rows, and an update touches the row of its group alone', async () => {
    const app = await start();
    await postGroups(app.url, 2000, { ...STARTED, ...FIGURES });
    // By name, so that a group that stops stays where it is.
    const { page, complaints } = await visit(`${app.url}/#/wall?sort=name`);
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
    const id = await page.locator(row(3)).getAttribute('data-group');
    // Of this row the one figure that differs, and of that its text.
    expect(await changesOf(page)).toEqual([`${id ?? ''} cell-hit characterData`]);
    await page.evaluate(watchChanges);
    await postOcs(app.url, { ...groupNamed(3), ...STOPPED });
    await page.locator(row(3)).getByText('Active').waitFor();
    // The counts follow the rows.
    await page
      .locator('.chip')
      .filter({ hasText: /^\s*1\s*Active/ })
      .waitFor();
    const touched = await changesOf(page);
    const cells = touched.filter((change) => change.startsWith(`${id ?? ''} `)).map((change) => change.split(' ')[1]);
    // The figures end with the dialing; the name, the mode that was never said and the times since stay.
    const changed = ['row', 'cell-state', 'cell-busy', 'cell-hit', 'cell-overdial', 'cell-finish'];
    expect([...new Set(cells)]).toEqual(changed);
    // Beside the row the counts of the states: their texts, and that of those that are no longer 0 the look.
    const beside = touched.filter((change) => !change.startsWith(`${id ?? ''} `));
    expect(beside.sort()).toEqual([' row characterData', 'chip row attributes']);
    expect(complaints).toEqual([]);
  });

  it('scrolls through 2,000 groups with a screenful of rows all the way, of which a step makes a few anew', async () => {
    const app = await start();
    await postGroups(app.url, 2000, LOADED);
    const { page } = await visit(`${app.url}/`);
    await page.locator(row(0)).waitFor();
    const steps = await page.evaluate(scrollThrough, { px: 3 * 56, steps: 150 });
    expect(steps.map(({ top }) => top)).toEqual(Array.from({ length: 150 }, (_, step) => (step + 1) * 3 * 56));
    const most = (count: (step: (typeof steps)[number]) => number) => Math.max(...steps.map(count));
    // 900 px high: some 14 rows are seen, and 6 beyond each edge.
    expect(most(({ rows }) => rows)).toBeLessThan(40);
    expect(Math.min(...steps.map(({ rows }) => rows))).toBeGreaterThan(14);
    // Three rows come and three go; those that stay are not touched.
    expect(most(({ added }) => added)).toBeLessThanOrEqual(4);
    expect(most(({ removed }) => removed)).toBeLessThanOrEqual(4);
    expect(most(({ touchedRows }) => touchedRows)).toBe(0);
    // A jump draws one screen, whatever lies between.
    const [jump] = await page.evaluate(scrollThrough, { px: 56 * 1400, steps: 1 });
    expect(jump?.added).toBeLessThan(40);
    await page.locator('.virtual').evaluate((list) => (list.scrollTop = list.scrollHeight));
    await page.locator(row(1999)).waitFor();
  });

  it('says the state again when trouble is over, where there is room for one word only', async () => {
    const app = await start();
    const post = (secondsAgo: number, ratio: number) =>
      postOcs(app.url, {
        ...{ ...groupNamed(1), ...STARTED, ...FIGURES, GSW_STAT_OVERDIAL_RATE: ratio },
        GSW_DATE_TIME: dateTime(new Date().getTime() - secondsAgo * 1000),
      });
    await post(1600, 0.02);
    const { page } = await visit(`${app.url}/#/wall?density=compact`);
    const word = page.locator(row(1)).getByText('Running');
    await word.waitFor();
    await page.locator('.connection-live').waitFor();
    // As long as the alert waits, by the sender's clock; and as long as it holds on.
    const seen = (figure: string) => page.locator(row(1)).getByText(figure).waitFor();
    await post(1540, 0.08);
    await seen('8.0%');
    await post(600, 0.081);
    await page.locator(row(1)).getByText('Over-dialing').waitFor();
    expect(await word.isVisible()).toBe(false);
    await post(590, 0.01);
    await seen('1.0%');
    await post(110, 0.011);
    await word.waitFor();
    expect(await page.locator(row(1)).getByText('Over-dialing').count()).toBe(0);
  });

  it('goes by the limit of over-dialing that the service is told, in figures, badges and order', async () => {
    const app = await start({ overdial_limit: '0.1' });
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES, GSW_STAT_OVERDIAL_RATE: 0.08 });
    await postOcs(app.url, { ...groupNamed(2), ...STARTED, ...FIGURES, GSW_STAT_OVERDIAL_RATE: 0.12 });
    const goal = { GSW_DIAL_MODE: 1, GSW_OPTIMIZE_BY: 2, GSW_OPTIMIZE_GOAL: 1 };
    await postOcs(app.url, { ...groupNamed(3), ...STARTED, ...FIGURES, ...goal, GSW_STAT_OVERDIAL_RATE: 0.09 });
    const { page } = await visit(`${app.url}/`);
    await page.locator(row(2)).getByText('Over-dialing').waitFor();
    expect(await page.locator('.cell-name a').first().innerText()).toContain('Campaign 0002@');
    expect(await page.locator('.figure.tone-trouble').allInnerTexts()).toEqual(['12.0%']);
    expect(await page.locator('.trouble').allInnerTexts()).toEqual(['Over-dialing']);
    expect(await page.getByRole('button', { name: /Trouble/ }).innerText()).toMatch(/^1\s/);
  });

  it('is a screen without controls at the density for walls, and one key leads back', async () => {
    const app = await start();
    await postGroups(app.url, 3, { ...STARTED, ...FIGURES });
    const { page } = await visit(`${app.url}/`);
    await page.locator(row(0)).waitFor();
    const sizeOf = () =>
      page
        .locator(`${row(0)} .figure`)
        .first()
        .evaluate(fontSize);
    const usual = await sizeOf();
    await page.getByRole('button', { name: 'Wall screen' }).click();
    await page.locator('.density-wall').waitFor();
    expect(new URL(page.url()).hash).toBe('#/wall?density=wall');
    expect(await sizeOf()).toBeGreaterThan(1.5 * usual);
    for (const control of ['.tabs', '.toolbar', '.theme-button', '.help-button'])
      expect([control, await page.locator(control).isVisible()]).toEqual([control, false]);
    await page.reload();
    await page.locator('.density-wall').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.density-comfortable').waitFor();
    expect(await page.locator('.tabs').isVisible()).toBe(true);
    // The next page is not a wall screen.
    await page.goto(`${app.url}/#/`);
    await page.locator('.density-comfortable').waitFor();
  });

  it('uses 3,840 pixels: no scrolling sideways, nothing cut, longer lines, and type for a wall', async () => {
    const app = await start();
    // Each has a long name: the clock decides which page of a wall screen is shown.
    const name = 'Appointment Confirmation@Collections B';
    await postGroups(app.url, 41, { ...STARTED, ...FIGURES, GSW_CAMPAIGN_GROUP_NAME: name });
    const { page } = await visit(`${app.url}/`, { viewport: { width: 3840, height: 2160 } });
    for (const [hash, density, leastType] of [
      ['#/wall', 'comfortable', 14],
      ['#/wall?density=compact', 'compact', 13],
      ['#/wall?density=wall', 'wall', 40],
    ] as const) {
      await page.goto(`${app.url}/${hash}`);
      await page.locator(`.density-${density} .spark`).first().waitFor();
      const look = await page.evaluate(lookOfWall);
      expect({ density, ...look }).toMatchObject({ density, overflow: 0, cut: [] });
      expect(look.type).toBeGreaterThanOrEqual(leastType);
      expect(look.sparkWidth).toBeGreaterThanOrEqual(150);
      // The figures belong to the name: it takes no more than two fifths of the screen.
      expect(look.nameShare).toBeLessThan(0.4);
      // The last page of a wall screen has what is left; another comes within twelve seconds.
      await expect.poll(async () => (await page.evaluate(lookOfWall)).rows, { timeout: 30_000 }).toBeGreaterThan(10);
    }
    // What each view alone has: the one that is left stands until the next is there.
    for (const [view, sign] of [
      ['timeline', '.lanes'],
      ['callbacks', '.page.callbacks'],
      ['health', '.page.health'],
    ] as const) {
      await page.goto(`${app.url}/#/${view}`);
      await page.locator(sign).waitFor();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect([view, Math.max(0, overflow)]).toEqual([view, 0]);
    }
  });

  it('turns its pages on a wall screen, trouble on each of them, and no row is cut', async () => {
    const app = await start();
    await postGroups(app.url, 30, { ...STARTED, ...FIGURES });
    await postOcs(app.url, { ...groupNamed(99), ...STOPPED, GSW_CAMPAIGN_GROUP_ACTOR: 2 });
    const { page } = await visit(`${app.url}/#/wall?density=wall`, { viewport: { width: 1920, height: 1080 } });
    await page.getByText(/Page \d of \d/).waitFor();
    const look = () =>
      page.evaluate(() => {
        const list = document.querySelector('.virtual')?.getBoundingClientRect();
        const rows = [...document.querySelectorAll('.virtual .wall-row')];
        const bottoms = rows.map((one) => one.getBoundingClientRect().bottom);
        const names = rows.map((one) => one.querySelector('.cell-name a')?.textContent ?? '');
        return {
          first: names[0],
          names: names.join(),
          cut: bottoms.filter((one) => one > (list?.bottom ?? 0) + 1).length,
        };
      });
    const first = await look();
    expect(first).toMatchObject({ first: 'Campaign 0099@Agents', cut: 0 });
    await expect.poll(async () => (await look()).names, { timeout: 20_000 }).not.toBe(first.names);
    expect(await look()).toMatchObject({ first: 'Campaign 0099@Agents', cut: 0 });
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
    await page.getByRole('button', { name: '1 Stopped by itself' }).click();
    await expect.poll(names).toEqual([4]);
    expect(new URL(page.url()).hash).toBe('#/wall?state=stopped_by_itself');
    await page.getByRole('button', { name: '1 Over-dialing' }).click();
    await expect.poll(names).toEqual([3]);
    await page.getByRole('button', { name: /Running/ }).click();
    await expect.poll(names).toEqual([3, 2]);
    await page.keyboard.press('/');
    await page.keyboard.type('0002');
    await expect.poll(names).toEqual([2]);
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

function fontSize(element: Element): number {
  return Number.parseFloat(getComputedStyle(element).fontSize);
}

/** Scrolls step by step, and counts after each what is there and what was made for it. */
async function scrollThrough({ px, steps }: { readonly px: number; readonly steps: number }) {
  const list = document.querySelector('.virtual');
  if (list === null) throw new Error('no list');
  const counts: { top: number; rows: number; added: number; removed: number; touchedRows: number }[] = [];
  for (let step = 0; step < steps; step++) {
    const added = new Set<Element>();
    const removed = new Set<Element>();
    const touched = new Set<Element>();
    const isRow = (node: Node): node is Element => node instanceof Element && node.matches('.virtual-row');
    const note = (changes: readonly MutationRecord[]) => {
      for (const { target, addedNodes, removedNodes } of changes) {
        for (const node of addedNodes) if (isRow(node)) added.add(node);
        for (const node of removedNodes) if (isRow(node)) removed.add(node);
        const element = target instanceof Element ? target : target.parentElement;
        const row = element?.closest('[data-tick]') ? null : element?.closest('.virtual-row');
        if (row) touched.add(row);
      }
    };
    const observer = new MutationObserver(note);
    observer.observe(list, { subtree: true, childList: true, characterData: true, attributes: true });
    list.scrollTop += px;
    // Two frames: the scroll is heard in the first, drawn in the second.
    for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    note(observer.takeRecords());
    observer.disconnect();
    for (const row of [...added, ...removed]) touched.delete(row);
    const rows = list.querySelectorAll('.virtual-row').length;
    counts.push({
      top: list.scrollTop,
      rows,
      added: added.size,
      removed: removed.size,
      touchedRows: touched.size,
    });
  }
  return counts;
}

/** What a look at the wall tells of how it uses its width. */
function lookOfWall() {
  const rows = [...document.querySelectorAll('.virtual .wall-row')];
  const widthOf = (element: Element | null | undefined) => element?.getBoundingClientRect().width ?? 0;
  const cells = [...document.querySelectorAll('.wall-head .sort, .virtual .cell > *, .virtual .cell-mode')];
  const isCut = (element: Element) => element.clientWidth > 0 && element.scrollWidth > element.clientWidth;
  const inSight = rows.filter((row) => row.getBoundingClientRect().bottom <= innerHeight);
  return {
    overflow: Math.max(0, document.documentElement.scrollWidth - innerWidth),
    cut: cells.filter((cell) => !cell.matches('svg') && isCut(cell)).map((cell) => cell.textContent),
    type: Number.parseFloat(getComputedStyle(rows[0]?.querySelector('.figure') ?? document.body).fontSize),
    sparkWidth: widthOf(document.querySelector('.spark')),
    nameShare: widthOf(rows[0]?.querySelector('.cell-name')) / innerWidth,
    rows: inSight.length,
  };
}

/** What was touched since `watchChanges`: the row, the cell and how, each once. */
async function changesOf(page: Page): Promise<string[]> {
  const touched = await page.evaluate(() => (globalThis as unknown as { touched: string[] }).touched);
  return [...new Set(touched)];
}

/** Notes what changes from now on, and how; what changes with time alone is left out. */
function watchChanges(): void {
  const touched: string[] = [];
  (globalThis as unknown as { touched: string[] }).touched = touched;
  const main = document.getElementById('main');
  if (main === null) return;
  new MutationObserver((changes) => {
    for (const { target, type } of changes) {
      const element = target instanceof Element ? target : target.parentElement;
      if (!element || element.closest('[data-tick]')) continue;
      const group = element.closest('[data-group]')?.getAttribute('data-group') ?? element.className;
      const cell = [...(element.closest('.cell')?.classList ?? [])].find((name) => /^cell-(?!ratio|number)/.test(name));
      touched.push(`${group} ${cell ?? 'row'} ${type}`);
    }
  }).observe(main, { subtree: true, childList: true, characterData: true, attributes: true });
}
