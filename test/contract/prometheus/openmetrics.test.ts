/** OpenMetrics 1.0 from our own writer: what strict readers of both formats take, and that both say the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedLabel, renderBound } from '../../../src/prometheus/exposition.js';
import type { Sample } from '../../support/exposition.js';
import { eventfulPages, happen, told } from '../../support/metrics-pages.js';
import { type OpenMetricsFamily, parseOpenMetrics, whyNoOpenMetrics } from '../../support/openmetrics.js';
import { NOW } from '../../support/snapshots.js';
import { parseTextFormat, whyNoTextFormat } from '../../support/text-format.js';

const LETTERS = Array.from(',"\\\n{}=: #é\r\t\u0000aB');
/** Text with everything that has broken an exposition somewhere. */
const hostile = fc
  .array(fc.constantFrom(...LETTERS, '😀', '\ud800', '\udc00', '# EOF', '\n# EOF\n', '\\n', '\u2028'), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));

/** A sample as it is to be told from others in either format: bounds by their number. */
const keyOf = ({ name, labels }: Sample) => {
  const { le, ...rest } = labels;
  const bound = le === undefined ? [] : [Number(le.replace('+Inf', 'Infinity'))];
  return JSON.stringify([name, Object.entries(rest).sort(), bound]);
};
const valuesOf = (families: readonly { readonly samples: readonly Sample[] }[]) =>
  new Map(families.flatMap(({ samples }) => samples.map((sample) => [keyOf(sample), sample.value])));
const isCreated =
  ({ name, type }: OpenMetricsFamily) =>
  (sample: Sample) =>
    (type === 'counter' || type === 'histogram') && sample.name === `${name}_created`;
const withoutCreated = (families: readonly OpenMetricsFamily[]) =>
  families.map((family) => ({ samples: family.samples.filter((sample) => !isCreated(family)(sample)) }));
const createdOf = (families: readonly OpenMetricsFamily[], name: string) =>
  families.find((family) => family.name === name)?.samples.filter(({ name: its }) => its === `${name}_created`) ?? [];

describe('a page in both formats', () => {
  it('is taken by strict readers and says the same, whatever groups, queues and tenants are called', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(hostile, { minLength: 1, maxLength: 4 }), async (names) => {
        const { pages } = eventfulPages(names);
        happen(pages, names[0] ?? '');
        const text = parseTextFormat(await told(pages.render('text')));
        const open = parseOpenMetrics(await told(pages.render('openmetrics')));
        expect(valuesOf(withoutCreated(open))).toEqual(valuesOf(text));
        const shown = open.find(({ name }) => name === 'ocs_campaign_group_info')?.samples ?? [];
        expect(shown.map(({ labels }) => labels['campaign_group'])).toEqual(names.map((name) => boundedLabel(name)));
      }),
      { numRuns: 50 },
    );
  });

  it('names families, types and helps alike, a counter without _total, and says units', async () => {
    const { pages } = eventfulPages(['Spring'], { processMetrics: true });
    const text = parseTextFormat(await told(pages.render('text')));
    const open = parseOpenMetrics(await told(pages.render('openmetrics')));
    const total = (family: OpenMetricsFamily) => family.name + (family.type === 'counter' ? '_total' : '');
    expect(open.map((family) => [total(family), family.type, family.help])).toEqual(
      text.map(({ name, type, help }) => [name, type, help]),
    );
    const units = new Map(open.map(({ name, unit }) => [name, unit]));
    expect(units.get('ocs_campaign_group_busy_ratio')).toBe('ratio');
    expect(units.get('ocs_monitor_ack_duration_seconds')).toBe('seconds');
    expect(units.get('process_cpu_seconds')).toBe('seconds');
    expect(units.get('ocs_campaign_group_info')).toBe('');
  });

  it('has the groups on a page of their own, ended as well', async () => {
    const { pages } = eventfulPages(['Spring'], { settings: { metricsDomain: 'separate' } });
    const families = parseOpenMetrics(await told(pages.renderDomain('openmetrics')));
    expect(valuesOf(families)).toEqual(valuesOf(parseTextFormat(await told(pages.renderDomain('text')))));
    expect(families.every(({ type }) => type === 'gauge')).toBe(true);
    const own = parseOpenMetrics(await told(pages.render('openmetrics')));
    expect(own.map(({ name }) => name)).not.toContain('ocs_campaign_group_info');
  });
});

