/**
 * Runs the built program on this very runtime and driver: starts it, posts and reads for some seconds, ends it, thrice.
 * No packages, so that nothing but the program under test uses the driver.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROUNDS = 3;
const SECONDS = 4;
const folder = mkdtempSync(join(tmpdir(), 'ocm-smoke-'));
const port = 20_000 + Math.floor(Math.random() * 20_000);
const url = `http://127.0.0.1:${port}`;
let posted = 0;

async function round(): Promise<void> {
  const args = ['dist/main.js', 'serve', '--port', String(port), '--store', `sqlite:${join(folder, 'smoke.db')}`];
  // A small heap makes the collector run often.
  const child = spawn(process.execPath, ['--max-semi-space-size=1', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = new Promise<string | number | null>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal ?? code);
    });
  });
  for (let tries = 0; ; tries++) {
    if (
      await fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    if (tries > 100) throw new Error('the program did not become ready');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const until = Date.now() + SECONDS * 1000;
  while (Date.now() < until) {
    posted++;
    const body = {
      GSW_USER_EVENT: 'CampaignGroupState',
      GSW_DATE_TIME: (Date.now() / 1000).toFixed(3),
      GSW_CAMPAIGN_GROUP_DBID: String(posted % 50),
      GSW_CAMPAIGN_GROUP_STATE: posted % 7,
      GSW_NOTE: posted,
    };
    const response = await fetch(`${url}/ocs/campaign-group-state`, { method: 'POST', body: JSON.stringify(body) });
    if (response.status !== 200) throw new Error(`a post was answered ${response.status}`);
    await response.text();
    for (const path of ['/metrics', '/api/v1/transitions', '/api/v1/quarantine'])
      await (await fetch(url + path)).text();
  }
  child.kill('SIGINT');
  const end = await exited;
  if (end !== 0) throw new Error(`the program ended with ${end ?? 'nothing'}`);
}

for (let n = 0; n < ROUNDS; n++) await round();
rmSync(folder, { recursive: true });
process.stdout.write(`${ROUNDS} rounds, ${posted} posts, all answered 200; every end was clean\n`);
