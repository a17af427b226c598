/** Every labelled scenario, as `npm run eval` runs them. Precision and recall are told at the end. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { runScenarios, type Outcome } from './run-all.ts';
import { reportOf } from './report.ts';
import { labelledScenarios, sop_names } from './scenarios.ts';
import { evaluate } from './score.ts';

const scenarios = labelledScenarios();
let database: TestDatabase;
let outcomes: Outcome[];
beforeAll(async () => {
  database = await testDatabase();
  outcomes = await runScenarios(database.db, scenarios);
});
afterAll(() => database.close());

test.each(scenarios.map(({ sop, scenario }, index) => ({ sop, name: scenario.name, index })))('$sop: $name', ({ index }) => {
  const { error, missing, unexpected, wrong_reason, reason } = outcomes[index] ?? {};
  expect({ error, missing, unexpected, wrong_reason, reason: wrong_reason ? reason : null }).toEqual({
    error: null,
    missing: [],
    unexpected: [],
    wrong_reason: false,
    reason: null,
  });
});

test('every scenario has a name of its own', () => {
  const names = scenarios.map(({ sop, scenario }) => `${sop} ${scenario.name}`);
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
});

test('every procedure has enough scenarios, and precision and recall are 1.00', () => {
  const evaluation = evaluate(outcomes, sop_names);
  console.log(reportOf(evaluation));
  expect(evaluation.too_few).toEqual([]);
  for (const { precision, recall, ...score } of evaluation.scores)
    expect({ ...score, precision: precision ?? 1, recall: recall ?? 1 }).toMatchObject({ precision: 1, recall: 1 });
});
