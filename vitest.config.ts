import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{activities,api,domain,prisma,providers,scripts,temporal,ui/src,workflows}/**/*.test.ts'],
    globalSetup: 'scripts/testing/global-setup.ts',
    // Tests share servers, not processes: a Temporal worker's native part wants a process of its own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    // The first test may have to wait for a Temporal server that is being downloaded or built.
    hookTimeout: 600_000,
  },
});
