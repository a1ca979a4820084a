/** A simulated contact centre, played to the real program that a real Prometheus scrapes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shippedDashboards } from '../../test/support/dashboards.js';
import { Grafana } from '../../test/support/grafana.js';
import { aPost, FIGURES, LOADED, STARTED } from '../../test/support/posts.js';
import { freePort, Program } from '../../test/support/program.js';
import { Prometheus } from '../../test/support/prometheus.js';
import { type DrawnDashboard, drawn } from './panel-data.js';

const TOKEN = 'a-read-token';
const PLAY_MS = 110_000;
/** Long enough to be scraped, too short to be silent. */
const TROUBLE_MS = 4000;
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
    await pause(PLAY_MS - TROUBLE_MS);
    await tellOfTrouble(program.url);
    await pause(TROUBLE_MS);
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

/** A group that over-dials, and bodies that go to quarantine. */
async function tellOfTrouble(url: string): Promise<void> {
  const identity = { GSW_CAMPAIGN_GROUP_DBID: '120', GSW_CAMPAIGN_GROUP_NAME: 'Win Back@Night Shift' };
  const post = (body: string) => fetch(`${url}/ocs/ocs-2/campaign-group-state`, { method: 'POST', body });
  await post(JSON.stringify(aPost({ ...identity, ...LOADED })));
  await post(JSON.stringify(aPost({ ...identity, ...STARTED, ...FIGURES, GSW_STAT_OVERDIAL_RATE: 0.08 })));
  for (const body of ['{"GSW_USER_EVENT":"CampaignGroupState"}', 'not JSON', '{"GSW_USER_EVENT":"Other"}'])
    await post(body);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function nowSeconds(): number {
  return Math.floor(new Date().getTime() / 1000);
}
