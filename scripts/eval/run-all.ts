/** Runs many scenarios side by side on one database: each has an organisation of its own. */
import type { Database } from '../../prisma/database.ts';
import { runScenario, type ScenarioResult } from './run.ts';
import type { LabelledScenario } from './scenarios.ts';

export interface Outcome extends ScenarioResult {
  sop: string | null;
  /** Why it could not be run to its end; null when it was. */
  error: string | null;
}

/** Each waits for Postgres most of its time. */
const lanes_max = 6;

/** The outcomes in the order of the scenarios. */
export async function runScenarios(db: Database, scenarios: readonly LabelledScenario[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const queue = scenarios.entries();
  const lane = async () => {
    for (const [place, one] of queue) outcomes[place] = await outcomeOf(db, one);
  };
  await Promise.all(Array.from({ length: Math.min(lanes_max, scenarios.length) }, lane));
  return outcomes;
}

/** A scenario that cannot be run has failed, and the others go on. */
async function outcomeOf(db: Database, { sop, scenario }: LabelledScenario): Promise<Outcome> {
  try {
    return { sop, ...(await runScenario(db, scenario)), error: null };
  } catch (error) {
    const { expect } = expectedOf(scenario);
    return {
      sop,
      name: scenario.name,
      expected: expect,
      got: [],
      reason: null,
      passed: false,
      missing: expect,
      unexpected: [],
      wrong_reason: false,
      error: error instanceof Error ? error.message : String(error),
    };
  }
}

function expectedOf(scenario: LabelledScenario['scenario']) {
  try {
    const now = new Date();
    return scenario.build({ now, ago: () => now, ahead: () => now });
  } catch {
    // What cannot be built expects nothing that could be counted; its error is told.
    return { expect: [] };
  }
}
