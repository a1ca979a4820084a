import express from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { preShaped } from '../../src/http/express-shape.js';

async function changesOfShape(needed: boolean): Promise<number> {
  const app = express();
  app.get('/', (request, response) => {
    response.json({ ip: request.ip, query: request.query, accepts: request.accepts('json') });
  });
  let changes = 0;
  const original = Object.setPrototypeOf.bind(Object);
  const server = createServer({ ...preShaped(app, needed) }, (request, response) => {
    Object.setPrototypeOf = (target: object, prototype: object | null) => {
      if (Object.getPrototypeOf(target) !== prototype) changes++;
      return original(target, prototype) as object;
    };
    app(request as never, response as never);
    Object.setPrototypeOf = original;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const response = await fetch(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/?a=1`);
  expect(await response.json()).toMatchObject({ query: { a: '1' }, accepts: 'json' });
  await new Promise((resolve) => server.close(resolve));
  return changes;
}

it('pre-shaped requests and responses keep their prototypes through Express; plain ones are re-shaped twice', async () => {
  expect(await changesOfShape(true)).toBe(0);
  expect(await changesOfShape(false)).toBe(2);
});

it('pre-shaping is in effect below Node 24 only', () => {
  const below24 = Number(process.versions.node.split('.')[0]) < 24;
  expect(Object.keys(preShaped(express())).length > 0).toBe(below24);
});
