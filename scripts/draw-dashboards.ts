/**
 * Pictures of the dashboards, drawn by Grafana's own components over a simulated contact centre that a real Prometheus
 * scrapes. The components are no dependency: they are installed beside the project, once, and take 400 MB.
 * Usage: npm run dashboards:draw [-- FOLDER], into a new folder when none is said. Takes three minutes.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { startBrowser, visitWith } from '../test/support/browser.js';
import { shippedDashboards } from '../test/support/dashboards.js';
import { Grafana } from '../test/support/grafana.js';
import { freePort, Program } from '../test/support/program.js';
import { Prometheus } from '../test/support/prometheus.js';
import { type DrawnDashboard, drawn } from './draw/panel-data.js';

/** That of @grafana/data in package.json, which goes with it. */
const COMPONENTS = ['@grafana/ui@13.2.3', 'react@19', 'react-dom@19'];
const TOKEN = 'a-read-token';
const PLAY_MS = 110_000;
const STEP_SECONDS = 1;
const SIMULATION = {
  ...{ groups: '24', sources: '2', interval: '2s', speed: '20', duration: '130s' },
  ...{ callbacks: '60', loss: '0.02' },
};

const out = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'ocm-dashboards-'));
const bundle = await bundled(installed());
const dashboards = await played();
const browser = await startBrowser();
// An empty page of a host: the components keep things in its storage, which a blank one has not.
const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
try {
  mkdirSync(out, { recursive: true });
  for (const dashboard of dashboards) await picture(browser, bundle, dashboard);
} finally {
  await browser.close();
  server.close();
}
process.stdout.write(`${out}\n`);

/** The folder of modules. Peers are those of packages that no page here uses. */
function installed(): string {
  const folder = join(tmpdir(), 'ocm-grafana-ui-13.2.3');
  const modules = join(folder, 'node_modules');
  if (existsSync(join(modules, '@grafana/ui'))) return modules;
  mkdirSync(folder, { recursive: true });
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', '--loglevel=error'];
  const { status } = spawnSync('npm', ['install', '--prefix', folder, ...flags, ...COMPONENTS], { stdio: 'inherit' });
  if (status !== 0) throw new Error('npm could not install the components of Grafana');
  return modules;
}

/** What every panel shows at the end of two minutes. */
async function played(): Promise<DrawnDashboard[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-draw-'));
  const rules = fileURLToPath(new URL('../grafana/prometheus/', import.meta.url));
  const ruleFiles = readdirSync(rules).filter((name) => name.endsWith('.rules.yaml'));
  const program = await Program.start(await freePort(), join(folder, 'draw.db'), [
    ...['--periodic-interval', '2s', '--read-tokens', TOKEN],
  ]);
  const prometheus = await Prometheus.scraping(
    program.url,
    ruleFiles.map((name) => join(rules, name)),
  );
  const flags = Object.entries(SIMULATION).flatMap(([name, value]) => [`--${name}`, value]);
  const simulator = spawn(process.execPath, ['dist/main.js', 'simulate', '--url', program.url, ...flags], {
    stdio: 'ignore',
  });
  try {
    const from = nowSeconds();
    await new Promise((resolve) => setTimeout(resolve, PLAY_MS));
    const span = { from, to: nowSeconds(), step: STEP_SECONDS };
    const grafana = new Grafana(prometheus, { url: program.url, token: TOKEN }, span);
    return await Promise.all(shippedDashboards().map((one) => drawn(one, { prometheus, grafana, span }, {})));
  } finally {
    simulator.kill();
    await prometheus.stop();
    await program.end('SIGINT');
    rmSync(folder, { recursive: true, force: true });
  }
}

function nowSeconds(): number {
  return Math.floor(new Date().getTime() / 1000);
}

interface Bundle {
  readonly script: string;
  readonly style: string;
}

async function bundled(modules: string): Promise<Bundle> {
  const { outputFiles } = await build({
    // As a file of that folder: the project has some of these packages too, and one page needs one of each.
    stdin: {
      contents: readFileSync(new URL('draw/page.jsx', import.meta.url), 'utf8'),
      resolveDir: modules,
      loader: 'jsx',
    },
    ...{ bundle: true, write: false, format: 'iife', platform: 'browser', target: 'es2022', jsx: 'automatic' },
    ...{ logLevel: 'error', outdir: 'nowhere' },
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: {
      '.svg': 'dataurl',
      '.woff': 'empty',
      '.woff2': 'empty',
      '.ttf': 'empty',
      '.png': 'empty',
      '.gif': 'empty',
      '.eot': 'empty',
    },
  });
  const textOf = (kind: string) => outputFiles.find(({ path }) => path.endsWith(kind))?.text ?? '';
  return { script: textOf('.js'), style: textOf('.css') };
}

async function picture(chromium: Browser, { script, style }: Bundle, dashboard: DrawnDashboard): Promise<void> {
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  const { page } = await visitWith(chromium, url, { viewport: { width: 1472, height: 900 } });
  const told = new Set<string>();
  page.on('pageerror', ({ message }) => {
    if (!told.has(message)) process.stderr.write(`${dashboard.uid}: ${message}\n`);
    told.add(message);
  });
  await page.addStyleTag({ content: style });
  await page.addScriptTag({ content: script });
  await page.evaluate(
    (data) => (globalThis as unknown as { draw: (shown: unknown) => Promise<void> }).draw(data),
    dashboard,
  );
  await page.locator('#dashboard').waitFor();
  // Charts measure themselves after they are there.
  await page.waitForTimeout(1500);
  await page.screenshot({ path: join(out, `${dashboard.uid}.png`), fullPage: true });
  await page.context().close();
}
