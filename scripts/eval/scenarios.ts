/** The labelled scenarios of every procedure, one line each. */
import { scenarios as customer_fire } from '../../activities/verticals/customer-fire/scenarios.ts';
import { scenarios as money } from '../../activities/verticals/money/scenarios.ts';
import { scenarios as release } from '../../activities/verticals/release/scenarios.ts';
import { scenarios as team_pulse } from '../../activities/verticals/team-pulse/scenarios.ts';
import { sop_settings } from '../../activities/verticals/settings.ts';
import type { Vertical } from '../../domain/proposal.ts';
import type { Scenario } from './scenario.ts';

/** Fewer than this say little about a procedure. */
export const scenarios_per_sop_min = 25;

/** A scenario, and the procedure it is a case of; null when nobody said. */
export interface LabelledScenario {
  sop: Vertical | null;
  scenario: Scenario;
}

export const scenarios_of: { readonly [sop in Vertical]?: readonly Scenario[] } = { money, customer_fire, release, team_pulse };

export const sop_names = Object.keys(sop_settings);

export function labelledScenarios(): LabelledScenario[] {
  return Object.entries(scenarios_of).flatMap(([sop, scenarios]) =>
    // The keys are the table's own.
    scenarios.map((scenario) => ({ sop: sop as Vertical, scenario })),
  );
}
