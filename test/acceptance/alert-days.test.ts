/**
 * The shipped rules over hours of a contact centre, by the real decoder, store, exposition and rule engine. Whole days:
 * `npm run bench -- --only alerts`.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { judged } from '../../bench/alerts.js';
import { readRules } from '../../bench/alerts/evaluate.js';
import { shortCalm, shortTroubled } from '../../bench/alerts/short-days.js';
import { prometheusIsHere } from '../support/prometheus.js';

const rules = readRules(fileURLToPath(new URL('../../grafana/prometheus/', import.meta.url)));

describe.runIf(prometheusIsHere())('alerts', { timeout: 300_000 }, () => {
  it('tell nobody of a morning on which nothing is the matter', async () => {
    expect((await judged(shortCalm(3), rules)).falseAlarms).toEqual([]);
  });

  it('tell each trouble within the time that is stated, until it ends, and nothing else', async () => {
    const { falseAlarms, troubles } = await judged(shortTroubled(4), rules);

    expect(falseAlarms).toEqual([]);
    expect(troubles.map(({ trouble, faults }) => [trouble.what, faults])).toEqual(
      troubles.map(({ trouble }) => [trouble.what, []]),
    );
    expect(troubles).toHaveLength(3);
  });
});
