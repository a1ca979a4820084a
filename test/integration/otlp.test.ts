/** A service that exports its metrics: a receiver of OTLP is told what a scrape tells. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { parseExposition, type Sample, valueOf } from '../support/exposition.js';
import { removeFolder } from '../support/folders.js';
import { otlpRequestIn, samplesOf, startCollector } from '../support/otlp-collector.js';
import { aPost, FIGURES, STARTED } from '../support/posts.js';

const start = testApps();
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const keyOf = ({ name, labels }: Sample) => JSON.stringify([name, Object.entries(labels).sort()]);
const valuesOf = (samples: readonly Sample[]) => new Map(samples.map((sample) => [keyOf(sample), sample.value]));

describe('a service with OCM_OTLP_ENDPOINT', () => {
  it('sends all that is on its pages, the groups served apart as well, and tells how exports went', async () => {
    const collector = await startCollector();
    ends.push(collector.close);
    const folder = mkdtempSync(join(tmpdir(), 'ocm-otlp-'));
    ends.push(() => {
      removeFolder(folder);
    });
    const headers = join(folder, 'headers');
    writeFileSync(headers, 'Authorization: Bearer abc\n');
    const settings = { otlp_endpoint: collector.url, otlp_interval: '1s', otlp_headers_file: headers };
    const app = await start({ ...settings, metrics_domain: 'separate', instance_name: 'monitor "1"' });
    await request(app.url)
      .post('/ocs/campaign-group-state')
      .send(aPost({ ...STARTED, ...FIGURES, GSW_CAMPAIGN_GROUP_NAME: 'Spring, "Sale"' }));
    const domain = parseExposition((await request(app.url).get('/metrics/domain')).text);
    expect(domain.length).toBeGreaterThan(10);
    await eventually(() => {
      const last = collector.received.at(-1);
      const sent = otlpRequestIn(last?.text ?? '{}');
      const values = valuesOf(samplesOf([sent]));
      for (const sample of domain)
        expect([keyOf(sample), values.get(keyOf(sample))]).toEqual([keyOf(sample), sample.value]);
      expect(sent.resource).toEqual({
        'service.name': 'ocs-campaign-monitor',
        'service.version': 'test',
        'service.instance.id': 'monitor "1"',
      });
      const stored = samplesOf([sent]).find(
        ({ name, labels }) => name === 'ocs_monitor_notifications_total' && labels['outcome'] === 'transition',
      );
      expect([stored?.value, last?.headers.authorization]).toEqual([1, 'Bearer abc']);
    });
    const own = (await request(app.url).get('/metrics')).text;
    expect(valueOf(own, 'ocs_monitor_otlp_exports_total')).toBeGreaterThan(0);
    expect(valueOf(own, 'ocs_monitor_otlp_export_failures_total')).toBe(0);
    expect(valueOf(own, 'ocs_monitor_otlp_export_duration_seconds')).toBeGreaterThan(0);
  });
});
