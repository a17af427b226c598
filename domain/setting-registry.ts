/** Every setting of an organisation: what it is called, what it may be, and what it is unless an owner changes it. */
import { z } from 'zod';

import type { Environment } from './environment.ts';
import {
  customer_fire_thresholds,
  money_thresholds,
  release_thresholds,
  team_pulse_thresholds,
  type Threshold,
  type Unit,
} from './thresholds.ts';

/** `hh:mm` for a time of day, a number, a switch, or a text such as a time zone. */
export const setting_value = z.union([z.boolean(), z.number(), z.string().max(2_000)]);
export type SettingValue = z.infer<typeof setting_value>;

interface Described<Kind extends string, Value extends SettingValue> {
  kind: Kind;
  label: string;
  help: string;
  unit: Unit | null;
  default: Value;
}
type NumberSetting = Described<'number', number> & Pick<Threshold, 'min' | 'max' | 'step'> & Objecting<number>;
type SwitchSetting = Described<'switch', boolean>;
type TextSetting = Described<'text', string> & Objecting<string>;
interface Objecting<Value> {
  /** What it should be, where that is more than its kind and range say; null when it may be this. */
  objection?(value: Value): string | null;
}
export type SettingDefinition = NumberSetting | SwitchSetting | TextSetting;

const retention_days_min = 60;
const approvals_max = 5;

const approvals = (of: string): NumberSetting => ({
  ...number(`Approvals for ${of}`, 'How many people have to approve one. From two on, nobody approves what they asked for.', '', 1, [
    1,
    approvals_max,
  ]),
});

const own_settings = {
  'money.enabled': toggle('Procedure', 'Failed payments of top customers become cards.', true),
  'customer_fire.enabled': toggle('Procedure', 'VIPs at risk who write to support become cards.', true),
  'release.enabled': toggle('Procedure', 'Errors in production become cards, once signals of Sentry are acted on.', true),
  'team_pulse.enabled': toggle('Procedure', 'Engineers who go quiet become cards, once signals of GitHub are acted on.', true),
  'release.service_map': {
    ...text('Services by another name', 'One per line: a Sentry project, an equals sign, and the repository it is deployed from.', ''),
    objection: (value: string) => (serviceMapOf(value) === null ? 'must have one "sentry-project = repository" on each line' : null),
  },
  'features.github': toggle('Act on GitHub', 'Signals of GitHub are acted on; otherwise they are stored and ignored.', false),
  'features.sentry': toggle('Act on Sentry', 'Signals of Sentry are acted on; otherwise they are stored and ignored.', false),
  'organisation.undo_seconds': number(
    'Time to undo',
    'How long an approval can be taken back before the action starts. Critical ones start at once.',
    'seconds',
    10,
    [0, 3_600],
  ),
  'organisation.large_amount': number(
    'Large amounts',
    'A card about this much money or more asks for a second look before it is approved.',
    '',
    10_000,
    [0, 1_000_000_000],
  ),
  'organisation.required_approvals.email': approvals('emails'),
  'organisation.required_approvals.api_call': approvals('provider calls'),
  'organisation.required_approvals.slack_dm': approvals('Slack messages'),
  'organisation.quiet_hours_from': {
    ...text(
      'Quiet hours begin',
      'Notices that are not critical wait from this time of day on, such as 22:00. Empty means no quiet hours.',
      '',
    ),
    objection: timeOfDay,
  },
  'organisation.quiet_hours_to': {
    ...text('Quiet hours end', 'The time of day at which they are sent, such as 07:00.', ''),
    objection: timeOfDay,
  },
  'organisation.quiet_hours_time_zone': {
    ...text('Time zone of quiet hours', 'A name such as Europe/Berlin.', 'UTC'),
    objection: timeZone,
  },
  'organisation.mail_per_hour': number(
    'Mails an hour',
    'When this many went out within an hour, approved ones wait.',
    'mails',
    500,
    [1, 100_000],
  ),
  'organisation.mail_per_recipient': number(
    'Mails an hour to one address',
    'When one address got this many within an hour, approved ones to it wait.',
    'mails',
    20,
    [1, 10_000],
  ),
  'organisation.retention_days': {
    ...number(
      'Keep what events said for',
      'What older events said is removed as new ones come in; what open cards rest on stays. 0 keeps it for ever.',
      'days',
      0,
      [0, 3_650],
    ),
    objection: (value: number) =>
      value === 0 || value >= retention_days_min ? null : `must be 0, or at least ${retention_days_min}: procedures look back that far`,
  },
} as const satisfies { [key: string]: SettingDefinition };

export const setting_registry = {
  ...inGroup('money', money_thresholds),
  ...inGroup('customer_fire', customer_fire_thresholds),
  ...inGroup('release', release_thresholds),
  ...inGroup('team_pulse', team_pulse_thresholds),
  ...own_settings,
} satisfies { [key: string]: SettingDefinition };

export type SettingKey = keyof typeof setting_registry;
type ValueOf<Key extends SettingKey> = (typeof setting_registry)[Key] extends { kind: 'number' }
  ? number
  : (typeof setting_registry)[Key] extends { kind: 'switch' }
    ? boolean
    : string;
