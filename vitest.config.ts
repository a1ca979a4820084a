import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // Two cores: whole-program tests next to each other would measure one another.
    maxWorkers: 2,
  },
});
