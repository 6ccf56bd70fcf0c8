import { defineConfig } from 'vitest/config';

const minuteMs = 60_000;

/** Foreign clients against the local cloud: they need AzCopy and rclone, which `npm test` does not. */
export default defineConfig({
  test: {
    name: 'witness',
    include: ['test/witness/**/*.test.ts'],
    globalSetup: ['test/support/scan-after-all.ts'],
    fileParallelism: false,
    testTimeout: minuteMs,
    hookTimeout: minuteMs,
  },
});
