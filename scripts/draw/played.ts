/** A simulated contact centre, played to the real program that a real Prometheus scrapes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shippedDashboards } from '../../test/support/dashboards.js';
import { Grafana } from '../../test/support/grafana.js';
import { freePort, Program } from '../../test/support/program.js';
import { Prometheus } from '../../test/support/prometheus.js';
import { type DrawnDashboard, drawn } from './panel-data.js';

const TOKEN = 'a-read-token';
const PLAY_MS = 110_000;
const STEP_SECONDS = 1;
const SIMULATION = {
  ...{ groups: '24', sources: '2', interval: '2s', speed: '20', duration: '130s' },
  ...{ callbacks: '60', loss: '0.02' },
};

/** What every panel shows at the end of two minutes. */
export async function played(): Promise<DrawnDashboard[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-draw-'));
  const rules = fileURLToPath(new URL('../../grafana/prometheus/', import.meta.url));
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
