import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';
import { startTestApp, testApps, type TestApp } from '../support/app.js';
import { describeInBrowser } from '../support/browser.js';
import { aFinal, anEvent } from '../support/callback-posts.js';
import { groupNamed, postOcs } from '../support/campaign-posts.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';
import { freePort } from '../support/program.js';

const start = testApps();

const ago = (seconds: number) => ({ GSW_DATE_TIME: dateTime(new Date().getTime() - seconds * 1000) });
/** A minute, the least that can be looked at, until `aheadMs` from now. */
const minuteUntil = (aheadMs: number) => {
  const endMs = new Date().getTime() + aheadMs;
  return `from=${new Date(endMs - 60_000).toISOString()}&to=${new Date(endMs).toISOString()}`;
};

/** Gives every view something to say. */
async function filled(app: TestApp): Promise<TestApp> {
  const lists = [
    { GSW_CALLING_LIST: 'Prime', GSW_CALLING_LIST_DBID: '7', GSW_STAT_HIT_RATIO: 0.4, GSW_STAT_TIME_TO_COMPLETE: 900 },
    { GSW_CALLING_LIST: 'Second', GSW_CALLING_LIST_DBID: '8', GSW_STAT_HIT_RATIO: 0.1, GSW_STAT_TIME_TO_COMPLETE: 300 },
  ];
  const goal = { GSW_DIAL_MODE: 1, GSW_OPTIMIZE_BY: 1, GSW_OPTIMIZE_GOAL: 80 };
  await postOcs(app.url, { ...groupNamed(1), ...LOADED, ...ago(3000) });
  await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...goal, ...FIGURES, ...ago(2400), GSW_CALLING_LISTS: lists });
  await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...goal, ...FIGURES, GSW_CALLING_LISTS: lists });
  // Running, then active with no post that says why: a post was missed.
  await postOcs(app.url, { ...groupNamed(2), ...STARTED, ...FIGURES, ...ago(2000) });
  await postOcs(app.url, { ...groupNamed(2), ...STARTED, ...FIGURES, ...ago(1200) });
  await postOcs(app.url, { ...groupNamed(2), ...LOADED, GSW_CAMPAIGN_GROUP_ACTION: 9, ...ago(600) });
  await postOcs(app.url, { ...groupNamed(3), ...STARTED, ...FIGURES, GSW_STAT_OVERDIAL_RATE: 0.09 });
  await postOcs(app.url, { ...groupNamed(4), ...STOPPED, GSW_CAMPAIGN_GROUP_ACTOR: 2 });
  await fetch(`${app.url}/ocs/campaign-group-state`, { method: 'POST', body: '{"GSW_USER_EVENT":"Other"}' });
  await fetch(`${app.url}/gms/callback-events`, { method: 'POST', body: JSON.stringify(aFinal()) });
  return app;
}

const busyApp = async () => filled(await start());
let seen: Promise<TestApp> | null = null;
/** One for all who only look. */
const seenApp = () => (seen ??= startTestApp().then(filled));
afterAll(async () => (await seen)?.remove());

async function idOf(app: TestApp, number: number): Promise<string> {
  const answer = await fetch(`${app.url}/api/v1/campaign-groups?q=Campaign%20000${number}`);
  const { items } = (await answer.json()) as { items: { id: string }[] };
  return items[0]?.id ?? '';
}

async function serviceIdOf(app: TestApp): Promise<string> {
  const { items } = (await (await fetch(`${app.url}/api/v1/callbacks`)).json()) as { items: { service_id: string }[] };
  return items[0]?.service_id ?? '';
}

/** That axe leaves out by default. */
const MORE_RULES = { 'target-size': { enabled: true }, 'label-content-name-mismatch': { enabled: true } };

