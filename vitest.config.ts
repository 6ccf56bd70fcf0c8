import { defineConfig } from 'vitest/config';

const minuteMs = 60_000;
/** Each of these files starts Azurite. */
const emulatedCloud = 'test/unit/localhost/cloud/**/*.test.ts';

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: [emulatedCloud],
          testTimeout: 15_000,
          globalSetup: ['test/support/scan-after-all.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // These start servers, child processes or whole-tree checks, and wait for them most of the time: two files at once
        // halve that; more would starve each other.
        extends: true,
        test: {
          name: 'whole',
          include: ['test/*.test.ts', 'test/{contract,replay,e2e,chaos}/**/*.test.ts', emulatedCloud],
          maxWorkers: 2,
          testTimeout: 2 * minuteMs,
          hookTimeout: 2 * minuteMs,
          globalSetup: ['test/support/scan-after-all.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // Entry points run as processes of their own, where v8 coverage of this process cannot see them; e2e tests start each.
      exclude: ['src/cli/main.ts', 'src/localhost/**/*main.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: {
        lines: 90,
        statements: 90,
        'src/plan/**': { lines: 100, statements: 100, functions: 100 },
        'src/job/**': { lines: 100, statements: 100, functions: 100 },
      },
    },
  },
});
