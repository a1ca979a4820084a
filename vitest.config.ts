import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // As long as a busy machine may take: what is true at once is seen at once.
    expect: { poll: { timeout: 15_000 } },
    // Whole-program tests wait for Prometheus, timers and disks most of the time: three at once on two cores.
    maxWorkers: 3,
  },
});
