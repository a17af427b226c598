/** The organisation's settings, approver lists and connections. */
import { performance } from 'node:perf_hooks';

import { action_types } from '../../domain/action.ts';
import type { Person, Surroundings } from '../../domain/app.ts';
import { Problem } from '../../domain/problem.ts';
import { switchedOffSources } from '../../domain/features.ts';
import { definitionOf, defaultOf, groupOf, setting_keys, type SettingDefaults, type SettingKey } from '../../domain/setting-registry.ts';
import { setting_request, setting_view, type ConnectionTest, type SettingsApp, type SettingView } from '../../domain/settings.ts';
import { approverLists, setApprovers } from '../../prisma/approvers.ts';
import type { Database } from '../../prisma/database.ts';
import { proposeSetting } from '../../prisma/propose-setting.ts';
import { changedSettings, pendingChanges, readSettings } from '../../prisma/settings.ts';
import type { Actions } from '../actions.ts';
import type { Logger } from '../log.ts';
import { checked } from '../problems.ts';
import { webhooks_name } from '../surroundings.ts';

export interface SettingsDeps {
  db: Database;
  connectionOf: Actions['connectionOf'];
  started(event_id: string, org_id: string): void;
  /** What the environment has otherwise than the registry. */
  setting_defaults: SettingDefaults;
  surroundings: Surroundings;
  /** What can be asked whether it works, by the connection's name. */
  trials: ReadonlyMap<string, () => Promise<{ ok: boolean; detail: string }>>;
  logger: Logger;
}

/** In the order in which they are shown. */
const groups = ['money', 'customer_fire', 'release', 'team_pulse', 'features', 'organisation'];

export function createSettingsApp(deps: SettingsDeps): SettingsApp & { settingAsked(person: Person, request: unknown): Promise<Asked> } {
  const { db, connectionOf, setting_defaults, surroundings, trials, logger } = deps;

  async function settingAsked(person: Person, request: unknown): Promise<Asked> {
    const wanted = checked(setting_request, request);
    const { drafted, event_id, ...proposed } = await proposeSetting(db, person, wanted, { defaults: setting_defaults, connectionOf });
    if (drafted) deps.started(event_id, person.org_id);
    logger.info(
      { event_id, proposal_id: proposed.proposal_id, user_id: person.user_id, setting: wanted.setting },
      'a setting was asked for',
    );
    return { ...proposed, drafted };
  }

  return {
    settingAsked,
    async settings({ org_id }) {
      const [changed, pending] = await Promise.all([changedSettings(db.sql, org_id), pendingChanges(db.sql, org_id)]);
      const keys = setting_keys.toSorted((one, other) => groups.indexOf(groupOf(one)) - groups.indexOf(groupOf(other)));
      return keys.map((key) => viewOf(key, { defaults: setting_defaults, changed: changed.get(key), pending: pending.get(key) }));
    },
    async proposeSetting(person, request) {
      const { drafted: _, ...proposed } = await settingAsked(person, request);
      return proposed;
    },
    approvers: ({ org_id }) => approverLists(db.sql, org_id),
    async setApprovers(person, action_type, user_ids) {
      if (!action_types.includes(action_type)) throw new Problem('not_found', `There is no action type "${String(action_type)}".`);
      const lists = await setApprovers(db, person, action_type, user_ids);
      logger.info({ user_id: person.user_id, action_type, approvers: user_ids.length }, 'an approver list was changed');
      return lists;
    },
    async connections({ org_id }) {
      const off = switchedOffSources(await readSettings(db.sql, org_id, setting_defaults));
      const waiting = off.length === 0 ? '' : ` Stored and not acted on until they are switched on in the settings: ${off.join(', ')}.`;
      return surroundings.connections.map(({ name, connected, detail }) => ({
        name,
        connected,
        detail: name === webhooks_name ? detail + waiting : detail,
        testable: trials.has(name),
      }));
    },
    async testConnection(person, name) {
      if (person.role === 'viewer') throw new Problem('forbidden', 'Viewers read. Ask an owner for the right to test connections.');
      return test(trials.get(name), name);
    },
  };
}

type Asked = Awaited<ReturnType<SettingsApp['proposeSetting']>> & { drafted: boolean };

type Changed = Awaited<ReturnType<typeof changedSettings>>;
type Pending = Awaited<ReturnType<typeof pendingChanges>>;
interface Known {
  defaults: SettingDefaults;
  changed: ReturnType<Changed['get']>;
  pending: ReturnType<Pending['get']>;
}

function viewOf(key: SettingKey, { defaults, changed, pending }: Known): SettingView {
  const { objection: _, ...definition } = { objection: undefined, min: null, max: null, step: null, ...definitionOf(key) };
  const standard = defaultOf(key, defaults);
  return setting_view.parse({
    ...definition,
    key,
    group: groupOf(key),
    default: standard,
    value: changed?.value ?? standard,
    changed_at: changed?.changed_at.toISOString() ?? null,
    changed_by_name: changed?.changed_by_name ?? null,
    pending: pending ?? null,
  });
}

async function test(trial: (() => Promise<{ ok: boolean; detail: string }>) | undefined, name: string): Promise<ConnectionTest> {
  if (trial === undefined) throw new Problem('not_found', `There is nothing to ask of "${name}": it is not configured.`);
  const began_ms = performance.now();
  const outcome = await trial();
  return { ...outcome, took_ms: Math.round(performance.now() - began_ms) };
}
