/**
 * Holds every answer that a service in this process gives against its OpenAPI document, whoever asked: answers are taken
 * at the server, so that no client has to be wrapped. An answer that the document does not know is a fault.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { ServerResponse } from 'node:http';
import { callbackEventSchema } from '../../src/gms/callback-schema.js';
import { openApiDocument } from '../../src/http/api-document/document.js';
import { readSchema } from '../../src/node/schema-files.js';

type Node = Readonly<Record<string, unknown>>;
interface Answer {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Whether another port may serve this path. */
  readonly isSplit: boolean;
}

/** Bytes of one answer that are kept to be looked into; of a longer one only status and type are. */
const MAX_BODY = 4 * 1024 * 1024;

const document = openApiDocument({
  version: 'test',
  basePath: '',
  notificationSchema: readSchema('campaign-group-state.schema.json'),
  callbackSchema: callbackEventSchema(),
}) as unknown as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Node>> };
};

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/);
ajv.addFormat('uri', /^[a-z]+:\S+$/);
ajv.addSchema(document, 'api');
const validators = new Map<string, ValidateFunction>();

const paths = Object.keys(document.paths)
  .map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}/?$`, 'i'),
  }))
  // The path that says most itself is meant.
  .sort((a, b) => a.path.split('{').length - b.path.split('{').length);

const faults: string[] = [];
const basePaths = new Map<number, string>();
/** Ports of services that have another one for posts, or for reading: either serves a part of the document. */
const splitPorts = new Set<number>();

/** Below what the answers of a port are documented. */
export function documentedAt(port: number, basePath: string, isSplit: boolean): void {
  watch();
  if (isSplit) splitPorts.add(port);
  else splitPorts.delete(port);
  basePaths.set(port, basePath);
}

/** For a port that is given back, and for a test of very many answers of a few kinds that others hold against the document. */
export function notHeldAgainstDocument(port: number): void {
  basePaths.delete(port);
}

/** Faults since the last call. */
export function undocumented(): string[] {
  return faults.splice(0);
}

let isWatching = false;

/** Takes what every response in this process is given to send. */
function watch(): void {
  if (isWatching) return;
  isWatching = true;
  const taken = new WeakMap<ServerResponse, Buffer[]>();
  const take = (response: ServerResponse, chunk: unknown): void => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const chunks = taken.get(response) ?? [];
    chunks.push(Buffer.from(chunk as string));
    taken.set(response, chunks);
  };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the response they are taken from
  const { write, end } = ServerResponse.prototype;
  ServerResponse.prototype.write = function (this: ServerResponse, ...args: unknown[]) {
    take(this, args[0]);
    return (write as (...all: unknown[]) => boolean).apply(this, args);
  } as typeof write;
  ServerResponse.prototype.end = function (this: ServerResponse, ...args: unknown[]) {
    if (!this.writableEnded) {
      take(this, args[0]);
      note(this, Buffer.concat(taken.get(this) ?? []));
    }
    return (end as (...all: unknown[]) => ServerResponse).apply(this, args);
  } as typeof end;
}

function note(response: ServerResponse, body: Buffer): void {
  const { req: request } = response;
  const basePath = basePaths.get(request.socket.localPort ?? -1);
  if (basePath === undefined) return;
  const { originalUrl = request.url ?? '' } = request as { originalUrl?: string };
  // `writeHead` leaves headers given to it out of `getHeader`; the head itself has them.
  const head = (response as unknown as { _header: string | null })._header ?? '';
  const type = /^content-type: *([^;\r\n]*)/im.exec(head)?.[1] ?? String(response.getHeader('content-type') ?? '');
  const answer = {
    isSplit: splitPorts.has(request.socket.localPort ?? -1),
    method: request.method ?? '',
    url: originalUrl.startsWith(basePath) ? originalUrl.slice(basePath.length) : `(outside)${originalUrl}`,
    status: response.statusCode,
    type: type.split(';')[0]?.trim() ?? '',
    body: body.length > MAX_BODY ? '' : body.toString('utf8'),
  };
  const fault = faultIn(answer);
  if (fault !== null) {
    const { method, url, status } = answer;
    faults.push(
      `${method} ${url.slice(0, 200)} → ${String(status)} ${answer.type}: ${fault}\n${answer.body.slice(0, 500)}`,
    );
  }
}

function faultIn(answer: Answer): string | null {
  const path = answer.url.replace(/[?#].*$/s, '') || '/';
  const found = paths.find(({ pattern }) => pattern.test(path));
  const item = found && document.paths[found.path];
  const operation = item?.[answer.method === 'HEAD' ? 'get' : answer.method.toLowerCase()] as Node | undefined;
  if (operation === undefined || found === undefined) return faultOutside(answer);
  const responses = operation['responses'] as Readonly<Record<string, Node>>;
  const said = responses[String(answer.status)];
  if (said === undefined && answer.isSplit && answer.status === 404) return faultOutside(answer);
  if (said === undefined) return `${found.path} does not know this status`;
  const response =
    typeof said['$ref'] === 'string' ? document.components.responses[said['$ref'].split('/').at(-1) ?? ''] : said;
  const content = response?.['content'] as Readonly<Record<string, { schema: Node }>> | undefined;
  if (answer.method === 'HEAD') return null;
  if (content === undefined) return answer.body === '' ? null : 'it should be empty';
  const media = content[answer.type];
  if (media === undefined) return `${found.path} does not know this type`;
  if (answer.type === 'text/event-stream') return faultInStream(answer.body);
  if (!answer.type.endsWith('json') || answer.body === '') return null;
  return faultInBody(media.schema, JSON.parse(answer.body));
}

/** What pages are made of. */
const ASSETS = /^(text\/(css|javascript|html)|image\/.+|font\/.+)$/;

/** What nobody documented must be refused as such. */
function faultOutside({ status, type, body, method, url }: Answer): string | null {
  if (!url.startsWith('/api/') && method !== 'POST' && ASSETS.test(type) && [200, 304].includes(status)) return null;
  if (![400, 401, 403, 404, 405, 421, 429].includes(status)) return 'the document knows no such path';
  if (method === 'HEAD' || body === '') return null;
  if (type !== 'application/problem+json') return 'the refusal should be a problem document';
  return faultInBody({ $ref: '#/components/schemas/Problem' }, JSON.parse(body));
}

interface StreamedSchema {
  readonly oneOf: readonly {
    readonly properties: { readonly event?: { readonly const: string }; readonly data?: Node };
  }[];
}

const streamed = () => {
  const stream = document.paths['/api/v1/stream']?.['get'] as { responses: { 200: { content: Node } } };
  return (stream.responses[200].content['text/event-stream'] as { readonly itemSchema: StreamedSchema }).itemSchema;
};

/** The events that the document knows. */
export function documentedEvents(): readonly string[] {
  return streamed().oneOf.flatMap(({ properties }) => properties.event?.const ?? []);
}

/** What is wrong with a stream, block by block; null: nothing. What is data of JSON is held against its own schema. */
export function faultInStream(text: string): string | null {
  for (const block of text.split('\n\n').filter((one) => one !== '')) {
    const item = fieldsIn(block);
    // Of nothing but a comment.
    if (Object.keys(item).length === 0) continue;
    const known = streamed().oneOf.find(({ properties }) => properties.event?.const === item['event']);
    const fault = faultInBody(streamed() as unknown as Node, item) ?? faultInData(known?.properties.data, item['data']);
    if (fault !== null) return `${block.slice(0, 200)}: ${fault}`;
  }
  return null;
}

/** The fields of a block, as the standard reads them. */
function fieldsIn(block: string): Record<string, string | number> {
  const lines = block.split('\n').filter((line) => !line.startsWith(':'));
  return Object.fromEntries(
    lines.map((line): [string, string | number] => {
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      return [name, name === 'retry' ? Number(value) : value];
    }),
  );
}

function faultInData(schema: Node | undefined, data: string | number | undefined): string | null {
  if (schema === undefined || data === undefined) return null;
  return faultInBody(schema['contentSchema'] as Node, JSON.parse(String(data)));
}

function faultInBody(schema: Node, value: unknown): string | null {
  const key = JSON.stringify(schema);
  const inDocument = JSON.parse(key.replaceAll('"#/', '"api#/')) as Node;
  const validate = validators.get(key) ?? ajv.compile(inDocument);
  validators.set(key, validate);
  return validate(value) ? null : ajv.errorsText(validate.errors?.slice(0, 5));
}
