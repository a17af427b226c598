/** Brings a database to the shape the code expects. Safe to run at every start, and from several processes at once. */
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import pg from 'pg';

import { app_role } from './app-role.ts';
import { openSchemaEngine } from './schema-engine.ts';

export const checkpoint_schema = 'langgraph';
/** Any number, the same in every process that migrates. */
const migration_lock = 7_203_114;

export async function migrate(database_url: string): Promise<{ applied: string[] }> {
  const owner = new pg.Client({ connectionString: database_url, connectionTimeoutMillis: 10_000 });
  await owner.connect();
  try {
    await owner.query('select pg_advisory_lock($1)', [migration_lock]);
    await ensureRole(owner);
    await forgetInterrupted(owner);
    const applied = await applyMigrations(database_url);
    await createCheckpointTables(database_url, owner);
    await owner.query(`insert into organisations (name) select 'My organisation' where not exists (select from organisations)`);
    return { applied };
  } finally {
    await owner.end();
  }
}

/** The first migration would fail on this too, but it would leave a failed migration behind and say it less clearly. */
async function ensureRole(owner: pg.Client): Promise<void> {
  try {
    await owner.query(`do $$ begin create role ${app_role} nologin; exception when duplicate_object or unique_violation then null; end $$`);
    await owner.query(`do $$ begin
      if not pg_has_role(current_user, '${app_role}', 'set') then execute format('grant ${app_role} to %I', current_user); end if;
    end $$`);
  } catch (cause) {
    if (!(cause instanceof pg.DatabaseError) || cause.code !== '42501') throw cause;
    throw new Error(
      `The user of DATABASE_URL may not create the role ${app_role}, which the application runs as. ` +
        `Let an administrator of that Postgres run:  create role ${app_role} nologin; grant ${app_role} to ${owner.user ?? 'the_user'};`,
      { cause },
    );
  }
}

/** A migration runs in one transaction, so one that was interrupted has changed nothing; its note would block the next start. */
async function forgetInterrupted(owner: pg.Client): Promise<void> {
  const { rows } = await owner.query<{ known: boolean }>(`select to_regclass('_prisma_migrations') is not null as known`);
  if (!rows[0]?.known) return;
  await owner.query(
    'update _prisma_migrations set rolled_back_at = now() where finished_at is null and rolled_back_at is null and applied_steps_count = 0',
  );
}

async function applyMigrations(database_url: string): Promise<string[]> {
  const engine = await openSchemaEngine(database_url);
  try {
    return await engine.apply();
  } finally {
    await engine.close();
  }
}

/** LangGraph brings its own tables and migrates them itself; the owner makes them, the application only uses them. */
async function createCheckpointTables(database_url: string, owner: pg.Client): Promise<void> {
  const saver = PostgresSaver.fromConnString(database_url, { schema: checkpoint_schema });
  try {
    await saver.setup();
  } finally {
    await saver.end();
  }
  await owner.query(`grant usage on schema ${checkpoint_schema} to ${app_role}`);
  await owner.query(`grant select, insert, update, delete on all tables in schema ${checkpoint_schema} to ${app_role}`);
}
