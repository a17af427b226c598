import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { settingRows } from '../scripts/settings-table.ts';
import { action_types } from './action.ts';
import { callOf } from './calls.ts';
import { parseEnvironment } from './environment.ts';
import { operations } from './operations.ts';
import {
  definitionOf,
  isSettingKey,
  objectionTo,
  serviceMapOf,
  settingDefaultsOf,
  settingsFrom,
  setting_keys,
  type SettingKey,
  type SettingValue,
} from './setting-registry.ts';
import { changeTitle, settingName, settingText } from './setting-words.ts';

test('every setting has a name, a sentence, and a default that it may be', () => {
  for (const key of setting_keys) {
    const { label, help, default: standard } = definitionOf(key);
    expect([key, label.length > 2, /^[A-Z].*\.$/.test(help), objectionTo(key, standard)]).toEqual([key, true, true, null]);
  }
  expect(new Set(setting_keys.map(settingName)).size).toBe(setting_keys.length);
});

test('the documentation lists every setting as it is', async () => {
  const text = await readFile(new URL('../docs/settings.md', import.meta.url), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  const cells = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(cells, 'print the table with scripts/settings-table.ts').toEqual(settingRows());
});

test('every action type has a number of approvals', () => {
  for (const type of action_types) expect(isSettingKey(`organisation.required_approvals.${type}`)).toBe(true);
});

test.each<[SettingKey, unknown, string | null]>([
  ['money.top_percent', 5, null],
  ['money.top_percent', 12.5, null],
  ['money.top_percent', 0, 'must be a number from 1 to 100 in steps of 0.5'],
  ['money.top_percent', 10.1, 'must be a number from 1 to 100 in steps of 0.5'],
  ['money.top_percent', '10', 'must be a number from 1 to 100 in steps of 0.5'],
  ['money.top_percent', Number.NaN, 'must be a number from 1 to 100 in steps of 0.5'],
  ['money.expire_after_days', 1.5, 'must be a whole number from 0 to 365'],
  ['team_pulse.sentiment_max', -0.35, null],
  ['release.error_rate_max', 0.021, null],
  ['money.enabled', 'yes', 'must be true or false'],
  ['organisation.undo_seconds', 3_601, 'must be a whole number from 0 to 3600'],
  ['organisation.required_approvals.email', 6, 'must be a whole number from 1 to 5'],
  ['organisation.quiet_hours_from', '22:00', null],
  ['organisation.quiet_hours_from', '', null],
  ['organisation.quiet_hours_from', '24:00', 'must be a time of day such as 22:00, or empty'],
  ['organisation.quiet_hours_time_zone', 'Europe/Berlin', null],
  ['organisation.quiet_hours_time_zone', 'Mars/Olympus', 'must be the name of a time zone, such as Europe/Berlin or UTC'],
  ['organisation.quiet_hours_time_zone', '+01:00', 'must be the name of a time zone, such as Europe/Berlin or UTC'],
  ['organisation.retention_days', 0, null],
  ['organisation.retention_days', 59, 'must be 0, or at least 60: procedures look back that far'],
  ['release.service_map', 'shop-web = acme/shop', null],
  ['release.service_map', 'shop-web shop', 'must have one "sentry-project = repository" on each line'],
])('%s may be %j: %s', (key, value, objection) => {
  expect(objectionTo(key, value)).toBe(objection);
});

test('what is stored goes before the environment, the environment before the registry, and what no longer fits is left out', () => {
  const defaults = settingDefaultsOf(parseEnvironment({ FEATURE_GITHUB: '1', UNDO_SECONDS: '30' }));
  expect(settingsFrom({ 'organisation.undo_seconds': 5, 'money.top_percent': 400, 'gone.setting': 1 }, defaults)).toMatchObject({
    'organisation.undo_seconds': 5,
    'features.github': true,
    'features.sentry': false,
    'money.top_percent': 10,
  });
  expect(settingsFrom({ 'features.github': false }, defaults)['features.github']).toBe(false);
  expect(settingsFrom({}, settingDefaultsOf(parseEnvironment({})))['organisation.undo_seconds']).toBe(10);
});

test('a service map has one service for each project, in lower case', () => {
  expect(serviceMapOf('Shop-Web = Shop\n\n api=backend ')).toEqual({ 'shop-web': 'shop', api: 'backend' });
  expect(serviceMapOf('')).toEqual({});
  expect(serviceMapOf('a = b = c')).toBeNull();
});

test.each<[SettingKey, SettingValue, SettingValue, string]>([
  ['money.top_percent', 10, 5, 'Money: top customers from 10 % to 5 %'],
  ['release.error_rate_max', 0.02, 0.035, 'Release: error rate from 2 % to 3.5 %'],
  ['features.sentry', false, true, 'Signals: act on Sentry from off to on'],
  ['organisation.quiet_hours_from', '', '22:00', 'Organisation: quiet hours begin from nothing to 22:00'],
])('the change of %s from %j to %j is called %s', (key, from, to, title) => {
  expect(changeTitle(key, from, to)).toBe(title);
});

test('a long text is not put into a title', () => {
  expect(changeTitle('release.service_map', '', 'a = b\n'.repeat(60))).toBe('Release: services by another name is changed');
  expect(settingText('release.service_map', 'a = b\nc = d')).toBe('a = b, c = d');
});

test('a change is sealed with what it is now and what it would be, and nothing that it may not be', () => {
  const { payload } = operations['settings.change'];
  expect(payload.safeParse({ setting: 'money.top_percent', from: 10, to: 5 }).success).toBe(true);
  expect(payload.safeParse({ setting: 'money.top_percent', from: 10, to: 500 }).error?.issues).toMatchObject([{ path: ['to'] }]);
  expect(payload.safeParse({ setting: 'money.nothing', from: 10, to: 5 }).success).toBe(false);
  expect(payload.safeParse({ setting: 'money.top_percent', from: 10, to: 5, force: true }).success).toBe(false);
  expect(callOf('settings.change', { setting: 'money.enabled', from: true, to: false })?.rows).toEqual([
    { label: 'Setting', value: 'money.enabled', as: 'id' },
    { label: 'Now', value: 'on', as: 'text' },
    { label: 'Then', value: 'off', as: 'text' },
  ]);
});
