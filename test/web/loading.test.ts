import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { groupNamed, postOcs } from '../support/campaign-posts.js';
import { FIGURES, STARTED } from '../support/posts.js';

const start = testApps();

describeInBrowser('loading the page', (visit) => {
  it('weighs at most 150 kB compressed with every view, and comes from this origin alone', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    const { page, complaints } = await visit(`${app.url}/`);
    await page.locator('.wall-row[data-group]').waitFor();
    // What each view alone has: the one that is left stands until the next is there.
    for (const [hash, sign] of [
      ['#/timeline', '.lanes'],
      ['#/callbacks', '.page.callbacks'],
      ['#/health', '.page.health'],
    ] as const) {
      await page.goto(`${app.url}/${hash}`);
      await page.locator(sign).waitFor();
    }
    await page.goto(`${app.url}/#/wall`);
    await page.locator('.wall-row[data-group] a').click();
    await page.locator('.chart-box canvas').first().waitFor();
    const loaded = await page.evaluate(() => {
      const resources = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
      const assets = resources.filter(({ name }) => name.includes('/assets/'));
      const foreign = resources.filter(({ name }) => !name.startsWith(location.origin) && !name.startsWith('data:'));
      const weights = new Map(assets.map(({ name, encodedBodySize }) => [name, encodedBodySize]));
      return {
        bytes: [...weights.values()].reduce((sum, weight) => sum + weight, 0),
        files: weights.size,
        foreign: foreign.map(({ name }) => name),
      };
    });
    process.stderr.write(`page: ${JSON.stringify(loaded)}\n`);
    expect(loaded.foreign).toEqual([]);
    expect(loaded.files).toBeGreaterThan(5);
    expect(loaded.bytes).toBeGreaterThan(20_000);
    expect(loaded.bytes).toBeLessThan(150 * 1024);
    expect(complaints).toEqual([]);
  });

  it('has a viewer of the API that works under the policy of the page, in the dark and on a phone, and asks nobody else', async () => {
    const app = await start({ base_path: '/ocs-monitor' });
    const phone = { colorScheme: 'dark' as const, viewport: { width: 360, height: 740 } };
    const { page, complaints } = await visit(`${app.url}/ocs-monitor/docs`, phone);
    await page.locator('.opblock').nth(20).waitFor({ timeout: 30_000 });
    expect(await page.locator('html').getAttribute('class')).toBe('dark-mode');
    await page.locator('.opblock-summary-control').first().click();
    await page.getByRole('button', { name: 'Try it out' }).click();
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.locator('.live-responses-table').getByText('"next_cursor": null').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    const asked = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    expect(asked.filter((name) => !name.startsWith(`${app.url}/`) && !name.startsWith('data:'))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('allows nothing inline and nothing from elsewhere, on the page alone', async () => {
    const app = await start();
    const index = await fetch(`${app.url}/`);
    const policy = index.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    const html = await index.text();
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)|https?:\/\/(?!www[.]w3[.]org)/);
    expect((await fetch(`${app.url}/api/v1/campaign-groups`)).headers.get('content-security-policy')).not.toBe(policy);
  });

  it('keeps assets for a year under names that change with them, and asks for the index anew', async () => {
    const app = await start();
    const index = await fetch(`${app.url}/`);
    expect(index.headers.get('cache-control')).toBe('no-cache');
    const etag = index.headers.get('etag') ?? '';
    expect((await fetch(`${app.url}/`, { headers: { 'If-None-Match': etag } })).status).toBe(304);
    const [script = ''] = /assets\/main-\w+[.]js/.exec(await index.text()) ?? [];
    for (const encoding of ['br', 'gzip', 'identity']) {
      const asset = await fetch(`${app.url}/${script}`, { headers: { 'Accept-Encoding': encoding } });
      expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(asset.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding);
      expect(await asset.text()).toBe(await readFile(`dist/page/${script}`, 'utf8'));
    }
    expect((await fetch(`${app.url}/assets/main.js`)).status).toBe(404);
    expect((await readdir('dist/page/assets')).length).toBeGreaterThan(5);
  });
});
