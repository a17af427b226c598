/** The table of docs/settings.md, from the registry: `node scripts/settings-table.ts` prints it. A test holds the two together. */
import { definitionOf, setting_keys, type SettingKey } from '../domain/setting-registry.ts';
import { settingText } from '../domain/setting-words.ts';

/** Key, what it does, what it may be, and what it is unless an owner changes it. */
export function settingRows(): string[][] {
  return setting_keys.map((key) => [`\`${key}\``, `${definitionOf(key).label}. ${definitionOf(key).help}`, rangeOf(key), defaultText(key)]);
}

function rangeOf(key: SettingKey): string {
  const definition = definitionOf(key);
  if (definition.kind === 'number') return `${definition.min} to ${definition.max}`;
  return definition.kind === 'switch' ? 'on or off' : 'text';
}

function defaultText(key: SettingKey): string {
  const variable = from_environment[key];
  const standard = settingText(key, definitionOf(key).default);
  return variable === undefined ? standard : `${standard}, or \`${variable}\``;
}

const from_environment: { [key: string]: string | undefined } = {
  'features.github': 'FEATURE_GITHUB',
  'features.sentry': 'FEATURE_SENTRY',
  'organisation.undo_seconds': 'UNDO_SECONDS',
};

if (import.meta.main) for (const cells of settingRows()) console.log(`| ${cells.join(' | ')} |`);
