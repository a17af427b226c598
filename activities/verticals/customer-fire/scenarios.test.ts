import { afterAll, beforeAll, expect, test } from 'vitest';

import { runScenario } from '../../../scripts/eval/run.ts';
import { testDatabase, type TestDatabase } from '../../../scripts/testing/database.ts';
import { scenarios } from './scenarios.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

test('there are enough of them, each with a name of its own', () => {
  expect(scenarios.length).toBeGreaterThanOrEqual(25);
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
});

test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, scenario) => {
  const { missing, unexpected, wrong_reason, reason } = await runScenario(database.db, scenario);
  expect({ missing, unexpected, wrong_reason, reason: wrong_reason ? reason : null }).toEqual({
    missing: [],
    unexpected: [],
    wrong_reason: false,
    reason: null,
  });
});
