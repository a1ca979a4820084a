import { expect, it } from 'vitest';
import { startTestApp, testApps } from '../support/app.js';
import { cutOff, describeInBrowser, PART_COMES } from '../support/browser.js';
import { groupNamed, postOcs } from '../support/campaign-posts.js';
import { freePort } from '../support/program.js';
import { FIGURES, LOADED, STARTED } from '../support/posts.js';

const start = testApps();

describeInBrowser('the connection of the page', (visit) => {
  it('says since when it is lost, and goes on without a reload when the service is back, with what came meanwhile', async () => {
    const port = String(await freePort());
    const first = await startTestApp({ port });
    await postOcs(first.url, { ...groupNamed(1), ...LOADED });
    const { page } = await visit(`${first.url}/`);
    await page.locator('.connection-live').waitFor();
    await page.evaluate(() => ((globalThis as unknown as { isSamePage: boolean }).isSamePage = true));
    await first.stop();
    const banner = page.getByRole('alert');
    await banner.getByText('Connection lost').waitFor();
    expect(await banner.innerText()).toMatch(/What is shown is as of \d\d:\d\d:\d\d/);
    expect(await page.locator('[data-stale="true"]').count()).toBe(1);
    expect(await page.locator('.cell-name a').innerText()).toContain('Campaign 0001');
    const second = await start({ port }, { database: first.database });
    await postOcs(second.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    await postOcs(second.url, { ...groupNamed(2), ...STARTED, ...FIGURES });
    await page.locator('.connection-live').waitFor();
    await page.locator('.wall-row:has-text("Campaign 0001@")').getByText('Running').waitFor();
    await page.locator('.wall-row:has-text("Campaign 0002@")').getByText('Running').waitFor();
    await expect.poll(() => banner.count()).toBe(0);
    expect(await page.evaluate(() => (globalThis as unknown as { isSamePage?: boolean }).isSamePage)).toBe(true);
    await first.remove();
  });

  it('shows a view that could not be fetched as soon as it comes, and asks to load the page anew when it is gone', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    const { page } = await visit('about:blank');
    const mend = await cutOff(page, /assets\/(health|callbacks)-/);
    await page.goto(`${app.url}/`);
    await page.locator('.connection-live').waitFor();
    await page.goto(`${app.url}/#/health`);
    await page.getByText('The view is asked for again and again').waitFor();
    mend();
    await page.getByRole('heading', { name: 'Health', exact: true }).waitFor(PART_COMES);
    await page.route(/assets\/callbacks-/, (route) => route.fulfill({ status: 404 }));
    await page.goto(`${app.url}/#/wall`);
    await page.reload();
    await page.locator('.connection-live').waitFor();
    await page.goto(`${app.url}/#/callbacks`);
    await page.getByText('Load the page anew').waitFor();
  });

  it('has every view at hand when the service goes away', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    const { page } = await visit(`${app.url}/`);
    await page.waitForFunction(
      () =>
        performance.getEntriesByType('resource').filter(({ name }) => /assets\/(health|timeline)-/.test(name))
          .length === 2,
    );
    await app.stop();
    await page.goto(`${app.url}/#/health`);
    await page.getByRole('heading', { name: 'Health', exact: true }).waitFor();
  });

  it('says of every list that it could not be loaded, and asks again', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    const { page } = await visit(`${app.url}/`);
    await page.locator('.wall-row[data-group]').waitFor();
    const lists = /api\/v1\/campaign-groups\/[^/]+\/(transitions|sessions|statistics|calling-lists)/;
    await page.route(lists, (route) => route.fulfill({ status: 500, body: '{}' }));
    await page.locator('.wall-row[data-group] a').click();
    await expect.poll(() => page.getByRole('button', { name: 'Try again' }).count()).toBeGreaterThanOrEqual(3);
    await page.getByRole('button', { name: 'could not be loaded' }).waitFor();
    expect(await page.getByText('No transitions in this time').count()).toBe(0);
    await page.unroute(lists);
    const again = page.getByRole('button', { name: 'Try again' });
    await expect
      .poll(async () => {
        // One may load by itself meanwhile.
        if ((await again.count()) > 0)
          await again
            .first()
            .click({ timeout: 1000 })
            .catch(() => undefined);
        return again.count();
      })
      .toBe(0);
    await page.getByRole('heading', { name: 'Transitions' }).waitFor();
    // An answer that is shown already stays, and is said to be older.
    await page.goto(`${app.url}/#/health`);
    await page.getByRole('heading', { name: 'Sources' }).waitFor();
    await page.route(/api\/v1\/sources/, (route) => route.fulfill({ status: 500, body: '{}' }));
    await page.getByText('What is shown here is older').waitFor();
    await page.unroute(/api\/v1\/sources/);
    await expect.poll(() => page.getByText('What is shown here is older').count()).toBe(0);
  });

  it('asks for a read token where one is needed, keeps none, and shows the wall once it is given', async () => {
    const app = await start({ read_tokens: 'let-me-read' });
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    // A browser that is told of Basic asks for a password itself.
    const fromPage = { headers: { 'X-Requested-With': 'ocs-monitor-page' } };
    const refusal = await fetch(`${app.url}/api/v1/campaign-groups`, fromPage);
    expect([refusal.status, refusal.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const { page } = await visit(`${app.url}/`);
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This token is not valid').waitFor();
    await page.getByLabel('Token').fill('let-me-read');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.wall-row:has-text("Campaign 0001@")').waitFor();
    expect(await page.evaluate(() => JSON.stringify(localStorage) + document.cookie)).not.toContain('let-me-read');
    await page.reload();
    await page.locator('.wall-row:has-text("Campaign 0001@")').waitFor();
  });

  it('offers a sign-in for administration where everybody reads, and lets no text pass for a token', async () => {
    const app = await start({ admin_tokens: 'let-me-act' });
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    const { page } = await visit(`${app.url}/`);
    const offer = page.getByTitle('Sign in to administer');
    await offer.click();
    await page.getByRole('heading', { name: 'Sign in to administer' }).waitFor();
    await page.getByLabel('Token').fill('any text');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('This token is not valid').waitFor();
    // Who may read still does, and what is shown is live.
    await page.getByRole('button', { name: 'Back' }).click();
    await page.locator('.wall-row:has-text("Campaign 0001@")').waitFor();
    await page.locator('.connection-live').waitFor();
    // A token that is good for it.
    const session = { anonymous: true, reader: true, admin: true };
    await page.route('**/api/v1/session', (route) =>
      route.fulfill({ json: route.request().method() === 'POST' ? { anonymous: false } : session }),
    );
    await offer.click();
    await page.getByLabel('Token').fill('let-me-act');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.wall-row:has-text("Campaign 0001@")').waitFor();
    expect(await offer.count()).toBe(0);
  });

  it('offers nobody a sign-in who needs none', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES });
    const { page } = await visit(`${app.url}/`);
    const asked = page.waitForResponse('**/api/v1/session');
    await page.reload();
    await asked;
    await page.locator('.connection-live').waitFor();
    expect(await page.getByTitle('Sign in to administer').count()).toBe(0);
  });

  it('works below a base path, with and without the slash', async () => {
    const app = await start({ base_path: '/ocs-monitor' });
    await postOcs(`${app.url}/ocs-monitor`, { ...groupNamed(1), ...STARTED, ...FIGURES });
    const { page, complaints } = await visit(`${app.url}/ocs-monitor`);
    await page.locator('.wall-row:has-text("Campaign 0001@")').waitFor();
    expect(new URL(page.url()).pathname).toBe('/ocs-monitor/');
    expect(complaints).toEqual([]);
  });
});
