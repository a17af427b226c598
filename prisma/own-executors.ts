/** What runs inside our own Postgres, beside what providers run. */
import { PermanentError, type Executor } from '../domain/executor.ts';
import type { Action } from '../domain/action.ts';
import type { OwnOperation } from '../domain/operations.ts';
import type { SettingDefaults } from '../domain/setting-registry.ts';
import { changeSetting, isDone, type Change } from './change-setting.ts';
import type { Database } from './database.ts';

type ExecutorFor = (action_type: string, operation: string | null) => Executor | null;

export interface OwnDeps {
  db: Pick<Database, 'sql' | 'tx'>;
  /** What the environment has otherwise than the registry of settings. */
  setting_defaults: SettingDefaults;
}

/** The providers' executors, and ours. */
export function withOwnExecutors(executorFor: ExecutorFor, deps: OwnDeps): ExecutorFor {
  const own: Record<OwnOperation, Executor> = { 'settings.change': createSettingExecutor(deps) };
  const table: { [operation: string]: Executor } = own;
  return (action_type, operation) =>
    action_type === 'api_call' && operation !== null && Object.hasOwn(table, operation)
      ? (table[operation] ?? null)
      : executorFor(action_type, operation);
}

function createSettingExecutor({ db, setting_defaults }: OwnDeps): Executor {
  return {
    repeat: 'look-before-write',
    connection: () => 'execops:settings',
    describe: (action) => ({ change: 'a setting of this organisation', ...changeOf(action) }),
    async run({ action, idempotency_key, proposal_id, dispatching }) {
      const change = changeOf(action);
      await dispatching();
      await changeSetting(db, { proposal_id, idempotency_key, change, defaults: setting_defaults });
      return { ...change };
    },
    lookUp: async ({ action, idempotency_key, proposal_id }) =>
      (await isDone(db.sql, { proposal_id, idempotency_key })) ? { ...changeOf(action) } : null,
  };
}

function changeOf(action: Action): Change {
  if (action.operation !== 'settings.change')
    throw new PermanentError(`The settings cannot run "${action.operation ?? action.action_type}".`);
  return action.payload;
}
