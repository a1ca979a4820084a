/** Good posts beside others who ask something of the service. */
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { besideBench } from './beside.js';

/** Contract, section 6: a scrape of 10,000 groups every second. */
export const BESIDE_SCRAPES = besideBench({
  ...{ name: 'beside-scrapes', what: 'a scrape of 10,000 groups every second', groups: 10_000, ceiling: 1.5 },
  begin: ({ port }) => {
    // What is read is dropped at once: only the server's work counts.
    const scrape = () =>
      get({ port, host: '127.0.0.1', path: '/metrics/domain' }, (answer) => answer.resume()).on(
        'error',
        () => undefined,
      );
    const timer = setInterval(scrape, 1000);
    return () => {
      clearInterval(timer);
      return Promise.resolve();
    };
  },
});

const IDLE = 2000;
const SLOW = 200;
const GARBAGE_EACH_MS = 20;
const POST = 'POST /ocs/campaign-group-state HTTP/1.1\r\nHost: m\r\n';

/** Issue 4, point 5: 2,000 idle connections, slow headers and bodies, and garbage all the time. */
export const BESIDE_BAD_CLIENTS = besideBench({
  ...{ name: 'beside-bad-clients', what: 'bad clients', groups: 1000, ceiling: 2 },
  begin: ({ port }) => {
    const clients = new BadClients(port);
    const drip = setInterval(() => {
      clients.drip();
    }, 500);
    const garbage = setInterval(() => {
      clients.garbage();
    }, GARBAGE_EACH_MS);
    return () => {
      clearInterval(drip);
      clearInterval(garbage);
      clients.end();
      return Promise.resolve();
    };
  },
});

class BadClients {
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  readonly #slow: Socket[] = [];

  constructor(port: number) {
    this.#port = port;
    for (let n = 0; n < IDLE; n++) this.#open('');
    for (let n = 0; n < SLOW; n++) {
      this.#slow.push(this.#open(`${POST}X-Slow: `));
      this.#slow.push(this.#open(`${POST}Content-Length: 100000\r\n\r\n{`));
    }
  }

  drip(): void {
    for (const socket of this.#slow) if (socket.writable) socket.write('x');
  }

  garbage(): void {
    this.#open('\u0016\u0003\u0001 no HTTP at all\r\n\r\n');
    const deep = '['.repeat(20_000);
    this.#open(`${POST}Content-Length: ${deep.length}\r\n\r\n${deep}`);
    this.#open(`${POST}Content-Length: 300000\r\n\r\n{`).destroy();
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(text: string): Socket {
    const socket = connect(this.#port, '127.0.0.1');
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.resume();
    if (text !== '') socket.write(text);
    return socket;
  }
}
