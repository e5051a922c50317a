import { defineConfig } from 'vitest/config';

const minutes = 60_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'lab/**/*.test.ts',
            'stack/**/*.test.ts',
            'topologies/**/*.test.ts',
            'fixtures/**/*.test.ts',
            'reports/**/*.test.ts',
            'subjects/**/*.test.ts',
            'suites/requirements/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/*.lab.test.ts', 'reports/runs/**'],
        },
      },
      {
        // Conformance: real machines. `halab run` starts it and says which subject.
        test: {
          name: 'conformance',
          include: ['suites/**/*.test.ts'],
          exclude: ['suites/requirements/**'],
          pool: 'forks',
          // One worker keeps its labs for all suites; two labs at once would share two cores.
          isolate: false,
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 2 * minutes,
          hookTimeout: 2 * minutes,
        },
      },
      {
        // What the project checks about itself with real machines: commands from outside.
        test: {
          name: 'lab',
          include: ['**/*.lab.test.ts'],
          exclude: ['**/node_modules/**', 'reports/runs/**'],
          pool: 'forks',
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 10 * minutes,
          hookTimeout: 5 * minutes,
        },
      },
    ],
  },
});
