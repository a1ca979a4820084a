import { describe, expect, it } from 'vitest';
import { forGrafana } from '../../../grafana/src/alert-templates.js';

describe('a text of an alert for Grafana', () => {
  it.each([
    ['Nothing comes from {{ $labels.source }} any more', 'Nothing comes from {{ index .Labels "source" }} any more'],
    ['{{ $value }} are open', '{{ .Values.query.Value }} are open'],
    ['{{$value|humanizeDuration}} ago', '{{ .Values.query.Value|humanizeDuration }} ago'],
    ['{{ $value | printf "%.0f" }} times', '{{ .Values.query.Value | printf "%.0f" }} times'],
    ['no template', 'no template'],
  ])('says the same as %s', (text, expected) => {
    expect(forGrafana(text, 'query')).toBe(expected);
  });

  it.each([
    '{{ query "up" }}',
    '{{ if $value }}much{{ end }}',
    '{{ $externalLabels.site }}',
    '{{ $value | humanizeTimestamp }}',
  ])('is refused where nobody said how Grafana says %s', (text) => {
    expect(() => forGrafana(text, 'query')).toThrow('alert-templates.ts');
  });

  it('is refused with a $ beside the templates, which Grafana would take for its environment', () => {
    expect(() => forGrafana('costs $5', 'query')).toThrow('environment');
  });
});
