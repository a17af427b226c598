/**
 * One Postgres and one Temporal server for a whole test run, each started when the first test asks for it.
 * Tests run in other processes, so they ask over HTTP on this machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';
import type { TestProject } from 'vitest/node';

import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../prisma/embedded.ts';
import { migrate } from '../../prisma/migrate.ts';
import { temporalCli } from '../../temporal/cli.ts';
import { type LocalTemporal, startLocalTemporal } from '../../temporal/local-server.ts';
import { buildInterface, buildWorkflowBundle, generateDatabaseClient } from '../build-parts.ts';
import { databaseOn } from '../scratch-postgres.ts';
import { ui_below } from './below.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where tests ask for what they share. */
    test_servers: string;
  }
}

/** Each clone of it is a fresh, migrated database. */
export const template_database = 'execops_template';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await generateDatabaseClient(console.log);
  const folder = mkdtempSync(join(tmpdir(), 'execops-test-'));
  let postgres: Promise<EmbeddedPostgres> | undefined;
  let temporal: Promise<LocalTemporal> | undefined;
  let bundle: Promise<void> | undefined;
  let ui: Promise<void> | undefined;
  let below_built: Promise<void> | undefined;

  const shared: Record<string, () => Promise<object>> = {
    '/postgres': async () => ({ url: (await (postgres ??= startPostgres(folder))).url }),
    '/temporal': async () => ({ address: (await (temporal ??= startTemporal())).address }),
    '/workflows': async () => ({ built: await (bundle ??= buildWorkflowBundle(() => undefined)) }),
    '/ui': async () => ({ built: await (ui ??= buildInterface(console.log)) }),
    // One after the other: they share the folder of what is made on the way.
    '/ui-below': async () => ({
      built: await (below_built ??= (ui ??= buildInterface(console.log)).then(() => buildInterface(console.log, ui_below))),
    }),
  };
  const server = await answer(shared);
  project.provide('test_servers', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);

  return async () => {
    server.closeAllConnections();
    server.close();
    await Promise.allSettled([postgres?.then((it) => it.stop()), temporal?.then((it) => it.stop())]);
    rmSync(folder, { recursive: true, force: true });
  };
}

async function startPostgres(data_dir: string): Promise<EmbeddedPostgres> {
  // Nothing here has to survive a power loss.
  const postgres = await startEmbeddedPostgres({
    data_dir,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  const owner = new pg.Client({ connectionString: postgres.url });
  await owner.connect();
  await owner.query(`create database ${template_database}`);
  await owner.end();
  await migrate(databaseOn(postgres.url, template_database));
  return postgres;
}

async function startTemporal(): Promise<LocalTemporal> {
  const cli = await temporalCli({ TEMPORAL_CLI: process.env.TEMPORAL_CLI, onProgress: console.log });
  return startLocalTemporal({ cli, headless: true });
}

function answer(shared: Record<string, () => Promise<object>>): Promise<Server> {
  const server = createServer((request, response) => {
    const wanted = shared[request.url ?? ''];
    if (!wanted) return void response.writeHead(404).end();
    wanted().then(
      (found) => response.end(JSON.stringify(found)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