describe('the begin of a counter', () => {
  it('is when it first counted, is not said of 0, stays, and is said of nothing else', async () => {
    let nowMs = NOW;
    const { pages } = eventfulPages(['Spring', 'Autumn'], { nowMs: () => nowMs });
    nowMs += 5000;
    happen(pages, 'VQ');
    nowMs += 60_000;
    happen(pages, 'VQ');
    const families = parseOpenMetrics(await told(pages.render('openmetrics')));
    for (const family of families) {
      const { name, samples } = family;
      const created = createdOf(families, name).map(({ labels }) => JSON.stringify(labels));
      const counted = samples.filter(
        ({ name: its, value }) => value > 0 && [`${name}_total`, `${name}_count`].includes(its),
      );
      expect([name, created]).toEqual([name, counted.map(({ labels }) => JSON.stringify(labels))]);
    }
    const begin = (name: string) => createdOf(families, name).map(({ value }) => value - NOW / 1000);
    expect(begin('ocs_campaign_group_transitions')).toEqual([5]);
    expect(begin('ocs_campaign_group_transitions_withdrawn')).toEqual([5]);
    expect(new Set(begin('gms_callback_finished'))).toEqual(new Set([5]));
    expect(begin('gms_callback_offer_duration_seconds')).toEqual([5]);
    // Those of a new source when it was first heard of, those of the service with the service.
    expect(begin('ocs_monitor_notifications')).toEqual([5]);
    expect(begin('ocs_monitor_ack_duration_seconds')).toEqual([0]);
  });

  it('of another process is when that began to count: what was counted before is no part of it', async () => {
    const lives = [NOW, NOW + 3_600_000].map(async (startMs) => {
      const { pages } = eventfulPages(['Spring'], { nowMs: () => startMs });
      happen(pages, 'VQ');
      const families = parseOpenMetrics(await told(pages.render('openmetrics')));
      const { type, name, samples } = families.find((one) => one.name === 'ocs_campaign_group_transitions') ?? {};
      const total = samples?.find((sample) => sample.value > 0 && sample.name === `${name ?? ''}_total`)?.value;
      return [type, total, createdOf(families, name ?? '')[0]?.value];
    });
    expect(await Promise.all(lives)).toEqual([
      ['counter', 1, NOW / 1000],
      ['counter', 1, NOW / 1000 + 3600],
    ]);
  });

  it('goes back with a clock that is set back, and does not go ahead: it would pass for a restart', async () => {
    const { pages } = eventfulPages(['Spring']);
    happen(pages, 'VQ');
    const begins = async () => {
      const families = parseOpenMetrics(await told(pages.render('openmetrics')));
      const all = families.flatMap(({ name, type }) => (type === 'counter' ? createdOf(families, name) : []));
      return [...new Set(all.map(({ value }) => value - NOW / 1000))];
    };
    expect(await begins()).toEqual([0]);
    pages.move(3_600_000);
    expect(await begins()).toEqual([0]);
    pages.move(-7200_000);
    expect(await begins()).toEqual([-7200]);
  });
});

describe('bounds of buckets', () => {
  it.each([
    [0.001, '0.001'],
    [1, '1.0'],
    [1.7, '1.7'],
    [10, '10.0'],
    [14_400, '14400.0'],
    [100_000, '100000.0'],
    [1e6, '1e+06'],
    [1.5e10, '1.5e+10'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e-10, '1e-10'],
    [0, '0.0'],
    [Infinity, '+Inf'],
  ])('%d is %s', (bound, written) => {
    expect(renderBound(bound, 'openmetrics')).toBe(written);
  });
});

const PAGE = `# TYPE a_seconds counter
# UNIT a_seconds seconds
# HELP a_seconds Help \\"quoted\\" \\\\ and \\n
a_seconds_total{l="\\"\\\\\\n"} 1.5e+3
a_seconds_created{l="\\"\\\\\\n"} 1520430000.123
a_seconds_total{l="b"} 0
# TYPE h histogram
h_bucket{le="1.0"} 1
h_bucket{le="+Inf"} 2
h_sum 3.5
h_count 2
# TYPE g gauge
g -Inf
g{l=""} NaN
# EOF
`;

