/** How soon the page is there: first paint and first row beside a bare line of text, and a post until it is shown. */
import { createServer } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { startBrowser, visitWith } from '../../test/support/browser.js';
import { groupNamed, postGroups, postOcs } from '../../test/support/campaign-posts.js';
import { FIGURES, LOADED, STARTED } from '../../test/support/posts.js';
import { OURS, withRunning } from '../program.js';
import { atMost, type Bench, counted, type Findings, type Settings } from '../row.js';

const GROUPS = 200;
const ROW = '.wall-row[data-group]';
interface PaintTimes {
  readonly paintMs: number;
  readonly rowMs: number;
}

/** What a bare line takes is what the machine and the browser need to paint anything at all. */
const BARE = 'a bare line of text';

export const PAGE: Bench = {
  name: 'page',
  rows: [
    { key: 'paint', what: 'page of 200 groups, first paint', comparison: BARE, unit: '×', floor: atMost(6) },
    { key: 'row', what: 'page of 200 groups, first row', comparison: BARE, unit: '×', floor: atMost(20) },
    { key: 'shown', what: 'a post until the page shows it', comparison: null, unit: 'ms', floor: atMost(1000) },
  ],
  run: (settings) => withRunning(OURS, {}, ({ port }) => run(`http://127.0.0.1:${port}`, settings)),
};

async function run(url: string, { rounds, say }: Settings): Promise<Findings> {
  const bare = await serveBareLine();
  const browser = await startBrowser();
  try {
    await postGroups(url, GROUPS, { ...STARTED, ...FIGURES });
    // What else the machine does makes a load slower, nothing makes it faster than it is: the best ones are compared.
    const best = { paintMs: Infinity, rowMs: Infinity, bareMs: Infinity };
    for (let round = 1; round <= rounds; round++) {
      const ours = await load(browser, `${url}/`, ROW);
      const { paintMs: bareMs } = await load(browser, bare.url, 'p');
      best.paintMs = Math.min(best.paintMs, ours.paintMs);
      best.rowMs = Math.min(best.rowMs, ours.rowMs);
      best.bareMs = Math.min(best.bareMs, bareMs);
      say(`round ${round}, first row after ${ours.rowMs.toFixed(0)} ms`);
    }
    return findings(best, await shownAfterMs(browser, url), rounds);
  } finally {
    await browser.close();
    bare.close();
  }
}

type Best = PaintTimes & { readonly bareMs: number };

function findings({ paintMs, rowMs, bareMs }: Best, shownMs: number, rounds: number): Findings {
  const against = (ms: number) => ({
    ...{ value: ms / bareMs, loadCore: null },
    how: `${ms.toFixed(0)} to ${bareMs.toFixed(0)} ms, best of ${counted(rounds, 'round')}`,
  });
  const shown = { value: shownMs, how: 'one post, while the page is live', loadCore: null };
  return { outcomes: { paint: against(paintMs), row: against(rowMs), shown } };
}

/** With nothing cached: a browser context of its own has a cache of its own. */
async function load(browser: Browser, url: string, shown: string): Promise<PaintTimes> {
  const { page } = await visitWith(browser, 'about:blank');
  await page.addInitScript(NOTE_FIRST_ROW);
  await page.goto(url);
  await page.locator(shown).first().waitFor();
  const times = await page.evaluate(paintTimes);
  await page.context().close();
  return times;
}

async function shownAfterMs(browser: Browser, url: string): Promise<number> {
  await postOcs(url, { ...groupNamed(GROUPS), ...LOADED });
  const { page } = await visitWith(browser, `${url}/#/wall?q=0${GROUPS}`);
  await page.locator(ROW).getByText('Active').waitFor();
  await isLive(page);
  const postedMs = performance.now();
  await postOcs(url, { ...groupNamed(GROUPS), ...STARTED });
  await page.locator(ROW).getByText('Running').waitFor();
  return performance.now() - postedMs;
}

/** Beyond the second in which a group is sent once. */
const isLive = (page: Page) => page.locator('.connection-live').waitFor();

/** Runs before the page's own scripts. */
const NOTE_FIRST_ROW = `new MutationObserver((_, observer) => {
  if (document.querySelector('${ROW}') === null) return;
  observer.disconnect();
  performance.mark('first-row');
}).observe(document, { subtree: true, childList: true });`;

function paintTimes(): PaintTimes {
  const [paint, row] = ['first-contentful-paint', 'first-row'].map(
    (name) => performance.getEntriesByName(name)[0]?.startTime ?? Infinity,
  );
  return { paintMs: paint ?? Infinity, rowMs: row ?? Infinity };
}

async function serveBareLine(): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>bare</title><p>A line of text');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}
