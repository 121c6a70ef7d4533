import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Peers need other programs; `npm run test:peers` runs them.
    exclude: process.env['WATCHROOM_PEERS'] === '1' ? [] : ['test/peers/**'],
    reporters: ['default', './test/support/totals-reporter.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
  },
});