async function violations(page: Page): Promise<string[]> {
  // Not as a script element: the policy of the page forbids it.
  await page.evaluate(axe.source);
  return page.evaluate(async (rules) => {
    interface Axe {
      run(
        options: object,
      ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
    }
    const { axe } = globalThis as unknown as { axe: Axe };
    const result = await axe.run({ resultTypes: ['violations'], rules });
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''} ${nodes[0]?.failureSummary ?? ''}`);
  }, MORE_RULES);
}

/** Every view: where it is, and what shows that it stands. */
async function viewsOf(app: TestApp): Promise<readonly (readonly [string, string])[]> {
  return [
    ['#/wall', '.wall-row[data-group]'],
    ['#/timeline?range=1h', '.lane-plot .stretch'],
    [`#/group/${await idOf(app, 1)}`, '.chart-box canvas'],
    ['#/callbacks?range=7d', '.page.callbacks'],
    [`#/callback/${await serviceIdOf(app)}`, '.story .chapter'],
    ['#/compliance', '.page.compliance .table'],
    ['#/health', '.page.health .table'],
  ];
}

describeInBrowser('every view', (visit) => {
  it('has no violation of accessibility in light, in forced colours, dark at 320 px, and none of the policy', async () => {
    const app = await seenApp();
    const views = await viewsOf(app);
    // The last: 400 % of zoom on a screen of 1280 px.
    const looks = [
      { colorScheme: 'light' as const },
      { forcedColors: 'active' as const },
      { colorScheme: 'dark' as const, viewport: { width: 320, height: 740 } },
    ];
    for (const look of looks) {
      const { page, complaints } = await visit(`${app.url}/`, { ...look, reducedMotion: 'reduce' });
      for (const [hash, sign] of views) {
        await page.goto(`${app.url}/${hash}`);
        await page.locator(sign).first().waitFor();
        expect({ look, hash, found: await violations(page) }).toEqual({ look, hash, found: [] });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect({ look, hash, overflow: Math.max(0, overflow) }).toEqual({ look, hash, overflow: 0 });
      }
      expect(complaints).toEqual([]);
      await page.context().close();
    }
  });
});

describeInBrowser('the timeline', (visit) => {
  it('draws states, and the interval of an inferred transition with dashed edges', async () => {
    const app = await seenApp();
    const { page } = await visit(`${app.url}/#/timeline?range=1h`);
    const lane = page.locator('.lane:has-text("Campaign 0002@")');
    await lane.locator('.unsure').waitFor();
    expect(await lane.locator('.stretch-running').count()).toBe(1);
    expect(await lane.locator('.stretch-active').count()).toBe(1);
    const box = await lane.locator('.unsure rect').first().boundingBox();
    if (box === null) throw new Error('the interval has no size');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    expect(await page.locator('.tip').innerText()).toContain('the post was missed');
    const edge = lane.locator('.unsure-edge');
    expect(await edge.evaluate((element) => getComputedStyle(element).strokeDasharray)).not.toBe('none');
  });

  it('hatches the time in which the service was down, without a reload, and says that nobody observed', async () => {
    const port = String(await freePort());
    const first = await startTestApp({ port });
    // Known of before the time that is looked at.
    await postOcs(first.url, { ...groupNamed(1), ...LOADED, ...ago(600) });
    const { page } = await visit(`${first.url}/#/timeline?${minuteUntil(45_000)}`);
    const lane = page.locator('.lane:has-text("Campaign 0001@")');
    await lane.locator('.stretch-active').waitFor();
    await page.locator('.connection-live').waitFor();
    expect(await lane.locator('.unobserved').count()).toBe(0);
    await first.stop();
    await page.getByRole('alert').getByText('Connection lost').waitFor();
    const second = await start({ port }, { database: first.database });
    await page.locator('.connection-live').waitFor();
    const gap = lane.locator('.unobserved');
    await gap.waitFor();
    expect(await gap.getAttribute('fill')).toBe('url(#hatch-unobserved)');
    // The pattern: lines on the ground of the panel, aslant.
    const pattern = page.locator('#hatch-unobserved');
    expect(await pattern.getAttribute('patternTransform')).toBe('rotate(45)');
    expect(await pattern.locator('.hatch-ground, .hatch-line').count()).toBe(2);
    const box = await gap.boundingBox();
    if (box === null) throw new Error('the time has no size');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    expect(await page.locator('.tip').innerText()).toContain('Nobody observed: this service did not run');
    await second.stop();
    await first.remove();
  });

  it('keeps past silence after posts came again, says so, and shows it on the wall and beside the session', async () => {
    const app = await start({ periodic_interval: '1s', silence_after: '3s' });
    const post = () => postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES, ...ago(0) });
    const isSilent = async () => {
      const { items } = (await (await fetch(`${app.url}/api/v1/campaign-groups`)).json()) as {
        items: { silent: boolean }[];
      };
      return items[0]?.silent;
    };
    await post();
    const { page } = await visit(`${app.url}/#/timeline?range=15m`);
    const lane = page.locator('.lane:has-text("Campaign 0001@")');
    await expect.poll(isSilent).toBe(true);
    await lane.locator('.stretch-silent').waitFor();
    // After three seconds it is silent again: a busy page may not have shown it by then.
    await expect
      .poll(
        async () => {
          await post();
          return page.locator('.lane .mark').first().getAttribute('class');
        },
        { interval: 1000 },
      )
      .toContain('tone-running');
    // As told by the stream, and as loaded.
    await lane.locator('.stretch-silent').waitFor();
    expect(await lane.locator('.lane-name').textContent()).toMatch(/silent .*from .* in all; nothing known before/);
    await page.reload();
    const silence = lane.locator('.stretch-silent').first();
    await silence.waitFor();
    const box = await silence.boundingBox();
    if (box === null) throw new Error('the silence has no size');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.locator('.tip').getByText('posts were due and did not come').waitFor();
    await page.goto(`${app.url}/#/group/${await idOf(app, 1)}`);
    const sessions = page.getByRole('group', { name: 'Sessions', exact: true });
    await sessions.waitFor();
    expect(await sessions.locator('td.number').last().innerText()).toMatch(/^(at least )?\d+ s$/);
    await page.goto(`${app.url}/#/wall`);
    await page.locator('.cell-strip .stretch-silent').first().waitFor();
    expect(await page.getByRole('img', { name: /^Last 6 hours: .*silent/ }).count()).toBe(1);
  });

  it('marks a transition that a late post disproved, and says so under the pointer', async () => {
    const app = await busyApp();
    const { page } = await visit(`${app.url}/#/timeline?range=1h`);
    const lane = page.locator('.lane:has-text("Campaign 0002@")');
    await lane.locator('.unsure').waitFor();
    await page.locator('.connection-live').waitFor();
    expect(await page.locator('.tick-withdrawn').count()).toBe(0);
    await postOcs(app.url, { ...groupNamed(2), ...STOPPED, ...ago(900) });
    const mark = lane.locator('.tick-withdrawn');
    await mark.waitFor();
    await expect.poll(() => lane.locator('.unsure').count()).toBe(0);
    const box = await mark.boundingBox();
    if (box === null) throw new Error('the mark has no size');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const told = page.locator('.tip .withdrawn');
    expect(await told.innerText()).toContain('withdrawn: a late post corrected it');
    expect(await told.evaluate((element) => getComputedStyle(element).textDecorationLine)).toBe('line-through');
  });

  it('zooms by drag and by keys, with the times in the URL, and opens a group by click', async () => {
    const app = await seenApp();
    const { page } = await visit(`${app.url}/#/timeline?range=1h`);
    await page.locator('.lane-plot').first().waitFor();
    const box = await page.locator('.lane-plot').nth(1).boundingBox();
    if (box === null) throw new Error('no lane');
    await page.mouse.move(box.x + box.width * 0.25, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 10, { steps: 4 });
    await page.mouse.up();
    await page.getByText('Back to now').waitFor();
    const lengthOf = () => {
      const parameters = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
      return (Date.parse(parameters.get('to') ?? '') - Date.parse(parameters.get('from') ?? '')) / 60_000;
    };
    expect(Math.round(lengthOf())).toBe(30);
    await page.keyboard.press('+');
    expect(Math.round(lengthOf())).toBe(15);
    await page.keyboard.press('0');
    await page.locator('.range-fixed').waitFor({ state: 'detached' });
    await page.locator('.lane-plot').first().click();
    await page.locator('.group-title').waitFor();
  });
});

