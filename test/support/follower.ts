/** Somebody who follows `/api/v1/stream`. */
export interface StreamFrame {
  readonly id: string | null;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export class Follower {
  readonly frames: StreamFrame[] = [];
  /** Every line as it came, comments included. */
  text = '';
  lastId: string | null = null;
  ended = false;
  readonly status: number;
  readonly headers: Headers;
  readonly #abort: AbortController;

  private constructor(response: Response, abort: AbortController) {
    this.#abort = abort;
    this.status = response.status;
    this.headers = response.headers;
    void this.#read(response);
  }

  /** Connected once the service has said that it follows from now on. */
  static async start(url: string, headers: Record<string, string> = {}): Promise<Follower> {
    const abort = new AbortController();
    const response = await fetch(url, { headers, signal: abort.signal });
    const follower = new Follower(response, abort);
    while (response.ok && follower.lastId === null && !follower.ended) await new Promise((done) => setTimeout(done, 5));
    return follower;
  }

  /** Events of a kind so far. */
  of(event: string): StreamFrame['data'][] {
    return this.frames.filter((frame) => frame.event === event).map(({ data }) => data);
  }

  stop(): void {
    this.#abort.abort();
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of response.body ?? []) {
        const text = decoder.decode(chunk as Uint8Array, { stream: true });
        this.text += text;
        const blocks = `${rest}${text}`.split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
      }
    } catch {
      // Broken off, by either side.
    }
    this.ended = true;
  }

  #take(block: string): void {
    const field = (name: string) =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2) ?? null;
    this.lastId = field('id') ?? this.lastId;
    const data = field('data');
    if (data !== null) {
      const event = field('event') ?? 'message';
      this.frames.push({ id: field('id'), event, data: JSON.parse(data) as Record<string, unknown> });
    }
  }
}