/** All of an organisation's settings as they are now. */
export type Settings = { readonly [Key in SettingKey]: ValueOf<Key> };
/** What is stored of them, by key: only what was changed. */
export interface StoredSettings {
  readonly [key: string]: unknown;
}
/** What an installation's environment has otherwise than the registry. */
export type SettingDefaults = Partial<Settings>;

export const setting_keys = Object.keys(setting_registry) as SettingKey[];

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(setting_registry, key);
}

export function definitionOf(key: SettingKey): SettingDefinition {
  return setting_registry[key];
}

/** The part before the first dot: a procedure, `features` or `organisation`. */
export function groupOf(key: SettingKey): string {
  return key.slice(0, key.indexOf('.'));
}

/** What the value should be, as the end of a sentence; null when it may be this. */
export function objectionTo(key: SettingKey, value: unknown): string | null {
  const definition = definitionOf(key);
  switch (definition.kind) {
    case 'switch':
      return typeof value === 'boolean' ? null : 'must be true or false';
    case 'text':
      return typeof value === 'string' && value.length <= text_chars_max
        ? (definition.objection?.(value) ?? null)
        : `must be a text of at most ${text_chars_max} characters`;
    case 'number': {
      const { min, max, step } = definition;
      if (typeof value !== 'number' || value < min || value > max || !isMultiple(value, step))
        return `must be ${Number.isInteger(step) ? 'a whole number' : 'a number'} from ${min} to ${max}${Number.isInteger(step) ? '' : ` in steps of ${step}`}`;
      return definition.objection?.(value) ?? null;
    }
  }
}
const text_chars_max = 2_000;

/** All of them; a stored value that no longer fits counts as not stored. */
export function settingsFrom(stored: StoredSettings, defaults: SettingDefaults = {}): Settings {
  const values = setting_keys.map((key) => {
    const kept = stored[key];
    return [key, kept !== undefined && objectionTo(key, kept) === null ? kept : defaultOf(key, defaults)];
  });
  return Object.fromEntries(values) as Settings;
}

export function defaultOf(key: SettingKey, defaults: SettingDefaults): SettingValue {
  return defaults[key] ?? definitionOf(key).default;
}

export function settingDefaultsOf({
  FEATURE_GITHUB,
  FEATURE_SENTRY,
  UNDO_SECONDS,
}: Pick<Environment, 'FEATURE_GITHUB' | 'FEATURE_SENTRY' | 'UNDO_SECONDS'>): SettingDefaults {
  return {
    'features.github': FEATURE_GITHUB,
    'features.sentry': FEATURE_SENTRY,
    ...(UNDO_SECONDS !== undefined && { 'organisation.undo_seconds': UNDO_SECONDS }),
  };
}

/** Each project with the service it stands for, in lower case; null when a line says something else. */
export function serviceMapOf(written: string): { [name: string]: string } | null {
  const lines = written.split('\n').filter((line) => line.trim() !== '');
  const pairs = lines.map((line) => /^\s*([\w./-]{1,100})\s*=\s*([\w./-]{1,100})\s*$/.exec(line.toLowerCase()));
  return pairs.every((pair) => pair !== null) ? Object.fromEntries(pairs.map(([, name, service]) => [name, service])) : null;
}

function number(label: string, help: string, unit: Unit, value: number, [min, max]: [number, number]): NumberSetting {
  return { kind: 'number', label, help, unit, default: value, min, max, step: 1 };
}

function toggle(label: string, help: string, value: boolean): SwitchSetting {
  return { kind: 'switch', label, help, unit: null, default: value };
}

function text(label: string, help: string, value: string): TextSetting {
  return { kind: 'text', label, help, unit: null, default: value };
}

type InGroup<Group extends string, Of> = { [Name in keyof Of & string as `${Group}.${Name}`]: NumberSetting };

function inGroup<const Group extends string, const Of extends { [name: string]: Threshold }>(group: Group, of: Of): InGroup<Group, Of> {
  const entries = Object.entries(of).map(([name, threshold]) => [`${group}.${name}`, { kind: 'number', ...threshold }]);
  // The names are the group's with its own in front, which is more than the compiler can follow.
  return Object.fromEntries(entries) as InGroup<Group, Of>;
}

/** In millionths, so that 0.3 is three times 0.1. */
function isMultiple(value: number, step: number): boolean {
  return Math.round(value * 1e6) % Math.round(step * 1e6) === 0 && Math.abs(Math.round(value * 1e6) - value * 1e6) < 1e-3;
}

function timeOfDay(value: string): string | null {
  return value === '' || /^([01]\d|2[0-3]):[0-5]\d$/.test(value) ? null : 'must be a time of day such as 22:00, or empty';
}

function timeZone(value: string): string | null {
  const sentence = 'must be the name of a time zone, such as Europe/Berlin or UTC';
  if (!/^[A-Za-z_]+(\/[A-Za-z0-9_+-]+)*$/.test(value)) return sentence;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return null;
  } catch {
    return sentence;
  }
}
