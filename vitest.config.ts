import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Peers need other programs; `npm run test:peers` runs them.
    exclude: process.env['WATCHROOM_PEERS'] === '1' ? [] : ['test/peers/**'],
    reporters: ['default', './test/support/totals-reporter.ts'],
    // Peers keep real time on whatever machine this is: one of them may lose a race that the product does not.
    retry: process.env['WATCHROOM_PEERS'] === '1' ? 1 : 0,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
  },
});
