import Database from 'better-sqlite3';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';
import { aPost } from '../support/posts.js';
import { freePort, Program } from '../support/program.js';

const PATH = '/ocs/campaign-group-state';
const EVENTS = '/gms/callback-events';

/** A secret of its own for every place, so that the test says where one came through. */
class Plants {
  readonly #of: [place: string, secret: string][] = [];

  at(place: string): string {
    const secret = `s3cr3t-${String(101 + this.#of.length)}-${'kvnwzq'.repeat(2)}`;
    this.#of.push([place, secret]);
    return secret;
  }

  get count(): number {
    return this.#of.length;
  }

  /** The places whose secret stands in a text, plain, in base64 or percent-encoded. */
  seenIn(text: string): string[] {
    const coded = Array.from(text.matchAll(/[A-Za-z0-9+/=_-]{16,}/g), ([code]) =>
      Buffer.from(code, 'base64').toString('latin1'),
    );
    const all = [text, ...coded].join('\n');
    const places = this.#of.filter(([, secret]) => all.includes(secret)).map(([place]) => place);
    return [...new Set(places)];
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A request as written: neither its path nor its headers are mended. */
function send(url: string, method: string, path: string, headers: Record<string, string>, body = ''): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      let text = JSON.stringify(response.headers);
      response.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    asked.on('error', reject).end(body);
  });
}

