/**
 * Pictures of the dashboards, drawn by Grafana's own components over a simulated contact centre that a real Prometheus
 * scrapes. The components are no dependency: they are installed beside the project, once, and take 400 MB.
 * Usage: npm run dashboards:draw [-- FOLDER], like docs/images; into a new folder when none is said. Takes three minutes.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { startBrowser, visitWith } from '../test/support/browser.js';
import type { DrawnDashboard } from './draw/panel-data.js';
import { played } from './draw/played.js';

/** Of a browser's window. */
const WIDTH = 1440;
const PAGE = new URL('draw/page.jsx', import.meta.url);
const OWN_PANELS = new URL('draw/own-panels.jsx', import.meta.url);
/** That of @grafana/data in package.json, which goes with it; and the font that Grafana has. */
const COMPONENTS = ['@grafana/ui@13.2.3', 'react@19', 'react-dom@19', '@fontsource/inter@5.3.0'];

const out = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'ocm-dashboards-'));
const modules = installed();
const bundle = await bundled(modules);
const dashboards = await played();
const browser = await startBrowser();
// An empty page of a host: the components keep things in its storage, which a blank one has not, and ask it for icons.
const server = createServer(({ url = '' }, response) => {
  const [, icon] = /^\/public\/build\/img\/icons\/(\w+\/[\w-]+\.svg)$/.exec(url) ?? [];
  const file = icon === undefined ? '' : join(modules, '@grafana/ui/dist/public/img/icons', icon);
  if (existsSync(file)) response.setHeader('content-type', 'image/svg+xml').end(readFileSync(file));
  else response.setHeader('content-type', 'text/html').end('<!doctype html>');
});
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
  const found = join(folder, 'node_modules');
  if (COMPONENTS.every((one) => existsSync(join(found, one.replace(/@[\d.]+$/, ''))))) return found;
  mkdirSync(folder, { recursive: true });
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', '--loglevel=error'];
  const { status } = spawnSync('npm', ['install', '--prefix', folder, ...flags, ...COMPONENTS], { stdio: 'inherit' });
  if (status !== 0) throw new Error('npm could not install the components of Grafana');
  return found;
}

interface Bundle {
  readonly script: string;
  readonly style: string;
}

async function bundled(folder: string): Promise<Bundle> {
  // Bundled beside those packages: the project has one of them too, and a page needs one of each.
  copyFileSync(PAGE, join(folder, '..', 'page.jsx'));
  copyFileSync(OWN_PANELS, join(folder, '..', 'own-panels.jsx'));
  const { outputFiles } = await build({
    entryPoints: [join(folder, '..', 'page.jsx')],
    ...{ bundle: true, write: false, format: 'iife', platform: 'browser', target: 'es2022', jsx: 'automatic' },
    ...{ logLevel: 'error', outdir: 'nowhere' },
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: {
      '.svg': 'dataurl',
      '.woff': 'empty',
      '.woff2': 'dataurl',
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
  const { page } = await visitWith(chromium, url, { viewport: { width: WIDTH, height: 900 } });
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
  // Tables draw what is in view alone.
  const { height = 0 } = (await page.locator('#dashboard').boundingBox()) ?? {};
  await page.setViewportSize({ width: WIDTH, height: Math.ceil(height) + 32 });
  // Charts measure themselves after they are there.
  await page.waitForTimeout(1500);
  const path = join(out, `grafana-${dashboard.uid}.png`);
  await page.screenshot({ path, fullPage: true });
  // A third of the size, with the same look; where it is not installed the picture stays as it is.
  spawnSync('pngquant', ['--force', '--ext', '.png', '--nofs', '128', path]);
  await page.context().close();
}
