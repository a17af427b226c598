/** Every procedure's settings by their names, one line each: the defaults, what a trial may change of them, and what an owner has changed. */
import { serviceMapOf, settingsFrom, type StoredSettings } from '../../domain/setting-registry.ts';
import type { Vertical } from '../../domain/proposal.ts';
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

/** What an organisation has stored, with the defaults for all else. */
export function sopSettingsOf(stored: StoredSettings): SopSettings {
  const settings: { [key: string]: unknown } = settingsFrom(stored);
  const numbersOf = <Of extends object>(group: Vertical, defaults: Of): Of => {
    const own = Object.entries(defaults).map(([name, value]) => [name, settings[`${group}.${name}`] ?? value]);
    // The names are those of the defaults, and the registry has a number for each.
    return Object.fromEntries(own) as Of;
  };
  const { service_map: _, ...release } = release_settings;
  return {
    money: numbersOf('money', money_settings),
    customer_fire: numbersOf('customer_fire', customer_fire_settings),
    release: { ...numbersOf('release', release), service_map: serviceMapOf(settingsFrom(stored)['release.service_map']) ?? {} },
    team_pulse: numbersOf('team_pulse', team_pulse_settings),
  };
}