describeInBrowser('a group', (visit) => {
  it('shows its statistics with the goal, transitions, session, calling lists worst first, and the last body', async () => {
    const app = await busyApp();
    const { page, complaints } = await visit(`${app.url}/#/group/${await idOf(app, 1)}`);
    await page.locator('.chart-box canvas').nth(3).waitFor();
    expect(await page.locator('.chart').first().innerText()).toContain('goal 80.0%');
    const table = page.getByRole('group', { name: 'Calling lists' });
    await table.waitFor();
    const lists = await table.locator('tbody tr td:first-child').allInnerTexts();
    expect(lists).toEqual(['Second', 'Prime']);
    expect(await page.getByRole('group', { name: 'Transitions' }).innerText()).toContain('Start by client');
    await page.getByText('Last body received').click();
    await page.locator('pre').getByText('"GSW_CAMPAIGN_GROUP_NAME": "Campaign 0001@Agents"').waitFor();
    await postOcs(app.url, { ...groupNamed(1), ...STARTED, ...FIGURES, GSW_STAT_BUSY_FACTOR: 0.5 });
    await page.locator('.chart').first().getByText('50.0%').waitFor();
    expect(complaints).toEqual([]);
  });

  it('has a cursor for keys and a table for each chart, with the same figures', async () => {
    const app = await seenApp();
    const { page, complaints } = await visit(`${app.url}/#/group/${await idOf(app, 1)}?range=1h`);
    const chart = page.getByRole('application', { name: 'Busy factor over time' });
    await chart.locator('canvas').waitFor();
    await page.getByText('Table of Busy factor').click();
    const rows = page.getByRole('group', { name: 'Busy factor as a table' }).locator('tbody tr:not(.gap-row)');
    await expect.poll(() => rows.count()).toBe(2);
    const reasons = page.getByRole('group', { name: 'Busy factor as a table' }).locator('.gap-row');
    expect((await reasons.allInnerTexts()).join()).toContain('not running');
    const newest = await rows.first().locator('td').allInnerTexts();
    expect(newest.slice(1)).toEqual(['85.0%', '85.0%', '85.0%', '1']);
    await chart.focus();
    const said = page.locator('.said');
    const tip = page.locator('.chart-tip').first();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => said.innerText()).toBe(`Busy factor, ${newest[0]} · 85.0%`);
    await expect.poll(() => tip.innerText()).toBe(`${newest[0]} · 85.0%`);
    const other = page.locator('.chart-tip').nth(1);
    await expect.poll(() => other.innerText()).toContain('30.0%');
    const oldest = await rows.last().locator('td').first().innerText();
    for (const [key, time] of [
      ['ArrowLeft', oldest],
      ['ArrowRight', newest[0]],
      ['Home', oldest],
      ['ArrowLeft', oldest],
      ['End', newest[0]],
      ['PageUp', oldest],
      ['PageDown', newest[0]],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => said.innerText()).toContain(`${time}`);
    }
    // The keys of the range are for elsewhere.
    expect(page.url()).not.toContain('from=');
    await page.keyboard.press('Escape');
    await expect.poll(() => tip.innerText()).toBe('');
    // Tab leads on from the chart.
    expect(await chart.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('tells an inferred transition as the interval it is', async () => {
    const app = await seenApp();
    const { page } = await visit(`${app.url}/#/group/${await idOf(app, 2)}`);
    const inferred = page.locator('tr', { has: page.locator('.tag-inferred') }).first();
    await inferred.waitFor();
    expect(await inferred.innerText()).toMatch(/\d\d:\d\d:\d\d – \d\d:\d\d:\d\d/);
  });

  it('shows what a late post disproved on demand, struck through', async () => {
    const app = await busyApp();
    const { page } = await visit(`${app.url}/#/group/${await idOf(app, 2)}`);
    const inferred = page.getByTitle('Missed posts: Stop');
    await inferred.waitFor();
    await page.locator('.connection-live').waitFor();
    expect(await page.getByRole('checkbox').count()).toBe(0);
    await postOcs(app.url, { ...groupNamed(2), ...STOPPED, ...ago(900) });
    const box = page.getByRole('checkbox', { name: '1 withdrawn' });
    await box.waitFor();
    await expect.poll(() => inferred.count()).toBe(0);
    expect(await page.locator('tr.withdrawn').count()).toBe(0);
    await box.check();
    const row = page.locator('tr.withdrawn', { has: inferred });
    await row.waitFor();
    expect(await row.evaluate((element) => getComputedStyle(element).textDecorationLine)).toBe('line-through');
    await box.uncheck();
    await row.waitFor({ state: 'detached' });
  });
});

describeInBrowser('health and callbacks', (visit) => {
  it('shows the sources and why a body is in quarantine, and tries a replay before it replays', async () => {
    const app = await seenApp();
    const { page } = await visit(`${app.url}/#/health`);
    await page.getByRole('group', { name: 'Sources' }).getByText('default').waitFor();
    await page.locator('button.link').first().click();
    await page.locator('pre').getByText('"GSW_USER_EVENT": "Other"').waitFor();
    await page.getByRole('button', { name: 'Try a replay', exact: true }).click();
    await page.getByText('0 of 1 could be applied now.').waitFor();
    expect(await page.getByRole('button', { name: 'Replay', exact: true }).count()).toBe(0);
  });

  it('has a body on top that came again', async () => {
    const app = await start();
    await postOcs(app.url, { ...groupNamed(1), ...LOADED });
    const refuse = (body: string) => fetch(`${app.url}/ocs/campaign-group-state`, { method: 'POST', body });
    for (const body of ['{', '{"', '{']) {
      await refuse(body);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { page } = await visit(`${app.url}/#/health`);
    const rows = page.getByRole('group', { name: 'Quarantine' }).locator('tbody tr');
    await rows.nth(1).waitFor();
    const times = await rows.locator('td:nth-child(5)').allInnerTexts();
    expect(times).toEqual(['2', '1']);
  });

  it('replays a body that can be applied now, shows it as replayed, and the group on the wall', async () => {
    const app = await start({ max_clock_ahead: '1s' });
    await postOcs(app.url, { ...groupNamed(1), ...LOADED });
    const { page, complaints } = await visit(`${app.url}/#/health`);
    await page.getByText('Empty: everything received is applied.').waitFor();
    // Long enough for a first try that comes too early, on a busy machine too.
    const aheadMs = new Date().getTime() + 12_000;
    const early = { ...aPost({ ...groupNamed(2), ...STARTED, ...FIGURES }), GSW_DATE_TIME: dateTime(aheadMs) };
    await fetch(`${app.url}/ocs/campaign-group-state`, { method: 'POST', body: JSON.stringify(early) });
    await page.locator('button.link').click();
    const attempt = page.getByRole('button', { name: 'Try a replay', exact: true });
    await attempt.click();
    await page.getByText('0 of 1 could be applied now.').waitFor();
    const told = page.locator('.quarantined [role="status"]');
    await expect
      .poll(
        async () => {
          await attempt.click();
          await expect.poll(() => told.innerText()).not.toBe('Asking…');
          return told.innerText();
        },
        { interval: 1000 },
      )
      .toBe('1 of 1 could be applied now.');
    // Trying applies nothing.
    expect(await idOf(app, 2)).toBe('');
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    await page.getByText(/^Replayed .*: it is applied\.$/).waitFor();
    await page.getByText('Empty: everything received is applied.').waitFor();
    expect(await attempt.count()).toBe(0);
    expect(await idOf(app, 2)).not.toBe('');
    await page.getByRole('checkbox', { name: 'Include replayed ones' }).check();
    await page.locator('.tag', { hasText: 'replayed' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    await page.locator('.wall-row:has-text("Campaign 0002@")').getByText('Running').waitFor();
    expect(complaints).toEqual([]);
  });

  it('says that a replay needs an admin token, and stays signed in', async () => {
    const app = await start({ read_tokens: 'read', admin_tokens: 'admin' });
    await fetch(`${app.url}/ocs/campaign-group-state`, { method: 'POST', body: '{"GSW_USER_EVENT":"Other"}' });
    const { page } = await visit(`${app.url}/#/health`);
    const signIn = async (token: string) => {
      await page.getByLabel('Token').fill(token);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    };
    await signIn('read');
    await page.getByRole('button', { name: 'Try replaying these' }).click();
    await page.getByText('Replaying needs an admin token.').waitFor();
    await page.getByRole('button', { name: 'Sign in with one' }).click();
    await signIn('read');
    await page.getByText('This token is good for reading alone.').waitFor();
    await signIn('wrong');
    await page.getByText('This token is not valid').waitFor();
    await signIn('admin');
    await page.getByRole('button', { name: 'Try replaying these' }).click();
    await page.getByText('0 of 1 could be applied now.').waitFor();
  });

  it('says how large the store is, that its growth is not known yet, and what is kept for how long', async () => {
    const app = await start({}, { freeBytes: () => 50e9 });
    await postOcs(app.url, { ...groupNamed(1), ...LOADED });
    const { page } = await visit(`${app.url}/#/health`);
    const store = page.getByRole('region', { name: 'Store' });
    await store.waitFor();
    const said = await store.innerText();
    expect(said).toMatch(/Size\s+\d+(\.\d+)? [kM]B/);
    expect(said).toMatch(/Free on its disk\s+46\.6 GB/);
    expect(said).toMatch(/Growth per day\s+Known after an hour/);
    expect(said).toMatch(/Disk lasts\s+Not known yet/);
    expect(said).toMatch(/Notifications\s+30 days/);
    await page.goto(`${app.url}/#/wall`);
    await page.locator('.wall-row[data-group]').waitFor();
    expect(await page.getByText('Disk nearly full').count()).toBe(0);
  });

  it('says a disk that is nearly full in red, in health and on the wall', async () => {
    const app = await start({}, { freeBytes: () => 512 * 1024 ** 2 });
    await postOcs(app.url, { ...groupNamed(1), ...LOADED });
    const { page } = await visit(`${app.url}/#/wall`);
    const notice = page.locator('.notice-trouble');
    await notice.waitFor();
    expect(await notice.innerText()).toMatch(/Disk nearly full\s+512 MB left\. On a full disk posts are refused/);
    const red = await page.evaluate(() => {
      const probe = document.createElement('span');
      probe.className = 'tone-trouble';
      document.body.append(probe);
      return getComputedStyle(probe).color;
    });
    const colour = (element: Element) => getComputedStyle(element).color;
    expect(await notice.getByText('Disk nearly full').evaluate(colour)).toBe(red);
    await notice.getByRole('link', { name: 'Health' }).click();
    const store = page.getByRole('region', { name: 'Store' });
    expect(await store.getByText(/^Disk nearly full/).evaluate(colour)).toBe(red);
    expect(await store.getByText('512 MB').evaluate(colour)).toBe(red);
  });

  it('says posts that were refused on the wall as they come, and in health why and what to do', async () => {
    const app = await start({ ingest_tokens: 'right' });
    const send = (path: string) => fetch(`${app.url}${path}`, { method: 'POST', body: JSON.stringify(aPost()) });
    await send('/t/right/ocs/campaign-group-state');
    const { page } = await visit(`${app.url}/#/wall`);
    await page.locator('.wall-row[data-group]').waitFor();
    expect(await page.locator('.refused-notice').count()).toBe(0);
    await send('/t/wrong/ocs/eu-1/campaign-group-state');
    const notice = page.locator('.refused-notice');
    await notice.getByText('1 post refused in the last hour').waitFor();
    expect(await notice.innerText()).toMatch(/Most likely wrong secret in \/t\/…\/ \(from eu-1, 401\)/);
    await send('/t/wrong/ocs/eu-1/campaign-group-state');
    await notice.getByText('2 posts refused in the last hour').waitFor();
    await notice.getByRole('link', { name: 'What to do' }).click();
    const panel = page.getByRole('region', { name: 'Refused' });
    await panel.getByRole('cell', { name: /wrong secret in/ }).waitFor();
    expect(await panel.innerText()).toMatch(/eu-1[\s\S]*2\s+401\s+wrong secret[\s\S]*OCM_INGEST_TOKENS/);
    await send('/t/right/ocs/campaign-state');
    await panel.getByRole('cell', { name: /After \/ocs\/\{source\}\/ comes campaign-group-state/ }).waitFor();
  });

  it('says the growth of the store once it was measured, and how long the disk lasts', async () => {
    const looks: (() => void)[] = [];
    const every = (_ms: number, look: () => void) => {
      looks.push(look);
      return () => undefined;
    };
    const app = await start({}, { every, freeBytes: () => 50e9 });
    for (let body = 0; body < 80; body++) {
      const text = JSON.stringify({ no: body, text: 'x'.repeat(100_000) });
      await fetch(`${app.url}/ocs/campaign-group-state`, { method: 'POST', body: text });
    }
    app.clock.setMs(new Date().getTime() + 2 * 3_600_000);
    for (const look of looks) look();
    const { page } = await visit(`${app.url}/#/health`);
    const store = page.getByRole('region', { name: 'Store' });
    await store.waitFor();
    const said = await store.innerText();
    expect(said).toMatch(/Growth per day\s+\+\d+(\.\d+)? MB measured for 2 h 00 m/);
    expect(said).toMatch(/Disk lasts\s+\d+ days at this growth/);
  });

  it('leads a supervisor to callbacks: by step, by state, by number and by id; and says what was refused', async () => {
    const app = await start();
    const post = (body: object) =>
      fetch(`${app.url}/gms/callback-events`, { method: 'POST', body: JSON.stringify(body) });
    await post(aFinal({ _CB_SERVICE_ID: 'done-1', _CB_CUSTOMER_PHONE_NUMBER: '+4915112345678' }));
    await post(anEvent({ _CB_SERVICE_ID: 'over-1', _CB_DISPOSITION: 'COMPLETED' }));
    await post(aFinal({ _CB_SERVICE_ID: undefined }));
    const { page } = await visit(`${app.url}/#/callbacks?range=30d`);
    await page.getByText('1 record refused').waitFor();
    expect(await page.locator('.refused-records').innerText()).toMatch(/_CB_SERVICE_ID 1 ×/);
    await page.getByText('its last record says so, but no final record came').waitFor();
    const asked: string[] = [];
    page.on('request', (request) => void asked.push(request.url()));
    const field = page.getByRole('searchbox', { name: /service id or number/ });
    await field.fill('0049 151 12345678');
    await field.press('Enter');
    const found = page.getByRole('region', { name: 'Of this number' });
    await found.getByRole('link', { name: 'done-1' }).waitFor();
    expect([...asked, page.url()].filter((url) => url.includes('12345678'))).toEqual([]);
    await field.fill('over-1');
    await field.press('Enter');
    await page.getByRole('region', { name: 'With this service id' }).getByRole('link', { name: 'over-1' }).waitFor();
    await page.getByRole('button', { name: 'Offered' }).click();
    await page.getByRole('region', { name: 'Finished: Offered' }).getByRole('link', { name: 'done-1' }).waitFor();
  });

  it('shows how far callbacks came, and the story of one', async () => {
    const app = await seenApp();
    const { page } = await visit(`${app.url}/#/callback/${await serviceIdOf(app)}`);
    await page.getByText('final record').waitFor();
    expect(await page.getByText(/of 70 reported/).count()).toBe(1);
  });
});
