/** Every procedure's settings by their names, one line each: the defaults, and what a trial may change of them. */
import { customer_fire_settings, type CustomerFireSettings } from './customer-fire/rules.ts';
import { money_settings, type MoneySettings } from './money/rules.ts';
import { release_settings, type ReleaseSettings } from './release/rules.ts';
import { team_pulse_settings, type TeamPulseSettings } from './team-pulse/signs.ts';

export interface SopSettings {
  money: MoneySettings;
  customer_fire: CustomerFireSettings;
  release: ReleaseSettings;
  team_pulse: TeamPulseSettings;
}

export const sop_settings: SopSettings = {
  money: money_settings,
  customer_fire: customer_fire_settings,
  release: release_settings,
  team_pulse: team_pulse_settings,
};
