/** A connection with at most one post on its way. Sockets and no HTTP client: the generator must not be the limit. */
import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const LENGTH = 'content-length: ';

type OnAnswer = (connection: Connection, dueMs: number, isOk: boolean) => void;

export class Connection {
  readonly #socket: Socket;
  readonly #onAnswer: OnAnswer;
  #read = '';
  #dueMs = 0;

  constructor(port: number, onAnswer: OnAnswer) {
    this.#onAnswer = onAnswer;
    this.#socket = connect(port, '127.0.0.1').setNoDelay().setEncoding('latin1');
    this.#socket.on('data', (text: string) => {
      this.#take(text);
    });
    this.#socket.on('error', (error) => {
      throw error;
    });
  }

  post(request: string, dueMs: number): void {
    this.#dueMs = dueMs;
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#read = this.#read === '' ? text : this.#read + text;
    const end = this.#read.indexOf(HEAD_END);
    if (end < 0) return;
    const length = this.#read.slice(0, end + 2).toLowerCase();
    const at = length.indexOf(LENGTH);
    const bodyLength = at < 0 ? 0 : Number.parseInt(length.slice(at + LENGTH.length), 10);
    if (this.#read.length < end + HEAD_END.length + bodyLength) return;
    const isOk = this.#read.startsWith('HTTP/1.1 200 ');
    this.#read = '';
    this.#onAnswer(this, this.#dueMs, isOk);
  }
}
