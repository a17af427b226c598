/** How a setting and its change are said to a person. */
import { definitionOf, groupOf, type SettingKey, type SettingValue } from './setting-registry.ts';
import { verticalName } from './words.ts';

const own_groups: { [group: string]: string } = { features: 'Signals', organisation: 'Organisation' };

export function settingGroupName(group: string): string {
  return own_groups[group] ?? verticalName(group);
}

/** `Money: top customers`. */
export function settingName(key: SettingKey): string {
  const { label } = definitionOf(key);
  return `${settingGroupName(groupOf(key))}: ${label.charAt(0).toLowerCase()}${label.slice(1)}`;
}

/** `10 %`, `2 hours`, `on`. */
export function settingText(key: SettingKey, value: SettingValue): string {
  const { unit } = definitionOf(key);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'string') return value === '' ? 'nothing' : value.trim().replaceAll(/\s*\n\s*/g, ', ');
  if (unit === 'share') return `${Math.round(value * 1e4) / 100} %`;
  return unit === null || unit === '' ? String(value) : `${value} ${unit}`;
}

/** One line for the card, such as `Money: top customers from 10 % to 5 %`. */
export function changeTitle(key: SettingKey, from: SettingValue, to: SettingValue): string {
  const [before, then] = [settingText(key, from), settingText(key, to)];
  if (before.length + then.length > values_chars_max) return `${settingName(key)} is changed`;
  return `${settingName(key)} from ${before} to ${then}`;
}
const values_chars_max = 120;
