import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { groupNamed, postGroups, postOcs } from '../support/campaign-posts.js';
import { FIGURES, STARTED } from '../support/posts.js';

const start = testApps();
/** At least, and at most: a machine that does much else leaves few loads alone. */
const LOADS = [5, 15] as const;

/** Runs before the page's own scripts. */
function noteFirstRow(): void {
  const observer = new MutationObserver(() => {
    if (document.querySelector('.wall-row[data-group]') === null) return;
    observer.disconnect();
    performance.mark('first-row');
  });
  observer.observe(document, { subtree: true, childList: true });
}

interface PaintTimes {
  readonly paintMs: number;
  readonly rowMs: number;
}

function paintTimes(): PaintTimes {
  const at = (name: string) => performance.getEntriesByName(name)[0]?.startTime ?? Infinity;
  return { paintMs: at('first-contentful-paint'), rowMs: at('first-row') };
}

let bareServer: Server | undefined;
afterEach(() => bareServer?.close());

/** What the machine and the browser need to paint anything at all. */
async function serveBareLine(): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>bare</title><p>A line of text');
  });
  bareServer = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describeInBrowser('loading the page', (visit) => {
  it('weighs at most 150 kB compressed with every view, and comes from this origin alone', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    const { page, complaints } = await visit(`${app.url}/`);
    await page.locator('.wall-row[data-group]').waitFor();
    for (const hash of ['#/timeline', '#/callbacks', '#/health']) {
      await page.goto(`${app.url}/${hash}`);
      await page.locator('h1').first().waitFor({ state: 'attached' });
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

  it(
    'paints first, with nothing cached, in few times what a bare line of text takes here',
    { timeout: 120_000 },
    async () => {
      const app = await start();
      await postGroups(app.url, 200, { ...STARTED, ...FIGURES });
      const bareUrl = await serveBareLine();
      const load = async (url: string, shown: string) => {
        // A browser context of its own has a cache of its own.
        const { page } = await visit('about:blank');
        await page.addInitScript(noteFirstRow);
        await page.goto(url);
        await page.locator(shown).first().waitFor();
        const times = await page.evaluate(paintTimes);
        await page.context().close();
        return times;
      };
      // What else the machine does makes a load slower, nothing makes it faster than it is: the best ones are compared.
      const best = { paintMs: Infinity, rowMs: Infinity, bareMs: Infinity };
      const isQuick = () => best.paintMs <= 6 * best.bareMs && best.rowMs <= 20 * best.bareMs;
      for (let round = 0; round < LOADS[0] || (round < LOADS[1] && !isQuick()); round++) {
        const ours = await load(`${app.url}/`, '.wall-row[data-group]');
        const bare = await load(bareUrl, 'p');
        best.paintMs = Math.min(best.paintMs, Math.round(ours.paintMs));
        best.rowMs = Math.min(best.rowMs, Math.round(ours.rowMs));
        best.bareMs = Math.min(best.bareMs, Math.round(bare.paintMs));
      }
      const { paintMs, rowMs, bareMs } = best;
      process.stderr.write(
        `page: first paint ${paintMs} ms, first row ${rowMs} ms; a bare line of text ${bareMs} ms\n`,
      );
      expect(bareMs).toBeGreaterThan(0);
      expect(paintMs).toBeGreaterThanOrEqual(bareMs);
      expect(paintMs / bareMs).toBeLessThanOrEqual(6);
      expect(rowMs / bareMs).toBeLessThanOrEqual(20);
    },
  );

  it(
    'has a viewer of the API that works under the policy of the page, in the dark and on a phone, and asks nobody else',
    { timeout: 120_000 },
    async () => {
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
    },
  );

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
