import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Head and body as they came. */
  readonly text: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly target: string;
  readonly version?: string;
  /** As they are written; none are added but Content-Length and Connection. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly host?: string;
}

/** A request as written: neither its target nor its headers are mended, as HTTP libraries do. */
export function rawAsk(port: number, request: RawRequest): Promise<RawAnswer> {
  const { method = 'GET', target, version = '1.1', headers = {}, body = '', host = '127.0.0.1' } = request;
  const lines = [
    `${method} ${target} HTTP/${version}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === '' ? [] : [`Content-Length: ${String(Buffer.byteLength(body, 'latin1'))}`]),
    'Connection: close',
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    let text = '';
    socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text });
    });
    socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'));
  });
}
