/** Prisma's migration engine as WebAssembly: no platform binary to download, and the same `_prisma_migrations` table as `prisma migrate deploy`. */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPg } from '@prisma/adapter-pg';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

const schema_path = fileURLToPath(new URL('./schema.prisma', import.meta.url));
const migrations_path = fileURLToPath(new URL('./migrations', import.meta.url));
const no_filters = { externalTables: [], externalEnums: [] };

export async function openSchemaEngine(database_url: string) {
  await (instantiated ??= instantiate());
  const content = await readFile(schema_path, 'utf8');
  const pool = new pg.Pool({ connectionString: database_url });
  const adapter = bindMigrationAwareSqlAdapterFactory(wholeScripts(pool));
  const opened = await engine.SchemaEngine.new({ datamodels: [[schema_path, content]] }, () => undefined, adapter);
  return {
    /** Applies what is not applied yet; resolves to the names. */
    async apply(): Promise<string[]> {
      const { appliedMigrationNames } = await opened.applyMigrations({ migrationsList: await migrationsOnDisk(), filters: no_filters });
      return appliedMigrationNames;
    },
    /** The SQL that would lead from an empty database to schema.prisma. */
    async scriptFromEmpty(): Promise<string> {
      const { stdout } = await opened.diff({
        from: { tag: 'empty' },
        to: { tag: 'schemaDatamodel', files: [{ path: schema_path, content }] },
        script: true,
        exitCode: null,
        filters: no_filters,
      });
      return stdout ?? '';
    },
    async close(): Promise<void> {
      opened.free();
      await pool.end();
    },
  };
}

/** The adapter splits a script at each semicolon, also inside a function's body. Postgres takes the script as it is, in one transaction. */
function wholeScripts(pool: pg.Pool): PrismaPg {
  const factory = new PrismaPg(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const connection = await connect();
    connection.executeScript = async (script) => {
      await pool.query(script);
    };
    return connection;
  };
  return factory;
}

/** Once per process: the glue keeps views of the one memory it was given. */
let instantiated: Promise<void> | undefined;

/** Node has no import of WebAssembly modules without a flag, so the package's own glue is repeated here. */
async function instantiate(): Promise<void> {
  const path = createRequire(import.meta.url)
    .resolve('@prisma/schema-engine-wasm')
    .replace(/schema_engine\.js$/, 'schema_engine_bg.wasm');
  const { instance } = await WebAssembly.instantiate(await readFile(path), { './schema_engine_bg.js': { ...engine, ...quiet_timers } });
  const glue = engine as unknown as { __wbg_set_wasm(exports: WebAssembly.Exports): void };
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
}

/** The engine's time limits (10 s for its lock) must not keep a process alive that has finished. */
const quiet_timers = Object.fromEntries(
  Object.keys(engine)
    .filter((name) => name.startsWith('__wbg_setTimeout_'))
    .map((name) => [name, (work: () => void, ms: number) => setTimeout(work, ms).unref()]),
);

async function migrationsOnDisk() {
  const names = (await readdir(migrations_path, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const directories = names.map(async (name) => ({
    path: name,
    migrationFile: {
      path: 'migration.sql',
      content: { tag: 'ok' as const, value: await readFile(`${migrations_path}/${name}/migration.sql`, 'utf8') },
    },
  }));
  return {
    baseDir: migrations_path,
    lockfile: { path: 'migration_lock.toml', content: await readFile(`${migrations_path}/migration_lock.toml`, 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(directories),
  };
}
