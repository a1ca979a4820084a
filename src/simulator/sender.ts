/** Posts bodies as OCS does: over a pool of persistent HTTP/1.1 connections, each body once, never a retry. */
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** What became of one post. Status null = no answer came; outcome null = the answer names none. */
export interface Answer {
  readonly status: number | null;
  readonly outcome: string | null;
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
const NO_ANSWER: Answer = { status: null, outcome: null };

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
    this.#headers = {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    };
  }

  /** Whether a new post would soon find a connection: paced sending waits for this. */
  get ready(): boolean {
    return this.#inFlight < 4 * this.#connections;
  }

  /** Sends once. Never rejects. */
  async post(url: URL, text: string): Promise<Answer> {
    if (this.#inFlight >= IN_FLIGHT_LIMIT || this.#closed) return NO_ANSWER;
    this.#inFlight++;
    try {
      return await this.#exchange(url, text);
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

  #exchange(url: URL, text: string): Promise<Answer> {
    const secure = url.protocol === 'https:';
    const body = Buffer.from(text);
    const options = {
      method: 'POST',
      agent: secure ? this.#https : this.#http,
      headers: { ...this.#headers, 'content-length': String(body.length) },
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
  return { status: response.statusCode ?? null, outcome: outcomeIn(text) };
}

function outcomeIn(text: string): string | null {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null || !('outcome' in answer)) return null;
    return typeof answer.outcome === 'string' ? answer.outcome.slice(0, 32) : null;
  } catch {
    return null;
  }
}
