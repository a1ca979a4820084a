/** Nothing that was received, answered or named acts on the terminal of whoever runs a command. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../src/cli/run.js';
import { openCallbackWriter } from '../../support/callback-writer.js';
import { removeFolder } from '../../support/folders.js';
import { T0 } from '../../support/notifications.js';

/** Clears the screen, rings, sets the title by C1, mirrors what follows, hides, and makes up a line. */
const HOSTILE =
  '\u001b[2J\u0007\u009b31m\u009d0;x\u009c\u202e\u2066\u200b\u00ad\u2028\r\nok everything is fine\n\u007f';
const ACTS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const folder = mkdtempSync(join(tmpdir(), 'ocm-terminal-'));
const path = join(folder, 'test.db');
let server: Server;
let url = '';
let answer: { status: number; body: string } = { status: 200, body: '' };

beforeAll(async () => {
  const writer = openCallbackWriter(path);
  const bodies = [
    // Its bytes, its names and its values, as JSON and as text of its own.
    `{"GSW_USER_EVENT":"${HOSTILE}"}`,
    JSON.stringify({ [`GSW${HOSTILE}`]: HOSTILE, GSW_CAMPAIGN_GROUP_DBID: [HOSTILE] }),
    JSON.stringify({ GSW_USER_EVENT: HOSTILE, GSW_DATE_TIME: HOSTILE, GSW_CAMPAIGN_GROUP_STATE: HOSTILE }),
  ];
  writer.commit(
    bodies.map((body) => ({
      ...{ endpoint: 'campaign-group-state' as const, source: 'eu-1', receivedAtMs: T0 },
      bytes: Buffer.from(body).toString('latin1'),
    })),
  );
  writer.close();
  server = createServer((_request, response) => {
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  removeFolder(folder);
});

async function run(...args: readonly string[]) {
  let [out, err, asked] = ['', '', ''];
  const status = await runCommand([...args, '--store', `sqlite:${path}`], {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    ask: (question) => {
      asked += question;
      return Promise.resolve('no');
    },
    isTerminal: false,
    clock: { nowMs: () => T0 },
    signal: new AbortController().signal,
  });
  const shown = out + err + asked;
  expect(shown.replaceAll('\n', '')).not.toMatch(ACTS);
  return { status, out, err, shown };
}

const linesMadeUp = (shown: string) => shown.split('\n').filter((line) => line.startsWith('ok everything'));

describe('an export on a terminal', () => {
  it('shows what is text, and refuses what is not', async () => {
    const shown = await run('export', 'transitions', '--format', 'csv');
    expect([shown.status, shown.out]).toEqual([0, expect.stringMatching(/^change,id,.*sort_key\n$/)]);
    const refused = await run('export', 'transitions', '--format', 'parquet');
    expect([refused.status, refused.out]).toEqual([2, '']);
    expect(refused.err).toContain('not for a terminal: add --out FILE');
  });
});

describe('what stands in quarantine', () => {
  const ids = async () => {
    const { out } = await run('quarantine', 'list', '--json');
    return (JSON.parse(out) as { id: string }[]).map(({ id }) => id);
  };

  it('is listed and tried without acting on the terminal, one row per body', async () => {
    const listed = await run('quarantine', 'list');
    expect(listed.out.trimEnd().split('\n')).toHaveLength(4);
    const item = { id: HOSTILE, outcome: HOSTILE, violations: [{ field: HOSTILE, rule: HOSTILE, found: HOSTILE }] };
    answer = { status: 200, body: JSON.stringify({ items: [item, { ...item, outcome: 'quarantined' }] }) };
    const tried = await run('quarantine', 'replay', '--dry-run', '--url', url);
    expect(tried.out.trimEnd().split('\n')).toHaveLength(3);
    const { out } = await run('quarantine', 'replay', '--dry-run', '--json', '--url', url);
    expect((JSON.parse(out) as { items: object[] }).items).toMatchObject([item, { id: HOSTILE }]);
  });

  it('is shown with its raw body: line feeds stay, the rest is escaped; as JSON it is what it is', async () => {
    const shown = await Promise.all((await ids()).map((id) => run('quarantine', 'show', id)));
    expect(shown.map(({ out }) => out).join('')).toContain('\\u001b[2J\\u0007\\u009b31m');
    for (const id of await ids()) {
      const { out } = await run('quarantine', 'show', id, '--json');
      const row = JSON.parse(out) as { body: string; body_base64: string | null };
      if (row.body_base64 !== null) expect(Buffer.from(row.body_base64, 'base64').toString()).toBe(row.body);
      expect(out.trimEnd()).not.toContain('\n');
    }
  });

  it('is not found under an id that is none, which is shown', async () => {
    const { shown } = await run('quarantine', 'show', HOSTILE);
    expect(linesMadeUp(shown)).toEqual([]);
    expect(linesMadeUp((await run('quarantine', 'replay', HOSTILE, '--url', url)).shown)).toEqual([]);
  });
});

describe('what another service answers', () => {
  const hostile = JSON.stringify({ detail: HOSTILE, title: HOSTILE, why: HOSTILE, ready: false });

  it.each([
    ['quarantine', 'replay'],
    ['forget', '--source', 'eu-1', '--yes'],
    ['forget', '--source', HOSTILE],
    ['reload'],
    ['healthcheck'],
    ['doctor', '--wait', '0'],
  ])('to command %# does not act on the terminal, and makes up no line', async (...args) => {
    for (const body of [hostile, HOSTILE, `{"x":"${HOSTILE}`, JSON.stringify({ ready: true, why: HOSTILE })]) {
      for (const status of [200, 202, 404, 500]) {
        answer = { status, body };
        const { shown, status: exit } = await run(...args, '--url', url);
        expect(linesMadeUp(shown)).toEqual([]);
        expect([...args, exit]).toEqual([...args, args[0] === 'healthcheck' ? expect.any(Number) : 1]);
      }
    }
  });

  it('to doctor about steps and arrivals does not either', async () => {
    const arrival = {
      ...{ last_at: new Date(T0).toISOString(), first_at: HOSTILE, count: 2, method: HOSTILE, path: HOSTILE },
      ...{ source: HOSTILE, endpoint: HOSTILE, status: 400, outcome: HOSTILE, remote_address: HOSTILE },
      ...{ fault: HOSTILE, next: HOSTILE },
    };
    const installation = { origins: [HOSTILE], secret: 'none', groups: 3, pii: 'masked', base_path: HOSTILE };
    answer = {
      status: 200,
      body: JSON.stringify({
        ...{ ready: true, now: new Date(T0).toISOString(), installation, items: [] },
        ...{ refused: [arrival], accepted: [arrival, { ...arrival, endpoint: 'campaign-group-state' }] },
      }),
    };
    for (const more of [[], ['--source', 'eu-1']]) {
      const { shown } = await run('doctor', '--wait', '0', '--url', url, ...more);
      expect(linesMadeUp(shown)).toEqual([]);
      expect(shown).toMatch(/WRONG/);
    }
  });
});

describe('what is named on the command line and in files', () => {
  it.each([
    ['backup', join(folder, `a${HOSTILE}.db`)],
    ['backup', '--verify', join(folder, `a${HOSTILE}.db`)],
    ['restore', join(folder, HOSTILE)],
    ['salvage', join(folder, HOSTILE)],
    ['phone-hash', HOSTILE],
    ['simulate', '--url', HOSTILE],
    [HOSTILE],
    ['quarantine', HOSTILE],
    ['check-config', '--tenants', `1=${HOSTILE}`],
    ['check-config', '--log-level', HOSTILE],
    ['check-config', '--config', join(folder, HOSTILE)],
    ['check-config', `--${HOSTILE}`],
  ])('does not act on the terminal, case %#', async (...args) => {
    await run(...args);
  });

  it('does not act on it from a file of settings either', async () => {
    const file = join(folder, 'ocm.yaml');
    writeFileSync(
      file,
      `"a\\e[2J": 1\nsources: {"b\\u009b": {"c\\e": 1, encoding: "d\\e"}}\nenumerations: {"e\\e": 1}\n`,
    );
    const { shown } = await run('check-config', '--config', file);
    expect(shown).toContain('\\u001b');
  });
});

describe('a command that fails', () => {
  it.each([
    [['serve', '--prt', '1'], /there is no option --prt$/m],
    [['serve', '--read_tokens', 'x'], /there is no option --read_tokens; do you mean --read-tokens\?$/m],
    [['serve', '--port'], /--port needs a value/],
    [['serve', '--port='], /--port needs a value/],
    [['check-config', '--config', ''], /--config needs a value/],
    [['quarantine', 'list', '--source='], /--source needs a value/],
    [
      ['quarantine', 'list', '--limit', '-5'],
      /--limit needs a value; one that begins with a dash is written --limit=-5$/m,
    ],
    [['check-config', '--json=1'], /--json takes no value$/m],
    [['backup', 'a', 'b'], /unexpected argument "b"$/m],
    [['healthcheck', '--url', 'nonsense'], /--url should be like http/],
  ])('%j says in our words what is wrong with its options, and exits 2', async (args, words) => {
    const { status, err } = await run(...args);
    expect(status).toBe(2);
    expect(err).toMatch(words);
    expect(err).not.toMatch(/positional|argument missing|does not take/);
  });

  it.each([
    [['healthcheck', '--url', 'http://127.0.0.1:1'], 'OCM_UNAVAILABLE'],
    [['backup', '/proc/none/copy.db'], 'OCM_UNAVAILABLE'],
    [['restore', '/nonexistent'], 'OCM_UNAVAILABLE'],
    [['quarantine', 'show', 'nobody'], 'OCM_'],
    [['quarantine', 'list', '--limit'], 'OCM_USAGE'],
    [['nosuch'], 'OCM_USAGE'],
  ])('%j --json is JSON on stdout, too', async (args, code) => {
    const { status, out, err } = await run(...args, '--json');
    expect(status).toBeGreaterThan(0);
    const { error } = JSON.parse(out) as { error: { code: string; message: string } };
    expect(error.code).toMatch(code);
    expect(err).toContain(error.message);
    expect(error.message).not.toContain('OCM_STORE');
  });

  it('answers of another program are none of the service’s', async () => {
    answer = { status: 200, body: '<html>' };
    const { err } = await run('healthcheck', '--url', url);
    expect(err).toMatch(/answered 200 but is not this service: is a proxy in between/);
    expect(err).not.toMatch(/Unexpected token/);
  });
});

describe('help', () => {
  it('of a command is what --help of it says', async () => {
    expect((await run('help', 'doctor')).out).toBe((await run('doctor', '--help')).out);
    for (const mark of ['ok', 'WARNING', 'FAULT', 'GOOD', 'WRONG', 'OTHER'])
      expect((await run('doctor', '--help')).out).toMatch(new RegExp(`\\b${mark}\\b`));
    expect(await run('help', 'serv')).toMatchObject({ status: 2 });
    expect((await run('help')).out).toMatch(/^ {2}doctor /m);
  });
});
