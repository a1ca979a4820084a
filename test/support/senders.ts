import { Agent, request } from 'node:http';
import { aPost, dateTime } from './posts.js';

/** What became of the posts of some senders. */
export interface Account {
  readonly sent: number;
  /** One text for each post that got no 200, or one as a duplicate. */
  readonly faults: readonly string[];
}

/**
 * Senders as OCS is one: each has a pool of kept-alive connections, posts again and again, and never repeats a post.
 * Every post is a refresh of the sender's own group, of another date-time: none is equal to another.
 */
export class Senders {
  readonly #url: string;
  readonly #pauseMs: number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #faults: string[] = [];
  readonly #running: Promise<void>[];
  #sent = 0;
  #stopped = false;

  constructor(url: string, { senders = 8, pauseMs = 50 } = {}) {
    this.#url = `${url}/ocs/campaign-group-state`;
    this.#pauseMs = pauseMs;
    this.#running = Array.from({ length: senders }, (_, index) => this.#run(String(1000 + index)));
  }

  get sent(): number {
    return this.#sent;
  }

  async stop(): Promise<Account> {
    this.#stopped = true;
    await Promise.all(this.#running);
    this.#agent.destroy();
    return { sent: this.#sent, faults: this.#faults };
  }

  async #run(dbid: string): Promise<void> {
    const startMs = new Date().getTime() - 3_600_000;
    for (let post = 0; !this.#stopped; post++) {
      this.#sent++;
      const body = aPost({ GSW_CAMPAIGN_GROUP_DBID: dbid, GSW_DATE_TIME: dateTime(startMs + post) });
      const fault = await this.#post(JSON.stringify(body));
      if (fault !== null) this.#faults.push(fault);
      await new Promise((resolve) => setTimeout(resolve, this.#pauseMs));
    }
  }

  /** Null when the post is acknowledged as new. */
  #post(body: string): Promise<string | null> {
    return new Promise((resolve) => {
      const sending = request(this.#url, { method: 'POST', agent: this.#agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (text += piece));
        response.on('end', () => {
          const isNew = response.statusCode === 200 && !text.includes('"duplicate"');
          resolve(isNew ? null : `${String(response.statusCode)} ${text}`);
        });
        response.on('error', (error) => {
          resolve(error.message);
        });
      });
      sending.on('error', (error) => {
        resolve(error.message);
      });
      sending.end(body);
    });
  }
}
