/** What our pages come to in OTLP, read by OpenTelemetry's own code. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OtlpMessages } from '../../../src/otlp/messages.js';
import type { Sample } from '../../support/exposition.js';
import { eventfulPages, happen, told } from '../../support/metrics-pages.js';
import { parseOpenMetrics } from '../../support/openmetrics.js';
import { otlpRequestIn, samplesOf } from '../../support/otlp-collector.js';
import { NOW } from '../../support/snapshots.js';

const OPTIONS = { resource: { 'service.name': 'x "y"' }, scopeVersion: '1', atMs: NOW + 90_000, sinceMs: NOW - 1000 };
const LETTERS = Array.from(',"\\\n{}=: #é\r\t\u0000aB');
const hostile = fc
  .array(fc.constantFrom(...LETTERS, '😀', '\ud800', '# EOF', '\\n', '_bucket', 'le="'), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

function requestsOf(page: string, maxBytes: number): string[] {
  const messages = new OtlpMessages({ ...OPTIONS, maxBytes });
  const full = page
    .split('\n')
    .slice(0, -1)
    .map((line) => messages.take(line));
  return [...full, messages.end()].filter((request) => request !== null);
}

const keyOf = ({ name, labels: { le, ...rest } }: Sample) =>
  JSON.stringify([name, Object.entries(rest).sort(), le === undefined ? [] : [Number(le.replace('+Inf', 'Infinity'))]]);
const valuesOf = (samples: readonly Sample[]) => new Map(samples.map((sample) => [keyOf(sample), sample.value]));

describe('requests of OTLP', () => {
  it('say every sample of the page, whatever things are called and wherever they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(hostile, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 20_000 }),
        async (names, maxBytes) => {
          const { pages } = eventfulPages(names);
          happen(pages, names[0] ?? '');
          const page = await told(pages.render('openmetrics'));
          const samples = parseOpenMetrics(page).flatMap(({ name, type, samples }) =>
            samples.filter((sample) => type === 'gauge' || sample.name !== `${name}_created`),
          );
          const requests = requestsOf(page, maxBytes);
          expect(valuesOf(samplesOf(requests.map(otlpRequestIn)))).toEqual(valuesOf(samples));
          expect(requests.every((request) => request.length < maxBytes + 10_000)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('say types, units, helps and begins', async () => {
    let nowMs = NOW;
    const { pages } = eventfulPages(['Spring'], { nowMs: () => nowMs });
    nowMs += 5000;
    happen(pages, 'VQ');
    const [request, ...others] = requestsOf(await told(pages.render('openmetrics')), 1e9).map(otlpRequestIn);
    expect(others).toEqual([]);
    expect(request?.resource).toEqual({ 'service.name': 'x "y"' });
    const metric = (name: string) => request?.metrics.find((one) => one.name === name);
    const { sum, unit, description } = metric('ocs_campaign_group_transitions_total') ?? {};
    expect([unit, sum?.isMonotonic, sum?.aggregationTemporality]).toEqual(['', true, 2]);
    expect(description).toContain('Transitions first derived');
    const begins = sum?.dataPoints.map((point) => [point.asDouble, point.startTimeUnixNano, point.timeUnixNano]);
    const at = `${String(NOW + 90_000)}000000`;
    expect(begins?.slice(0, 2)).toEqual([
      [1, `${String(NOW + 5000)}000000`, at],
      [0, `${String(NOW - 1000)}000000`, at],
    ]);
    expect(metric('ocs_campaign_group_busy_ratio')).toMatchObject({
      unit: '1',
      gauge: { dataPoints: [{ asDouble: 0.85 }] },
    });
    const ack = metric('ocs_monitor_ack_duration_seconds');
    expect([ack?.unit, ack?.histogram?.aggregationTemporality]).toEqual(['s', 2]);
    expect(ack?.histogram?.dataPoints).toMatchObject([
      { count: '1', sum: 0.002, startTimeUnixNano: `${String(NOW)}000000` },
    ]);
    expect(metric('ocs_monitor_store_size_bytes')?.unit).toBe('By');
  });

  it('say numbers that are none as protocol buffers do', () => {
    const page = '# TYPE g gauge\ng{a="1"} NaN\ng{a="2"} +Inf\ng{a="3"} -Inf\ng{a="4"} 1e+21\n# EOF\n';
    expect(samplesOf(requestsOf(page, 1e9).map(otlpRequestIn)).map(({ value }) => value)).toEqual([
      ...[NaN, Infinity, -Infinity, 1e21],
    ]);
  });

  it('are none for a page without samples', () => {
    expect(requestsOf('# TYPE g gauge\n# EOF\n', 1)).toEqual([]);
  });
});
