/** A stand-in for a receiver of OTLP: a plain HTTP server that reads requests with OpenTelemetry's own generated code. */
import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Sample } from './exposition.js';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}
interface Point {
  readonly attributes?: readonly Attribute[];
  readonly timeUnixNano: string;
  readonly startTimeUnixNano?: string;
  readonly asDouble?: number | string;
  readonly count?: string;
  readonly sum?: number;
  readonly explicitBounds?: readonly number[];
  readonly bucketCounts?: readonly string[];
}
interface Told {
  readonly dataPoints: readonly Point[];
  readonly aggregationTemporality?: string;
  readonly isMonotonic?: boolean;
}
export interface OtlpMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly gauge?: Told;
  readonly sum?: Told;
  readonly histogram?: Told;
}
export interface OtlpRequest {
  readonly resource: Readonly<Record<string, string>>;
  readonly metrics: readonly OtlpMetric[];
}

/** Generated from the .proto files; its types do not say what is in it. */
interface MessageType {
  fromObject(said: unknown): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, how: object): unknown;
}
interface Generated {
  readonly opentelemetry: {
    proto: { collector: { metrics: { v1: { readonly ExportMetricsServiceRequest: MessageType } } } };
  };
}
const Request = (generated as unknown as Generated).opentelemetry.proto.collector.metrics.v1
  .ExportMetricsServiceRequest;

/** Throws where something is lost on the way through protocol buffers: it has no place in them. */
export function otlpRequestIn(text: string): OtlpRequest {
  const said = JSON.parse(text) as Record<string, unknown>;
  const read = Request.toObject(Request.decode(Request.encode(Request.fromObject(said)).finish()), {
    ...{ longs: String, enums: Number, json: true },
  }) as { resourceMetrics: { resource: { attributes: Attribute[] }; scopeMetrics: { metrics: OtlpMetric[] }[] }[] };
  if (JSON.stringify(sorted(read)) !== JSON.stringify(sorted(said))) throw new Error('something was lost');
  const [resourceMetrics] = read.resourceMetrics;
  return {
    resource: labelsOf(resourceMetrics?.resource.attributes),
    metrics: resourceMetrics?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? [],
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => !(Array.isArray(inner) && inner.length === 0))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

export function labelsOf(attributes: readonly Attribute[] = []): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
}

/** What was sent, as samples of a page of OpenMetrics; a counter's and a histogram's begin is one as well. */
export function samplesOf(requests: readonly OtlpRequest[]): Sample[] {
  return requests
    .flatMap(({ metrics }) =>
      metrics.flatMap(({ name, gauge, sum, histogram }) =>
        (gauge ?? sum ?? histogram)?.dataPoints.flatMap((point) => samplesOfPoint(name, point)),
      ),
    )
    .filter((sample) => sample !== undefined);
}

function samplesOfPoint(name: string, { attributes, asDouble, count, sum, ...rest }: Point): Sample[] {
  const labels = labelsOf(attributes);
  if (count === undefined) return [{ name, labels, value: Number(asDouble) }];
  let total = 0;
  const buckets = (rest.bucketCounts ?? []).map((more, at) => {
    total += Number(more);
    const bound = rest.explicitBounds?.[at] ?? Infinity;
    return { name: `${name}_bucket`, labels: { ...labels, le: String(bound) }, value: total };
  });
  return [
    ...buckets,
    { name: `${name}_sum`, labels, value: Number(sum) },
    { name: `${name}_count`, labels, value: Number(count) },
  ];
}

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly text: string;
}

/** `answer`: to the request of a number, from 0. */
export async function startCollector(answer: (response: ServerResponse, no: number) => void = takeAll) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { headers, url: path = '' } = request;
      received.push({ headers, path, text: gunzipSync(body).toString() });
      answer(response, received.length - 1);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    received,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function takeAll(response: ServerResponse): void {
  response.setHeader('Content-Type', 'application/json').end('{}');
}
