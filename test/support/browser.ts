/** A real browser: `@sparticuz/chromium` driven by `playwright-core`. Absent: a loud skip, and a failure with CI=true. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, chromium as driver, type Page } from 'playwright-core';
import { afterEach, beforeAll, describe } from 'vitest';
import { eventually } from './eventually.js';

/** What makes it run in a container; the policies that tests watch stay in force. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'];
const VIEWER = { viewport: { width: 1440, height: 900 }, locale: 'en-GB', timezoneId: 'Europe/Berlin' };

/** Held by the worker that unpacks the browser: all unpack it to one place, and none may run what another still writes. */
const UNPACKING = join(tmpdir(), 'ocm-browser-is-unpacked');

/** Null when there is no browser for this machine. */
async function browserPath(): Promise<string | null> {
  // One that was killed may have left it: then nobody unpacks any more.
  const take = () => {
    mkdirSync(UNPACKING);
  };
  await eventually(take).catch(() => undefined);
  try {
    const path = await chromium.executablePath().catch(() => null);
    return path !== null && existsSync(path) ? path : null;
  } finally {
    rmSync(UNPACKING, { recursive: true, force: true });
  }
}

export async function startBrowser(): Promise<Browser> {
  const executablePath = await browserPath();
  if (executablePath === null) throw new Error('no browser here (npm: @sparticuz/chromium)');
  return driver.launch({ executablePath, args: ARGUMENTS, headless: true });
}

export interface Visit {
  readonly page: Page;
  /** What the browser complained of: errors of scripts, violations of the policy, failed requests. */
  readonly complaints: string[];
}

export async function visitWith(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ ...VIEWER, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}

/** The page asks again every 2 s, and loads itself anew for a part at most once in 30 s (web/views/later-view.tsx). */
export const PART_COMES = { timeout: 40_000 };

/**
 * Keeps requests from arriving until the returned function is called. They go on being intercepted: where interception
 * ends while requests are under way, the browser may lose one of those.
 */
export async function cutOff(page: Page, requests: RegExp): Promise<() => void> {
  let isCut = true;
  await page.route(requests, (route) => (isCut ? route.abort() : route.continue()));
  return () => {
    isCut = false;
  };
}

export type Visitor = (url: string, options?: BrowserContextOptions) => Promise<Visit>;

const isHere = (await browserPath()) !== null;
if (!isHere && process.env['CI'] !== 'true')
  process.stderr.write(
    '\n*** SKIPPED: no browser here, tests of the page cannot run (npm: @sparticuz/chromium) ***\n\n',
  );

/** One for all tests of a worker, from the first that needs it until the worker ends; what they see is a context each. */
let browser: Promise<Browser> | null = null;

/** Tests in a browser; every page is closed after its test. */
export function describeInBrowser(title: string, tests: (visit: Visitor) => void): void {
  describe.skipIf(!isHere && process.env['CI'] !== 'true')(title, () => {
    const open: Page[] = [];
    beforeAll(async () => {
      browser ??= startBrowser();
      await browser;
    }, 60_000);
    afterEach(async () => {
      for (const page of open.splice(0)) await page.context().close();
    });
    tests(async (url, options) => {
      if (browser === null) throw new Error('the browser did not start');
      const visit = await visitWith(await browser, url, options);
      open.push(visit.page);
      return visit;
    });
  });
}
