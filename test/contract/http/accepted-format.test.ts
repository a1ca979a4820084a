import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptedFormat } from '../../../src/http/accepted-format.js';

describe('the format of metrics', () => {
  it.each([
    [
      'Prometheus 2',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    [
      'Prometheus 3',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      'openmetrics',
    ],
    [
      'Prometheus that prefers protobuf',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3',
      'openmetrics',
    ],
    ['Prometheus that was told PrometheusText0.0.4', 'text/plain;version=0.0.4;q=0.5,*/*;q=0.4', 'text'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
    ['nobody in particular', undefined, 'text'],
    ['curl', '*/*', 'text'],
    ['an empty header', '', 'text'],
    ['any version', 'application/openmetrics-text', 'openmetrics'],
    ['capital letters and quotes', 'Application/OpenMetrics-Text; Version="1.0.0"; charset="utf-8"', 'openmetrics'],
    ['a comma in quotes', 'text/plain;note="a,application/openmetrics-text;q=1"', 'text'],
    ['an older version only', 'application/openmetrics-text;version=0.0.1', 'text'],
    ['a newer version only', 'application/openmetrics-text;version=2.0.0,text/plain;q=0.1', 'text'],
    ['the text rather', 'application/openmetrics-text;q=0.3,text/plain;q=0.5', 'text'],
    ['both alike', 'application/openmetrics-text,text/plain', 'text'],
    ['never OpenMetrics', 'application/openmetrics-text;q=0,*/*;q=0.1', 'text'],
    ['anything of its kind', 'application/*,text/plain;q=0.9', 'openmetrics'],
    ['all but text', 'text/plain;q=0,*/*', 'openmetrics'],
    ['nothing that there is', 'image/png', 'text'],
    ['an odd quality', 'application/openmetrics-text;q=2', 'text'],
  ])('for %s', (_who, accept, format) => {
    expect(acceptedFormat(accept)).toBe(format);
  });

  it('is one of two, whatever is asked for', () => {
    const part = fc.constantFrom(
      'application/openmetrics-text',
      'text/plain',
      '*/*',
      ';',
      ',',
      '"',
      '\\',
      'q=',
      '0.5',
      '=',
      ' ',
      'version=1.0.0',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        expect(['text', 'openmetrics']).toContain(acceptedFormat(parts.join('')));
      }),
    );
  });
});
