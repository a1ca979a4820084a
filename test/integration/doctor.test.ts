import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import { anEvent } from '../support/callback-posts.js';
import { eventually } from '../support/eventually.js';
import { aPost, dateTime } from '../support/posts.js';
import { freePort } from '../support/program.js';
import { rawAsk } from '../support/raw-http.js';

const start = testApps();
const INGEST = 'planted-ingest-4711';
const READ = 'planted-read-4712';
const SECRETS = /planted|GUESS/i;

interface Run {
  stdout: string;
  stderr: string;
  readonly ended: Promise<number | null>;
}

/** The real program. */
function doctor(args: readonly string[]): Run {
  const child = spawn(process.execPath, ['dist/main.js', 'doctor', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const run: Run = {
    ...{ stdout: '', stderr: '' },
    ended: new Promise((resolve) => child.once('close', resolve)),
  };
  child.stdout.on('data', (data: Buffer) => (run.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (run.stderr += data.toString()));
  return run;
}

const flagsOf = (app: TestApp) => [
  ...['--port', String(app.app.port), '--store', `sqlite:${app.database}`],
  ...['--ingest-tokens', INGEST, '--read-tokens', READ, '--source', 'eu-1'],
];
const guarded = (more = {}) => start({ ingest_tokens: INGEST, read_tokens: READ, ...more });
const PATH = '/ocs/eu-1/campaign-group-state';

interface Wrong {
  readonly what: string;
  readonly path?: string;
  readonly method?: string;
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly line: RegExp;
}

const WRONG: readonly Wrong[] = [
  { what: 'a wrong path', path: '/ocs/eu-1/campaign-group-status', line: /wrong path.*campaign-group-status \(404\)/ },
  { what: 'a path beside', path: '/ocs-eu-1', line: /POST \/ocs-eu-1 .*wrong path/ },
  {
    what: 'a token where it does not belong',
    path: `/${INGEST}${PATH}`,
    line: /POST \/\*\*\*\/ocs\/eu-1\/.*wrong path.*\n.*Before \/ocs only \/t\/TOKEN/,
  },
  { what: 'an encoded query', path: `${PATH}%3Ftoken=${INGEST}`, line: /campaign-group-state\*\*\*.*wrong path/ },
  { what: 'a wrong method', method: 'PUT', line: /wrong method: .*not PUT \(405\)/ },
  { what: 'no secret', token: null, line: /no secret: nothing in .*X-Api-Key.*\(401\)/ },
  { what: 'a wrong secret in the header', token: 'GUESS', line: /wrong secret in Authorization: Bearer \(401\)/ },
  {
    what: 'a wrong secret in the path',
    token: null,
    path: `/t/GUESS${PATH}`,
    line: /\/t\/\*\*\*\/ocs.*wrong secret in \/t\/…\//,
  },
  { what: 'a wrong secret in the query', token: null, path: `${PATH}?token=GUESS`, line: /wrong secret in \?token=/ },
  { what: 'the token for reading', token: READ, line: /wrong secret in Authorization: Bearer: a token for reading/ },
  { what: 'too large a body', body: 'x'.repeat(3000), line: /too large: 3000 bytes \(413\)/ },
  {
    what: 'a compressed body',
    headers: { 'Content-Encoding': 'gzip' },
    line: /compressed body \(Content-Encoding: gzip\) \(415\)/,
  },
  { what: 'no JSON', body: 'state=5', line: /not readable as JSON.*\(400\)\n.*quarantine show/ },
  {
    what: 'a missing key',
    body: bodyWithout('GSW_CAMPAIGN_GROUP_DBID'),
    line: /wrong fields: missing GSW_CAMPAIGN_GROUP_DBID \(422\)/,
  },
  { what: 'no date-time', body: bodyWithout('GSW_DATE_TIME'), line: /wrong fields: missing GSW_DATE_TIME/ },
  {
    what: 'a date-time of local time',
    body: bodyAhead(7200),
    line: /wrong date-time: GSW_DATE_TIME is 7[12]\d\d s ahead of/,
  },
  {
    what: 'an unreadable date-time',
    body: JSON.stringify(aPost({ GSW_DATE_TIME: 'noon' })),
    line: /GSW_DATE_TIME is "noon"/,
  },
  {
    what: 'a callback without a mandatory key',
    path: '/gms/eu-1/callback-events',
    body: '{"_CB_SERVICE_ID":"s-1"}',
    line: /Info Mart would drop: missing .*_CB_T_SERVICE_START/,
  },
  {
    what: 'another source',
    path: '/ocs/eu-2/campaign-group-state',
    body: JSON.stringify(aPost()),
    line: /OTHER .*under the source eu-2, not eu-1/,
  },
];

function bodyWithout(key: string): string {
  return JSON.stringify(Object.fromEntries(Object.entries(aPost()).filter(([name]) => name !== key)));
}

function bodyAhead(seconds: number): string {
  return JSON.stringify(aPost({ GSW_DATE_TIME: dateTime(new Date().getTime() + seconds * 1000) }));
}

async function send(
  app: TestApp,
  { path = PATH, method = 'POST', token = INGEST, headers = {}, body = '{}' }: Partial<Wrong>,
) {
  const authorization = token === null ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(app.url + path, { method, headers: { ...authorization, ...headers }, body });
  await response.text();
  return response.status;
}

describe('doctor', () => {
  it('says of each wrong post what is wrong with it, and ends at the first good one', async () => {
    const app = await guarded({ body_limit: '2kb' });
    const run = doctor([...flagsOf(app), '--groups', '300', '--wait', '60s']);
    await eventually(() => {
      expect(run.stdout).toContain('With --callbacks it says what to set for Callback, too.\n');
    });
    expect(run.stdout).toContain(`http://127.0.0.1:${String(app.app.port)}/t/TOKEN${PATH}\n`);
    expect(run.stdout).toContain('http-connection-pool-size = 30\n');
    for (const wrong of WRONG) await send(app, wrong);
    await rawAsk(app.app.port, { method: 'POST', target: `/t/${INGEST}/ocs/my source/campaign-group-state` });
    await rawAsk(app.app.port, { method: '\u0016\u0003\u0001', target: INGEST });
    await eventually(() => {
      for (const { line } of WRONG) expect(run.stdout).toMatch(line);
      expect(run.stdout).toMatch(
        /POST \/t\/\*\*\*\/ocs\/my source\/.*: a blank in campaigngroup-states-uri.*\(400\)\n.*%20/,
      );
      expect(run.stdout).toMatch(/\? \? from 127\.0\.0\.1: TLS on a plain port.*\(400\)\n.*http:\/\//);
    });
    expect(run.stdout).not.toContain('GOOD');
    expect(await send(app, { body: JSON.stringify(aPost()) })).toBe(200);
    expect(await run.ended).toBe(0);
    expect(run.stdout).toMatch(/GOOD {5}a post to campaign-group-state from 127\.0\.0\.1, source eu-1: transition/);
    expect(run.stdout + run.stderr).not.toMatch(SECRETS);
    const answer = await fetch(`${app.url}/api/v1/arrivals`, { headers: { Authorization: `Bearer ${READ}` } });
    expect(await answer.text()).not.toMatch(SECRETS);
  });

  it('also wait for a callback record when asked, and tells of a forbidden address', async () => {
    const app = await guarded({ ingest_networks: '10.0.0.0/8', trusted_proxies: '127.0.0.1' });
    const run = doctor([...flagsOf(app), '--callbacks', '--wait', '60s']);
    const from = (address: string) => ({ 'X-Forwarded-For': address });
    await send(app, { headers: from('192.0.2.7') });
    await eventually(() => {
      expect(run.stdout).toMatch(/forbidden address: 192\.0\.2\.7 may not post \(403\)/);
    });
    await send(app, { headers: from('10.1.2.3'), body: JSON.stringify(aPost()) });
    await eventually(() => {
      expect(run.stdout).toMatch(/GOOD .*campaign-group-state from 10\.1\.2\.3/);
    });
    expect(run.stdout).toMatch(/callback-events$/m);
    const event = JSON.stringify(anEvent());
    expect(await send(app, { headers: from('10.1.2.3'), path: '/gms/eu-1/callback-events', body: event })).toBe(200);
    expect(await run.ended).toBe(0);
    expect(run.stdout).toMatch(/GOOD .*callback-events from 10\.1\.2\.3, source eu-1: recorded/);
  });

  it('says what to look at when nothing arrives, and exits 1; --json is one document', async () => {
    const app = await guarded();
    const run = doctor([...flagsOf(app), '--wait', '100ms']);
    expect(await run.ended).toBe(1);
    expect(run.stdout).toMatch(/No good post to campaign-group-state arrived.*\nNothing at all arrived/);
    expect(run.stdout).toMatch(
      /WARNING {2}reach: 127\.0\.0\.1 can be reached only from this machine\n.*OCM_HOST=0\.0\.0\.0/,
    );
    const json = doctor([...flagsOf(app), '--wait', '0', '--json']);
    expect(await json.ended).toBe(1);
    const document = JSON.parse(json.stdout) as {
      checks: { name: string; result: string }[];
      steps: { key: string }[];
    };
    expect(document).toMatchObject({ arrived: false, missing: ['campaign-group-state'], refused: [], good: [] });
    expect(document.checks.find(({ name }) => name === 'service')?.result).toBe('ok');
    expect(document.steps[0]?.key).toBe('ocs');
    expect(json.stderr + json.stdout).not.toMatch(SECRETS);
  });

  it('says so when the service is not there, wants another token, or its settings are faulty', async () => {
    const store = `sqlite:${join(mkdtempSync(join(tmpdir(), 'ocm-test-')), 'none.db')}`;
    const none = doctor(['--port', String(await freePort()), '--store', store]);
    expect(await none.ended).toBe(1);
    expect(none.stdout).toMatch(/FAULT {4}service: no answer .*\n.*Start it: ocs-monitor serve/);
    expect(none.stdout).toMatch(/Mend what is marked FAULT, and run doctor again: .*\n$/);
    const app = await guarded();
    const stranger = doctor(['--url', app.url, '--token', 'GUESS']);
    expect(await stranger.ended).toBe(1);
    expect(stranger.stdout).toMatch(/requires another read token/);
    expect(stranger.stdout).not.toMatch(/No secret|campaigngroup-states-uri/);
    const faulty = doctor(['--host', '0.0.0.0', '--read-tokens', 'planted']);
    expect(await faulty.ended).toBe(1);
    expect(faulty.stdout).toMatch(/FAULT {4}settings: .*\n.*OCM_INGEST_TOKENS/);
    const usage = doctor(['--url', `http://x:${INGEST}@127.0.0.1/`]);
    expect(await usage.ended).toBe(2);
    expect([stranger, faulty, usage].map(({ stdout, stderr }) => stdout + stderr).join()).not.toMatch(SECRETS);
  });
});

describe('the record of arrivals', () => {
  it('counts equal refusals as one, is bounded, and needs a token for reading', async () => {
    const app = await guarded();
    const get = async (token: string) =>
      fetch(`${app.url}/api/v1/arrivals`, { headers: { Authorization: `Bearer ${token}` } });
    expect((await get(INGEST)).status).toBe(401);
    for (let n = 0; n < 60; n++) await send(app, { path: `/beside/${String(n)}` });
    for (let n = 0; n < 3; n++) await send(app, { token: null });
    const { refused, accepted } = (await (await get(READ)).json()) as { refused: object[]; accepted: object[] };
    expect([refused.length, accepted.length]).toEqual([50, 0]);
    expect(refused[0]).toMatchObject({ count: 3, outcome: 'unauthorized', offered: [], path: PATH, source: 'eu-1' });
    for (let n = 0; n < 2; n++) await send(app, { body: JSON.stringify(aPost()) });
    const after = (await (await get(READ)).json()) as { accepted: object[] };
    expect(after.accepted).toMatchObject([{ endpoint: 'campaign-group-state', source: 'eu-1', count: 2, fault: null }]);
  });

  it('tells of a post to the port for reading, and first steps name the port for posts', async () => {
    const port = String(await freePort());
    const app = await start({ read_port: String(await freePort()), port });
    const read = `http://127.0.0.1:${String(app.app.readPort)}`;
    await fetch(read + PATH, { method: 'POST', body: '{}' });
    const { refused } = (await (await fetch(`${read}/api/v1/arrivals`)).json()) as { refused: object[] };
    expect(refused).toMatchObject([{ outcome: 'reading-port', next: 'Posts go to OCM_PORT.' }]);
    const steps = await (await fetch(`${read}/api/v1/first-steps?source=eu-1`)).text();
    expect(steps).toContain(`http://127.0.0.1:${port}${PATH}`);
    expect((await fetch(`${read}/api/v1/first-steps?source=a%2Fb`)).status).toBe(400);
  });
});
