/** Screenshots of the live page with a simulated contact centre, into docs/images/. Takes two minutes. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { startBrowser, visitWith } from '../test/support/browser.js';
import { aPost, dateTime } from '../test/support/posts.js';
import { freePort, Program } from '../test/support/program.js';

const OUT = 'docs/images';
/** Fast enough for histories worth a look, slow enough for states to last. */
const SIMULATION = [
  '--groups',
  '40',
  '--sources',
  '3',
  '--interval',
  '2s',
  '--speed',
  '12',
  '--callbacks',
  '40',
  '--loss',
  '0.05',
];
const PLAY_MS = 100_000;
/** The service is away once, so that the timeline has something nobody observed. */
const AWAY_MS = 6000;

const folder = mkdtempSync(join(tmpdir(), 'ocm-screenshots-'));
const port = await freePort();
const startProgram = () => Program.start(port, join(folder, 'screenshots.db'), ['--periodic-interval', '2s']);
let program = await startProgram();
const simulator = spawn(
  process.execPath,
  ['dist/main.js', 'simulate', '--url', program.url, '--duration', '300s', ...SIMULATION],
  { stdio: 'ignore' },
);
const browser = await startBrowser();
try {
  for (const body of ['{"GSW_USER_EVENT":"CampaignGroupState"}', 'not JSON', '{"GSW_USER_EVENT":"Other"}'])
    await fetch(`${program.url}/ocs/ocs-2/campaign-group-state`, { method: 'POST', body });
  await pause(PLAY_MS * 0.6);
  await program.end('SIGINT');
  await pause(AWAY_MS);
  program = await startProgram();
  await pause(PLAY_MS * 0.4 - AWAY_MS);
  await tellThePast();
  mkdirSync(OUT, { recursive: true });
  const callback = await firstId('callbacks?open=false', 'service_id');
  await shoot('wall-light', '#/wall', '.spark-line');
  await shoot('wall-dark', '#/wall', '.spark-line', { colorScheme: 'dark' });
  await shoot(
    'wall-screen',
    '#/wall?density=wall',
    // A full page: the last one has few.
    '.virtual-row:nth-child(10)',
    { colorScheme: 'dark', viewport: { width: 1920, height: 1080 } },
  );
  await shoot('timeline', '#/timeline?range=15m', '.stretch', {}, zoomOnPast);
  await shoot('group', `#/group/${await steadyGroup()}?range=1h`, '.chart-box canvas', {
    viewport: { width: 1440, height: 1280 },
  });
  await shoot('callbacks', '#/callbacks', '.funnel');
  await shoot('callback', `#/callback/${callback}`, '.chapter', { colorScheme: 'dark' });
  await shoot('health', '#/health', '.table', { viewport: { width: 1440, height: 840 } });
  await shoot('phone', '#/wall', '.wall-row[data-group]', {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
  });
} finally {
  simulator.kill();
  await browser.close();
  await program.end('SIGINT');
  rmSync(folder, { recursive: true, force: true });
}

/** An hour of figures before the simulator began, so that lines are as long as in a service that runs for long. */
async function tellThePast(): Promise<void> {
  const { items } = (await (await fetch(`${program.url}/api/v1/campaign-groups?limit=1000`)).json()) as {
    items: {
      source: string;
      dbid: string;
      name: string;
      tenant: string;
      campaign: string;
      group: string;
      queue: string;
    }[];
  };
  const endMs = new Date().getTime() - PLAY_MS - 30_000;
  await Promise.all(
    items.map(async ({ source, dbid, name, tenant, campaign, group, queue }, index) => {
      for (let minute = 60; minute >= 0; minute--) {
        const wave = Math.sin((minute + index * 7) / 9) + Math.sin((minute * 3 + index) / 5) / 2;
        const body = aPost({
          GSW_DATE_TIME: dateTime(endMs - minute * 60_000),
          GSW_TENANT_NAME: tenant,
          GSW_CAMPAIGN_GROUP_DBID: dbid,
          GSW_CAMPAIGN_GROUP_NAME: name,
          GSW_CAMPAIGN_NAME: campaign,
          GSW_GROUP_NAME: group,
          GSW_QUEUE_NAME: queue,
          GSW_STAT_BUSY_FACTOR: 0.75 + wave / 14,
          GSW_STAT_HIT_RATIO: 0.3 + wave / 40,
          GSW_STAT_OVERDIAL_RATE: 0.02 + wave / 180,
          GSW_STAT_TIME_TO_COMPLETE: 7200 + minute * 60,
        });
        await fetch(`${program.url}/ocs/${source}/campaign-group-state`, {
          method: 'POST',
          body: JSON.stringify(body),
        });
      }
    }),
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A group that dials for a goal and began last: it will not have stopped when its picture is taken. */
async function steadyGroup(): Promise<string> {
  const { items } = (await (await fetch(`${program.url}/api/v1/campaign-groups?state=running&limit=1000`)).json()) as {
    items: { id: string; state_since: string; optimize_by: string | null }[];
  };
  const goaled = items.filter(({ optimize_by }) => optimize_by === 'busy_factor');
  const [newest] = (goaled.length > 0 ? goaled : items).sort((a, b) => (a.state_since < b.state_since ? 1 : -1));
  if (newest === undefined) throw new Error('no group is running');
  return newest.id;
}

async function firstId(list: string, name: string): Promise<string> {
  const { items } = (await (await fetch(`${program.url}/api/v1/${list}`)).json()) as {
    items: Record<string, string>[];
  };
  // The one with the longest history, where the list says it.
  const [first] = [...items].sort((a, b) => Number(b['events'] ?? 0) - Number(a['events'] ?? 0));
  const id = first?.[name];
  if (id === undefined) throw new Error(`${list} is empty`);
  return id;
}

async function shoot(
  name: string,
  hash: string,
  sign: string,
  options: BrowserContextOptions = {},
  before: (page: Page) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const { page } = await visitWith(browser, `${program.url}/${hash}`, options);
  await page.locator(sign).first().waitFor();
  await page.waitForTimeout(2500);
  await before(page);
  await page.screenshot({ path: join(OUT, `${name}.png`) });
  await page.context().close();
}

/** The time in which the simulator played, with what stands under the pointer. */
async function zoomOnPast(page: Page): Promise<void> {
  await page.goto(`${program.url}/#/timeline?from=${iso(PLAY_MS + 20_000)}&to=${iso(0)}`);
  await page.locator('.stretch').first().waitFor();
  await page.waitForTimeout(1000);
  const box = await page.locator('.lane-plot .unobserved').nth(4).boundingBox();
  if (box === null) return;
  await page.mouse.move(box.x, box.y);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
}

function iso(agoMs: number): string {
  return new Date(new Date().getTime() - agoMs).toISOString();
}
