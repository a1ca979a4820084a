import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { PlainHistogram } from '../../../src/prometheus/plain-histogram.js';

it('the plain histogram exposes what prom-client’s own would, for any observations', async () => {
  const buckets = [0.001, 0.01, 0.1, 1];
  const values = fc.oneof(fc.constantFrom(...buckets), fc.double({ min: 0, max: 2, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(values), async (observed) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const plain = new PlainHistogram({ name: 'x_seconds', help: 'X.', registers: [ours], buckets });
      const model = new Histogram({ name: 'x_seconds', help: 'X.', registers: [theirs], buckets });
      for (const value of observed) {
        plain.observe(value);
        model.observe(value);
      }
      expect(await ours.metrics()).toBe(await theirs.metrics());
    }),
  );
});
