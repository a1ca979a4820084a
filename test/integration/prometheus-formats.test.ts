/** A real Prometheus that scrapes one service in both formats: as it asks by itself, and through somebody who asks for text. */
import express from 'express';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { routeMetrics } from '../../src/http/metrics-routes.js';
import { eventually } from '../support/eventually.js';
import { eventfulPages, happen } from '../support/metrics-pages.js';
import { parseOpenMetrics } from '../support/openmetrics.js';
import { NOW } from '../support/snapshots.js';
import { Prometheus, prometheusIsHere } from '../support/prometheus.js';

const ends: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

async function listening(handle: RequestListener): Promise<string> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** Pages that stay as they are, and what was answered. */
async function serve() {
  const { pages } = eventfulPages(['Spring, Sale: "Nord"\\a\nb', '😀é'], { processMetrics: false });
  happen(pages, 'VQ "x", y');
  const app = express();
  const answers = new Set<string>();
  app.use((request, response, next) => {
    response.on('finish', () => {
      answers.add(`${String(response.getHeader('Content-Type'))} ${String(response.getHeader('Content-Encoding'))}`);
    });
    if (request.headers['x-wants'] === 'text') request.headers.accept = 'text/plain;version=0.0.4';
    next();
  });
  const metricsAccess: express.RequestHandler = (_request, _response, next) => {
    next();
  };
  routeMetrics(app, { basePath: '', metrics: pages, metricsAccess });
  const open = await listening(app as RequestListener);
  const text = await listening((request, response) => {
    request.headers['x-wants'] = 'text';
    (app as RequestListener)(request, response);
  });
  return { open, text, answers };
}

/** No label that the target has of Prometheus. */
const isOurs = ([label]: readonly [string, string]) => label !== 'job' && label !== 'instance';

describe.runIf(prometheusIsHere())('a real Prometheus', () => {
  it('reads the same of both formats, types and helps, and since when counters count', async () => {
    const { open, text, answers } = await serve();
    const prometheus = await Prometheus.scrapingJobs({ open, text });
    ends.push(() => prometheus.stop());
    expect([...answers].sort()).toEqual([
      'application/openmetrics-text; version=1.0.0; charset=utf-8 gzip',
      'text/plain; version=0.0.4; charset=utf-8 gzip',
    ]);
    const read = async (job: string) => {
      const found = await prometheus.query(`{job="${job}",__name__=~"(ocs|gms)_.+",__name__!~".+_created"}`);
      return new Map(
        found.map(({ metric: { le, ...labels }, value }) => [
          JSON.stringify([
            Object.entries(labels).filter(isOurs).sort(),
            le === undefined ? [] : Number(le.replace('+Inf', 'Infinity')),
          ]),
          value[1],
        ]),
      );
    };
    const [inOpen, inText] = [await read('open'), await read('text')];
    expect(inOpen.size).toBeGreaterThan(200);
    // What a scrape itself changes is not counted on these pages.
    expect(inOpen).toEqual(inText);
    const page = await fetch(`http://${open}/metrics`, { headers: { accept: 'application/openmetrics-text' } });
    const families = parseOpenMetrics(await page.text());
    const created = families.flatMap(({ name, type, samples }) =>
      type === 'gauge' ? [] : samples.filter((sample) => sample.name === `${name}_created`),
    );
    expect(await prometheus.number('count({job="open",__name__=~".+_created"})')).toBe(created.length);
    const begin = 'ocs_campaign_group_transitions_created{job="open",action="start"}';
    expect(await prometheus.number(begin)).toBe(NOW / 1000);
    await eventually(async () => {
      const told = await prometheus.metadata();
      const ofJob = (job: string) => told.filter(({ target }) => target['job'] === job);
      const types = new Map(ofJob('open').map(({ metric, type, help, unit }) => [metric, [type, help, unit]]));
      for (const { name, type, help, unit } of families)
        expect([name, types.get(name)]).toEqual([name, [type, help, unit]]);
      expect(ofJob('text').length).toBe(ofJob('open').length);
    });
  });
});
