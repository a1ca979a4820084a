/** What the exporter does with a receiver that is well, busy, faulty, or away. */
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../src/otlp/answer.js';
import { OtlpExporter } from '../../../src/otlp/exporter.js';
import { eventually } from '../../support/eventually.js';
import { otlpRequestIn, samplesOf, startCollector } from '../../support/otlp-collector.js';
import { NOW } from '../../support/snapshots.js';

const PAGE = '# TYPE g gauge\ng{a="é"} 1\n# EOF\n';
const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Exporting {
  readonly answer?: (response: ServerResponse, no: number) => void;
  readonly page?: string;
  readonly intervalMs?: number;
}

async function exporting({ answer, page = PAGE, intervalMs = 60_000 }: Exporting = {}) {
  const collector = await startCollector(answer);
  ends.push(collector.close);
  const logged: string[] = [];
  const note = (_: unknown, message: string) => logged.push(message);
  let released = 0;
  const bytes = Buffer.from(page);
  const exporter = new OtlpExporter({
    endpoint: `${collector.url}/v1/metrics`,
    headers: [['Authorization', 'Bearer abc']],
    resource: { 'service.name': 'x' },
    scopeVersion: '1',
    intervalMs,
    // Cut within a letter.
    pages: () => Promise.resolve([{ pieces: [bytes.subarray(0, 21), bytes.subarray(21)], release: () => released++ }]),
    nowMs: () => NOW,
    log: { debug: note, info: note, warn: note, error: note },
  });
  ends.push(() => exporter.stop());
  exporter.start();
  return { collector, exporter, logged, released: () => released };
}

const ended =
  (status: number, text = '', headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, headers).end(text);

describe('an export', () => {
  it('is a compressed request with the headers of the site, and its page is given back', async () => {
    const { collector, exporter, released } = await exporting();
    await eventually(() => {
      expect(exporter.counts).toMatchObject({ exports: 1, failures: 0 });
    });
    const [request] = collector.received;
    expect(request?.path).toBe('/v1/metrics');
    expect(request?.headers).toMatchObject({ authorization: 'Bearer abc', 'content-type': 'application/json' });
    expect(samplesOf([otlpRequestIn(request?.text ?? '')])).toEqual([{ name: 'g', labels: { a: 'é' }, value: 1 }]);
    expect(released()).toBe(1);
  });

  it('is tried again while the receiver is busy, and says all anew at the next interval', async () => {
    const answer = (response: ServerResponse, no: number) =>
      ended(no === 0 ? 503 : no === 1 ? 429 : 200, '{}', { 'Retry-After': '0' })(response);
    const { collector, exporter } = await exporting({ answer, intervalMs: 300 });
    await eventually(() => {
      expect(exporter.counts.exports).toBeGreaterThan(1);
    });
    expect(exporter.counts.failures).toBe(0);
    expect(new Set(collector.received.map(({ text }) => text)).size).toBe(1);
    expect(collector.received.length).toBeGreaterThan(3);
  });

  it.each([
    ['that it cannot read', ended(400, 'no such field')],
    ['somewhere else', ended(307, '', { Location: 'http://127.0.0.1:1/' })],
    ['of which it takes a part', ended(200, '{"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"old"}}')],
  ])('%s is not tried again, is counted, and told once', async (_what, answer) => {
    const { collector, exporter, logged, released } = await exporting({ answer, intervalMs: 200 });
    await eventually(() => {
      expect(exporter.counts.failures).toBeGreaterThan(1);
    });
    expect(exporter.counts.exports).toBe(0);
    await exporter.stop();
    expect(collector.received.length - exporter.counts.failures).toBeLessThanOrEqual(1);
    expect(logged).toEqual(['metrics could not be exported by OTLP']);
    expect(released()).toBeGreaterThan(1);
  });

  it('that is not answered is given up when the next is due, and its end is told', async () => {
    const answer = (response: ServerResponse, no: number) => {
      if (no > 0) response.end('{}');
    };
    const { exporter, logged } = await exporting({ answer, intervalMs: 200 });
    await eventually(() => {
      expect(exporter.counts).toMatchObject({ failures: 1 });
      expect(exporter.counts.exports).toBeGreaterThan(0);
    });
    expect(logged).toEqual(['metrics could not be exported by OTLP', 'metrics are exported by OTLP again']);
  });

  it('under way does not hold up the end of the service', async () => {
    const { collector, exporter, released } = await exporting({ answer: () => undefined });
    await eventually(() => {
      expect(collector.received.length).toBe(1);
    });
    await exporter.stop();
    expect(exporter.counts).toEqual({ exports: 0, failures: 0, seconds: null });
    expect(released()).toBe(1);
  });

  it('of much goes in several requests, none far above its bound', async () => {
    const long = 'x'.repeat(2000);
    const lines = Array.from({ length: 1200 }, (_, no) => `g{a="${String(no)}${long}"} ${String(no)}\n`);
    const { collector, exporter } = await exporting({ page: `# TYPE g gauge\n${lines.join('')}# EOF\n` });
    await eventually(() => {
      expect(exporter.counts.exports).toBe(1);
    });
    const { received } = collector;
    expect(received.length).toBeGreaterThan(1);
    expect(Math.max(...received.map(({ text }) => text.length))).toBeLessThan(1.1 * 1024 * 1024);
    expect(samplesOf(received.map(({ text }) => otlpRequestIn(text))).length).toBe(1200);
  });
});

describe('when to try again', () => {
  it.each([
    [503, '7', 7000],
    [429, '0', 0],
    [504, new Date(NOW + 3000).toUTCString(), 3000],
    [502, new Date(NOW - 3000).toUTCString(), 0],
    [500, '1', null],
    [400, null, null],
  ])('%d with %s', (status, retryAfter, expected) => {
    expect(retryAfterMs({ status, retryAfter }, 0, NOW)).toBe(expected);
  });

  it('takes longer from time to time where the receiver does not say', () => {
    const waits = [0, 3, 10].map((attempt) => retryAfterMs({ status: 503, retryAfter: 'soon' }, attempt, NOW) ?? NaN);
    const bounds = [1000, 8000, 32_000];
    waits.forEach((ms, at) => {
      expect(ms / (bounds[at] ?? NaN)).toBeGreaterThanOrEqual(0.5);
      expect(ms / (bounds[at] ?? NaN)).toBeLessThanOrEqual(1);
    });
  });
});
