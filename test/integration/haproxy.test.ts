/** What deploy/haproxy does with posts, as the real HAProxy does it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { Authority } from '../support/certificates.js';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';
import { faultOfHaproxy, Haproxy, haproxyIsHere } from '../support/haproxy.js';
import { aPost } from '../support/posts.js';
import { freePort } from '../support/program.js';

const POSTS = '/t/secret/ocs/eu-1/campaign-group-state';
/** Checks come once a second. */
const NOTICED_WITHIN_MS = 10_000;

type Treatment = (request: IncomingMessage, response: ServerResponse) => void;
const well: Treatment = (_, response) => response.end('{"outcome":"transition"}');

/** A receiver that does what it is told with its next request, and is well otherwise. */
class Receiver {
  readonly server: Server;
  readonly asked: { readonly path: string; readonly body: string; readonly forwarded: unknown }[] = [];
  next: Treatment | null = null;

  constructor() {
    this.server = createServer((request, response) => {
      if (request.url === '/readyz') {
        response.end('{}');
        return;
      }
      let body = '';
      request.on('data', (data: Buffer) => (body += data.toString()));
      request.on('end', () => {
        this.asked.push({ path: request.url ?? '', body, forwarded: request.headers['x-forwarded-for'] });
        const treat = this.next ?? well;
        this.next = null;
        treat(request, response);
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }
}

describe.skipIf(!haproxyIsHere())('deploy/haproxy', () => {
  let authority: Authority;
  let certificate: string;
  beforeAll(() => {
    authority = new Authority('Test');
    const issued = authority.issue('proxy');
    certificate = join(authority.folder, 'proxy-whole.pem');
    writeFileSync(certificate, readFileSync(issued.certPath, 'utf8') + readFileSync(issued.keyPath, 'utf8'));
  });
  afterAll(() => {
    removeFolder(authority.folder);
  });

  it('is valid, with TLS and without', () => {
    const receivers = ['127.0.0.1:1', '127.0.0.1:2'] as const;
    expect([faultOfHaproxy({ receivers }), faultOfHaproxy({ receivers, certificate })]).toEqual([null, null]);
  });

  describe('before two receivers', () => {
    let both: readonly [Receiver, Receiver];
    let proxy: Haproxy;
    beforeAll(async () => {
      both = [new Receiver(), new Receiver()];
      proxy = await Haproxy.start({ receivers: [await both[0].listen(), await both[1].listen()], certificate });
    });
    afterEach(() => {
      for (const receiver of both) {
        receiver.asked.length = 0;
        receiver.next = null;
      }
    });
    afterAll(async () => {
      await proxy.end();
      for (const { server } of both) {
        server.close();
        server.closeAllConnections();
      }
    });

    const asked = () => both.flatMap((receiver) => receiver.asked);
    const post = (path: string, headers: Record<string, string> = {}) =>
      fetch(`${proxy.url}${path}`, { method: 'POST', body: '{"a":1}', headers });
    /** Whoever is asked first fares so, whichever of them it is. */
    const first = (treatment: Treatment) => {
      let isFirst = true;
      for (const receiver of both)
        receiver.next = (request, response) => {
          (isFirst ? treatment : well)(request, response);
          isFirst = false;
        };
    };
    const cut: Treatment = (request) => request.socket.destroy();
    const refuse: Treatment = (_, response) => {
      response.writeHead(503).end();
    };

    it.each([
      ['ends the connection without an answer', cut],
      ['answers 503', refuse],
    ])('takes a post to the other receiver when one %s', async (_, treatment) => {
      first(treatment);
      const answer = await post(POSTS);
      expect([answer.status, await answer.text()]).toEqual([200, '{"outcome":"transition"}']);
      expect(both.map((receiver) => receiver.asked.map(({ path, body }) => [path, body]))).toEqual([
        [[POSTS, '{"a":1}']],
        [[POSTS, '{"a":1}']],
      ]);
    });

    it('sends nothing twice that is no post of a sender', async () => {
      first(cut);
      // Over a connection that has served before, a proxy may just close it.
      expect(
        await post('/api/v1/quarantine/replay').then(
          ({ status }) => status,
          () => 502,
        ),
      ).toBe(502);
      first(refuse);
      expect((await post('/api/v1/callback-events')).status).toBe(503);
      expect(asked()).toHaveLength(2);
    });

    it('asks the first once more when both refuse', async () => {
      for (const receiver of both) receiver.next = refuse;
      expect([(await post(POSTS)).status, asked().length]).toEqual([200, 3]);
    });

    it('names the address that connected, whatever the sender claims', async () => {
      await post(POSTS, { 'X-Forwarded-For': '10.0.0.1' });
      expect(asked().map(({ forwarded }) => forwarded)).toEqual(['127.0.0.1']);
    });

    it('balances no /metrics, and has some of its own', async () => {
      const answer = await fetch(`${proxy.url}/metrics`);
      expect([answer.status, asked()]).toEqual([404, []]);
      expect(await answer.text()).toContain('scrape it by its own address');
      const own = await fetch(`http://127.0.0.1:${String(proxy.statusPort)}/metrics`);
      expect(await own.text()).toContain('haproxy_server_status{proxy="posts",server="b",state="UP"} 1');
    });

    it('writes no secret of a path into its log', async () => {
      for (const receiver of both) receiver.next = cut;
      await post(POSTS);
      await eventually(() => {
        expect(proxy.log).toContain('POST');
      });
      expect(proxy.log).not.toContain('secret');
    });

    it('takes posts over TLS', async () => {
      const status = await new Promise((resolve, reject) => {
        const ca = readFileSync(authority.certPath);
        const request = httpsRequest(
          { host: 'localhost', port: proxy.tlsPort, path: POSTS, method: 'POST', ca },
          (response) => {
            resolve(response.resume().statusCode);
          },
        );
        request.on('error', reject);
        request.end('{"a":1}');
      });
      expect([status, asked().map(({ forwarded }) => forwarded)]).toEqual([200, ['127.0.0.1']]);
    });
  });

  describe('before the service', () => {
    const start = testApps();

    it('shows the page, the API and the stream, and takes posts while one receiver is gone', async () => {
      const app = await start({ trusted_proxies: '127.0.0.1' });
      const nobody = await freePort();
      const receivers = [`127.0.0.1:${String(app.app.port)}`, `127.0.0.1:${String(nobody)}`] as const;
      const proxy = await Haproxy.start({ receivers });
      const leaving = new AbortController();
      try {
        const posted = await fetch(`${proxy.url}/ocs/campaign-group-state`, {
          method: 'POST',
          body: JSON.stringify(aPost()),
        });
        expect(posted.status).toBe(200);
        await eventually(async () => {
          expect((await fetch(`${proxy.url}/api/v1/campaign-groups`)).status).toBe(200);
        }, NOTICED_WITHIN_MS);
        expect((await fetch(`${proxy.url}/`)).status).toBe(200);
        const stream = await fetch(`${proxy.url}/api/v1/stream`, { signal: leaving.signal });
        expect(stream.headers.get('content-type')).toContain('text/event-stream');
      } finally {
        leaving.abort();
        await proxy.end();
      }
    });
  });
});