describe('the strict reader of OpenMetrics', () => {
  it('takes what the specification takes', () => {
    expect(whyNoOpenMetrics(PAGE)).toBeNull();
    expect(
      parseOpenMetrics(PAGE).map(({ name, type, unit, help, samples }) => [name, type, unit, help, samples.length]),
    ).toEqual([
      ['a_seconds', 'counter', 'seconds', 'Help "quoted" \\ and \n', 3],
      ['h', 'histogram', '', '', 4],
      ['g', 'gauge', '', '', 2],
    ]);
    expect(whyNoOpenMetrics('# EOF\n')).toBeNull();
  });

  it.each([
    ['no end', '# EOF\n', ''],
    ['something after the end', '# EOF\n', '# EOF\n# EOF\n'],
    ['a last line without its end', '# EOF\n', '# EOF\n# TYPE x gauge'],
    ['an empty line', '# TYPE h', '\n# TYPE h'],
    ['a carriage return', 'counter\n', 'counter\r\n'],
    ['a comment', '# TYPE h', '# hello\n# TYPE h'],
    ['an unknown type', 'g gauge', 'g untyped'],
    ['a type twice', '# TYPE g gauge\n', '# TYPE g gauge\n# TYPE g gauge\n'],
    ['metadata in disorder', '# UNIT a_seconds seconds\n', ''.concat('# HELP a_seconds x\n# UNIT a_seconds seconds\n')],
    ['metadata after samples', 'g -Inf\n', 'g -Inf\n# HELP g late\n'],
    ['a unit that is not in the name', 'a_seconds seconds', 'a_seconds minutes'],
    ['a counter without _total', 'a_seconds_total{l="b"}', 'a_seconds{l="b"}'],
    ['a family named _total', /a_seconds /g, 'a_seconds_total '],
    ['a bare quote in a help', 'Help', 'Help "x"'],
    ['an unknown escape in a label', '{l="b"}', '{l="\\b"}'],
    ['a label that is not closed', '{l="b"}', '{l="b}'],
    ['a label without quotes', '{l="b"}', '{l=b}'],
    ['a comma too many', '{l="b"}', '{l="b",}'],
    ['a space between labels', '{l="b"}', '{l="b", k="c"}'],
    ['a label twice', '{l="b"}', '{l="b",l="c"}'],
    ['a reserved label', '{l="b"}', '{__l="b"}'],
    ['a label with a dash', '{l="b"}', '{l-l="b"}'],
    ['two spaces', '} 0', '}  0'],
    ['a tab', '} 0', '}\t0'],
    ['no number', '} 0', '} zero'],
    ['a number in hexadecimal', '} 0', '} 0x1'],
    ['a timestamp, which ends staleness', '} 0', '} 0 1520430000'],
    ['a negative counter', '} 0', '} -1'],
    ['a counter that is no number', '} 0', '} NaN'],
    ['a series twice', 'g -Inf\n', 'g -Inf\ng 1\n'],
    ['a begin without what it begins', 'a_seconds_total{l="b"} 0\n', 'a_seconds_created{l="b"} 1\n'],
    ['metrics in each other', '# TYPE h', 'a_seconds_total{l="\\"\\\\\\n"} 1\n# TYPE h'],
    ['a family in two places', '# EOF', '# TYPE a_seconds counter\n# EOF'],
    ["another family's sample", 'g -Inf', 'other 1\ng -Inf'],
    ["a name that may be another's", '# EOF', '# TYPE a_seconds_created gauge\n# EOF'],
    ['a bound without its point', '"1.0"', '"1"'],
    ['no bucket of all', 'h_bucket{le="+Inf"} 2\n', ''],
    ['buckets that go down', 'h_bucket{le="1.0"} 1', 'h_bucket{le="1.0"} 3'],
    ['bounds in disorder', 'h_bucket{le="1.0"} 1\n', 'h_bucket{le="2.0"} 1\nh_bucket{le="1.0"} 1\n'],
    ['another count', 'h_count 2', 'h_count 3'],
    ['a broken bucket', '"1.0"} 1', '"1.0"} 0.5'],
    ['a byte order mark', '# TYPE a', '\uFEFF# TYPE a'],
    ['half a letter', '{l="b"}', '{l="\ud800"}'],
  ])('refuses %s', (_what, from, to) => {
    const broken = PAGE.replace(from, to);
    expect(broken).not.toBe(PAGE);
    expect(whyNoOpenMetrics(broken)).not.toBeNull();
  });

  it('refuses bytes that are no text', () => {
    expect(whyNoOpenMetrics(Buffer.from('g \xff\n# EOF\n', 'latin1'))).not.toBeNull();
    expect(whyNoOpenMetrics(Buffer.from(PAGE))).toBeNull();
  });
});

const TEXT =
  '# HELP a_total Help "bare" \\\\ \\n\n# TYPE a_total counter\na_total{l="\\"\\\\\\n"} 1\n# HELP g \n# TYPE g gauge\n';

describe('the strict reader of the text format', () => {
  it('takes what our pages are to be', () => {
    expect(whyNoTextFormat(TEXT)).toBeNull();
  });

  it.each([
    ['an end of OpenMetrics', /$/, '# EOF\n'],
    ['a unit', '# TYPE g', '# UNIT g x\n# TYPE g'],
    ['a type before its help', '# HELP g \n', ''],
    ['an unknown escape in a help', 'Help', 'He\\lp'],
    ['a type of OpenMetrics', 'gauge', 'stateset'],
    ['a sample without a family', '# HELP a', 'x 1\n# HELP a'],
    ['a sample twice', '# HELP g', 'a_total{l="\\"\\\\\\n"} 1\n# HELP g'],
    ['a family twice', /$/, '# HELP a_total x\n# TYPE a_total counter\n'],
    ['a timestamp', '} 1', '} 1 1520430000123'],
    ['a last line without its end', /\n$/, ''],
  ])('refuses %s', (_what, from, to) => {
    const broken = TEXT.replace(from, to);
    expect(broken).not.toBe(TEXT);
    expect(whyNoTextFormat(broken)).not.toBeNull();
  });
});