describe('a planted secret', () => {
  it('comes out nowhere, whatever the answer: log, stdout, answers, metrics, quarantine', async () => {
    const plants = new Plants();
    const folder = mkdtempSync(join(tmpdir(), 'ocm-secrets-'));
    const database = join(folder, 'test.db');
    const config = join(folder, 'config.yaml');
    const [ingest, readToken, admin] = [
      plants.at('file: ingest'),
      plants.at('environment: read'),
      plants.at('flag: admin'),
    ];
    writeFileSync(config, `ingest_tokens: ["${ingest}"]\nsources: {eu-1: {interval: 20s}}\n`);
    const file = join(folder, 'key');
    writeFileSync(file, plants.at('file of a secret'));
    const environment = { OCM_READ_TOKENS: readToken, OCM_PII_KEY_FILE: file };
    const flags = ['--config', config, '--admin-tokens', admin, '--log-level', 'debug', '--body-limit', '20kb'];
    const program = await Program.start(await freePort(), database, [...flags, '--unsupervised'], environment);
    const seen: Record<string, string[]> = {};
    const look = (where: string, text: string) => {
      const places = plants.seenIn(text);
      if (places.length > 0) seen[where] = [...new Set([...(seen[where] ?? []), ...places])];
    };
    const statuses = new Set<number>();
    const say = async (method: string, path: string, headers: Record<string, string>, body?: string) => {
      const answer = await send(program.url, method, path, headers, body);
      statuses.add(answer.status);
      look(`${method} ${path.replace(/s3cr3t[\w-]+/g, '…')}`, answer.text);
      return answer;
    };
    const all = (path: string) => ({
      Authorization: `Bearer ${plants.at(`bearer ${path}`)}`,
      'X-Api-Key': plants.at(`key ${path}`),
      Cookie: `session=${plants.at(`cookie ${path}`)}`,
      'X-Other': plants.at(`header ${path}`),
    });
    const basic = (secret: string) => `Basic ${Buffer.from(`user:${secret}`).toString('base64')}`;
    const bodies = () => [
      JSON.stringify(aPost({ token: plants.at('token in a notification'), nested: { password: plants.at('nested') } })),
      JSON.stringify({
        access_token: plants.at('token in a faulty body'),
        note: `token=${plants.at('form in JSON')}`,
      }),
      JSON.stringify({
        ...aPost({ GSW_DATE_TIME: 'x' }),
        text: JSON.stringify({ secret: plants.at('JSON in JSON') }),
      }),
      `{"token":"${plants.at('broken JSON')}"`,
      `token=${plants.at('form')}&x=1`,
      `Authorization: Bearer ${plants.at('header in a body')}`,
      JSON.stringify({ api_key: plants.at('too large'), x: 'x'.repeat(30_000) }),
      JSON.stringify([{ _CB_SERVICE_ID: 'a', token: plants.at('in an array') }]),
    ];
    // With valid secrets in each place: 200, 400, 413, 422.
    const ways: [string, Record<string, string>][] = [
      [PATH, { Authorization: `Bearer ${ingest}` }],
      [PATH, { Authorization: basic(ingest) }],
      [`${PATH}?token=${ingest}`, {}],
      [`/t/${ingest}${PATH}`, {}],
      [EVENTS, { 'X-Api-Key': ingest }],
    ];
    for (const [path, headers] of ways) for (const body of bodies()) await say('POST', path, headers, body);
    await say('GET', `${PATH}?token=${ingest}`, {});
    await say('GET', `/t/${ingest}/ocs/nothing`, {});
    await say('POST', `${PATH}?token=${ingest}`, { 'Content-Encoding': 'gzip' }, bodies()[0]);
    // With wrong ones: 401, in every place at once; and what has no place at all.
    for (const path of [PATH, EVENTS, '/api/v1/campaign-groups', '/api/v1/audit-log', '/nowhere', '/metrics']) {
      const query = `?token=${plants.at(`query ${path}`)}&${plants.at(`name ${path}`)}=1`;
      await say('POST', path + query, all(path), bodies()[0]);
      await say('GET', path + query, all(path));
      await say('GET', `/t/${plants.at(`path ${path}`)}${path}`, all(path));
    }
    await say('GET', `http://user:${plants.at('user-info')}@127.0.0.1${PATH}`, {});
    await say('GET', `/api/v1/%E0%A4%A?token=${plants.at('undecodable')}`, { Authorization: `Bearer ${readToken}` });
    // Reading with parameters that nobody takes, and administering.
    const reading = { Authorization: basic(readToken) };
    const parameters = ['from', 'state', 'cursor', 'limit', 'q', 'token', 'format'];
    for (const name of parameters)
      await say('GET', `/api/v1/transitions?${name}=${plants.at(`parameter ${name}`)}`, reading);
    const acting = { Authorization: `Bearer ${admin}`, 'Content-Type': 'application/json' };
    await say('POST', '/api/v1/quarantine/replay', acting, `{"token":"${plants.at('broken request')}"`);
    await say('POST', '/api/v1/quarantine/replay', acting, JSON.stringify({ reason: plants.at('reason'), x: 1 }));
    await say('POST', '/api/v1/quarantine/replay', { ...acting, Origin: `http://${plants.at('origin')}` }, '{}');
    await say('POST', '/api/v1/quarantine/replay', acting, '{"dry_run":true}');
    // Whatever can be read.
    const lists = ['quarantine', 'audit-log', 'campaign-groups', 'transitions', 'callbacks', 'callbacks/details'];
    for (const list of lists) await say('GET', `/api/v1/${list}?format=csv`, { Authorization: `Bearer ${admin}` });
    const quarantine = await send(program.url, 'GET', '/api/v1/quarantine?limit=1000', reading);
    look('quarantine', quarantine.text);
    const ids = Array.from(quarantine.text.matchAll(/"id":"([^"]+)"/g), ([, id = '']) => id);
    expect(ids.length).toBeGreaterThan(20);
    for (const id of ids) await say('GET', `/api/v1/quarantine/${id}`, reading);
    for (const path of ['/metrics', '/metrics/domain', '/readyz', '/']) await say('GET', path, {});
    await say('GET', '/api/v1/callbacks/a', reading);
    const cli = (...args: string[]) => {
      const { stdout, stderr } = spawnSync(process.execPath, ['dist/main.js', ...args, '--config', config], {
        encoding: 'utf8',
        env: { ...process.env, ...environment, OCM_STORE: `sqlite:${database}` },
      });
      look(`ocs-monitor ${args[0] ?? ''}`, stdout + stderr);
    };
    cli('check-config');
    cli('check-config', '--json', '--silence-after', 'never');
    cli('quarantine', 'list', '--json');
    const faulty = join(folder, 'faulty.yaml');
    writeFileSync(faulty, `read_tokens: "${plants.at('faulty file')}\n  x: *${plants.at('alias')}\n`);
    cli('check-config', '--config', faulty);
    writeFileSync(faulty, `read_tokens: *${plants.at('lone alias')}\n`);
    cli('check-config', '--config', faulty);
    // A reload that is refused for a file with secrets in it.
    writeFileSync(config, `ingest_tokens: ["${plants.at('reloaded')}"]\n  read_tokens: x\n`);
    program.signal('SIGHUP');
    await eventually(() => {
      expect(program.stderr).toContain('reload failed');
    });
    // A crash inside handlers, then a store that cannot write: 500 and 503.
    const db = new Database(database);
    db.exec('DROP TABLE quarantine');
    db.close();
    await say('GET', `/api/v1/quarantine?source=${plants.at('query of a crash')}`, reading);
    rmSync(database);
    for (const body of bodies())
      await say('POST', `${PATH}?token=${ingest}`, { Cookie: plants.at('at last') }, body).catch(() => null);
    await program.end('SIGINT');
    look('stderr', program.stderr);
    look('stdout', program.stdout);
    expect(seen).toEqual({});
    expect([...statuses].sort()).toEqual([200, 400, 401, 403, 404, 405, 413, 415, 422, 500, 503]);
    expect(program.stderr).toMatch(/a request failed/);
    expect(plants.count).toBeGreaterThan(100);
    removeFolder(folder);
  });
});
