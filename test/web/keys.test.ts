import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { postGroups } from '../support/campaign-posts.js';
import { FIGURES, STARTED } from '../support/posts.js';

const start = testApps();

/** What keys may belong to, one of each kind. */
const FIELDS = `
  <input aria-label="text" /><input type="date" aria-label="date" /><input type="number" aria-label="number" />
  <input type="radio" name="r" aria-label="radio" checked /><input type="radio" name="r" />
  <input type="range" aria-label="range" /><textarea aria-label="textarea"></textarea>
  <select aria-label="select"><option>jay</option><option>kay</option></select>
  <div contenteditable aria-label="editable">a</div><div role="slider" tabindex="0" aria-label="slider"></div>
  <div role="listbox" tabindex="0" aria-label="listbox"></div><div role="radio" tabindex="0" aria-label="role-radio"></div>
  <div tabindex="0" aria-label="scrolled"></div><canvas tabindex="0" aria-label="chart"></canvas>`;

const hash = (page: Page) => new URL(page.url()).hash;

describeInBrowser('keys', (visit) => {
  it('belong to what has the focus: fields, choices, charts; and to nobody with a modifier or in a dialog', async () => {
    const app = await start();
    await postGroups(app.url, 3, { ...STARTED, ...FIGURES });
    const { page } = await visit(`${app.url}/#/timeline`);
    await page.locator('.lane').first().waitFor();
    await page.evaluate((html) => {
      const box = document.createElement('div');
      box.innerHTML = html;
      document.querySelector('.frame-header')?.append(box);
    }, FIELDS);
    const untouched = async (what: string) => {
      expect([what, hash(page), await page.locator('.is-current').count()]).toEqual([what, '#/timeline', 0]);
    };
    for (const name of ['text', 'date', 'number', 'textarea', 'select', 'editable', 'listbox']) {
      await page.getByLabel(name, { exact: true }).focus();
      for (const key of ['j', 'ArrowDown', 'ArrowLeft', 'g', 't', '+', '0', 'Enter', '?'])
        await page.keyboard.press(key);
      await untouched(name);
    }
    for (const name of ['radio', 'range', 'slider', 'role-radio', 'scrolled', 'chart']) {
      await page.getByLabel(name, { exact: true }).focus();
      for (const key of ['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight']) await page.keyboard.press(key);
      await untouched(name);
    }
    await page.evaluate(() => {
      (document.activeElement as HTMLElement).blur();
    });
    for (const key of ['Control+j', 'Meta+k', 'Alt+ArrowDown', 'Shift+ArrowDown', 'ArrowLeft', 'ArrowRight'])
      await page.keyboard.press(key);
    await untouched('modifiers, and the time without the focus in it');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    for (const key of ['j', 'ArrowDown', '-', 'g', 'w']) await page.keyboard.press(key);
    await untouched('dialog');
  });

  it('never stop a live view unasked: zooming stays live, moving says that it is not and what leads back', async () => {
    const app = await start();
    await postGroups(app.url, 2, { ...STARTED, ...FIGURES });
    const { page } = await visit(`${app.url}/#/timeline`);
    await page.locator('.lane').first().waitFor();
    await page.keyboard.press('+');
    await expect.poll(() => hash(page)).toBe('#/timeline?range=3h');
    await page.keyboard.press('-');
    await expect.poll(() => hash(page)).toBe('#/timeline?range=6h');
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowRight');
    expect(hash(page)).toBe('#/timeline?range=6h');
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('status').getByText('Not live:').waitFor();
    expect(await page.getByRole('button', { name: 'Back to now' }).isVisible()).toBe(true);
    // As far as it went, back to the present: live again.
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => hash(page)).toBe('#/timeline?range=6h');
    await page.keyboard.press('ArrowLeft');
    await page.locator('.range-fixed').waitFor();
    await page.keyboard.press('0');
    await page.locator('.range-fixed').waitFor({ state: 'detached' });
  });

  it('lead from the search to the list, but not those that end a composition', async () => {
    const app = await start();
    await postGroups(app.url, 3, { ...STARTED, ...FIGURES });
    for (const view of ['wall', 'timeline']) {
      const { page } = await visit(`${app.url}/#/${view}`);
      await page.locator('.virtual [data-group]').first().waitFor();
      const focused = () =>
        page.evaluate(() => document.activeElement?.closest('[data-group]')?.textContent ?? document.activeElement?.id);
      for (const key of ['Enter', 'ArrowDown']) {
        await page.keyboard.press('/');
        await page.locator('#search').fill('0002');
        await page.locator('#search').evaluate((field, pressed) => {
          const options = { key: pressed, bubbles: true, cancelable: true, isComposing: true };
          field.dispatchEvent(new KeyboardEvent('keydown', options));
        }, key);
        expect(await focused()).toBe('search');
        await page.keyboard.press(key);
        await expect.poll(focused).toContain('Campaign 0002@');
        await page.keyboard.press('Escape');
        await page.locator('.is-current').waitFor({ state: 'detached' });
      }
      await page.context().close();
    }
  });
});
