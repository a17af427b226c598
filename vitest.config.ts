import { defineConfig } from 'vitest/config';

const folders = '{activities,api,domain,prisma,providers,scripts,temporal,ui/src,workflows}';

export default defineConfig({
  test: {
    globalSetup: 'scripts/testing/global-setup.ts',
    // Tests share servers, not processes: a Temporal worker's native part wants a process of its own.
    pool: 'forks',
    testTimeout: 30_000,
    // The first test may have to wait for a Temporal server that is being downloaded or built.
    hookTimeout: 600_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'facts',
          include: [`${folders}/**/*.test.ts`],
          exclude: [`${folders}/**/*.speed.test.ts`],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // What is measured has the machine to itself, after everything else.
        test: { name: 'speed', include: [`${folders}/**/*.speed.test.ts`], maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
