/** Posts bodies as OCS and GMS do: over a pool of persistent HTTP/1.1 connections, each body once, never a retry. */
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isBody } from '../domain/json.js';

/** What became of one post. Status null = no answer came. Outcomes: the one it names, or those of its items. */
export interface Answer {
  readonly status: number | null;
  readonly outcomes: readonly string[];
}

/** A post on its way. */
export interface Outgoing {
  readonly url: URL;
  readonly contentType: string;
  readonly text: string;
}

export interface SenderOptions {
  readonly connections: number;
  readonly token: string | null;
}

/** OCS's http-response-timeout is configurable; an answer later than this counts as none. */
const RESPONSE_TIMEOUT_MS = 30_000;
/** Posts waiting for a connection beyond this fail at once: a dead receiver must not fill our memory. */
const IN_FLIGHT_LIMIT = 20_000;
const ANSWER_LIMIT = 65_536;
const NO_ANSWER: Answer = { status: null, outcomes: [] };

export class Sender {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #cancelling = new Set<() => void>();
  readonly #connections: number;
  #inFlight = 0;
  #closed = false;

  constructor({ connections, token }: SenderOptions) {
    const pool = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections, scheduling: 'fifo' } as const;
    this.#http = new HttpAgent(pool);
    this.#https = new HttpsAgent(pool);
    this.#connections = connections;
    this.#headers = token === null ? {} : { authorization: `Bearer ${token}` };
  }

  /** Whether a new post would soon find a connection: paced sending waits for this. */
  get ready(): boolean {
    return this.#inFlight < 4 * this.#connections;
  }

  /** Sends once. Never rejects. */
  async post(outgoing: Outgoing): Promise<Answer> {
    if (this.#inFlight >= IN_FLIGHT_LIMIT || this.#closed) return NO_ANSWER;
    this.#inFlight++;
    try {
      return await this.#exchange(outgoing);
    } catch {
      return NO_ANSWER;
    } finally {
      this.#inFlight--;
    }
  }

  /** Gives up what is still in flight and closes the connections. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#cancelling) cancel();
    this.#http.destroy();
    this.#https.destroy();
  }

  #exchange({ url, contentType, text }: Outgoing): Promise<Answer> {
    const secure = url.protocol === 'https:';
    const body = Buffer.from(text);
    const options = {
      method: 'POST',
      agent: secure ? this.#https : this.#http,
      headers: { ...this.#headers, 'content-type': contentType, 'content-length': String(body.length) },
      timeout: RESPONSE_TIMEOUT_MS,
    };
    return new Promise((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(url, options, (response) => {
        readAnswer(response).then(resolve, reject);
      });
      const cancel = () => request.destroy(new Error('given up'));
      this.#cancelling.add(cancel);
      request.on('timeout', cancel);
      request.on('error', reject);
      request.on('close', () => this.#cancelling.delete(cancel));
      request.end(body);
    });
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) if (text.length < ANSWER_LIMIT) text += chunk;
  return { status: response.statusCode ?? null, outcomes: outcomesIn(text) };
}

function outcomesIn(text: string): string[] {
  try {
    const answer: unknown = JSON.parse(text);
    if (!isBody(answer)) return [];
    const items: readonly unknown[] = Array.isArray(answer['items']) ? answer['items'] : [answer];
    return items.flatMap((item) =>
      isBody(item) && typeof item['outcome'] === 'string' ? item['outcome'].slice(0, 32) : [],
    );
  } catch {
    return [];
  }
}
