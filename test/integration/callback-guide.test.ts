/** What docs/callback-setup.md tells to send, sent as it stands there but for the address. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';

const GUIDE = readFileSync(new URL('../../docs/callback-setup.md', import.meta.url), 'utf8');
const COMMANDS = [...GUIDE.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, command = '']) => command);
const [SCXML = ''] = /(?<=^```xml\n).*?(?=^```$)/ms.exec(GUIDE) ?? [];
/** The roles of which docs/callback-sql.md tells. */
const [, ROLE_TABLE = ''] =
  /^### Roles of calls\n(.*?)^```/ms.exec(
    readFileSync(new URL('../../docs/callback-sql.md', import.meta.url), 'utf8'),
  ) ?? [];
const ROLES = [...ROLE_TABLE.matchAll(/^\| `(\w+)`/gm)].map(([, role = '']) => role);

interface Answer {
  readonly outcome: string;
  readonly service_id: string;
}
type Row = Readonly<Record<string, unknown>>;

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp({ toll_per_minute: '10' });
});
afterAll(() => service.remove());

/** The commands pasted into one shell, in the order of the guide; an answer a line. */
function paste(commands: readonly string[]): Promise<Answer[]> {
  return new Promise((resolve, reject) => {
    const script = commands.join('').replaceAll('http://127.0.0.1:8080', service.url);
    const shell = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    shell.stdout.on('data', (data: Buffer) => (output += data.toString()));
    shell.once('error', reject);
    shell.once('close', () => {
      const lines = output.split('\n').filter((line) => line !== '');
      resolve(lines.map((line) => JSON.parse(line) as Answer));
    });
  });
}

async function read(path: string): Promise<Row> {
  return (await (await fetch(`${service.url}/api/v1/callbacks${path}`)).json()) as Row;
}

async function post(path: string, body: unknown): Promise<Row> {
  const response = await fetch(`${service.url}/gms/eu-1/${path}`, { method: 'POST', body: JSON.stringify(body) });
  return (await response.json()) as Row;
}

/** The summary's row of the day that counts the successful callbacks of a queue. */
async function successfulDay(queue: string): Promise<Row | undefined> {
  const { items } = (await read('/summary?by=day,queue')) as { items: Row[] };
  return items.find((row) => row['queue'] === queue && row['successful'] === 1);
}

const FIGURES = {
  expected_wait_error_seconds: 78,
  time_saved_seconds: 618,
  money_saved: 103,
  first_attempt_success_ratio: 1,
  bridged: 1,
  online_wait_seconds: 16,
};

describe('the commands of the guide for senders', () => {
  let answers: Answer[];
  beforeAll(async () => {
    answers = await paste(COMMANDS);
  });

  it('do what it says', async () => {
    expect(answers.map(({ outcome }) => outcome)).toEqual(Array<string>(6).fill('recorded'));
    expect(answers[0]?.service_id).toMatch(/^445-\d+$/);
    expect(await read(`/${answers[0]?.service_id ?? ''}`)).toMatchObject({
      state: 'COMPLETED',
      sub_state: 'AGENT',
      final: true,
      attachments: 1,
      late_events: 0,
    });
  });

  it('say that what is sent again is a duplicate', async () => {
    const [clock = '', start = ''] = COMMANDS;
    const twice = await paste([clock, 'id=445-again\n', start, start]);
    expect(twice.map(({ outcome }) => outcome)).toEqual(['recorded', 'duplicate']);
  });

  it('make callbacks in which there is nothing to find fault with', async () => {
    const ids = new Set(answers.map((answer) => answer.service_id));

    expect(ids.size).toBe(2);
    for (const id of ids) expect(await read(`/${id}`)).toMatchObject({ final: true, findings: [] });
  });

  it('tie the calls to the callback, in every role that there is', async () => {
    const { interactions } = (await read(`/${answers[0]?.service_id ?? ''}`)) as { interactions: Row[] };

    expect(ROLES).toHaveLength(5);
    expect(interactions.map(({ role }) => role).sort()).toEqual([...ROLES].sort());
  });

  it('show in the summary of the last day at once', async () => {
    expect(await successfulDay('VQ_Callback_Waiting')).toMatchObject({
      ...FIGURES,
      accepted_ratio: expect.any(Number) as number,
    });
  });
});

/** The document run as ORS would, at the times of the commands: what it posts at the start and at the end. */
function runDocument(serviceId: string, nowSeconds: number): Row[] {
  const scriptOf = (state: string) =>
    new RegExp(`<state id="${state}">\\s*<onentry>\\s*<script>(.*?)</script>`, 's').exec(SCXML)?.[1] ?? '';
  const [library = ''] = /(?<=<!\[CDATA\[).*?(?=\]\]>)/s.exec(SCXML) ?? [];
  const context = createContext({ _sessionid: serviceId, clock: 0 });
  runInContext(library, context);
  runInContext(`nowSeconds = function () { return clock; }; callback.queue = 'VQ_SCXML';`, context);
  const at = (secondsAgo: number, code: string) => {
    runInContext(`clock = ${nowSeconds - secondsAgo}; ${code}`, context);
  };
  at(708, scriptOf('begin'));
  at(
    708,
    `callback.expectedWaitSeconds = 540; callback.inboundIxnId = 'in-9'; startPost.body = recordOf(callback, false)`,
  );
  at(90, scriptOf('serve'));
  at(60, `callback.agentAt = callback.connectedAt + 16; attempt.ixnId = 'out-9'; ${scriptOf('end')}`);
  return JSON.parse(String(runInContext('JSON.stringify([startPost.body, endPost.body])', context))) as Row[];
}

describe('the SCXML of the guide for senders', () => {
  it('makes a callback without findings that fills the reports', async () => {
    const [start, end] = runDocument('ors-9', Math.floor(Date.now() / 1000));
    expect(await post('callback-events', start)).toMatchObject({ outcome: 'recorded' });
    expect(await post('callback-events', end)).toMatchObject({ outcome: 'recorded' });
    await post('attached-data', {
      interaction_id: 'in-9',
      _CB_SERVICE_ID: 'ors-9',
      _CB_T_SERVICE_START: start?.['_CB_T_SERVICE_START'],
    });

    expect(await read('/ors-9')).toMatchObject({
      final: true,
      findings: [],
      tenant: '1',
      connect_order: 'CUSTOMER_FIRST',
    });
    expect(await successfulDay('VQ_SCXML')).toMatchObject(FIGURES);
  });

  it('names the callback service in what is counted as missing', async () => {
    const [start] = runDocument('ors-10', Math.floor(Date.now() / 1000));
    await post('callback-events', { ...start, _CB_T_CALLBACK_OFFERED: undefined });

    const { items } = (await read('/missing-keys')) as { items: Row[] };
    expect(items).toMatchObject([{ service: 'callback-sales', key: '_CB_T_CALLBACK_OFFERED' }]);
  });
});
